//! What was stored and what was refused: counted by type, listed with its place and reason.

use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use theriac_core::{Error, Result};

pub struct Tally {
    counts: Mutex<Counts>,
    list: Mutex<Option<BufWriter<File>>>,
    bar: ProgressBar,
    started: Instant,
}

#[derive(Default)]
struct Counts {
    /// Type of record: stored, refused.
    types: BTreeMap<String, (u64, u64)>,
    /// Files refused as a whole.
    files: u64,
}

impl Tally {
    /// The list of what is refused goes to the file, or to stderr.
    pub fn new<'f>(files: impl Iterator<Item = &'f PathBuf>, refused: Option<&Path>) -> Result<Self> {
        let bytes = files.map(|file| std::fs::metadata(file).map_or(0, |m| m.len())).sum();
        let bar = ProgressBar::new(bytes);
        let template = "{bar:32} {percent:>3} %  {bytes}/{total_bytes}  {eta} left  {msg}";
        bar.set_style(ProgressStyle::with_template(template).map_err(Error::internal)?);
        let create = |path: &Path| {
            File::create(path).map_err(|e| Error::invalid(format!("{} cannot be written: {e}", path.display())))
        };
        let list = refused.map(create).transpose()?.map(BufWriter::new);
        let tally = Self { counts: Mutex::default(), list: Mutex::new(list), bar, started: Instant::now() };
        tally.write("file\tentry\tstatus\tpath\twhy", refused.is_some());
        Ok(tally)
    }

    /// Grows with what is read; drawn only on a terminal.
    pub fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    pub fn stored(&self, kind: &str, count: u64) {
        locked(&self.counts).types.entry(kind.to_owned()).or_default().0 += count;
        self.bar.set_message(format!("{} stored", self.sum().0));
    }

    /// Only counts; the reason is listed once with [`Tally::list`].
    pub fn refused(&self, kind: &str, count: u64) {
        locked(&self.counts).types.entry(kind.to_owned()).or_default().1 += count;
    }

    pub fn refuse_file(&self, file: &Path, why: &str) {
        locked(&self.counts).files += 1;
        self.write(&line(file, "", "-", "", why), true);
    }

    /// Lists a refusal: one line for each thing that is wrong.
    pub fn list(&self, file: &Path, entry: &str, error: &Error) {
        let status = error.status().to_string();
        if error.issues.is_empty() {
            self.write(&line(file, entry, &status, "", &error.message), true);
        }
        for issue in &error.issues {
            self.write(&line(file, entry, &status, &issue.path, &issue.message), true);
        }
    }

    /// `place` is the entry and the path in it.
    pub fn list_line(&self, file: &Path, place: (&str, &str), status: &str, why: &str) {
        self.write(&line(file, place.0, status, place.1, why), true);
    }

    fn write(&self, line: &str, wanted: bool) {
        let mut list = locked(&self.list);
        let written = match list.as_mut() {
            Some(file) => writeln!(file, "{line}"),
            None if wanted => self.bar.suspend(|| writeln!(std::io::stderr(), "refused\t{line}")),
            None => Ok(()),
        };
        if let Err(error) = written {
            tracing::error!(%error, "the list of what was refused cannot be written");
        }
    }

    fn sum(&self) -> (u64, u64) {
        locked(&self.counts).types.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    }

    /// Prints the summary.
    ///
    /// # Errors
    /// `Invalid` if anything was refused.
    pub fn report(&self) -> Result<()> {
        self.bar.finish_and_clear();
        if let Some(list) = locked(&self.list).as_mut() {
            list.flush().map_err(Error::internal)?;
        }
        let (stored, refused) = self.sum();
        let seconds = self.started.elapsed().as_secs_f64();
        let counts = locked(&self.counts);
        print!("{}", table(&counts.types, (stored, refused)));
        println!("{seconds:.1} s, {:.0} stored a second", stored as f64 / seconds.max(0.001));
        match (refused, counts.files) {
            (0, 0) => Ok(()),
            (refused, files) => {
                Err(Error::invalid(format!("refused: {refused} records, {files} whole files; the list says why")))
            }
        }
    }
}

/// Nothing panics while it holds one of these locks; the state stays usable if it did.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn table(types: &BTreeMap<String, (u64, u64)>, sum: (u64, u64)) -> String {
    let mut out = format!("{:<36} {:>10} {:>10}\n", "type", "stored", "refused");
    let total = ("all".to_owned(), sum);
    for (kind, (stored, refused)) in types.iter().chain(std::iter::once((&total.0, &total.1))) {
        out.push_str(&format!("{kind:<36} {stored:>10} {refused:>10}\n"));
    }
    out
}

/// One line of the list; tabs and line ends inside a field become spaces.
fn line(file: &Path, entry: &str, status: &str, path: &str, why: &str) -> String {
    let file = file.display().to_string();
    [file.as_str(), entry, status, path, why].map(|field| field.replace(['\t', '\n', '\r'], " ")).join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::{Code, Issue};

    #[test]
    fn every_thing_wrong_is_a_line_of_the_list() {
        let path = std::env::temp_dir().join(format!("theriac-tally-{}", std::process::id()));
        let tally = Tally::new(std::iter::empty(), Some(&path)).unwrap();
        let issues = ["a", "b"].map(|path| Issue::new(Code::Invalid, path, "not\nright"));
        tally.list(Path::new("f.json"), "entry[1]", &Error::from_issues(issues.to_vec()));
        tally.refused("Patient", 1);
        tally.stored("Patient", 2);
        assert!(tally.report().unwrap_err().message.contains("1 records"));
        let expected = "file\tentry\tstatus\tpath\twhy\n\
            f.json\tentry[1]\t400\ta\tnot right\nf.json\tentry[1]\t400\tb\tnot right\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_table_ends_with_the_sum() {
        let types = BTreeMap::from([("Patient".to_owned(), (2, 1)), ("Observation".to_owned(), (3, 0))]);
        let table = table(&types, (5, 1));
        let words: Vec<Vec<&str>> = table.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(words[1..], [vec!["Observation", "3", "0"], vec!["Patient", "2", "1"], vec!["all", "5", "1"]]);
    }
}
