//! Certificates made for the test: whose are taken, what they say, and files that change.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use rustls::pki_types::CertificateDer;
use std::path::PathBuf;

/// A folder with an authority in it.
struct House {
    folder: PathBuf,
    authority: Issuer<'static, KeyPair>,
}

impl House {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("theriac-tls-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).unwrap();
        let (key, mut params) = (KeyPair::generate().unwrap(), named("authority"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        std::fs::write(folder.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, authority: Issuer::new(params, key) }
    }

    fn issued(&self, params: CertificateParams) -> CertificateDer<'static> {
        params.signed_by(&KeyPair::generate().unwrap(), &self.authority).unwrap().der().clone()
    }

    fn trust(&self, take: &str) -> Trust {
        Trust::load(Some(&self.folder.join("ca.pem")), take).unwrap()
    }

    /// Writes a certificate of the server under this name, with its key.
    fn serve(&self, name: &str) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let certificate = named(name).signed_by(&key, &self.authority).unwrap();
        std::fs::write(self.folder.join("own.pem"), certificate.pem()).unwrap();
        std::fs::write(self.folder.join("own.key"), key.serialize_pem()).unwrap();
        certificate.der().clone()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![format!("{name}.example")]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "Mercy, Inc.");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn over(name: &str) -> CertificateParams {
    let mut params = named(name);
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    params
}

#[test]
fn whose_certificate_is_taken_and_whose_is_trusted() {
    let (house, other) = (House::new(), House::new());
    let own_making = named("self").self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
    for (what, certificate, trusted, any) in [
        ("of the authority", house.issued(named("loader")), Some(true), Some(true)),
        ("over", house.issued(over("old")), None, Some(false)),
        ("of another authority", other.issued(named("loader")), None, Some(false)),
        ("of its own making", own_making, None, Some(false)),
        ("no certificate", CertificateDer::from(vec![0x30, 0x00]), None, None),
    ] {
        let judged =
            |take: &str| house.trust(take).judge(std::slice::from_ref(&certificate)).ok().map(|own| own.trusted);
        assert_eq!((judged("trusted"), judged("any"), judged("none")), (trusted, any, None), "{what}");
    }
    assert!(house.trust("any").judge(&[]).is_err());
}

#[test]
fn a_certificate_says_when_it_holds_and_whose_it_is() {
    let house = House::new();
    let mut params = named("loader");
    let uri = "urn:mercy:loader".try_into().unwrap();
    params.subject_alt_names.extend([SanType::URI(uri), SanType::IpAddress("192.0.2.1".parse().unwrap())]);
    params.subject_alt_names.push(SanType::Rfc822Name("it@mercy.example".try_into().unwrap()));
    let certificate = house.trust("trusted").judge(&[house.issued(params)]).unwrap();
    assert_eq!(certificate.thumbprint.len(), 43);
    assert!(
        certificate.has_subject("CN=loader,O=Mercy\\, Inc.") || certificate.has_subject("O=Mercy\\, Inc.,CN=loader")
    );
    assert!(!certificate.has_subject("CN=loader") && !certificate.has_subject("loader"));
    assert!(certificate.has_dns("LOADER.example") && !certificate.has_dns("example"));
    assert!(certificate.has_uri("urn:mercy:loader") && !certificate.has_uri("urn:mercy"));
    assert!(certificate.has_ip("192.0.2.1") && !certificate.has_ip("192.0.2.2"));
    assert!(certificate.has_email("it@mercy.example") && !certificate.has_email("IT@mercy.example"));
    assert!(is_subject("CN=a,O=b") && !is_subject("a.example") && !is_subject(""));
    let old = Certificate::read(&house.issued(over("old")), false).unwrap();
    // 2020-01-01 and 2021-01-01.
    let (from, to) = (1_577_836_800, 1_609_459_200);
    assert_eq!([from - 1, from, to, to + 1].map(|at| old.is_valid(at)), [false, true, true, false]);
}

fn guard(house: &House) -> Guard {
    let file = |name: &str| Some(house.folder.join(name));
    let config = Config {
        tls_certificate: file("own.pem"),
        tls_key: file("own.key"),
        tls_client_ca: file("ca.pem"),
        ..Config::default()
    };
    Guard::of(&config).unwrap()
}

fn shown(guard: &Guard) -> CertificateDer<'static> {
    guard.door.as_ref().unwrap().own().cert[0].clone()
}

#[test]
fn files_are_read_again_as_a_whole_or_not_at_all() {
    let (house, other) = (House::new(), House::new());
    let first = house.serve("first");
    let guard = guard(&house);
    assert!(guard.takes_certificates() && shown(&guard) == first);
    let client = other.issued(named("loader"));
    assert!(guard.trust.judge(std::slice::from_ref(&client)).is_err());
    let second = house.serve("second");
    std::fs::copy(other.folder.join("ca.pem"), house.folder.join("ca.pem")).unwrap();
    guard.reload().unwrap();
    assert!(guard.trust.judge(std::slice::from_ref(&client)).is_ok() && shown(&guard) == second);
    // A key that does not fit: nothing changes, also not the authorities.
    std::fs::write(house.folder.join("own.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let house_ca = House::new();
    std::fs::copy(house_ca.folder.join("ca.pem"), house.folder.join("ca.pem")).unwrap();
    assert!(guard.reload().unwrap_err().message.contains("own.key"));
    assert!(guard.trust.judge(&[client]).is_ok() && shown(&guard) == second);
}

#[tokio::test]
async fn a_changed_file_is_seen_and_a_bad_one_is_told() {
    let house = House::new();
    let first = house.serve("first");
    let guard = Arc::new(guard(&house));
    let (metrics, told) = (Arc::new(Metrics::new().unwrap()), Arc::new(Notify::new()));
    let (stop, stopped) = watch::channel(false);
    let following = tokio::spawn(guard.clone().follow(metrics.clone(), told.clone(), stopped));
    let gauge = |value: u8| format!("theriac_gauge{{name=\"tls_files_refused\"}} {value}");
    let says = async |text: String| {
        while !String::from_utf8(metrics.text().unwrap()).unwrap().contains(&text) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    std::fs::write(house.folder.join("own.pem"), "nothing").unwrap();
    told.notify_one();
    says(gauge(1)).await;
    assert!(shown(&guard) == first);
    let second = house.serve("second");
    told.notify_one();
    says(gauge(0)).await;
    assert!(shown(&guard) == second);
    stop.send(true).unwrap();
    following.await.unwrap();
}

#[test]
fn settings_that_do_not_fit_together_are_refused() {
    assert!(Trust::load(None, "trusted").unwrap_err().message.contains("tls_client_ca"));
    assert!(Trust::load(None, "some").unwrap_err().message.contains("none, trusted, any"));
    assert_eq!(Trust::load(None, "").unwrap().take(), Take::None);
    let house = House::new();
    assert_eq!(house.trust("").take(), Take::Trusted);
    std::fs::write(house.folder.join("ca.pem"), "nothing").unwrap();
    assert!(Trust::load(Some(&house.folder.join("ca.pem")), "").unwrap_err().message.contains("holds no certificate"));
}
