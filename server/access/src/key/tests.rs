//! The key's file, its name, and its public face.

use super::*;
use std::fs;
use std::path::PathBuf;

/// A folder of its own under the system's temporary one, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("theriac-access-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_thumbprint_is_that_of_rfc_7638() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    assert_eq!(thumbprint(n, "AQAB"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn a_key_is_made_once_and_found_again() {
    let folder = Folder::new("again");
    let first = SigningKeys::load_or_create(&folder.0.join("deep/keys")).unwrap();
    let second = SigningKeys::load_or_create(&folder.0.join("deep/keys")).unwrap();
    assert_eq!(first.jwks(), second.jwks());
    let left: Vec<_> = fs::read_dir(folder.0.join("deep/keys")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [FILE]);
}

#[test]
fn who_starts_at_the_same_time_gets_the_same_key() {
    let folder = Folder::new("race");
    let kids: Vec<String> = std::thread::scope(|scope| {
        let racers: Vec<_> =
            (0..6).map(|_| scope.spawn(|| SigningKeys::load_or_create(&folder.0).unwrap().kid().to_owned())).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert!(kids.windows(2).all(|pair| pair[0] == pair[1]), "{kids:?}");
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    SigningKeys::load_or_create(&folder.0).unwrap();
    let file = folder.0.join(FILE);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for (mode, good) in [(0o640, true), (0o400, true), (0o644, false), (0o660, false), (0o602, false)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(SigningKeys::load_or_create(&folder.0).is_ok(), good, "{mode:o}");
    }
}

#[test]
fn a_file_that_holds_no_key_is_refused_by_name_and_left_alone() {
    let folder = Folder::new("broken");
    SigningKeys::load_or_create(&folder.0).unwrap();
    let file = folder.0.join(FILE);
    for broken in ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        fs::write(&file, broken).unwrap();
        let error = SigningKeys::load_or_create(&folder.0).unwrap_err();
        assert!(error.message.contains(FILE), "{}", error.message);
        assert_eq!(fs::read_to_string(&file).unwrap(), broken);
    }
}

#[test]
fn the_key_set_shows_the_public_half_alone() {
    let keys = SigningKeys::generate().unwrap();
    let jwks = keys.jwks();
    let key = jwks["keys"][0].as_object().unwrap();
    assert_eq!(key.keys().collect::<Vec<_>>(), ["kty", "use", "alg", "kid", "n", "e"]);
    assert_eq!(URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap().len(), 256);
    assert_eq!(key["e"], "AQAB");
    assert_eq!(format!("{keys:?}"), format!("SigningKeys {{ kid: {:?}, .. }}", keys.kid()));
}
