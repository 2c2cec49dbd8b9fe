//! What the demo prints: tokens of the right roles, and commands to paste.

use crate::cli::TokenArgs;
use crate::command::token;
use theriac_access::SigningKeys;
use theriac_core::Result;
use theriac_platform::Config;

/// Variable, tenant, role, subject, assigned patients, GLNs.
type Who = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

#[rustfmt::skip]
const TOKENS: &[Who] = &[
    ("MERCY",  "mercy",  "clinician", "dr-vasquez",  &["Patient/rossi"], &[]),
    ("ACME",   "acme",   "partner",   "acme-packing", &[],               &["9521321000018"]),
    ("PLANT7", "plant7", "operator",  "line-lead",    &[],               &[]),
    ("STEWARD","plant7", "steward",   "auditor",      &[],               &[]),
];

/// What it shows, and the command; `@` is the server's address, `%` this program.
#[rustfmt::skip]
const COMMANDS: &[(&str, &str)] = &[
    ("FHIR: the patient, and a search, as the clinician in charge",
     r#"curl -H "Authorization: Bearer $MERCY" @/mercy/fhir/Patient/rossi
curl -H "Authorization: Bearer $MERCY" "@/mercy/fhir/Observation?patient=rossi&code=8867-4&_sort=-date&_count=3""#),
    ("EPCIS: capture a new pack, then ask for its state, as a trading partner",
     r#"curl -i -H "Authorization: Bearer $ACME" -H "Content-Type: application/json" @/acme/epcis/capture -d '{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-03-03T08:00:00Z","epcisBody":{"eventList":[{"type":"ObjectEvent","eventTime":"2026-03-03T08:00:00Z","eventTimeZoneOffset":"+00:00","epcList":["urn:epc:id:sgtin:9521321.012345.HELLO1"],"action":"ADD","bizStep":"commissioning","disposition":"active","readPoint":{"id":"urn:epc:id:sgln:9521321.00001.0"},"bizLocation":{"id":"urn:epc:id:sgln:9521321.00001.0"}}]}}'
curl -H "Authorization: Bearer $ACME" @/acme/epcis/items/urn:epc:id:sgtin:9521321.012345.HELLO1"#),
    ("Plant: watch the live alerts in one terminal (one comes by itself within a minute) ...",
     r#"curl -N -H "Authorization: Bearer $PLANT7" -H "Accept: text/event-stream" "@/plant7/feed?topics=alerts&from=now""#),
    ("... and cause one from another: a press at 45 °C is too warm",
     r#"curl -H "Authorization: Bearer $PLANT7" -H "Content-Type: application/json" @/plant7/isa95/readings -d "[{\"property\":\"press-1.temperature\",\"time\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",\"value\":45}]"
curl -H "Authorization: Bearer $PLANT7" "@/plant7/alerts?state=open""#),
    ("SPC: the chart of the press",
     r#"curl -H "Authorization: Bearer $PLANT7" @/plant7/spc/charts/press-1-force"#),
    ("Ledger: check every change so far",
     r#"% verify @/plant7/ledger --token "$STEWARD""#),
];

/// The tokens, signed; the address is known only once the server listens.
pub struct Guide {
    exports: String,
}

impl Guide {
    pub fn new(config: &Config, keys: &SigningKeys) -> Result<Self> {
        let mut exports = String::new();
        for (variable, tenant, role, subject, assigned, glns) in TOKENS {
            let args = TokenArgs {
                tenant: (*tenant).to_owned(),
                role: (*role).to_owned(),
                subject: (*subject).to_owned(),
                assigned: assigned.iter().map(|&a| a.to_owned()).collect(),
                glns: glns.iter().map(|&g| g.to_owned()).collect(),
                site: None,
                client: None,
                scope: None,
                ttl: "7d".to_owned(),
                certificate: None,
                no_second_factor: false,
            };
            exports.push_str(&format!("export {variable}={}\n", token::sign(config, keys, &args)?));
        }
        Ok(Self { exports })
    }

    pub fn text(&self, address: &str) -> String {
        let program = std::env::args().next().unwrap_or_else(|| "theriac".to_owned());
        let mut out = format!("\nTheriac runs at {address}, its description at {address}/docs\n\n");
        out.push_str("# Tokens for a week: paste these first\n");
        out.push_str(&self.exports);
        for (what, command) in COMMANDS {
            let command =
                command.replace("@/", &format!("{address}/")).replace("% verify", &format!("{program} verify"));
            out.push_str(&format!("\n# {what}\n{command}\n"));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_token_and_address() {
        let guide = Guide { exports: String::new() };
        let text = guide.text("http://127.0.0.1:1");
        assert!(!text.contains(" @/") && !text.contains("\"@/"));
        for line in text.lines().filter(|line| line.starts_with("curl") || line.contains(" verify ")) {
            assert!(line.contains("http://127.0.0.1:1/"), "{line}");
            assert!(TOKENS.iter().any(|who| line.contains(&format!("${}", who.0))), "{line}");
        }
    }

    #[test]
    fn every_role_and_tenant_exists() {
        for who in TOKENS {
            assert!(theriac_access::Role::parse(who.2).is_some(), "{}", who.2);
            assert!(super::super::seed::TENANTS.contains(&who.1), "{}", who.1);
        }
    }
}
