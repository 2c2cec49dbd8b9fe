//! The key and the list of trusted certificates on disk.

use super::*;

/// A folder of its own for each test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("connect-keys-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn config(&self, more: &str) -> OpcUa {
        let more = more.replace("FOLDER", &self.0.display().to_string());
        toml::from_str(&format!("name = \"press\"\nendpoint = \"opc.tcp://press:4840\"\nnodes = []\n{more}")).unwrap()
    }

    fn open(&self, more: &str) -> Result<Keys> {
        Keys::open(&self.config(more), &self.0)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn said<T>(result: std::result::Result<T, Ended>) -> String {
    match result {
        Err(Ended::Refused(why)) => why,
        _ => String::new(),
    }
}

#[test]
fn a_key_is_made_once_and_for_its_owner_s_eyes() {
    let place = Place::new("made");
    let keys = place.open("").unwrap();
    assert_eq!(keys.application_uri, "urn:theriac:connect:press");
    let first = fs::read(&keys.certificate).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&keys.pki), mode(&keys.key)), (0o700, 0o600));
    assert_eq!(fs::read(place.open("").unwrap().certificate).unwrap(), first, "the same at the next start");
}

#[test]
fn only_certificates_of_the_list_are_trusted() {
    let place = Place::new("trust");
    let keys = place.open("").unwrap();
    // The connector's own stands for the server's here.
    let server = certificate(&keys.certificate).unwrap();
    let offered = server.as_byte_string();
    let why = said(keys.prove(&offered));
    assert!(why.contains(&server.thumbprint().as_hex_string()) && why.contains("opcua-press-offered.der"), "{why}");
    assert_eq!(certificate(&place.0.join("opcua-press-offered.der")).unwrap().as_byte_string(), offered);
    fs::copy(place.0.join("opcua-press-offered.der"), place.0.join("press.der")).unwrap();
    let keys = place.open("[security]\ntrust = [\"FOLDER/press.der\"]").unwrap();
    assert!(keys.prove(&offered).is_ok());
    assert_eq!(fs::read_dir(keys.pki.join("trusted")).unwrap().count(), 1);
    let keys = place.open("").unwrap();
    assert_eq!(fs::read_dir(keys.pki.join("trusted")).unwrap().count(), 0, "what left the list is trusted no more");
    assert!(!said(keys.prove(&ByteString::null())).is_empty());
}

#[test]
fn files_that_do_not_fit_are_named() {
    let place = Place::new("files");
    let keys = place.open("").unwrap();
    let own = format!("certificate_file = {:?}\nkey_file = {:?}", keys.certificate, keys.key);
    fs::write(place.0.join("word"), "s3cret\n").unwrap();
    for (more, word) in [
        ("[security]\ntrust = [\"FOLDER/none.der\"]".to_owned(), "none.der"),
        (format!("[security]\n{own}\napplication_uri = \"urn:other\""), "urn:other"),
        (format!("[security]\n{own}\napplication_uri = \"urn:theriac:connect:press\""), ""),
        ("[user]\nname = \"ann\"\npassword_file = \"FOLDER/none\"".to_owned(), "none"),
        ("[user]\nname = \"ann\"\npassword_file = \"FOLDER/word\"".to_owned(), ""),
        (format!("[user]\n{own}"), ""),
        (format!("[user]\n{}", own.replace("private.pem", "lost.pem")), "lost.pem"),
    ] {
        let said = place.open(&more).err().map(|e| e.message).unwrap_or_default();
        assert_eq!(said.is_empty(), word.is_empty(), "{more}: {said}");
        assert!(said.contains(word), "{more}: {said}");
    }
}
