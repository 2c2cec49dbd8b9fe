//! A ledger saved in a folder: `checkpoint`, `key`, `entries.ndjson`.

use super::{FromDisplay, settle};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};
use theriac_sdk::verify::{Checkpoint, TreeHasher, VerifierKey};

pub fn verify(path: &Path, expected: Option<&VerifierKey>) -> Result<(Checkpoint, VerifierKey)> {
    // A file of the folder stands for the folder.
    let folder = if path.is_file() { path.parent().unwrap_or(Path::new(".")) } else { path };
    let key: VerifierKey = read(&folder.join("key"))?.parse().map_err(Error::from_display)?;
    let key = settle(key, expected)?;
    let note = read(&folder.join("checkpoint"))?;
    let checkpoint = key.open_checkpoint(&note).map_err(|e| Error::invalid(format!("checkpoint: {e}")))?;
    let entries = folder.join("entries.ndjson");
    hash(&entries)?.check(&checkpoint).map_err(|e| Error::invalid(format!("{}: {e}", entries.display())))?;
    Ok((checkpoint, key))
}

/// Every line is a leaf, byte for byte.
fn hash(path: &Path) -> Result<TreeHasher> {
    let file = File::open(path).map_err(|e| unreadable(path, &e))?;
    let mut tree = TreeHasher::default();
    for (at, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = line.map_err(|e| unreadable(path, &e))?;
        if serde_json::from_slice::<serde::de::IgnoredAny>(&line).is_err() {
            return Err(Error::invalid(format!("{}: line {} (entry {at}) is not JSON", path.display(), at + 1)));
        }
        tree.append(&line);
    }
    Ok(tree)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid(format!(
        "{} cannot be read: {error}; a saved ledger is a folder with checkpoint, key and entries.ndjson",
        path.display()
    ))
}

/// Writes a ledger as [`verify`] reads it, while it comes in.
pub struct Writer {
    folder: PathBuf,
    entries: BufWriter<File>,
}

impl Writer {
    pub fn create(folder: &Path, key: &VerifierKey, checkpoint: &str) -> Result<Self> {
        fs::create_dir_all(folder).map_err(Error::internal)?;
        fs::write(folder.join("key"), format!("{key}\n")).map_err(Error::internal)?;
        fs::write(folder.join("checkpoint"), checkpoint).map_err(Error::internal)?;
        let entries = File::create(folder.join("entries.ndjson")).map_err(Error::internal)?;
        Ok(Self { folder: folder.to_owned(), entries: BufWriter::new(entries) })
    }

    pub fn entry(&mut self, entry: &str) -> Result<()> {
        self.entries.write_all(entry.as_bytes()).and_then(|()| self.entries.write_all(b"\n")).map_err(Error::internal)
    }

    pub fn finish(mut self) -> Result<PathBuf> {
        self.entries.flush().map_err(Error::internal)?;
        Ok(self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_ledger::note::{Checkpoint as Unsigned, Signer};
    use theriac_ledger::tree::{Frontier, leaf_hash};

    const ENTRIES: [&str; 3] = [r#"{"id":"1"}"#, r#"{"id":"2"}"#, r#"{"id":"3"}"#];

    /// A ledger signed by the server's own code, saved under a fresh folder.
    fn saved(name: &str) -> (PathBuf, VerifierKey) {
        let signer = Signer::generate("theriac/mercy").unwrap();
        let mut frontier = Frontier::default();
        frontier.append_all(&ENTRIES.map(|entry| leaf_hash(entry.as_bytes())));
        let unsigned = Unsigned { origin: "theriac/mercy".to_owned(), size: frontier.size(), root: frontier.root() };
        let key: VerifierKey = signer.verifier().to_string().parse().unwrap();
        let folder = std::env::temp_dir().join(format!("theriac-verify-{name}-{}", std::process::id()));
        let mut writer = Writer::create(&folder, &key, &unsigned.sign(&signer).unwrap()).unwrap();
        ENTRIES.iter().for_each(|entry| writer.entry(entry).unwrap());
        (writer.finish().unwrap(), key)
    }

    #[test]
    fn a_saved_ledger_verifies_and_a_changed_one_does_not() {
        let (folder, key) = saved("changed");
        assert_eq!(verify(&folder, Some(&key)).unwrap().0.size, 3);
        let changed = ENTRIES.join("\n").replace('2', "7") + "\n";
        fs::write(folder.join("entries.ndjson"), changed).unwrap();
        assert!(verify(&folder, None).unwrap_err().message.contains("root"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_broken_line_is_named_and_another_key_is_refused() {
        let (folder, _) = saved("broken");
        let (other, foreign) = saved("other");
        assert!(verify(&folder, Some(&foreign)).unwrap_err().message.contains("kept aside"));
        fs::write(folder.join("entries.ndjson"), format!("{}\nnot json\n", ENTRIES[0])).unwrap();
        assert!(verify(&folder, None).unwrap_err().message.contains("line 2 (entry 1)"));
        for folder in [folder, other] {
            fs::remove_dir_all(folder).unwrap();
        }
    }
}
