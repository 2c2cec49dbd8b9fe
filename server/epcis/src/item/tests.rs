//! Behaviour of the fold, over short histories of one pack.

use super::*;
use crate::namespaces::Namespaces;
use proptest::prelude::*;
use theriac_core::json::parse;

const PACK: &str = "https://id.gs1.org/01/04012345111118/21/1";
const CASE: &str = "https://id.gs1.org/00/340123451111111111";

/// An event at that second, of that type, with these further members.
fn event(kind: &str, second: u32, members: &str) -> String {
    format!(
        r#"{{"type":"{kind}","eventTime":"2026-11-20T08:00:{second:02}Z","eventTimeZoneOffset":"+00:00",{members}}}"#
    )
}

fn object(second: u32, members: &str) -> String {
    event("ObjectEvent", second, &format!(r#""epcList":["{PACK}"],{members}"#))
}

fn pack(second: u32, action: &str, parent: &str, children: &str) -> String {
    let members = format!(r#""action":"{action}","parentID":"{parent}"{children}"#);
    event("AggregationEvent", second, &members)
}

fn fold_into(items: &mut HashMap<String, Item>, texts: &[String], first: usize) {
    for (i, text) in texts.iter().enumerate() {
        let node = parse(text.as_bytes()).unwrap();
        let event = Event::read(&node, "$", &Namespaces::default()).unwrap_or_else(|e| panic!("{text}: {e}"));
        let id = event.event_id().map_or_else(|| format!("urn:e:{}", first + i), str::to_owned);
        apply(&event, &id, items);
    }
}

fn fold(texts: &[String]) -> HashMap<String, Item> {
    let mut items = HashMap::new();
    fold_into(&mut items, texts, 0);
    items
}

fn commissioning(second: u32) -> String {
    object(
        second,
        r#""action":"ADD","bizStep":"commissioning","disposition":"active","bizLocation":{"id":"urn:epc:id:sgln:4012345.00005.0"},
           "ilmd":{"cbvmda:lotNumber":"L1","cbvmda:itemExpirationDate":"2028-01-31"}"#,
    )
}

fn shipping(second: u32) -> String {
    object(second, r#""action":"OBSERVE","bizStep":"shipping","disposition":"in_transit""#)
}

#[test]
fn a_pack_goes_through_its_life() {
    let child = format!(r#","childEPCs":["{PACK}"]"#);
    let steps = [
        (commissioning(1), State::Commissioned),
        (pack(2, "ADD", CASE, &child), State::Packed),
        (shipping(3), State::Shipped),
        (object(4, r#""action":"OBSERVE","bizStep":"receiving""#), State::Received),
        (pack(5, "DELETE", CASE, &child), State::Unpacked),
        (object(6, r#""action":"OBSERVE","bizStep":"inspecting""#), State::Unpacked),
        (
            object(7, r#""action":"OBSERVE","bizStep":"dispensing","disposition":"partially_dispensed""#),
            State::PartiallyDispensed,
        ),
        (object(8, r#""action":"DELETE","bizStep":"dispensing","disposition":"dispensed""#), State::Dispensed),
        (object(9, r#""action":"DELETE""#), State::Decommissioned),
        (object(10, r#""action":"OBSERVE","bizStep":"destroying""#), State::Destroyed),
    ];
    let mut items = HashMap::new();
    for (i, (text, state)) in steps.iter().enumerate() {
        fold_into(&mut items, std::slice::from_ref(text), i);
        assert_eq!(items[PACK].state.get(), Some(state), "after {text}");
    }
    let item = &items[PACK];
    assert_eq!((item.lot.get().unwrap().as_str(), item.expiry.get().unwrap().as_str()), ("L1", "2028-01-31"));
    assert_eq!((item.revision, item.last_event.get().unwrap().as_str()), (10, "urn:e:9"));
    assert_eq!(items[CASE].kind, ItemKind::LogisticUnit);
    assert_eq!((items[CASE].state.get(), items[CASE].state()), (None, State::Observed));
}

#[test]
fn shipping_leaves_the_place_unknown() {
    let items = fold(&[commissioning(1)]);
    assert_eq!(items[PACK].biz_location.get().unwrap(), "https://id.gs1.org/414/4012345000054");
    assert_eq!(fold(&[commissioning(1), shipping(2)])[PACK].biz_location.get(), None);
}

#[test]
fn a_late_delivery_does_not_undo_the_present() {
    let late = fold(&[shipping(5), commissioning(1)]);
    let item = &late[PACK];
    assert_eq!(item.state.get(), Some(&State::Shipped));
    assert_eq!(item.biz_location.get(), None);
    assert_eq!(item.lot.get().unwrap(), "L1", "what only the late event says is taken");
    assert_eq!(item.last_event.get().unwrap(), "urn:e:0");
}

#[test]
fn at_one_time_the_later_captured_wins() {
    let items = fold(&[shipping(5), object(5, r#""action":"OBSERVE","bizStep":"receiving""#)]);
    assert_eq!(items[PACK].state.get(), Some(&State::Received));
}

#[test]
fn a_delete_without_children_frees_all_of_them() {
    let other = "https://id.gs1.org/01/04012345111118/21/2";
    let children = format!(r#","childEPCs":["{PACK}","{other}"]"#);
    let all = pack(3, "DELETE", CASE, "");
    let node = parse(all.as_bytes()).unwrap();
    let asked = needs(&Event::read(&node, "$", &Namespaces::default()).unwrap());
    assert_eq!(asked, Needs { epcs: vec![CASE.to_owned()], all_children_of: Some(CASE.to_owned()), observed_in: None });
    let items = fold(&[pack(1, "ADD", CASE, &children), all]);
    for epc in [PACK, other] {
        assert_eq!((items[epc].parent.get(), items[epc].state.get()), (None, Some(&State::Unpacked)));
    }
}

#[test]
fn a_parent_is_only_left_by_the_child_that_is_in_it() {
    let child = format!(r#","childEPCs":["{PACK}"]"#);
    let second = "https://id.gs1.org/00/340123451111111128";
    let items = fold(&[pack(1, "ADD", CASE, &child), pack(2, "ADD", second, &child), pack(3, "DELETE", CASE, &child)]);
    assert_eq!(items[PACK].parent.get().unwrap(), second);
}

#[test]
fn a_transformation_consumes_and_commissions() {
    let text = event(
        "TransformationEvent",
        1,
        &format!(r#""inputEPCList":["{PACK}"],"outputEPCList":["{CASE}"],"ilmd":{{"cbvmda:lotNumber":"L2"}}"#),
    );
    let items = fold(&[text]);
    assert_eq!(items[PACK].state.get(), Some(&State::Consumed));
    assert_eq!((items[CASE].state.get(), items[CASE].lot.get().unwrap().as_str()), (Some(&State::Commissioned), "L2"));
    assert_eq!(items[PACK].lot.get(), None);
}

#[test]
fn persistent_dispositions_are_a_set() {
    let set = |second, which: &str| {
        object(second, &format!(r#""action":"OBSERVE","persistentDisposition":{{"{which}":["recalled"]}}"#))
    };
    let recalled = "https://ref.gs1.org/cbv/Disp-recalled";
    assert_eq!(fold(&[set(1, "set")])[PACK].persistent().collect::<Vec<_>>(), [recalled]);
    assert_eq!(fold(&[set(2, "unset"), set(1, "set")])[PACK].persistent().count(), 0);
}

#[test]
fn a_refold_leaves_out_what_was_declared_wrong() {
    let wrong = r#""action":"DELETE","bizStep":"destroying","eventID":"urn:e:wrong""#;
    let declared =
        format!(r#"{wrong},"errorDeclaration":{{"declarationTime":"2026-11-21T00:00:00Z","reason":"did_not_occur"}}"#);
    let texts = [commissioning(1), object(2, wrong), object(2, &declared)];
    let nodes: Vec<_> = texts.iter().map(|t| parse(t.as_bytes()).unwrap()).collect();
    let events: Vec<_> = nodes
        .iter()
        .map(|node| {
            let event = Event::read(node, "$", &Namespaces::default()).unwrap();
            let id = event.event_id().unwrap_or("urn:e:0").to_owned();
            (event, id)
        })
        .collect();
    let item = &refold(&events)[PACK];
    assert_eq!((item.state(), item.revision), (State::Commissioned, 1));
}

#[test]
fn items_round_trip_through_compact_json() {
    let child = format!(r#","childEPCs":["{PACK}"]"#);
    for item in fold(&[commissioning(1), pack(2, "ADD", CASE, &child), shipping(3)]).values() {
        let text = serde_json::to_string(item).unwrap();
        assert_eq!(&serde_json::from_str::<Item>(&text).unwrap(), item);
        assert!(!text.contains("attachedTo"), "what was never set is not written");
    }
}

const PALLET: &str = "https://id.gs1.org/00/340123451111111180";

/// An ObjectEvent of the pallet, from one party to another.
fn pallet(second: u32, step: &str) -> String {
    event(
        "ObjectEvent",
        second,
        &format!(
            r#""epcList":["{PALLET}"],"action":"OBSERVE","bizStep":"{step}",
               "sourceList":[{{"type":"owning_party","source":"urn:epc:id:pgln:4012345.00001"}}],
               "destinationList":[{{"type":"possessing_party","destination":"urn:epc:id:pgln:4000001.98765"}}]"#
        ),
    )
}

fn seen(items: &HashMap<String, Item>, epc: &str) -> Item {
    inherit::derived(&items[epc], items)
}

#[test]
fn a_pack_goes_where_its_pallet_goes_until_it_is_taken_out() {
    let (child, case) = (format!(r#","childEPCs":["{PACK}"]"#), format!(r#","childEPCs":["{CASE}"]"#));
    let mut texts = vec![commissioning(1), pack(2, "ADD", CASE, &child), pack(3, "ADD", PALLET, &case)];
    texts.push(pallet(4, "shipping"));
    let shipped = seen(&fold(&texts), PACK);
    assert_eq!((shipped.state(), shipped.carried_by.as_deref()), (State::Shipped, Some(PALLET)));
    assert_eq!((shipped.holder().unwrap().as_str(), shipped.biz_location.get()), ("4012345000016", None));
    assert_eq!(shipped.consignee.get().unwrap(), "4000001987658");
    texts.push(pallet(5, "receiving"));
    let received = seen(&fold(&texts), PACK);
    assert_eq!((received.state(), received.holder().unwrap().as_str()), (State::Received, "4000001987658"));
    assert_eq!(received.consignee.get(), None);
    texts.push(pack(6, "DELETE", PALLET, &case));
    texts.push(pallet(7, "shipping"));
    let items = fold(&texts);
    assert_eq!((seen(&items, PACK).state(), seen(&items, CASE).state()), (State::Received, State::Unpacked));
    assert_eq!(seen(&items, PACK).holder().unwrap(), "4000001987658", "it keeps what it had when it left");
}

#[test]
fn a_pack_that_was_dispensed_stays_so_whatever_its_case_does() {
    let child = format!(r#","childEPCs":["{PACK}"]"#);
    let moved = event("ObjectEvent", 4, &format!(r#""epcList":["{CASE}"],"action":"OBSERVE","bizStep":"shipping""#));
    let dispensed = object(3, r#""action":"DELETE","bizStep":"dispensing","disposition":"dispensed""#);
    let items = fold(&[pack(2, "ADD", CASE, &child), dispensed, moved]);
    assert_eq!(seen(&items, PACK).state(), State::Dispensed);
}

#[test]
fn a_lot_knows_what_was_made_used_and_packed() {
    let lot = "https://id.gs1.org/01/04012345111118/10/L1";
    let bulk = "https://id.gs1.org/01/04012345222227/10/B1";
    let amount = |class: &str, n: &str, uom: &str| format!(r#"[{{"epcClass":"{class}","quantity":{n}{uom}}}]"#);
    let (kilos, packs) = (amount(bulk, "0.3", r#","uom":"KGM""#), amount(lot, "10", ""));
    let texts = [
        event(
            "ObjectEvent",
            1,
            &format!(
                r#""action":"ADD","bizStep":"commissioning","quantityList":{}"#,
                amount(bulk, "0.1", r#","uom":"KGM""#)
            ),
        ),
        event(
            "ObjectEvent",
            2,
            &format!(
                r#""action":"ADD","bizStep":"commissioning","quantityList":{}"#,
                amount(bulk, "0.2", r#","uom":"KGM""#)
            ),
        ),
        event("TransformationEvent", 3, &format!(r#""inputQuantityList":{kilos},"outputQuantityList":{packs}"#)),
        event(
            "AggregationEvent",
            4,
            &format!(r#""action":"ADD","parentID":"{CASE}","childQuantityList":{}"#, amount(lot, "4", "")),
        ),
        event(
            "AggregationEvent",
            5,
            &format!(r#""action":"DELETE","parentID":"{CASE}","childQuantityList":{}"#, amount(lot, "1", "")),
        ),
        event(
            "ObjectEvent",
            6,
            &format!(
                r#""action":"OBSERVE","bizStep":"dispensing","disposition":"dispensed","quantityList":{}"#,
                amount(lot, "2", "")
            ),
        ),
    ];
    let items = fold(&texts);
    let text = |amounts: &Amounts| amounts.iter().map(|(uom, n)| format!("{n} {uom}")).collect::<Vec<_>>();
    assert_eq!(text(&items[bulk].stock.made), ["0.3 KGM"], "a tenth and two tenths are three tenths");
    assert!(items[bulk].stock.on_hand().is_empty());
    assert_eq!(text(&items[lot].stock.on_hand()), ["8 "]);
    assert_eq!(text(&items[CASE].contents[lot]), ["3 "]);
    assert_eq!(items[lot].parent.get(), None, "a lot lies in many cases at once");
}

fn history() -> impl Strategy<Value = Vec<String>> {
    let parents = [CASE, "https://id.gs1.org/00/340123451111111128"];
    let one = (0u32..30, 0usize..9, 0usize..3, any::<bool>()).prop_map(move |(second, what, n, flip)| {
        let child = format!(r#","childEPCs":["https://id.gs1.org/01/04012345111118/21/{n}"]"#);
        let parent = parents[usize::from(flip)];
        match what {
            0 => commissioning(second),
            1 => shipping(second),
            2 => object(
                second,
                r#""action":"OBSERVE","bizStep":"receiving","readPoint":{"id":"urn:epc:id:sgln:4012345.00005.1"}"#,
            ),
            3 | 4 => pack(second, "ADD", parent, &child),
            5 => pack(second, "DELETE", parent, &child),
            6 => pack(second, "DELETE", parent, ""),
            7 => object(
                second,
                r#""action":"OBSERVE","persistentDisposition":{"set":["recalled"],"unset":["completeness_verified"]}"#,
            ),
            _ => object(second, r#""action":"DELETE","bizStep":"decommissioning""#),
        }
    });
    prop::collection::vec(one, 0..20)
}

/// As a store would: load what the event needs, apply, save.
fn fold_in_batches(texts: &[String], cuts: &[usize]) -> HashMap<String, Item> {
    let mut stored: HashMap<String, String> = HashMap::new();
    let mut from = 0;
    for to in
        cuts.iter().map(|c| c % (texts.len() + 1)).chain([texts.len()]).filter(|to| *to >= from).collect::<Vec<_>>()
    {
        if to < from {
            continue;
        }
        let mut loaded: HashMap<String, Item> = HashMap::new();
        for text in &texts[from..to] {
            let node = parse(text.as_bytes()).unwrap();
            let asked = needs(&Event::read(&node, "$", &Namespaces::default()).unwrap());
            for text in stored.values() {
                let item: Item = serde_json::from_str(text).unwrap();
                if asked.epcs.contains(&item.epc)
                    || (asked.all_children_of.is_some() && item.parent.0 == asked.all_children_of)
                {
                    loaded.insert(item.epc.clone(), item);
                }
            }
        }
        while let Some(parent) = loaded.values().filter_map(|i| i.parent.get()).find(|p| !loaded.contains_key(*p)) {
            let item: Item = serde_json::from_str(&stored[parent]).unwrap();
            loaded.insert(item.epc.clone(), item);
        }
        fold_into(&mut loaded, &texts[from..to], from);
        stored.extend(loaded.into_iter().map(|(epc, item)| (epc, serde_json::to_string(&item).unwrap())));
        from = to;
    }
    stored.into_iter().map(|(epc, text)| (epc, serde_json::from_str(&text).unwrap())).collect()
}

proptest! {
    #[test]
    fn any_cut_into_batches_folds_the_same(texts in history(), cuts in prop::collection::vec(0usize..40, 0..5)) {
        prop_assert_eq!(fold_in_batches(&texts, &cuts), fold(&texts));
    }
}
