//! Small files of state, replaced in one step: after a crash the old content stands or the new, never half of it.

use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use theriac_core::{Error, Result};

/// None if there is no such file.
///
/// # Errors
/// `Internal` for a file that is damaged or cannot be read.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let damaged = |e: &dyn std::fmt::Display| Error::internal(format!("{}: {e}", path.display()));
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| damaged(&e)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(damaged(&e)),
    }
}

/// # Errors
/// `Internal` if the disk refuses.
pub fn write<T: Serialize>(path: &Path, state: &T) -> Result<()> {
    let new = path.with_extension("new");
    let bytes = serde_json::to_vec(state).map_err(Error::internal)?;
    let put = || -> std::io::Result<()> {
        let mut file = File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        fs::rename(&new, path)
    };
    put().map_err(|e| Error::internal(format!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_damaged_is_told_of() {
        let path = std::env::temp_dir().join(format!("connect-disk-{}.json", std::process::id()));
        assert_eq!(read::<Vec<u8>>(&path).unwrap(), None);
        write(&path, &[1, 2]).unwrap();
        assert_eq!(read::<Vec<u8>>(&path).unwrap(), Some(vec![1, 2]));
        fs::write(&path, "[1,").unwrap();
        assert!(read::<Vec<u8>>(&path).is_err());
        fs::remove_file(path).unwrap();
    }
}
