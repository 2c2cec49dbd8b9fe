//! Whatever is done to a good document, the check answers; and what it takes, the rewriter can walk.

use super::super::{check, for_each_reference_mut, references};
use super::GOOD;
use proptest::prelude::*;
use std::borrow::Cow;
use theriac_core::json::{Node, Object, parse};

#[derive(Debug, Clone)]
enum Change {
    Drop,
    Rename(String),
    Replace(Node<'static>),
    Wrap,
    Double,
}

fn change() -> impl Strategy<Value = Change> {
    let name = prop_oneof!["[a-z_]{0,6}", Just("_id".to_owned()), Just("value[x]".to_owned()), any::<String>()];
    let leaf = prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        "-?[0-9]{1,12}(\\.[0-9]{1,3})?(e[0-9])?".prop_map(|n| Node::Number(n.into())),
        any::<String>().prop_map(Node::string),
        "[0-9T:Z+.-]{0,30}".prop_map(Node::string),
        "urn:(oid|uuid):[0-9a-f.-]{0,40}".prop_map(Node::string),
        "<div.{0,9}(href|src)=.{0,9}".prop_map(Node::string),
        Just(Node::Array(Vec::new())),
        Just(Node::Object(Object::default())),
    ];
    prop_oneof![
        Just(Change::Drop),
        name.prop_map(Change::Rename),
        leaf.prop_map(Change::Replace),
        Just(Change::Wrap),
        Just(Change::Double),
    ]
}

/// Applies the change at the n-th value of the tree, counted in document order.
fn apply(node: &mut Node<'static>, place: &mut usize, change: &Change) {
    match node {
        Node::Object(object) => {
            for index in 0..object.0.len() {
                if *place == 0 {
                    return at_member(object, index, place, change);
                }
                *place -= 1;
                apply(&mut object.0[index].1, place, change);
                if *place == usize::MAX {
                    return;
                }
            }
        }
        Node::Array(items) => items.iter_mut().for_each(|item| apply(item, place, change)),
        _ => {}
    }
}

fn at_member(object: &mut Object<'static>, index: usize, place: &mut usize, change: &Change) {
    *place = usize::MAX;
    match change {
        Change::Drop => drop(object.0.remove(index)),
        Change::Rename(name) => object.0[index].0 = Cow::Owned(name.clone()),
        Change::Replace(value) => object.0[index].1 = value.clone(),
        Change::Wrap => object.0[index].1 = Node::Array(vec![object.0[index].1.clone()]),
        Change::Double => {
            let (name, value) = object.0[index].clone();
            object.0.push((Cow::Owned(format!("_{name}")), value));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_changed_document_never_panics(
        which in 0..GOOD.len(),
        changes in prop::collection::vec((0usize..90, change()), 1..5),
    ) {
        let mut node = parse(GOOD[which].1.as_bytes()).unwrap().into_owned();
        for (place, change) in changes {
            apply(&mut node, &mut place.clone(), &change);
        }
        if let Err(error) = check(&node, None) {
            prop_assert!((1..=20).contains(&error.issues.len()));
            prop_assert!(error.issues.iter().all(|i| !i.path.is_empty() && !i.message.is_empty()));
        }
        let before = node.clone();
        let count = references(&node).count();
        let mut seen = 0;
        for_each_reference_mut(&mut node, &mut |_, _| seen += 1);
        prop_assert!(seen >= count);
        prop_assert_eq!(node, before);
    }

    #[test]
    fn a_renamed_member_is_noticed(which in 0..GOOD.len(), place in 0usize..6) {
        let mut node = parse(GOOD[which].1.as_bytes()).unwrap().into_owned();
        apply(&mut node, &mut place.clone(), &Change::Rename("noSuchElement".to_owned()));
        prop_assert!(check(&node, None).is_err());
    }
}
