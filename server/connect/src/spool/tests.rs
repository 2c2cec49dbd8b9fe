//! The spool gives back what was put in, in order, whatever it is put down and taken up between.

use super::*;
use proptest::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("theriac-spool-{}-{number}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _removed = fs::remove_dir_all(&self.0);
    }
}

fn open(folder: &Folder) -> Spool {
    Spool::open(&folder.0, 1 << 30).unwrap()
}

#[derive(Debug, Clone)]
enum Act {
    Push(Vec<u8>),
    Take(usize),
    Reopen,
    /// A crash in the middle of a write.
    Tear(Vec<u8>),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => prop::collection::vec(any::<u8>(), 1..200).prop_map(Act::Push),
        2 => (1..400_usize).prop_map(Act::Take),
        1 => Just(Act::Reopen),
        1 => prop::collection::vec(any::<u8>(), 1..20).prop_map(Act::Tear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_is_lost_doubled_or_reordered(acts in prop::collection::vec(act(), 1..60)) {
        let folder = Folder::new();
        let mut spool = open(&folder);
        let (mut put, mut taken) = (Vec::new(), Vec::new());
        for act in acts {
            match act {
                Act::Push(bytes) => {
                    spool.push(&bytes).unwrap();
                    put.extend(bytes);
                }
                Act::Take(most) => {
                    if let Some((bytes, place)) = spool.peek(most).unwrap() {
                        taken.extend(bytes);
                        spool.advance(place).unwrap();
                    }
                }
                Act::Reopen => spool = open(&folder),
                Act::Tear(bytes) => {
                    spool.writing.write_all(&1_000_u32.to_le_bytes()).unwrap();
                    spool.writing.write_all(&bytes).unwrap();
                    spool = open(&folder);
                }
            }
            prop_assert!(put.starts_with(&taken));
        }
        while let Some((bytes, place)) = spool.peek(1 << 20).unwrap() {
            taken.extend(bytes);
            spool.advance(place).unwrap();
        }
        prop_assert_eq!(put, taken);
        prop_assert_eq!(spool.waiting(), 0);
    }
}

#[test]
fn what_was_not_delivered_is_there_again_and_files_go_when_they_are_done() {
    let folder = Folder::new();
    let mut spool = open(&folder);
    let record = vec![7; 3 << 20];
    (0..8).for_each(|_| spool.push(&record).unwrap());
    assert_eq!(spool.files.len(), 3);
    let (first, place) = spool.peek(1).unwrap().unwrap();
    assert_eq!(first.len(), record.len());
    drop(spool);
    let mut spool = open(&folder);
    assert_eq!(spool.peek(1).unwrap().unwrap().1, place, "it was never said to be delivered");
    while let Some((_, place)) = spool.peek(1).unwrap() {
        spool.advance(place).unwrap();
    }
    assert_eq!((spool.files.len(), spool.waiting()), (1, 0));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2, "one file and the cursor");
}

#[test]
fn a_full_spool_says_so() {
    let folder = Folder::new();
    let mut spool = Spool::open(&folder.0, 100).unwrap();
    assert!(!spool.is_full());
    spool.push(&[1; 120]).unwrap();
    assert!(spool.is_full());
}
