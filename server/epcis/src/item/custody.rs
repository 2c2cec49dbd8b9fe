//! In whose hands an item is: who possesses it, who owns it, to whom it is under way.
//! EPCIS 2.0, section 7.3.5.4 (sources and destinations); CBV 2.0, section 7.4.
//!
//! Sending leaves an item with the sender until it is received; receiving hands it over. A step that names no
//! party says nothing, but for a receipt: whoever had it has it no longer, and the place tells the rest.

use crate::event::Event;
use crate::identifier::gln_of;
use crate::vocabulary::{BIZ_STEP, SOURCE_DESTINATION_TYPE};

/// What an event says of custody; the outer option is "says nothing".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Custody {
    pub holder: Option<Option<String>>,
    pub owner: Option<Option<String>>,
    pub consignee: Option<Option<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Sends,
    Receives,
    Returns,
}

/// Business steps by what they do to custody.
const PHASES: &[(&str, Phase)] = &[
    ("shipping", Phase::Sends),
    ("consigning", Phase::Sends),
    ("departing", Phase::Sends),
    ("receiving", Phase::Receives),
    ("accepting", Phase::Receives),
    ("void_shipping", Phase::Returns),
];

pub(super) fn of(event: &Event<'_>) -> Custody {
    let step = event.text("bizStep").and_then(|text| BIZ_STEP.word(text, &event.spaces)).unwrap_or("");
    let Some((_, phase)) = PHASES.iter().find(|(name, _)| *name == step) else { return Custody::default() };
    let (from, to) = (Parties::of(event, "sourceList", "source"), Parties::of(event, "destinationList", "destination"));
    match phase {
        Phase::Sends => Custody {
            holder: from.possessor().map(Some),
            owner: from.owner.clone().map(Some),
            consignee: Some(to.possessor()),
        },
        Phase::Receives => {
            Custody { holder: Some(to.possessor()), owner: to.owner.clone().map(Some), consignee: Some(None) }
        }
        Phase::Returns => Custody { consignee: Some(None), ..Custody::default() },
    }
}

/// Who an event says had the items.
pub(crate) fn source_possessor(event: &Event<'_>) -> Option<String> {
    Parties::of(event, "sourceList", "source").possessor()
}

struct Parties {
    possessing: Option<String>,
    owner: Option<String>,
}

impl Parties {
    fn of(event: &Event<'_>, list: &str, value: &str) -> Self {
        let typed = event.typed(list, value, &SOURCE_DESTINATION_TYPE);
        let of = |word: &str| {
            let is = |kind: &Option<String>| kind.as_deref().is_some_and(|k| SOURCE_DESTINATION_TYPE.bare(k) == word);
            typed.iter().find(|(kind, _)| is(kind)).map(|(_, party)| gln_of(party).unwrap_or_else(|| party.clone()))
        };
        Self { possessing: of("possessing_party"), owner: of("owning_party") }
    }

    /// Whoever owns it has it, as long as nothing else is said.
    fn possessor(&self) -> Option<String> {
        self.possessing.clone().or_else(|| self.owner.clone())
    }
}
