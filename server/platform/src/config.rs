//! Configuration: `theriac.toml`, overridden by `THERIAC_*`, overridden by flags. What is not known is refused.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

/// All settings with their defaults. Every key may be given in upper case after `THERIAC_` in the environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port; port 0 lets the system choose.
    pub listen: String,
    pub database_url: String,
    /// Redis for what several nodes share (tickets); none: kept in this process.
    pub redis_url: Option<String>,
    /// Keys, archive, embedded database.
    pub data_dir: PathBuf,
    /// How the server is reached from outside; default: the address it listens on.
    pub public_url: Option<String>,
    pub log: String,
    pub body_limit_bytes: usize,
    pub request_limit_seconds: u64,
    pub concurrent_requests: usize,
    pub shutdown_seconds: u64,
    pub threads: usize,
    /// PEM files; both or neither.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// PEM file: the authorities whose certificates of clients are trusted.
    pub tls_client_ca: Option<PathBuf>,
    /// Which certificates of clients are taken: `none`, `trusted`, `any`; empty for `trusted` if there is a CA, else `none`.
    pub tls_client_certificates: String,
    /// Addresses and networks of proxies whose `Client-Cert` (RFC 9440) and `X-Forwarded-For` are believed.
    pub trusted_proxies: String,
    /// Where clients with certificates are to go, if elsewhere than `public_url` (RFC 8705, 5).
    pub mtls_url: Option<String>,
    /// PEM files that outgoing requests show who asks for them; both or neither.
    pub outbound_certificate: Option<PathBuf>,
    pub outbound_key: Option<PathBuf>,
    /// PEM file: authorities that outgoing requests trust besides the public ones.
    pub outbound_ca: Option<PathBuf>,
    /// `host:port,host:port` inside that clients' key sets, providers of sign-in and webhooks may stand at; else only
    /// public addresses are asked.
    pub outbound_allow: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            database_url: "sqlite://theriac-data/theriac.db?mode=rwc".to_owned(),
            redis_url: None,
            data_dir: PathBuf::from("theriac-data"),
            public_url: None,
            log: "info,actix_server=warn,sea_orm_migration=warn".to_owned(),
            body_limit_bytes: 128 << 20,
            request_limit_seconds: 120,
            concurrent_requests: 4_096,
            shutdown_seconds: 30,
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            tls_certificate: None,
            tls_key: None,
            tls_client_ca: None,
            tls_client_certificates: String::new(),
            trusted_proxies: String::new(),
            mtls_url: None,
            outbound_certificate: None,
            outbound_key: None,
            outbound_ca: None,
            outbound_allow: String::new(),
        }
    }
}

/// Environment names that configure something else than these settings.
const ELSEWHERE: &[&str] = &[
    "THERIAC_CONFIG",
    "THERIAC_TOKEN",
    "THERIAC_URL",
    "THERIAC_BIN",
    "THERIAC_SKIP_SERVICES",
    "THERIAC_TEST_DATABASE_URL",
    "THERIAC_TEST_POSTGRES",
    "THERIAC_TEST_POSTGRES_OWNER",
    "THERIAC_TEST_REDIS",
    "THERIAC_TESTS_KEEP",
    "THERIAC_CRASH_CYCLES",
    "THERIAC_CRASH_SEED",
];

impl Config {
    /// Reads the file, if one is given, and the environment.
    ///
    /// # Errors
    /// `Invalid`, naming the key that is unknown or has a bad value.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table = match file {
            None => toml::Table::new(),
            Some(path) => read(path)?,
        };
        for (name, text) in environment.collect::<BTreeMap<_, _>>() {
            let Some(key) = name.strip_prefix("THERIAC_") else { continue };
            if !ELSEWHERE.contains(&name.as_str()) {
                table.insert(key.to_ascii_lowercase(), value(key, text));
            }
        }
        let config: Self = table.try_into().map_err(|e: toml::de::Error| {
            Error::invalid(format!("the configuration is not right: {}", e.message().replace('\n', " ")))
        })?;
        config.check()
    }

    fn check(self) -> Result<Self> {
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(Error::invalid("tls_certificate and tls_key belong together; one of them is missing"));
        }
        if self.outbound_certificate.is_some() != self.outbound_key.is_some() {
            return Err(Error::invalid(
                "outbound_certificate and outbound_key belong together; one of them is missing",
            ));
        }
        let asked = self.tls_client_ca.is_some() || !matches!(self.tls_client_certificates.as_str(), "" | "none");
        if asked && self.tls_certificate.is_none() && self.trusted_proxies.is_empty() {
            return Err(Error::invalid(
                "certificates of clients come by tls_certificate or by trusted_proxies; set one of them",
            ));
        }
        if self.threads == 0 || self.concurrent_requests == 0 {
            return Err(Error::invalid("threads and concurrent_requests must be at least 1"));
        }
        Ok(self)
    }

    /// Who issues this installation's tokens: its public address, or a fixed name while it has none.
    pub fn issuer(&self) -> String {
        self.public_url.as_deref().unwrap_or("urn:theriac:local").trim_end_matches('/').to_owned()
    }

    /// Where keys are kept.
    pub fn keys_dir(&self) -> PathBuf {
        self.data_dir.join("keys")
    }
}

fn read(path: &Path) -> Result<toml::Table> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::invalid(format!("the configuration file {} cannot be read: {e}", path.display())))?;
    text.parse().map_err(|e: toml::de::Error| Error::invalid(format!("{}: {}", path.display(), e.message())))
}

/// Numbers stay numbers; everything else is text.
fn value(key: &str, text: String) -> toml::Value {
    let numeric =
        key.ends_with("_BYTES") || key.ends_with("_SECONDS") || key == "THREADS" || key == "CONCURRENT_REQUESTS";
    match text.parse::<i64>() {
        Ok(number) if numeric => toml::Value::Integer(number),
        _ => toml::Value::String(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config> {
        Config::load(None, pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_environment_overrides_the_defaults() {
        let config =
            load(&[("THERIAC_LISTEN", "127.0.0.1:0"), ("THERIAC_BODY_LIMIT_BYTES", "10"), ("HOME", "/x")]).unwrap();
        assert_eq!((config.listen.as_str(), config.body_limit_bytes), ("127.0.0.1:0", 10));
    }

    #[test]
    fn what_commands_and_tests_read_for_themselves_is_no_setting() {
        let names = [
            "THERIAC_TOKEN",
            "THERIAC_CRASH_CYCLES",
            "THERIAC_CRASH_SEED",
            "THERIAC_TESTS_KEEP",
            "THERIAC_TEST_DATABASE_URL",
        ];
        for name in names {
            assert!(load(&[(name, "x")]).is_ok(), "{name}");
        }
    }

    #[test]
    fn unknown_keys_and_bad_values_are_refused_by_name() {
        assert!(load(&[("THERIAC_LISTN", "x")]).unwrap_err().message.contains("listn"));
        assert!(load(&[("THERIAC_THREADS", "many")]).is_err());
        assert!(load(&[("THERIAC_TLS_KEY", "k.pem")]).unwrap_err().message.contains("tls_certificate"));
        assert!(load(&[("THERIAC_TLS_CLIENT_CA", "ca.pem")]).unwrap_err().message.contains("trusted_proxies"));
        assert!(load(&[("THERIAC_OUTBOUND_KEY", "k.pem")]).unwrap_err().message.contains("outbound_certificate"));
    }
}
