//! A `.tgz`: gzip (RFC 1952) around a tar archive (POSIX.1-2017, pax, 4.10 ustar), read in memory under a limit.

use flate2::read::GzDecoder;
use std::io::Read;
use theriac_core::{Code, Error, Result};

/// A package is not unpacked beyond.
const MOST_BYTES: u64 = 512 << 20;
const BLOCK: usize = 512;

/// A file with its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// All plain files.
///
/// # Errors
/// `Malformed` for bytes that are no such archive, `TooLarge` for one that unpacks to too much.
pub fn unpack(packed: &[u8]) -> Result<Vec<File>> {
    let mut bytes = Vec::new();
    let read = GzDecoder::new(packed).take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| Error::malformed("the package is not a gzip file; send a .tgz as npm packs it"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::new(Code::TooLarge, format!("the package unpacks to more than {} MB", MOST_BYTES >> 20)));
    }
    files(&bytes)
}

fn broken() -> Error {
    Error::malformed("the package is not a tar archive inside, or it is cut short")
}

fn files(bytes: &[u8]) -> Result<Vec<File>> {
    let (mut files, mut at, mut long) = (Vec::new(), 0, None);
    while let Some(header) = bytes.get(at..at + BLOCK).filter(|header| header.iter().any(|b| *b != 0)) {
        check(header)?;
        let size = octal(&header[124..136]).ok_or_else(broken)?;
        let content = bytes.get(at + BLOCK..at + BLOCK + size).ok_or_else(broken)?;
        match header[156] {
            b'0' | 0 => files.push(File { path: long.take().unwrap_or_else(|| path(header)), bytes: content.to_vec() }),
            b'x' => long = pax(content),
            b'L' => long = Some(text(content)),
            // Folders, links and the archive's own remarks.
            _ => long = None,
        }
        at += BLOCK + size.next_multiple_of(BLOCK);
    }
    match (files.is_empty(), bytes.get(at..at + BLOCK).is_some()) {
        (false, true) => Ok(files),
        _ => Err(broken()),
    }
}

/// The sum of the header's bytes, its own field read as blanks.
fn check(header: &[u8]) -> Result<()> {
    let byte = |(place, byte): (usize, &u8)| if (148..156).contains(&place) { 32 } else { usize::from(*byte) };
    let sum: usize = header.iter().enumerate().map(byte).sum();
    if octal(&header[148..156]) == Some(sum) { Ok(()) } else { Err(broken()) }
}

fn octal(field: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(field).ok()?;
    usize::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn path(header: &[u8]) -> String {
    let (name, prefix) = (text(&header[..100]), text(&header[345..500]));
    let is_ustar = &header[257..262] == b"ustar";
    if is_ustar && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// `27 path=package/long name\n`
fn pax(content: &[u8]) -> Option<String> {
    let lines = std::str::from_utf8(content).ok()?.lines();
    lines.filter_map(|line| line.split_once(' ')?.1.strip_prefix("path=")).map(str::to_owned).next_back()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;

    fn entry(path: &str, kind: u8, content: &[u8]) -> Vec<u8> {
        let mut header = vec![0; BLOCK];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = kind;
        header[257..262].copy_from_slice(b"ustar");
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        header.extend_from_slice(content);
        header.resize(header.len().next_multiple_of(BLOCK), 0);
        header
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A package of these files.
    pub fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
        let mut all: Vec<u8> = files.iter().flat_map(|(path, text)| entry(path, b'0', text.as_bytes())).collect();
        all.resize(all.len() + 2 * BLOCK, 0);
        gzip(&all)
    }

    #[test]
    fn files_are_read_with_their_paths() {
        let files = unpack(&tgz(&[("package/package.json", "{}"), ("package/a.json", "")])).unwrap();
        assert_eq!(files[0], File { path: "package/package.json".into(), bytes: b"{}".to_vec() });
        assert_eq!((files[1].path.as_str(), files.len()), ("package/a.json", 2));
        let long = format!("package/{}.json", "n".repeat(150));
        let record = format!("{} path={long}\n", long.len() + 10);
        let mut all =
            [entry("folder/", b'5', b""), entry("x", b'x', record.as_bytes()), entry("short", b'0', b"1")].concat();
        all.resize(all.len() + 2 * BLOCK, 0);
        assert_eq!(unpack(&gzip(&all)).unwrap()[0].path, long);
    }

    #[test]
    fn what_is_no_package_is_refused() {
        let whole = tgz(&[("package/package.json", "{}")]);
        let cut = gzip(&entry("a", b'0', &[1; 600])[..700]);
        let mut bad = entry("a", b'0', b"1");
        bad[0] = b'b';
        for bytes in
            [b"junk".to_vec(), whole[..whole.len() / 2].to_vec(), gzip(b"{}"), cut, gzip(&bad), gzip(&[0; 1024])]
        {
            assert_eq!(unpack(&bytes).unwrap_err().status(), 400);
        }
    }
}
