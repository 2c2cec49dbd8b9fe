//! The file that says where values come from and where they go, `connect.toml`.

pub mod opcua;

use self::opcua::OpcUa;
use crate::mapping::Mapping;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Base address of the gateway, `https://gateway.example`.
    pub gateway: String,
    pub tenant: String,
    /// File with the access token; read again for every delivery, so that it can be renewed.
    pub token_file: PathBuf,
    /// TLS towards the gateway, where the public authorities are not enough or it wants a certificate.
    #[serde(default)]
    pub tls: Option<GatewayTls>,
    /// Folder of what waits for the gateway.
    pub spool: PathBuf,
    /// Megabytes that may wait; sources are held back when it is full.
    #[serde(default = "spool_megabytes")]
    pub spool_megabytes: u64,
    #[serde(default)]
    pub mqtt: Vec<Mqtt>,
    #[serde(default)]
    pub opcua: Vec<OpcUa>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayTls {
    /// Certificates (PEM) of authorities that are trusted besides the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Chain (PEM), with its key, that the gateway is shown (RFC 8705).
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mqtt {
    /// Names the session that the broker keeps; never change it lightly.
    pub client_id: String,
    /// `host:port`
    pub broker: String,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    #[serde(default)]
    pub tls: Option<Tls>,
    #[serde(default)]
    pub topics: Vec<Topic>,
    #[serde(default)]
    pub sparkplug: Vec<Sparkplug>,
}

/// TLS towards a broker; a certificate of one's own where the broker asks for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificates (PEM) of the authorities that the broker's certificate may come from.
    pub ca_file: PathBuf,
    /// Chain (PEM), with its key.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

/// Topics whose payloads are values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// An MQTT filter such as `plant/+/+`.
    pub filter: String,
    /// The property, with `{1}`, `{2}` for the levels that the filter's wildcards stand for.
    pub property: String,
    #[serde(default)]
    pub format: Format,
    /// Members of a JSON payload, as pointers.
    #[serde(default = "value")]
    pub value: String,
    #[serde(default = "time")]
    pub time: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Json,
    /// The payload is a number; the time is that of its arrival.
    Number,
}

/// A group of Sparkplug B edge nodes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sparkplug {
    pub group: String,
    /// The property of a metric, with `{node}`, `{device}` and `{metric}`.
    pub property: String,
}

fn spool_megabytes() -> u64 {
    1_024
}

fn value() -> String {
    "/value".to_owned()
}

fn time() -> String {
    "/timestamp".to_owned()
}

impl Config {
    /// # Errors
    /// `Invalid`, with the file's line and what would be right.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::invalid(format!("{}: {e}", path.display())))?;
        let config: Self =
            toml::from_str(&text).map_err(|e| Error::invalid(format!("{}: {}", path.display(), e.message())))?;
        config.check().map_err(|e| Error::invalid(format!("{}: {}", path.display(), e.message)))?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if self.mqtt.is_empty() && self.opcua.is_empty() {
            return Err(Error::invalid("there is no source; give [[mqtt]] or [[opcua]]"));
        }
        if let Some(tls) = &self.tls
            && tls.certificate_file.is_some() != tls.key_file.is_some()
        {
            return Err(Error::invalid("tls: certificate_file and key_file are given together, or neither"));
        }
        let sources = self.mqtt.iter().map(|m| &m.client_id).chain(self.opcua.iter().map(|o| &o.name));
        let mut names = BTreeSet::new();
        for name in sources {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
                return Err(Error::invalid(format!("{name:?} names files: letters, digits, '-', '_' and '.' only")));
            }
            if !names.insert(name) {
                return Err(Error::invalid(format!("two sources are called {name:?}")));
            }
        }
        for mqtt in &self.mqtt {
            let port = mqtt.broker.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none() {
                return Err(Error::invalid(format!("broker {:?} is not host:port", mqtt.broker)));
            }
            if let Some(tls) = &mqtt.tls
                && tls.certificate_file.is_some() != tls.key_file.is_some()
            {
                return Err(Error::invalid(format!(
                    "tls of {:?}: certificate_file and key_file are given together, or neither",
                    mqtt.client_id
                )));
            }
            for topic in &mqtt.topics {
                Mapping::new(&topic.filter, &topic.property)?;
            }
        }
        self.opcua.iter().try_for_each(OpcUa::check)
    }
}

#[cfg(test)]
mod tests {
    use super::opcua::{Mode, Policy};
    use super::*;

    const WHOLE: &str = r#"
        gateway = "http://127.0.0.1:8080"
        tenant = "plant7"
        token_file = "token"
        spool = "spool"
        [[mqtt]]
        client_id = "theriac-line1"
        broker = "127.0.0.1:1883"
        [[mqtt.topics]]
        filter = "plant/+/+"
        property = "{1}.{2}"
        [[mqtt.sparkplug]]
        group = "plant7"
        property = "{device}.{metric}"
        [[opcua]]
        name = "press"
        endpoint = "opc.tcp://127.0.0.1:4840"
        nodes = [{ id = "ns=2;s=Force", property = "press1.force" }]
    "#;

    fn read(text: &str) -> Result<Config> {
        let path = std::env::temp_dir().join(format!("connect-{}-{:p}.toml", std::process::id(), text));
        std::fs::write(&path, text).unwrap();
        let config = Config::read(&path);
        std::fs::remove_file(path).unwrap();
        config
    }

    #[test]
    fn a_whole_file_is_read_with_its_defaults() {
        let config = read(WHOLE).unwrap();
        assert_eq!((config.spool_megabytes, config.mqtt[0].topics[0].format), (1_024, Format::Json));
        assert_eq!((config.mqtt[0].topics[0].value.as_str(), config.opcua[0].publishing_ms), ("/value", 250));
        assert_eq!(
            (config.opcua[0].security.policy, config.opcua[0].security.mode),
            (Policy::Best, Mode::SignAndEncrypt)
        );
    }

    #[test]
    fn what_secures_a_server_is_whole_or_refused() {
        for (security, word) in [
            ("[opcua.security]\npolicy = \"Basic256Sha256\"\ntrust = [\"press.der\"]", ""),
            ("[opcua.security]\npolicy = \"Basic256\"", "Basic256Sha256"),
            ("[opcua.security]\nmode = \"None\"", "SignAndEncrypt"),
            ("[opcua.security]\ncertificate_file = \"a.der\"", "given together"),
            ("[opcua.security]\ncertificate_file = \"a.der\"\nkey_file = \"a.pem\"", "application_uri"),
            ("[opcua.security]\npolicy = \"none\"\ntrust = [\"press.der\"]", "proves no certificate"),
            ("[opcua.user]\nname = \"ann\"\npassword_file = \"word\"", ""),
            ("[opcua.user]\ncertificate_file = \"a.der\"\nkey_file = \"a.pem\"", ""),
            ("[opcua.user]\nname = \"ann\"", "name and password_file, or"),
            ("[opcua.user]\nname = \"ann\"\npassword_file = \"w\"\nkey_file = \"k\"", "name and password_file, or"),
            (
                "[opcua.security]\npolicy = \"none\"\n[opcua.user]\nname = \"a\"\npassword_file = \"w\"",
                "proved who it is",
            ),
        ] {
            let said = read(&format!("{WHOLE}\n{security}")).err().map(|e| e.to_string()).unwrap_or_default();
            assert_eq!(said.is_empty(), word.is_empty(), "{security}: {said}");
            assert!(said.contains(word), "{security}: {said}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, word) in [
            ("127.0.0.1:1883", "127.0.0.1", "host:port"),
            ("client_id", "clientid", "clientid"),
            ("{1}.{2}", "{1}.{3}", "{3}"),
            ("plant/+/+", "plant/#/x", "last"),
            ("theriac-line1", "theriac/line1", "names files"),
            ("theriac-line1", "press", "two sources"),
            ("[[mqtt.topics]]", "[mqtt.tls]\nca_file = \"ca\"\nkey_file = \"key\"\n[[mqtt.topics]]", "given together"),
            ("[[opcua]]", "[tls]\nkey_file = \"key\"\n[[opcua]]", "given together"),
            ("[[mqtt.topics]]", "[mqtt.tls]\nkey_file = \"key\"\n[[mqtt.topics]]", "ca_file"),
        ] {
            let error = read(&WHOLE.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(word), "{to}: {error}");
        }
        let none = "gateway='x'\ntenant='x'\ntoken_file='x'\nspool='x'";
        assert!(read(none).unwrap_err().message.contains("no source"));
    }
}
