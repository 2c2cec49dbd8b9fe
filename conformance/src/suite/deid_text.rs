//! Free text scrubbed, measured: on the annotated sentences of presidio-research (MIT), and on notes of our own that tell
//! what stands in a patient's record, in the forms people write it.
//!
//! The unit is the word. Recall: of the words that are annotated, those that went. Precision: of the words that went,
//! those that are annotated. A span counts as found if seven tenths of it went.

mod notes;

use super::Outcome;
use crate::run::{Run, read};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use theriac_deid::text::{self, Known};

const FILES: &[&str] = &["synth_dataset_v2.part.json", "generated_small.json"];
const RECALL: f64 = 0.90;
const PRECISION: f64 = 0.85;
const RECALL_OF_KNOWN: f64 = 0.995;

#[derive(Deserialize)]
struct Sentence {
    full_text: String,
    spans: Vec<Span>,
}

/// Positions are in characters.
#[derive(Deserialize)]
struct Span {
    entity_type: String,
    start_position: usize,
    end_position: usize,
}

#[derive(Default)]
struct Counts {
    right: usize,
    wrong: usize,
    missed: usize,
    /// By type: found, of all.
    spans: BTreeMap<String, (usize, usize)>,
}

impl Counts {
    fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 1.0 } else { part as f64 / of as f64 }
}

pub async fn run(run: &Run) -> Result<Outcome, String> {
    let mut outcome = Outcome::default();
    for name in FILES {
        let bytes = read(&run.data("deid/presidio-research").join(name))?;
        let sentences: Vec<Sentence> = serde_json::from_slice(&bytes).map_err(|e| format!("{name}: {e}"))?;
        let mut counts = Counts::default();
        sentences.iter().for_each(|sentence| judge(sentence, &mut counts));
        let (recall, precision) = (counts.recall(), counts.precision());
        outcome.case(format!("{name}: recall"), at_least(recall, RECALL));
        outcome.case(format!("{name}: precision"), at_least(precision, PRECISION));
        outcome.note(format!("{name}: {} sentences, recall {recall:.3}, precision {precision:.3}", sentences.len()));
        let spans = counts.spans.iter().map(|(kind, (found, all))| format!("{kind} {found}/{all}"));
        outcome.note(format!("{name}: spans found: {}", spans.collect::<Vec<_>>().join(", ")));
    }
    let (found, all) = notes::judge();
    outcome.case("identifiers that stand in the patient's record", at_least(share(found, all), RECALL_OF_KNOWN));
    outcome.note(format!(
        "identifiers of the record, in notes of our own: {found} of {all} gone ({:.4})",
        share(found, all)
    ));
    Ok(outcome)
}

fn at_least(value: f64, wanted: f64) -> Result<(), String> {
    if value >= wanted { Ok(()) } else { Err(format!("{value:.3}, and {wanted} is wanted")) }
}

fn judge(sentence: &Sentence, counts: &mut Counts) {
    let text = &sentence.full_text;
    let gone = text::spans(text, &Known::default());
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let spans: Vec<(&str, Range<usize>)> = sentence
        .spans
        .iter()
        .map(|s| (s.entity_type.as_str(), places[s.start_position]..places[s.end_position]))
        .collect();
    for word in words(text) {
        let annotated = spans.iter().map(|(_, span)| overlap(span, &word)).sum::<usize>() * 2 >= word.len();
        let went = gone.iter().map(|span| overlap(span, &word)).sum::<usize>() * 2 >= word.len();
        match (annotated, went) {
            (true, true) => counts.right += 1,
            (true, false) => counts.missed += 1,
            (false, true) => counts.wrong += 1,
            (false, false) => {}
        }
    }
    for (kind, span) in spans {
        let went: usize = gone.iter().map(|gone| overlap(gone, &span)).sum();
        let entry = counts.spans.entry(kind.to_owned()).or_default();
        entry.0 += usize::from(went * 10 >= span.len() * 7);
        entry.1 += 1;
    }
}

fn words(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, letter) in text.char_indices().filter(|(_, c)| c.is_alphanumeric() || *c == '_') {
        let end = at + letter.len_utf8();
        match found.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => found.push(at..end),
        }
    }
    found
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> usize {
    one.end.min(other.end).saturating_sub(one.start.max(other.start))
}
