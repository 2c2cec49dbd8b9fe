//! Transaction information: 21 U.S.C. 360eee(26), from the transfer and the master data of products and parties. Pure.

use super::rule;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use theriac_epcis::identifier::{Identifier, class_of};
use theriac_epcis::item::{Item, Transfer};
use theriac_epcis::master::attributes::Attributes;

/// Something that is not as the law wants it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub code: &'static str,
    /// The item, product, party or record concerned.
    pub subject: String,
}

impl Finding {
    pub fn shown(&self) -> Value {
        json!({ "code": self.code, "subject": self.subject, "text": rule::find(self.code).map(|rule| rule.about) })
    }
}

/// Members of a product, the CBV's attribute that fills each, and the rule that wants it.
const PRODUCT: &[(&str, &str, &str)] = &[
    ("name", "regulatedProductName", "ti-missing-name"),
    ("strength", "strengthDescription", "ti-missing-strength"),
    ("dosageForm", "dosageFormType", "ti-missing-dosage-form"),
    ("ndc", "additionalTradeItemIdentification", "ti-missing-ndc"),
    ("containerSize", "netContentDescription", "ti-missing-container-size"),
];

const ADDRESS: &[&str] = &["streetAddressOne", "streetAddressTwo", "city", "state", "postalCode", "countryCode"];

/// Without these it is no address.
const NEEDED: &[&str] = &["streetAddressOne", "city"];

/// What is to be told, and what is missing in it.
pub(super) fn information(
    transfer: &Transfer,
    products: &HashMap<String, Attributes>,
    parties: &HashMap<String, Attributes>,
) -> (Value, Vec<Finding>) {
    let mut findings = BTreeSet::new();
    let mut find = |code, subject: &str| {
        findings.insert(Finding { code, subject: subject.to_owned() });
    };
    if transfer.items.is_empty() {
        find("ti-missing-containers", &transfer.event_id);
    }
    let mut lines: BTreeMap<(String, String), Vec<&Item>> = BTreeMap::new();
    for item in &transfer.items {
        let lot = item.lot.get().cloned().unwrap_or_default();
        for (missing, code) in [(lot.is_empty(), "ti-missing-lot"), (item.expiry.get().is_none(), "ti-missing-expiry")]
        {
            if missing {
                find(code, &item.epc);
            }
        }
        lines.entry((class_of(&item.epc).unwrap_or_default(), lot)).or_default().push(item);
    }
    let lines: Vec<Value> =
        lines.iter().map(|((class, lot), items)| line(class, lot, items, products.get(class), &mut find)).collect();
    if transfer.seller.is_none() {
        find("ti-missing-seller", &transfer.event_id);
    }
    let mut information = json!({ "products": lines, "transactionDate": transfer.time.datetime().date_naive().to_string(),
        "purchaseOrders": transfer.purchase_orders });
    let codes = [
        ("seller", &transfer.seller, "ti-missing-seller-name", "ti-missing-seller-address"),
        ("buyer", &transfer.buyer, "ti-missing-buyer-name", "ti-missing-buyer-address"),
    ];
    for (member, gln, name, address) in codes {
        if let Some(gln) = gln {
            information[member] = party(gln, parties.get(gln), (name, address), &mut find);
        }
    }
    (information, findings.into_iter().collect())
}

fn line(
    class: &str,
    lot: &str,
    items: &[&Item],
    known: Option<&Attributes>,
    find: &mut impl FnMut(&'static str, &str),
) -> Value {
    let mut line = Map::new();
    line.insert("gtin".to_owned(), json!(Identifier::parse(class).ok().map(|identifier| identifier.primary)));
    for (member, attribute, code) in PRODUCT {
        match known.and_then(|known| known.get(*attribute)) {
            Some(text) => drop(line.insert((*member).to_owned(), text.as_str().into())),
            None => find(code, class),
        }
    }
    if !lot.is_empty() {
        line.insert("lotNumber".to_owned(), lot.into());
    }
    line.insert("numberOfContainers".to_owned(), items.len().into());
    let identifiers = items.iter().map(|item| {
        let serial = Identifier::parse(&item.epc).ok().and_then(|identifier| identifier.qualifier);
        json!({ "serialNumber": serial, "expirationDate": item.expiry.get() })
    });
    line.insert("productIdentifiers".to_owned(), identifiers.collect());
    Value::Object(line)
}

fn party(
    gln: &str,
    known: Option<&Attributes>,
    (name, address): (&'static str, &'static str),
    find: &mut impl FnMut(&'static str, &str),
) -> Value {
    let nothing = Attributes::new();
    let known = known.unwrap_or(&nothing);
    let mut party = json!({ "gln": gln });
    match known.get("name") {
        Some(text) => party["name"] = text.as_str().into(),
        None => find(name, gln),
    }
    if !NEEDED.iter().all(|part| known.contains_key(*part)) {
        find(address, gln);
    }
    let parts = ADDRESS.iter().filter_map(|part| Some(((*part).to_owned(), known.get(*part)?.as_str().into())));
    party["address"] = Value::Object(parts.collect());
    party
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::Instant;

    const CLASS: &str = "https://id.gs1.org/01/04012345111118";

    fn pack(serial: &str, lot: Option<&str>) -> Item {
        let mut item = Item::new(&format!("{CLASS}/21/{serial}"));
        item.lot.set(lot.map(str::to_owned), 1);
        item.expiry.set(lot.map(|_| "2028-01-31".to_owned()), 1);
        item
    }

    fn transfer(items: Vec<Item>) -> Transfer {
        Transfer {
            event_id: "urn:e:1".to_owned(),
            time: Instant::parse("2026-11-20T03:00:00Z").unwrap(),
            step: "shipping",
            seller: Some("4000001000012".to_owned()),
            buyer: Some("4000001987658".to_owned()),
            purchase_orders: vec!["po-1".to_owned()],
            items,
        }
    }

    fn texts(pairs: &[(&str, &str)]) -> Attributes {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn everything_that_the_law_names_is_told() {
        let product = texts(&PRODUCT.iter().map(|(_, attribute, _)| (*attribute, "x")).collect::<Vec<_>>());
        let house = texts(&[("name", "House"), ("streetAddressOne", "Street 1"), ("city", "Bonn"), ("website", "x")]);
        let products = HashMap::from([(CLASS.to_owned(), product)]);
        let parties = ["4000001000012", "4000001987658"].map(|gln| (gln.to_owned(), house.clone())).into();
        let packs = vec![pack("1", Some("L1")), pack("2", Some("L1")), pack("3", Some("L2"))];
        let (told, findings) = information(&transfer(packs), &products, &parties);
        assert_eq!(findings, []);
        let lines = told["products"].as_array().unwrap();
        assert_eq!((lines.len(), &lines[0]["numberOfContainers"]), (2, &json!(2)));
        assert_eq!((&lines[1]["lotNumber"], &lines[0]["gtin"]), (&json!("L2"), &json!("04012345111118")));
        assert_eq!(lines[0]["productIdentifiers"][1], json!({ "serialNumber": "2", "expirationDate": "2028-01-31" }));
        assert_eq!(told["seller"]["address"], json!({ "streetAddressOne": "Street 1", "city": "Bonn" }));
        assert_eq!(told["transactionDate"], "2026-11-20");
    }

    #[test]
    fn everything_that_is_missing_is_found_by_its_code() {
        let bare = Transfer { seller: None, ..transfer(vec![pack("1", None)]) };
        let (_, findings) = information(&bare, &HashMap::new(), &HashMap::new());
        let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code).collect();
        let (_, named) = information(&transfer(Vec::new()), &HashMap::new(), &HashMap::new());
        let all: BTreeSet<&str> = codes.into_iter().chain(named.iter().map(|finding| finding.code)).collect();
        let wanted: BTreeSet<&str> =
            rule::RULES.iter().map(|rule| rule.code).filter(|code| code.starts_with("ti-")).collect();
        assert_eq!(all, wanted);
    }
}
