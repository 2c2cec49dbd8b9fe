//! Births, data by alias, lost messages, signed numbers.

use super::*;

fn metric(name: Option<&str>, alias: u64, datatype: Option<u32>, value: Value) -> Metric {
    Metric { name: name.map(str::to_owned), alias: Some(alias), datatype, value: Some(value), ..Metric::default() }
}

fn message(seq: u64, metrics: Vec<Metric>) -> Vec<u8> {
    Payload { timestamp: Some(1_795_161_600_000), metrics, seq: Some(seq) }.encode_to_vec()
}

fn take(group: &mut Group, topic: &str, payload: &[u8]) -> Said {
    group.take(&Topic::of(topic).unwrap(), payload, 5, false).unwrap()
}

fn values(said: &Said) -> Vec<(String, f64)> {
    match said {
        Said::Readings(readings) => readings.iter().map(|r| (r.property.clone(), r.value)).collect(),
        Said::Rebirth | Said::Waiting => panic!("a birth was asked for"),
    }
}

fn born() -> Group {
    let mut group = Group::new("{device}.{metric}");
    let birth = message(0, vec![metric(Some("bdSeq"), 0, Some(8), Value::Long(1))]);
    take(&mut group, "spBv1.0/plant7/NBIRTH/line1", &birth);
    let device = message(1, vec![metric(Some("force"), 7, Some(10), Value::Double(10.5))]);
    let said = take(&mut group, "spBv1.0/plant7/DBIRTH/line1/press1", &device);
    assert_eq!(values(&said), [("press1.force".to_owned(), 10.5)]);
    group
}

#[test]
fn data_come_by_alias_after_the_birth_that_names_them() {
    let mut group = born();
    let data = message(2, vec![metric(None, 7, None, Value::Double(11.0))]);
    let Said::Readings(readings) = take(&mut group, "spBv1.0/plant7/DDATA/line1/press1", &data) else { panic!() };
    let reading =
        Reading { property: "press1.force".into(), time: 1_795_161_600_000_000, value: 11.0, quality: Quality::Good };
    assert_eq!(readings, [reading]);
}

#[test]
fn a_message_lost_or_an_alias_unknown_asks_for_the_birth() {
    let data = |seq, alias| message(seq, vec![metric(None, alias, None, Value::Double(11.0))]);
    for (seq, alias) in [(3, 7), (1, 7), (2, 8)] {
        assert_eq!(take(&mut born(), "spBv1.0/plant7/DDATA/line1/press1", &data(seq, alias)), Said::Rebirth);
    }
    let mut unborn = Group::new("{device}.{metric}");
    assert_eq!(take(&mut unborn, "spBv1.0/plant7/DDATA/line1/press1", &data(2, 7)), Said::Rebirth);
    let mut dead = born();
    take(&mut dead, "spBv1.0/plant7/NDEATH/line1", &message(0, Vec::new()));
    assert_eq!(take(&mut dead, "spBv1.0/plant7/DDATA/line1/press1", &data(2, 7)), Said::Rebirth);
}

#[test]
fn messages_are_counted_to_255_and_round_again() {
    let mut group = born();
    for seq in 2..600_u64 {
        let data = message(seq % 256, vec![metric(None, 7, None, Value::Double(seq as f64))]);
        let said = take(&mut group, "spBv1.0/plant7/DDATA/line1/press1", &data);
        assert_eq!(values(&said)[0].1, seq as f64);
    }
}

#[test]
fn signed_numbers_are_signed_and_texts_are_no_readings() {
    for (datatype, value, number) in [
        (1, Value::Int(0xff), Some(-1.0)),
        (2, Value::Int(0xffff), Some(-1.0)),
        (3, Value::Int(u32::MAX), Some(-1.0)),
        (4, Value::Long(u64::MAX - 1), Some(-2.0)),
        (7, Value::Int(u32::MAX), Some(4_294_967_295.0)),
        (9, Value::Float(0.5), Some(0.5)),
        (11, Value::Boolean(true), Some(1.0)),
        (12, Value::Text("on".into()), None),
    ] {
        assert_eq!(metric(Some("m"), 1, Some(datatype), value).number(), number, "{datatype}");
    }
    let null = Metric { is_null: Some(true), ..metric(Some("m"), 1, Some(10), Value::Double(1.0)) };
    assert_eq!(null.number(), None);
}

#[test]
fn topics_of_other_kinds_are_passed_over() {
    let own = Topic { group: "g", kind: Kind::DeviceData, node: "n", device: Some("d") };
    assert_eq!(Topic::of("spBv1.0/g/DDATA/n/d"), Some(own));
    for topic in ["spBv1.0/STATE/host", "spBv1.0/g/NCMD/n", "spBv1.0/g/NDATA/n/d", "spAv1.0/g/NDATA/n", "plant/x"] {
        assert_eq!(Topic::of(topic), None, "{topic}");
    }
    assert_eq!(rebirth("g", "n", 5_000).0, "spBv1.0/g/NCMD/n");
}

#[test]
fn what_the_broker_sends_again_is_counted_on_from_there() {
    let mut group = born();
    let data = |seq| message(seq, vec![metric(None, 7, None, Value::Double(seq as f64))]);
    let topic = Topic::of("spBv1.0/plant7/DDATA/line1/press1").unwrap();
    for (seq, again) in [(2, false), (3, false), (2, true), (3, true), (4, false)] {
        let said = group.take(&topic, &data(seq), 5, again).unwrap();
        assert_eq!(values(&said), [("press1.force".to_owned(), seq as f64)]);
    }
    assert_eq!(group.take(&topic, &data(9), 5, false).unwrap(), Said::Rebirth);
    assert_eq!(group.take(&topic, &data(10), 6, false).unwrap(), Said::Waiting);
    assert_eq!(group.take(&topic, &data(11), 5 + ASKED, false).unwrap(), Said::Rebirth);
}

#[test]
fn the_death_of_an_earlier_session_is_passed_over() {
    let mut group = born();
    let death = |session| message(0, vec![metric(Some("bdSeq"), 0, Some(8), Value::Long(session))]);
    take(&mut group, "spBv1.0/plant7/NDEATH/line1", &death(0));
    let data = message(2, vec![metric(None, 7, None, Value::Double(11.0))]);
    assert_eq!(values(&take(&mut group, "spBv1.0/plant7/DDATA/line1/press1", &data)).len(), 1);
    take(&mut group, "spBv1.0/plant7/NDEATH/line1", &death(1));
    let data = message(3, vec![metric(None, 7, None, Value::Double(11.0))]);
    assert_eq!(take(&mut group, "spBv1.0/plant7/DDATA/line1/press1", &data), Said::Rebirth);
}

#[test]
fn births_and_counts_survive_a_restart() {
    let folder = std::env::temp_dir().join(format!("connect-known-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let known = Known::new(&folder, "line");
    known.keep(&mut [("plant7".to_owned(), born())]).unwrap();
    let data = |seq| message(seq, vec![metric(None, 7, None, Value::Double(11.0))]);
    for (seq, follows) in [(2, true), (3, false)] {
        let mut groups = [("plant7".to_owned(), Group::new("{device}.{metric}"))];
        known.recall(&mut groups).unwrap();
        let said = take(&mut groups[0].1, "spBv1.0/plant7/DDATA/line1/press1", &data(seq));
        assert_eq!(said != Said::Rebirth, follows, "{seq}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
