//! Laws of the codec of a batch.

use super::*;
use proptest::prelude::*;

/// Rounds of a plant's sensors, every 100 ms, two places.
fn rounds(sensors: u32, rounds: u32) -> Columns {
    let mut columns =
        Columns { properties: (0..i64::from(sensors)).map(|i| 1000 + 7 * i).collect(), ..Columns::default() };
    for round in 0..rounds {
        for sensor in 0..sensors {
            columns.property_index.push(sensor);
            columns.times.push(1_795_000_000_000_000 + i64::from(round) * 100_000);
            columns.values.push(f64::from(2000 + sensor * 10 + (round * 31 + sensor * 17) % 13) / 100.0);
            columns.qualities.push(0);
        }
    }
    columns
}

fn bits(columns: &Columns) -> Vec<u64> {
    columns.values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn a_plants_rounds_take_two_bytes_a_reading_at_most() {
    let columns = rounds(200, 50);
    let bytes = encode(&columns).unwrap();
    println!("{:.3} bytes a reading", bytes.len() as f64 / columns.len() as f64);
    assert!(bytes.len() < columns.len() * 2, "{}", bytes.len());
    assert_eq!(decode(&bytes).unwrap(), columns);
}

#[test]
fn rows_are_found_by_property_in_the_order_they_came() {
    let columns = Columns { properties: vec![9, 8, 7], property_index: vec![2, 0, 2, 0, 2], ..Columns::default() };
    assert_eq!(columns.by_property(), (vec![1, 3, 0, 2, 4], vec![0, 2, 2, 5]));
}

#[test]
fn columns_that_do_not_belong_together_are_refused() {
    let good = rounds(2, 2);
    let mut short = good.clone();
    short.values.pop();
    let mut foreign = good.clone();
    foreign.property_index[3] = 2;
    for columns in [short, foreign] {
        assert_eq!(encode(&columns).unwrap_err().code, Code::Internal);
    }
}

fn any_columns() -> impl Strategy<Value = Columns> {
    let value = prop_oneof![
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |v| v.is_finite()),
        (any::<i32>(), 0i32..9).prop_map(|(m, places)| f64::from(m) / 10f64.powi(places)),
        Just(-0.0),
    ];
    let keys = proptest::collection::vec(any::<i64>(), 1..8);
    keys.prop_flat_map(move |properties| {
        let index = 0..properties.len() as u32;
        let row = (index, any::<i64>(), value.clone(), 0u8..3);
        proptest::collection::vec(row, 0..200).prop_map(move |rows| Columns {
            properties: properties.clone(),
            property_index: rows.iter().map(|r| r.0).collect(),
            times: rows.iter().map(|r| r.1).collect(),
            values: rows.iter().map(|r| r.2).collect(),
            qualities: rows.iter().map(|r| r.3).collect(),
        })
    })
}

proptest! {
    #[test]
    fn any_batch_comes_back_bit_for_bit_in_its_order(columns in any_columns()) {
        let decoded = decode(&encode(&columns).unwrap()).unwrap();
        prop_assert_eq!(bits(&decoded), bits(&columns));
        prop_assert_eq!(decoded, columns);
    }

    #[test]
    fn damaged_batches_never_panic(columns in any_columns(), at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = encode(&columns).unwrap();
        let length = bytes.len();
        bytes[at % length] = byte;
        let _ = decode(&bytes);
        let _ = decode(&bytes[..at % length]);
    }

    #[test]
    fn foreign_bodies_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = vec![VERSION];
        varint::put(body.len() as u64, &mut bytes);
        bytes.extend(zstd::bulk::compress(&body, 1).unwrap());
        let _ = decode(&bytes);
    }
}
