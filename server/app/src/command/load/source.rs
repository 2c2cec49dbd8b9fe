//! A file's text: unpacked if it is gzip, without a byte order mark, line by line or whole.

use super::kind;
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// How a file begins.
#[derive(Debug, PartialEq, Eq)]
pub enum Start {
    /// One JSON document, to be read whole.
    Json,
    FhirLines,
    ReadingLines,
    ReadingsCsv,
    Other(&'static str),
}

/// Longer lines, and documents, than this are refused: the gateway would not take them either.
const MOST: u64 = 512 << 20;

pub struct Source {
    reader: Box<dyn BufRead + Send>,
    /// The line read to find out what the file is, with its number.
    first: Option<(u64, Vec<u8>)>,
    line: u64,
}

impl Source {
    pub fn open(path: &Path, bar: &ProgressBar) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(64 << 10, bar.wrap_read(File::open(path)?));
        let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let mut reader: Box<dyn BufRead + Send> = if packed {
            Box::new(BufReader::with_capacity(64 << 10, MultiGzDecoder::new(file)))
        } else {
            Box::new(file)
        };
        if reader.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
            reader.consume(3);
        }
        Ok(Self { reader, first: None, line: 0 })
    }

    /// Looks at the first line that is not blank.
    pub fn start(&mut self) -> io::Result<Start> {
        let first = self.line()?;
        let more = self.more()?;
        let start = kind::start(first.as_ref().map_or(&[], |(_, line)| line), more);
        self.first = first;
        Ok(start)
    }

    /// Does anything but white space follow?
    fn more(&mut self) -> io::Result<bool> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(false);
            }
            match buffer.iter().position(|b| !b.is_ascii_whitespace()) {
                Some(_) => return Ok(true),
                None => {
                    let (all, lines) = (buffer.len(), buffer.iter().filter(|b| **b == b'\n').count());
                    self.reader.consume(all);
                    self.line += lines as u64;
                }
            }
        }
    }

    /// The next line that is not blank, with its number from 1.
    pub fn line(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        loop {
            self.line += 1;
            let mut line = Vec::new();
            if (&mut self.reader).take(MOST).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_ascii();
            if !line.is_empty() {
                return Ok(Some((self.line, line.to_vec())));
            }
        }
    }

    /// Everything, the first line included.
    pub fn rest(&mut self) -> io::Result<Bytes> {
        let mut all = self.first.take().map_or(Vec::new(), |(_, line)| line);
        all.push(b'\n');
        (&mut self.reader).take(MOST).read_to_end(&mut all)?;
        Ok(Bytes::from(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn source(name: &str, bytes: &[u8]) -> Source {
        let path = std::env::temp_dir().join(format!("theriac-source-{name}-{}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let source = Source::open(&path, &ProgressBar::hidden()).unwrap();
        std::fs::remove_file(path).unwrap();
        source
    }

    #[test]
    fn gzip_and_byte_order_marks_are_seen_through() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"\xEF\xBB\xBF{\n\"resourceType\":\"Patient\"}").unwrap();
        let mut source = source("gz", &packed.finish().unwrap());
        assert_eq!(source.start().unwrap(), Start::Json);
        assert_eq!(&source.rest().unwrap()[..], b"{\n\"resourceType\":\"Patient\"}");
    }

    #[test]
    fn lines_keep_their_numbers_over_blank_ones() {
        let text = b"\n{\"resourceType\":\"Patient\"}\n\n{\"resourceType\":\"Group\"}\r\n";
        let mut source = source("lines", text);
        assert_eq!(source.start().unwrap(), Start::FhirLines);
        let mut numbers = Vec::new();
        while let Some((number, line)) = source.line().unwrap() {
            assert!(line.ends_with(b"}"));
            numbers.push(number);
        }
        assert_eq!(numbers, [2, 4]);
    }
}
