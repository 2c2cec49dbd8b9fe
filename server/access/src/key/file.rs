//! A secret in a file of its own: made once, readable by its owner alone, whole or not there at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

/// Reads the secret at `path`, or makes and keeps it. Who loses a race reads what the winner kept.
pub(super) fn load_or_create(path: &Path, make: fn() -> Result<String>) -> Result<String> {
    if let Some(secret) = read(path)? {
        return Ok(secret);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| failed("cannot make the folder", folder, e))?;
    keep(path, folder, &make()?).map_err(|e| failed("cannot write", path, e))?;
    read(path)?.ok_or_else(|| failed("cannot read back", path, ErrorKind::NotFound.into()))
}

pub(super) fn read(path: &Path) -> Result<Option<String>> {
    let secret = match fs::read_to_string(path) {
        Ok(secret) => secret,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed("cannot read", path, e)),
    };
    check_mode(path)?;
    Ok(Some(secret))
}

/// Puts new content in the file's place, whole or not at all.
pub(super) fn replace(path: &Path, content: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        let draft = draft_beside(path)?;
        write_draft(&draft, content)?;
        fs::rename(&draft, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|e| failed("cannot write", path, e))
}

/// Writes under a name of its own and links it into place: the link is made whole, or refused because another is there.
fn keep(path: &Path, folder: &Path, secret: &str) -> io::Result<()> {
    let draft = draft_beside(path)?;
    let kept = write_draft(&draft, secret).and_then(|()| match fs::hard_link(&draft, path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    fs::remove_file(&draft)?;
    kept?;
    File::open(folder)?.sync_all()
}

fn write_draft(draft: &Path, secret: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(draft)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()
}

fn draft_beside(path: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("no randomness"))?;
    Ok(path.with_extension(format!("draft-{}", theriac_core::hash::hex(&random))))
}

/// A group may read (mounted secrets come so), others may not, and nobody but the owner may write.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(|e| failed("cannot read", path, e))?.permissions().mode();
    if mode & 0o027 == 0 {
        return Ok(());
    }
    let path = path.display();
    let message = format!("{path} holds a secret but others may read or change it; run: chmod 600 {path}");
    Err(Error { message, ..Error::internal("file mode of a secret") })
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<()> {
    Ok(())
}

fn failed(what: &str, path: &Path, cause: io::Error) -> Error {
    let message = format!("{what} {}: {cause}; see that the folder for keys is writable", path.display());
    Error { message, ..Error::internal(cause) }
}
