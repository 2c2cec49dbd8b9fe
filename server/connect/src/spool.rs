//! What waits for the gateway: lines of readings in files, synced before a source is told that they were taken.
//!
//! A record is its length, its CRC-32 and its bytes. Files are written to their end only, and deleted when the cursor
//! has passed them; a record torn by a crash is the last of its file, was never acknowledged, and is cut off.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

const FILE_BYTES: u64 = 8 << 20;
const HEAD: usize = 8;
/// No record is larger.
const LARGEST: u32 = 16 << 20;

/// A place between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: u64,
    pub offset: u64,
}

pub struct Spool {
    folder: PathBuf,
    /// Numbers of the files, the one that is written last.
    files: VecDeque<u64>,
    writing: File,
    end: Place,
    /// Everything before it has been delivered.
    cursor: Place,
    most: u64,
}

impl Spool {
    /// # Errors
    /// `Internal` if the folder cannot be used.
    pub fn open(folder: &Path, most: u64) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
        let mut files: Vec<u64> = fs::read_dir(folder)
            .map_err(|e| failed(folder, e))?
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".spool")?.parse().ok())
            .collect();
        files.sort_unstable();
        let cursor = read_cursor(folder)?.unwrap_or(Place { file: files.first().copied().unwrap_or(1), offset: 0 });
        let last = files.last().copied().unwrap_or(cursor.file).max(cursor.file);
        if files.last() != Some(&last) {
            files.push(last);
        }
        let path = name(folder, last);
        let writing =
            OpenOptions::new().create(true).append(true).read(true).open(&path).map_err(|e| failed(&path, e))?;
        let offset = mend(&writing, &path)?;
        let mut spool = Self {
            folder: folder.to_owned(),
            files: files.into(),
            writing,
            end: Place { file: last, offset },
            cursor,
            most,
        };
        spool.drop_delivered()?;
        Ok(spool)
    }

    /// Bytes that wait.
    pub fn waiting(&self) -> u64 {
        let whole = self.end.file.saturating_sub(self.cursor.file) * FILE_BYTES;
        (whole + self.end.offset).saturating_sub(self.cursor.offset)
    }

    pub fn is_full(&self) -> bool {
        self.waiting() >= self.most
    }

    /// Writes a record and syncs it: when this returns, it survives a crash.
    ///
    /// # Errors
    /// `Internal` if the disk refuses.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u32::try_from(bytes.len()).ok().filter(|n| *n <= LARGEST);
        let length = length.ok_or_else(|| Error::internal("a record of the spool is too large"))?;
        if self.end.offset >= FILE_BYTES {
            self.begin_file()?;
        }
        let mut record = Vec::with_capacity(HEAD + bytes.len());
        record.extend(length.to_le_bytes());
        record.extend(crc32fast::hash(bytes).to_le_bytes());
        record.extend(bytes);
        let path = name(&self.folder, self.end.file);
        self.writing.write_all(&record).and_then(|()| self.writing.sync_data()).map_err(|e| failed(&path, e))?;
        self.end.offset += record.len() as u64;
        Ok(())
    }

    fn begin_file(&mut self) -> Result<()> {
        let number = self.end.file + 1;
        let path = name(&self.folder, number);
        self.writing =
            OpenOptions::new().create_new(true).append(true).read(true).open(&path).map_err(|e| failed(&path, e))?;
        sync_folder(&self.folder)?;
        self.files.push_back(number);
        self.end = Place { file: number, offset: 0 };
        Ok(())
    }

    /// The next records from the cursor on, up to `most` bytes, and the place after them.
    ///
    /// # Errors
    /// `Internal` for a damaged file.
    pub fn peek(&mut self, most: usize) -> Result<Option<(Vec<u8>, Place)>> {
        let (mut bytes, mut place) = (Vec::new(), self.cursor);
        while place < self.end && bytes.len() < most {
            match self.record(place)? {
                Some(record) => {
                    place.offset += (HEAD + record.len()) as u64;
                    bytes.extend(record);
                }
                None => place = Place { file: place.file + 1, offset: 0 },
            }
        }
        Ok((!bytes.is_empty()).then_some((bytes, place)))
    }

    /// The record there; none at the end of a file.
    fn record(&self, place: Place) -> Result<Option<Vec<u8>>> {
        let path = name(&self.folder, place.file);
        let mut file = File::open(&path).map_err(|e| failed(&path, e))?;
        file.seek(SeekFrom::Start(place.offset)).map_err(|e| failed(&path, e))?;
        read_record(&mut file).map_err(|e| failed(&path, e))
    }

    /// Everything before the place has been delivered.
    ///
    /// # Errors
    /// `Internal` if the disk refuses.
    pub fn advance(&mut self, place: Place) -> Result<()> {
        write_cursor(&self.folder, place)?;
        self.cursor = place;
        self.drop_delivered()
    }

    fn drop_delivered(&mut self) -> Result<()> {
        while self.files.len() > 1 && self.files.front().is_some_and(|file| *file < self.cursor.file) {
            if let Some(number) = self.files.pop_front() {
                let path = name(&self.folder, number);
                fs::remove_file(&path).map_err(|e| failed(&path, e))?;
            }
        }
        Ok(())
    }
}

fn name(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.spool"))
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

fn read_record(file: &mut File) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEAD];
    match file.read_exact(&mut head) {
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let [a, b, c, d, e, f, g, h] = head;
    let (length, sum) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    let damaged = || std::io::Error::new(std::io::ErrorKind::InvalidData, "a record of the spool is damaged");
    if length > LARGEST {
        return Err(damaged());
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes)?;
    if crc32fast::hash(&bytes) == sum { Ok(Some(bytes)) } else { Err(damaged()) }
}

/// Cuts off what a crash left of the last record; gives the length of what is whole.
fn mend(file: &File, path: &Path) -> Result<u64> {
    let mut reading = File::open(path).map_err(|e| failed(path, e))?;
    let mut whole = 0;
    while let Ok(Some(record)) = read_record(&mut reading) {
        whole += (HEAD + record.len()) as u64;
    }
    file.set_len(whole).and_then(|()| file.sync_data()).map_err(|e| failed(path, e))?;
    Ok(whole)
}

fn read_cursor(folder: &Path) -> Result<Option<Place>> {
    let path = folder.join("cursor");
    let text = match fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|e| failed(&path, e))?,
    };
    let place = text
        .trim()
        .split_once(' ')
        .and_then(|(file, offset)| Some(Place { file: file.parse().ok()?, offset: offset.parse().ok()? }));
    place.map(Some).ok_or_else(|| Error::internal(format!("{} is damaged", path.display())))
}

/// In one step: the old cursor or the new one, never half of it.
fn write_cursor(folder: &Path, place: Place) -> Result<()> {
    let (path, new) = (folder.join("cursor"), folder.join("cursor.new"));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&new)?;
        writeln!(file, "{} {}", place.file, place.offset)?;
        file.sync_data()?;
        fs::rename(&new, &path)
    };
    write().map_err(|e| failed(&path, e))?;
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| failed(folder, e))
}

#[cfg(test)]
mod tests;
