//! Behaviour of identifiers across both spellings.

use super::*;
use proptest::prelude::*;

#[test]
fn urns_become_the_links_of_the_hash_vectors() {
    // RalphTro/epcis-event-hash-generator, tests/examples/epclist_normalisation.prehashes (MIT).
    for (urn, link) in [
        ("urn:epc:id:sgtin:4012345.011111.98%22", "01/04012345111118/21/98%22"),
        ("urn:epc:id:sgtin:415056789012.0.987654", "01/04150567890128/21/987654"),
        ("urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()", "01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29"),
        ("urn:epc:id:sscc:4012345.3111111111", "00/340123451111111111"),
        ("urn:epc:id:sgln:4012345.00005.122", "414/4012345000054/254/122"),
        ("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054"),
        ("urn:epc:id:grai:4012345.00022.334455", "8003/04012345000221334455"),
        ("urn:epc:id:giai:4012345.ABC345", "8004/4012345ABC345"),
        ("urn:epc:id:gsrn:4012345.0000006765", "8018/401234500000067657"),
        ("urn:epc:id:gsrnp:4012345.0000000007", "8017/401234500000000074"),
        ("urn:epc:id:gdti:4012345.00009.PO-4711", "253/4012345000092PO-4711"),
        ("urn:epc:id:gdti:987659999999..9", "253/98765999999929"),
        ("urn:epc:id:cpi:0614141.11111111111111-A%23%2F.1234", "8010/061414111111111111111-A%23%2F/8011/1234"),
        ("urn:epc:id:ginc:0614141.xyz47%2F11", "401/0614141xyz47%2F11"),
        ("urn:epc:id:gsin:4012345.222333444", "402/40123452223334442"),
        ("urn:epc:id:itip:4012345.011111.01.02.987", "8006/040123451111180102/21/987"),
        ("urn:epc:id:upui:1234567.098765.51qIgY)%3C%26Jp3*j7'SDB", "01/01234567987651/235/51qIgY%29%3C%26Jp3%2Aj7'SDB"),
        ("urn:epc:id:pgln:999999999999.", "417/9999999999994"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "01/04012345123456/10/Lot987"),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "01/04012345666663"),
    ] {
        assert_eq!(canonical(urn), format!("https://id.gs1.org/{link}"), "{urn}");
    }
}

#[test]
fn links_lose_domain_attributes_and_coarser_levels() {
    for (link, canon) in [
        ("https://example.com/gtin/09780345418913/21/765tz?abc=211121", "01/09780345418913/21/765tz"),
        ("https://shop.example.com/p/01/9780345418913/10/L1/21/S%2f1#x", "01/09780345418913/21/S%2F1"),
        ("http://id.gs1.de/414/4012345000115/254/12", "414/4012345000115/254/12"),
    ] {
        assert_eq!(canonical(link), format!("https://id.gs1.org/{canon}"), "{link}");
    }
}

#[test]
fn other_uris_stay_as_they_are() {
    for uri in [
        "http://transaction.acme.com/po/12345678",
        "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
        "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
        "https://example.com/00/12",
        "urn:epc:idpat:sgtin:4012345.*.*",
    ] {
        assert_eq!(canonical(uri), uri);
    }
}

#[test]
fn malformed_urns_are_refused_with_the_reason() {
    for (urn, why) in [
        ("urn:epc:id:sgtin:4012345.01111.1", "must have 6"),
        ("urn:epc:id:sgtin:40123.01111111.1", "6 to 12 digits"),
        ("urn:epc:id:nope:1.2", "not one of GS1's keys"),
        ("urn:epc:id:lgtin:4012345.011111.1", "urn:epc:class:"),
        ("urn:epc:id:sgtin:4012345.011111.%2", "broken percent"),
        ("urn:epc:id:giai:401234.%C3%A9", "set 82"),
        ("urn:epc:id:sgtin:4012345.011111.123456789012345678901", "longer than 20"),
    ] {
        let error = Identifier::parse(urn).unwrap_err();
        assert!(error.message.contains(why), "{urn}: {}", error.message);
    }
}

#[test]
fn instances_know_their_class_and_locations_their_gln() {
    assert_eq!(class_of("urn:epc:id:sgtin:4012345.011111.9").as_deref(), Some("https://id.gs1.org/01/04012345111118"));
    assert_eq!(
        class_of("urn:epc:class:lgtin:4012345.011111.L").as_deref(),
        Some("https://id.gs1.org/01/04012345111118")
    );
    assert_eq!(class_of("urn:epc:id:sscc:4012345.3111111111"), None);
    assert_eq!(gln_of("urn:epc:id:sgln:4012345.00005.122").as_deref(), Some("4012345000054"));
    assert_eq!(gln_of("https://id.gs1.org/417/4012345000009").as_deref(), Some("4012345000009"));
    assert_eq!(gln_of("geo:1,2"), None);
}

#[test]
fn the_prefix_length_is_never_guessed() {
    let item = Identifier::parse("https://id.gs1.org/01/04012345111118/21/9876").unwrap();
    assert_eq!(item.urn(7).unwrap(), "urn:epc:id:sgtin:4012345.011111.9876");
    assert_eq!(item.urn(9).unwrap(), "urn:epc:id:sgtin:401234511.0111.9876");
    assert!(item.urn(5).is_err());
    assert!(item.urn(13).is_err());
    let asset = Identifier::parse("urn:epc:id:giai:401234.A1").unwrap();
    assert!(asset.urn(7).is_err(), "a prefix has digits only");
}

fn text(longest: usize) -> impl Strategy<Value = String> {
    // The 82 characters of GS1's character set 82 that may begin a serial.
    proptest::string::string_regex(&format!("[!\"%&'()*+,\\-./0-9:;<=>?A-Z_a-z]{{1,{longest}}}"))
        .unwrap()
        .prop_filter("a lone 0 or * has a meaning of its own", |t| t != "0" && t != "*")
}

fn identifier() -> impl Strategy<Value = (Identifier, usize)> {
    (0..key::KEYS.len(), 6usize..=12, "[0-9]{30}", text(12), any::<bool>()).prop_map(
        |(row, cp, digits, tail, class)| {
            let key = &key::KEYS[row];
            let class = class && matches!(key.scheme, "sgtin" | "sgln" | "grai" | "gdti" | "cpi" | "itip");
            let primary = match key.digits {
                0 => format!("{}A-1", &digits[..cp]),
                n => {
                    let filler = if key.filler { "0" } else { "" };
                    check_digit::append(&format!("{filler}{}", &digits[..n])) + if key.pieces { "0102" } else { "" }
                }
            };
            let tail = if key.scheme == "cpi" { digits[20..].to_owned() } else { tail };
            let qualifier = (key.has_class() && !class).then_some(tail);
            (Identifier { key, primary, qualifier }, cp)
        },
    )
}

proptest! {
    #[test]
    fn link_and_urn_round_trip((identifier, cp) in identifier()) {
        let link = identifier.link();
        prop_assert_eq!(&Identifier::parse(&link).unwrap(), &identifier);
        let urn = identifier.urn(cp).unwrap();
        prop_assert_eq!(&Identifier::parse(&urn).unwrap(), &identifier, "{}", urn);
        prop_assert_eq!(canonical(&urn), link.as_str());
        prop_assert_eq!(canonical(&link), link.as_str());
        // A bracket within a serial can look like the next identifier.
        if !identifier.qualifier.as_ref().is_some_and(|text| text.contains('(')) {
            let element = identifier.element_string();
            prop_assert_eq!(&Identifier::parse_any(&element).unwrap(), &identifier, "{}", element);
        }
    }

    #[test]
    fn a_registered_prefix_translates_there_and_back((identifier, cp) in identifier()) {
        use crate::translate::{EpcFormat, Prefixes, identifier as spelled};
        let prefixes = Prefixes::read(identifier.company_digits().get(..cp).unwrap_or(""));
        let link = identifier.link();
        let urn = spelled(&link, EpcFormat::AlwaysEpcUrn, &prefixes).unwrap();
        prop_assert_eq!(spelled(&urn, EpcFormat::AlwaysGs1DigitalLink, &prefixes), Some(link));
        prop_assert_eq!(spelled(&urn, EpcFormat::AlwaysEpcUrn, &prefixes), None);
    }

    #[test]
    fn a_wrong_check_digit_is_never_translated(digits in "[0-9]{13}", wrong in 1u32..10) {
        use crate::translate::{EpcFormat, Prefixes, identifier as spelled};
        let right = check_digit::of(&digits).to_digit(10).unwrap();
        let link = format!("https://id.gs1.org/01/{digits}{}/21/1", (right + wrong) % 10);
        prop_assert_eq!(spelled(&link, EpcFormat::AlwaysEpcUrn, &Prefixes::read(&digits[1..8])), None);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(urn:epc:(id|class|idpat):(sgtin|itip|cpi|gdti|sgln):|https://x/)[0-9.%*/a-zé]{0,40}") {
        for digits in 0..=14 {
            let urn = Identifier::parse(&text).and_then(|identifier| identifier.urn(digits));
            prop_assert!(urn.is_err() || (6..=12).contains(&digits));
        }
    }
}
