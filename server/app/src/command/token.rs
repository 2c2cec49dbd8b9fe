//! `theriac token`: an access token signed with the local key, for operators and tests.

use crate::cli::TokenArgs;
use theriac_access::claims::Confirmation;
use theriac_access::{Claims, Role, SigningKeys, token};
use theriac_core::{Clock, Error, Result};
use theriac_platform::Config;

pub fn run(config: &Config, args: &TokenArgs) -> Result<()> {
    let keys = SigningKeys::load_or_create(&config.keys_dir())?;
    println!("{}", sign(config, &keys, args)?);
    Ok(())
}

pub fn sign(config: &Config, keys: &SigningKeys, args: &TokenArgs) -> Result<String> {
    theriac_core::tenant::check_name(&args.tenant)?;
    let role = Role::parse(&args.role).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|r| r.as_str()).collect();
        Error::invalid(format!("'{}' is not a role; roles are {}", args.role, known.join(", ")))
    })?;
    let now = Clock::System.now().0 / 1_000_000;
    let id = uuid::Uuid::new_v4().to_string();
    let mut claims = Claims::new(&config.issuer(), &args.tenant, role, &args.subject, &id, now, seconds(&args.ttl)?);
    claims.assigned.clone_from(&args.assigned);
    claims.glns.clone_from(&args.glns);
    claims.site.clone_from(&args.site);
    claims.client_id.clone_from(&args.client);
    claims.scope.clone_from(&args.scope);
    if let Some(path) = &args.certificate {
        claims.cnf = Some(Confirmation::Certificate(theriac_platform::tls::thumbprint_of(path)?));
    }
    if !args.no_second_factor {
        claims.amr = vec!["mfa".to_owned()];
    }
    keys.note(claims.exp)?;
    token::issue(keys, &claims)
}

fn seconds(ttl: &str) -> Result<i64> {
    let wrong = || Error::invalid(format!("'{ttl}' is not a time to live; write 30s, 15m, 1h or 7d"));
    let (number, unit) = ttl.split_at_checked(ttl.len().saturating_sub(1)).ok_or_else(wrong)?;
    let unit = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)].iter().find(|(u, _)| *u == unit).ok_or_else(wrong)?.1;
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(unit).filter(|s| (1..=31_536_000).contains(s)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_time_to_live_has_a_unit_and_an_end() {
        assert_eq!(seconds("15m").unwrap(), 900);
        for bad in ["", "1", "h", "-1h", "0s", "1y", "9999999999h"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
