//! Verification of product identifiers: GS1 Lightweight Messaging Standard for Verification of Product Identifiers, 1.1,
//! with the words of its DSCSA guideline, 1.3. <https://ref.gs1.org/standards/lightweight-verification-messaging/>
//!
//! [`answer`] is the responder, [`ask`] the requester; [`asked`] reads what both say of a pack, [`judge`] compares it
//! with what is known. FD&C Act, 582(b)(4)(C): who made a product answers whether its identifier is right.

pub(crate) mod answer;
pub(crate) mod ask;
mod asked;
mod judge;

use crate::record::Kind;

pub(crate) static KIND: Kind = Kind {
    segment: "verifications",
    topic: "dscsa.verification",
    states: &["asked", "verified", "failed", "unanswered"],
};

pub(crate) use asked::Asked;
pub(crate) use judge::Verdict;
