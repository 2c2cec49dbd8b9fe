//! Guessing gets slower: three attempts are free, then each waits twice as long as the one before, up to a quarter of an hour.
//! Names that nobody has are counted alike.

use crate::secret;
use crate::store::attempt;
use theriac_core::{Code, Error, Result};
use theriac_platform::Context;
use theriac_platform::db::{Statement, Unit};

pub(super) struct Attempt(String);

impl Attempt {
    /// Counts an attempt as failed before it is judged, so that a hundred at once are a hundred.
    ///
    /// # Errors
    /// `TooMany`, while the delay runs.
    pub async fn begin(context: &Context, what: &str, person: &str) -> Result<Self> {
        let subject = secret::hash(&format!("{what}|{person}"));
        let mut unit = Unit::new();
        unit.push(attempt::count(&context.db, &subject, context.now()));
        match context.db.commit(unit).await {
            Ok(_) => Ok(Self(subject)),
            Err(e) if e.code == Code::Conflict => {
                let until = attempt::until(&context.db, &subject).await?;
                let seconds = u32::try_from((until.0 - context.now().0) / 1_000_000 + 1).unwrap_or(1);
                let message = format!("Too many attempts. Wait {seconds} seconds, then try again.");
                Err(Error::new(Code::TooMany, message).retry_after(seconds))
            }
            Err(e) => Err(e),
        }
    }

    /// It was right: nothing is held against the person any more.
    pub fn forget(&self, context: &Context) -> Statement {
        attempt::forget(&context.db, &self.0)
    }
}
