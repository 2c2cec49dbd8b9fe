//! A new key in place of the one that signs. The old one's public half stays, as `token-retired-{kid}.json`, until the
//! last token it signed is over; its private half is gone.

use super::{FILE, Retired, Ring, SigningKeys, file, generate_pem};
use crate::jws::PublicKey;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use theriac_core::json as tree;
use theriac_core::{Code, Error, Result};

const RETIRED: &str = "token-retired-";
const LATEST: &str = "token-signing.until";
const LOCK: &str = "token-signing.lock";

/// What the server itself signs is over well before.
const LONGEST_S: i64 = 3_600;

/// So many old keys at once.
const MOST: usize = 20;

/// The keys in the folder.
pub(super) fn read(folder: &Path) -> Result<Ring> {
    let path = folder.join(FILE);
    let pem = file::read(&path)?.ok_or_else(|| failed("cannot read", &path, "it is not there"))?;
    Ring::new(&pem, retired(folder)?).map_err(|error| {
        let message = format!("{} is not an RSA private key of 2048 bits or more in PKCS#8 PEM", path.display());
        Error { message, ..error }
    })
}

fn retired(folder: &Path) -> Result<Vec<Retired>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| failed("cannot list", folder, e))? {
        let entry = entry.map_err(|e| failed("cannot list", folder, e))?;
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(RETIRED) || !name.to_string_lossy().ends_with(".json") {
            continue;
        }
        let text = fs::read(entry.path()).map_err(|e| failed("cannot read", &entry.path(), e))?;
        found.push(one(&text).ok_or_else(|| failed("cannot use", &entry.path(), "it is no retired key"))?);
    }
    found.sort_by_key(|old: &Retired| std::cmp::Reverse(old.until_s));
    Ok(found)
}

fn one(text: &[u8]) -> Option<Retired> {
    let document = tree::parse(text).ok()?;
    let object = document.as_object()?;
    let part = |name: &str| object.text(name).map(str::to_owned);
    let until_s = object.get("until")?.as_number()?.parse().ok()?;
    Some(Retired { key: PublicKey::new(part("kid")?, part("n")?, part("e")?).ok()?, until_s })
}

impl SigningKeys {
    /// Makes a new key, which signs from now on; the one before verifies until its tokens are over.
    ///
    /// # Errors
    /// `Conflict` when the key is only seconds old; `Internal`, saying which file and what to do.
    pub fn rotate(&self, now_s: i64) -> Result<()> {
        let Some(folder) = self.folder.clone() else {
            let (mut retired, old) = (Vec::new(), self.ring());
            retired.push(Retired { key: old.public.clone(), until_s: now_s + LONGEST_S });
            retired.extend(old.retired.iter().map(|old| Retired { key: old.key.clone(), until_s: old.until_s }));
            *self.ring.write() = Arc::new(Ring::new(&generate_pem()?, retired)?);
            return Ok(());
        };
        let lock = folder.join(LOCK);
        let held = fs::File::create(&lock)
            .and_then(|held| held.lock().map(|()| held))
            .map_err(|e| failed("cannot lock", &lock, e))?;
        let old = read(&folder)?;
        check_number(&old, now_s)?;
        let until_s = latest(&folder).max(now_s + LONGEST_S);
        keep(&folder, &old.public, until_s)?;
        file::replace(&folder.join(FILE), &generate_pem()?)?;
        sweep(&folder, &old, now_s);
        drop(held);
        self.refresh();
        Ok(())
    }

    /// Remembers until when a token holds that lives longer than the server's own.
    ///
    /// # Errors
    /// `Internal`, saying which file and what to do.
    pub fn note(&self, expires_s: i64) -> Result<()> {
        match &self.folder {
            Some(folder) if latest(folder) < expires_s => file::replace(&folder.join(LATEST), &expires_s.to_string()),
            _ => Ok(()),
        }
    }
}

/// Each waits for its tokens to end: whoever changes the key without pause is stopped.
fn check_number(old: &Ring, now_s: i64) -> Result<()> {
    match old.retired.iter().filter(|old| old.until_s > now_s).count() < MOST {
        true => Ok(()),
        false => {
            Err(Error::new(Code::Conflict, format!("{MOST} old keys still verify tokens; wait until one is over")))
        }
    }
}

fn latest(folder: &Path) -> i64 {
    fs::read_to_string(folder.join(LATEST)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

fn keep(folder: &Path, key: &PublicKey, until_s: i64) -> Result<()> {
    let mut jwk = key.jwk();
    jwk["until"] = json!(until_s);
    file::replace(&folder.join(format!("{RETIRED}{}.json", key.kid)), &jwk.to_string())
}

/// Takes away what verifies nothing any more. One that stays behind does no harm: its time is over.
fn sweep(folder: &Path, old: &Ring, now_s: i64) {
    for key in old.retired.iter().filter(|old| old.until_s <= now_s) {
        let _gone = fs::remove_file(folder.join(format!("{RETIRED}{}.json", key.key.kid)));
    }
}

fn failed(what: &str, path: &Path, cause: impl std::fmt::Display) -> Error {
    let message = format!("{what} {}: {cause}; see that the folder for keys is whole and writable", path.display());
    Error { message, ..Error::internal("keys of tokens") }
}
