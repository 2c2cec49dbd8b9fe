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
    assert_eq!(first.jwks(0), second.jwks(0));
    let left: Vec<_> = fs::read_dir(folder.0.join("deep/keys")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [FILE]);
}

#[test]
fn who_starts_at_the_same_time_gets_the_same_key() {
    let folder = Folder::new("race");
    let kids: Vec<String> = std::thread::scope(|scope| {
        let racers: Vec<_> =
            (0..6).map(|_| scope.spawn(|| SigningKeys::load_or_create(&folder.0).unwrap().kid())).collect();
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
    let jwks = keys.jwks(0);
    let key = jwks["keys"][0].as_object().unwrap();
    assert_eq!(key.keys().collect::<Vec<_>>(), ["kty", "use", "alg", "kid", "n", "e"]);
    assert_eq!(URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap().len(), 256);
    assert_eq!(key["e"], "AQAB");
    assert_eq!(format!("{keys:?}"), format!("SigningKeys {{ kid: {:?}, .. }}", keys.kid()));
}

#[test]
fn an_old_key_verifies_until_its_tokens_are_over_and_others_see_the_new_one() {
    let folder = Folder::new("rotate");
    let (own, other) =
        (SigningKeys::load_or_create(&folder.0).unwrap(), SigningKeys::load_or_create(&folder.0).unwrap());
    let first = own.kid();
    own.note(100_000).unwrap();
    own.note(50_000).unwrap();
    own.rotate(1_000).unwrap();
    let second = own.kid();
    assert_ne!(first, second);
    let ring = own.ring();
    assert!(ring.find(&first, 99_999).is_some() && ring.find(&first, 100_000).is_none());
    assert_eq!(own.jwks(1_000)["keys"].as_array().unwrap().len(), 2);
    assert_eq!(own.jwks(100_000)["keys"].as_array().unwrap().len(), 1);
    other.refresh();
    assert_eq!(other.kid(), second);
    assert!(other.ring().find(&first, 1_000).is_some());
    // Swept away once it verifies nothing.
    own.rotate(200_000).unwrap();
    assert_eq!(own.list(200_000).len(), 2);
    own.rotate(200_001).unwrap();
    let left = fs::read_dir(&folder.0)
        .unwrap()
        .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with("token-retired"));
    assert_eq!(left.count(), 2);
}

#[test]
fn keys_that_are_kept_nowhere_rotate_too_and_not_without_end() {
    let keys = SigningKeys::generate().unwrap();
    let first = keys.kid();
    keys.rotate(10).unwrap();
    assert!(keys.ring().find(&first, 10).is_some() && keys.kid() != first);
}
