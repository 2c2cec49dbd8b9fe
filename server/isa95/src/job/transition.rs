//! The state machine of OPC 10031-4 v2.00 as tables: states, substates, transitions, methods.

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $number:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }

            pub fn number(self) -> u8 {
                match self { $(Self::$variant => $number),* }
            }

            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($variant) => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

numbered! {
    /// ISA95JobOrderStateMachineType.
    State { NotAllowedToStart = 1, AllowedToStart = 2, Running = 3, Interrupted = 4, Ended = 5, Aborted = 6 }
}

numbered! {
    /// Of the machines ISA95PrepareStateMachineType, ISA95InterruptedStateMachineType and ISA95EndedStateMachineType.
    Substate { Waiting = 1, Ready = 2, Loaded = 3, Held = 1, Suspended = 2, Completed = 1, Closed = 2 }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub state: State,
    pub substate: Option<Substate>,
}

macro_rules! methods {
    ($($method:ident $word:literal)*) => {
        /// What is asked of a job order (ISA95JobOrderReceiverObjectType).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Method { $($method),* }

        /// Every method, by the word in its address.
        pub const METHODS: &[(&str, Method)] = &[$(($word, Method::$method)),*];
    };
}

methods! {
    Store "store" StoreAndStart "storeAndStart" Update "update" Start "start" RevokeStart "revokeStart" Pause "pause"
    Resume "resume" Stop "stop" Abort "abort" Cancel "cancel" Clear "clear"
}

/// What a method does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    To(Status),
    /// The order is no longer listed.
    Removed,
}

/// What causes a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Method(Method),
    /// No method: whoever carries the order out decides.
    System,
}

/// A row of the table; without `from` the order is new, without `to` it is removed.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// As the standard numbers it; 0 where it does not.
    pub number: u8,
    pub from: Option<State>,
    pub to: Option<State>,
    pub cause: Cause,
}

const fn row(number: u8, from: State, to: State, method: Method) -> Transition {
    Transition { number, from: Some(from), to: Some(to), cause: Cause::Method(method) }
}

const fn system(number: u8, from: State, to: State) -> Transition {
    Transition { number, from: Some(from), to: Some(to), cause: Cause::System }
}

const fn new(to: State, method: Method) -> Transition {
    Transition { number: 0, from: None, to: Some(to), cause: Cause::Method(method) }
}

const fn gone(from: State, method: Method) -> Transition {
    Transition { number: 0, from: Some(from), to: None, cause: Cause::Method(method) }
}

pub const TRANSITIONS: &[Transition] = {
    use State::{Aborted, AllowedToStart, Ended, Interrupted, NotAllowedToStart, Running};
    &[
        new(NotAllowedToStart, Method::Store),
        new(AllowedToStart, Method::StoreAndStart),
        row(1, NotAllowedToStart, NotAllowedToStart, Method::Update),
        row(2, NotAllowedToStart, AllowedToStart, Method::Start),
        row(3, AllowedToStart, NotAllowedToStart, Method::RevokeStart),
        row(4, AllowedToStart, AllowedToStart, Method::Update),
        system(5, AllowedToStart, Running),
        row(6, Running, Interrupted, Method::Pause),
        row(7, Running, Ended, Method::Stop),
        system(7, Running, Ended),
        row(8, Running, Aborted, Method::Abort),
        row(9, Interrupted, Aborted, Method::Abort),
        row(10, Interrupted, Running, Method::Resume),
        row(11, Interrupted, Ended, Method::Stop),
        row(12, NotAllowedToStart, Aborted, Method::Abort),
        row(13, AllowedToStart, Aborted, Method::Abort),
        gone(NotAllowedToStart, Method::Cancel),
        gone(AllowedToStart, Method::Cancel),
        gone(Ended, Method::Clear),
        gone(Aborted, Method::Clear),
    ]
};

/// Steps within a state, which the system takes: prepare machine 1 to 5, interrupted 1 and 2, ended 1.
pub const STEPS: &[(Substate, Substate)] = &[
    (Substate::Waiting, Substate::Ready),
    (Substate::Ready, Substate::Loaded),
    (Substate::Ready, Substate::Waiting),
    (Substate::Loaded, Substate::Ready),
    (Substate::Loaded, Substate::Waiting),
    (Substate::Held, Substate::Suspended),
    (Substate::Suspended, Substate::Held),
    (Substate::Completed, Substate::Closed),
];

impl State {
    /// Where the state's own machine begins.
    fn entry(self) -> Option<Substate> {
        match self {
            Self::NotAllowedToStart | Self::AllowedToStart => Some(Substate::Waiting),
            Self::Interrupted => Some(Substate::Held),
            Self::Ended => Some(Substate::Completed),
            Self::Running | Self::Aborted => None,
        }
    }
}

/// What a method does to an order in that status, or to one that is not there; `None`: it may not be called.
pub fn step(from: Option<Status>, method: Method) -> Option<Effect> {
    take(from, |row| row.cause == Cause::Method(method))
}

/// What the system does: on to a state, or to a substate of the present one.
pub fn moved(from: Status, state: State, substate: Option<Substate>) -> Option<Status> {
    if state == from.state {
        let step = (from.substate?, substate?);
        return STEPS.contains(&step).then_some(Status { state, substate });
    }
    match take(Some(from), |row| row.cause == Cause::System && row.to == Some(state)) {
        Some(Effect::To(status)) if substate.is_none() || substate == status.substate => Some(status),
        _ => None,
    }
}

fn take(from: Option<Status>, fits: impl Fn(&Transition) -> bool) -> Option<Effect> {
    let state = from.map(|status| status.state);
    let row = TRANSITIONS.iter().find(|row| row.from == state && fits(row))?;
    let Some(to) = row.to else { return Some(Effect::Removed) };
    let prepared = |state| matches!(state, State::NotAllowedToStart | State::AllowedToStart);
    let kept = from.filter(|status| prepared(status.state) && prepared(to)).and_then(|status| status.substate);
    Some(Effect::To(Status { state: to, substate: kept.or(to.entry()) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The table of the reference, written down a second time, by numbers: from (0 new), method, to (0 removed).
    const EXPECTED: &[(u8, &str, u8)] = &[
        (0, "store", 1),
        (0, "storeAndStart", 2),
        (1, "update", 1),
        (1, "start", 2),
        (2, "revokeStart", 1),
        (2, "update", 2),
        (3, "pause", 4),
        (3, "stop", 5),
        (3, "abort", 6),
        (4, "abort", 6),
        (4, "resume", 3),
        (4, "stop", 5),
        (1, "abort", 6),
        (2, "abort", 6),
        (1, "cancel", 0),
        (2, "cancel", 0),
        (5, "clear", 0),
        (6, "clear", 0),
    ];

    proptest! {
        /// Methods, and between them what the system does, in any order.
        #[test]
        fn whatever_is_called_only_the_table_happens(calls in proptest::collection::vec(0usize..15, 0..60)) {
            let mut status: Option<Status> = None;
            for call in calls {
                let number = status.map_or(0, |status| status.state.number());
                let Some((word, method)) = METHODS.get(call).copied() else {
                    let to = [State::Running, State::Ended, State::NotAllowedToStart, State::Interrupted][call - 11];
                    let after = status.and_then(|status| moved(status, to, None));
                    prop_assert_eq!(after.is_some(), matches!((number, to.number()), (2, 3) | (3, 5)));
                    status = after.or(status);
                    continue;
                };
                let expected = EXPECTED.iter().find(|row| (row.0, row.1) == (number, word));
                match (step(status, method), expected) {
                    (None, None) => {}
                    (Some(Effect::Removed), Some((_, _, 0))) => status = None,
                    (Some(Effect::To(to)), Some((_, _, wanted))) => {
                        prop_assert_eq!(to.state.number(), *wanted);
                        prop_assert_eq!(to.substate.is_some(), !matches!(wanted, 3 | 6));
                        status = Some(to);
                    }
                    (found, expected) => prop_assert!(false, "{number} {word}: {found:?} {expected:?}"),
                }
            }
        }
    }

    #[test]
    fn preparation_goes_by_its_own_steps_and_survives_start() {
        let ready = Status { state: State::NotAllowedToStart, substate: Some(Substate::Ready) };
        let started = Status { state: State::AllowedToStart, ..ready };
        assert_eq!(step(Some(ready), Method::Start), Some(Effect::To(started)));
        assert!(moved(ready, State::NotAllowedToStart, Some(Substate::Loaded)).is_some());
        let waiting = Status { substate: Some(Substate::Waiting), ..ready };
        assert_eq!(moved(waiting, State::NotAllowedToStart, Some(Substate::Loaded)), None);
        let ended = Status { state: State::Ended, substate: Some(Substate::Completed) };
        assert!(moved(ended, State::Ended, Some(Substate::Closed)).is_some());
        assert_eq!(moved(ended, State::Ended, Some(Substate::Held)), None);
    }

    #[test]
    fn every_method_stands_in_the_table() {
        for (word, method) in METHODS {
            assert!(TRANSITIONS.iter().any(|row| row.cause == Cause::Method(*method)), "{word}");
        }
        assert_eq!(State::ALL.len(), 6);
        assert_eq!(Substate::ALL.len(), 7);
    }
}
