//! Passwords: argon2id (RFC 9106) with the parameters of OWASP's cheat sheet (19 MiB, two passes, one lane), kept in
//! PHC form. Length is all that is asked of one (NIST SP 800-63B, 3.1.1.2), besides not being the name itself.

use crate::secret;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;
use theriac_core::{Error, Result};
use tokio::sync::Semaphore;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LEAST: usize = 12;
const MOST: usize = 256;

/// A hash costs memory and time: so many at once, and the others wait.
static AT_ONCE: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));

/// # Errors
/// `Invalid`, saying what would be right.
pub(crate) fn check(password: &str, user: &str) -> Result<()> {
    let length = password.chars().count();
    if !(LEAST..=MOST).contains(&length) {
        return Err(Error::invalid(format!("a password has {LEAST} to {MOST} characters")).at("password"));
    }
    let (lower, user) = (password.to_lowercase(), user.to_lowercase());
    let poor = lower.replace(&user, "").chars().count() < LEAST / 2 || lower.chars().all(|c| lower.starts_with(c));
    if poor { Err(Error::invalid("a password is more than a name or one letter").at("password")) } else { Ok(()) }
}

/// A password for one sign-in: 100 random bits.
pub(crate) fn one_time() -> Result<String> {
    secret::readable(4, 5)
}

pub(crate) async fn hash(password: String) -> Result<String> {
    let salt = secret::bytes::<16>()?;
    apart(move || {
        let hash = engine()?
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map_err(|e| Error::internal(e.to_string()))?;
        Ok(hash.to_string())
    })
    .await
}

/// Does it hold? Without a hash it takes as long, so that time does not tell who exists.
pub(crate) async fn holds(password: String, hash: Option<String>) -> Result<bool> {
    apart(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&hash).map_err(|e| Error::internal(e.to_string()))?;
        Ok(engine()?.verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await
}

/// The hash that nobody's password has, with the costs of all others.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let hash = engine().map(|engine| engine.hash_password_with_salt(b"", &[0; 16]).map(|hash| hash.to_string()));
    hash.ok().and_then(std::result::Result::ok).unwrap_or_default()
});

fn engine() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _place = AT_ONCE.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_and_holds() {
        let hash = super::hash("correct horse battery".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(holds("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!holds("correct horse batterx".into(), Some(hash)).await.unwrap());
        assert!(!holds(String::new(), None).await.unwrap());
    }

    /// From the tests of the reference implementation (P-H-C/phc-winner-argon2, `src/test.c`): "password", "somesalt".
    #[tokio::test]
    async fn hashes_of_others_hold_too() {
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(holds("password".into(), Some(hash.into())).await.unwrap());
    }

    #[test]
    fn length_counts_and_names_do_not() {
        for good in ["correct horse", "пароль и ещё", "ada-and-much-more"] {
            assert!(check(good, "ada").is_ok(), "{good}");
        }
        for bad in ["", "short", "aaaaaaaaaaaaaaaa", "adaadaadaadaada", &"x y".repeat(100)] {
            assert!(check(bad, "ada").is_err(), "{bad}");
        }
    }
}
