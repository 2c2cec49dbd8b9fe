//! The states of a pack and what may follow what, as tables. Delegated Regulation (EU) 2016/161, articles 12, 13, 16, 22, 23
//! and 40; the codes are those of the national systems (NMVS). Pure.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PackState {
    Active,
    Dispensed,
    /// Out of the Union.
    Exported,
    /// Taken by an authority.
    Sample,
    FreeSample,
    Destroyed,
    Locked,
    Stolen,
    Expired,
    Recalled,
    Withdrawn,
    /// Taken for repackaging.
    CheckedOut,
}

struct Row {
    state: PackState,
    name: &'static str,
    /// May whoever did it undo it, in time?
    undone: bool,
    /// Is a second decommissioning a sign of falsification?
    alerts: bool,
}

const fn row(state: PackState, name: &'static str, undone: bool, alerts: bool) -> Row {
    Row { state, name, undone, alerts }
}

#[rustfmt::skip]
const STATES: &[Row] = &[
    row(PackState::Active,     "active",      false, false),
    row(PackState::Dispensed,  "dispensed",   true,  true),
    row(PackState::Exported,   "exported",    true,  true),
    row(PackState::Sample,     "sample",      true,  true),
    row(PackState::FreeSample, "free_sample", true,  true),
    row(PackState::Destroyed,  "destroyed",   false, true),
    row(PackState::Locked,     "locked",      true,  true),
    row(PackState::Stolen,     "stolen",      false, true),
    row(PackState::Expired,    "expired",     false, false),
    row(PackState::Recalled,   "recalled",    false, false),
    row(PackState::Withdrawn,  "withdrawn",   false, false),
    row(PackState::CheckedOut, "checked_out", true,  true),
];

/// Inactive packs that may still be taken out for another reason: what cannot be sold any more is destroyed in the end.
const FOLLOWS: &[(PackState, &[PackState])] = &[
    (PackState::Locked, &[PackState::Destroyed, PackState::Stolen, PackState::Recalled, PackState::Withdrawn]),
    (PackState::Expired, &[PackState::Destroyed]),
    (PackState::Recalled, &[PackState::Destroyed]),
    (PackState::Withdrawn, &[PackState::Destroyed]),
];

/// Article 13(1)(b).
const UNDO_US: i64 = 10 * 24 * 60 * 60 * 1_000_000;

impl PackState {
    fn row(self) -> Option<&'static Row> {
        STATES.iter().find(|row| row.state == self)
    }

    pub(crate) fn as_str(self) -> &'static str {
        self.row().map_or("active", |row| row.name)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        STATES.iter().find(|row| row.name == name).map(|row| row.state)
    }

    pub(crate) fn inactive() -> impl Iterator<Item = Self> {
        STATES.iter().map(|row| row.state).filter(|state| *state != Self::Active)
    }

    pub(super) fn second_alerts(self) -> bool {
        self.row().is_some_and(|row| row.alerts)
    }
}

pub(super) fn may_follow(state: PackState, wanted: PackState) -> bool {
    state == PackState::Active || FOLLOWS.iter().any(|(from, to)| *from == state && to.contains(&wanted))
}

/// Why something is refused, or a pack not verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownSerial,
    ExpiryDiffers,
    LotDiffers,
    Inactive,
    UndoDiffers,
    UndoForbidden,
}

impl Fault {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::UnknownSerial => "NMVS_NC_PC_02",
            Self::ExpiryDiffers => "NMVS_FE_LOT_12",
            Self::LotDiffers => "NMVS_FE_LOT_13",
            Self::Inactive => "NMVS_NC_PCK_22",
            Self::UndoDiffers => "NMVS_NC_PCK_06",
            // The national systems name this one differently; ours says what it is.
            Self::UndoForbidden => "UNDO_FORBIDDEN",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::UnknownSerial => "the serial is not known",
            Self::ExpiryDiffers => "the expiry is not that of the pack",
            Self::LotDiffers => "the batch is not that of the serial",
            Self::Inactive => "the pack is inactive already",
            Self::UndoDiffers => "the undo names another status than the pack has",
            Self::UndoForbidden => "the decommissioning cannot be undone",
        }
    }
}

/// A wish to undo.
pub(super) struct Undo {
    pub named: PackState,
    pub by_the_same: bool,
    pub age_us: i64,
}

impl Undo {
    /// The conditions of article 13.
    pub(super) fn check(&self, state: PackState) -> Result<(), (Fault, &'static str)> {
        if self.named != state {
            return Err((Fault::UndoDiffers, "name the state it has"));
        }
        if !state.row().is_some_and(|row| row.undone) {
            return Err((Fault::UndoForbidden, "from this state there is no way back"));
        }
        if !self.by_the_same {
            return Err((Fault::UndoForbidden, "only the same person at the same location undoes it"));
        }
        if self.age_us > UNDO_US {
            return Err((Fault::UndoForbidden, "more than ten days have passed"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_the_name_it_is_written_with() {
        for row in STATES {
            assert_eq!(serde_json::to_value(row.state).unwrap(), row.name);
            assert_eq!(PackState::parse(row.name), Some(row.state));
        }
        assert_eq!(PackState::inactive().count(), STATES.len() - 1);
    }

    #[test]
    fn an_undo_is_by_the_same_in_time_and_names_the_state() {
        let undo = |named, by_the_same, age_us| Undo { named, by_the_same, age_us };
        let dispensed = PackState::Dispensed;
        assert_eq!(undo(dispensed, true, UNDO_US).check(dispensed), Ok(()));
        for (wrong, code) in [
            (undo(PackState::Sample, true, 0), "NMVS_NC_PCK_06"),
            (undo(dispensed, false, 0), "UNDO_FORBIDDEN"),
            (undo(dispensed, true, UNDO_US + 1), "UNDO_FORBIDDEN"),
        ] {
            assert_eq!(wrong.check(dispensed).unwrap_err().0.code(), code);
        }
        for forever in
            [PackState::Destroyed, PackState::Stolen, PackState::Recalled, PackState::Withdrawn, PackState::Expired]
        {
            assert_eq!(undo(forever, true, 0).check(forever).unwrap_err().0, Fault::UndoForbidden);
        }
    }

    #[test]
    fn only_what_cannot_be_sold_goes_on_to_be_destroyed() {
        assert!(PackState::inactive().all(|state| may_follow(PackState::Active, state)));
        assert!(may_follow(PackState::Recalled, PackState::Destroyed));
        assert!(!may_follow(PackState::Dispensed, PackState::Destroyed));
        assert!(!may_follow(PackState::Recalled, PackState::Recalled));
        assert!(PackState::Dispensed.second_alerts() && !PackState::Expired.second_alerts());
    }
}
