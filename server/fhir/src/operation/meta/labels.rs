//! Profiles, tags and security labels as sets: a coding is the same if system and code are.
//! <http://hl7.org/fhir/R4/resource.html#Meta>

use theriac_core::json::{Node, Object};

/// The lists of Meta that these operations are about.
pub const LISTS: &[&str] = &["profile", "security", "tag"];

/// What is not there yet, behind what is.
pub fn add(meta: &mut Object<'static>, more: &Node<'static>) {
    for name in LISTS {
        let mut list = items(meta.get(name));
        for item in items(more.get(name)) {
            if !list.iter().any(|own| is_same(own, &item)) {
                list.push(item);
            }
        }
        put(meta, name, list);
    }
}

pub fn remove(meta: &mut Object<'static>, less: &Node<'static>) {
    for name in LISTS {
        let gone = items(less.get(name));
        let mut list = items(meta.get(name));
        list.retain(|own| !gone.iter().any(|item| is_same(own, item)));
        put(meta, name, list);
    }
}

fn items(list: Option<&Node<'static>>) -> Vec<Node<'static>> {
    list.map(|list| list.items().to_vec()).unwrap_or_default()
}

fn put(meta: &mut Object<'static>, name: &str, list: Vec<Node<'static>>) {
    match list.is_empty() {
        true => drop(meta.remove(name)),
        false => meta.set(name, Node::Array(list)),
    }
}

fn is_same(a: &Node<'_>, b: &Node<'_>) -> bool {
    match (a, b) {
        (Node::String(a), Node::String(b)) => a == b,
        (a, b) => (a.text("system"), a.text("code")) == (b.text("system"), b.text("code")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::json;

    fn object(text: &str) -> Object<'static> {
        json::parse(text.as_bytes()).unwrap().into_owned().as_object().unwrap().clone()
    }

    #[test]
    fn labels_are_added_once_and_taken_out_by_system_and_code() {
        let mut meta = object(r#"{"versionId":"1","tag":[{"system":"s","code":"a","display":"A"}]}"#);
        let change = |text: &str| Node::Object(object(text));
        add(&mut meta, &change(r#"{"tag":[{"system":"s","code":"a"},{"code":"a"}],"profile":["p"],"versionId":"9"}"#));
        assert_eq!(
            Node::Object(meta.clone()).to_string(),
            r#"{"versionId":"1","tag":[{"system":"s","code":"a","display":"A"},{"code":"a"}],"profile":["p"]}"#
        );
        remove(&mut meta, &change(r#"{"tag":[{"system":"s","code":"a"},{"system":"s","code":"b"}],"profile":["p"]}"#));
        assert_eq!(Node::Object(meta).to_string(), r#"{"versionId":"1","tag":[{"code":"a"}]}"#);
    }
}
