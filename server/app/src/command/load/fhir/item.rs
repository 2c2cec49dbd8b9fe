//! One resource to be stored, and many as a transaction.

use super::super::kind::Head;
use bytes::Bytes;

pub struct Item {
    /// Where in the file: `line 3`, `entry[2]`; empty for the whole.
    pub place: String,
    pub kind: String,
    pub id: Option<String>,
    /// Other entries may refer to it by this.
    full_url: Option<String>,
    pub text: String,
}

impl Item {
    /// # Errors
    /// The place, and why it is no resource.
    pub fn read(place: String, text: &str, full_url: Option<String>) -> Result<Self, (String, String)> {
        match serde_json::from_str::<Head>(text) {
            Ok(Head { resource_type: Some(kind), id, .. }) => {
                Ok(Self { place, kind, id, full_url, text: text.to_owned() })
            }
            Ok(_) => Err((place, "it has no resourceType".to_owned())),
            Err(error) => Err((place, format!("it is not the JSON expected: {error}"))),
        }
    }

    /// `Patient/1`, or `Patient` for one that gets its id from the server.
    pub fn address(&self) -> String {
        let kind = encode(&self.kind);
        self.id.as_ref().map_or_else(|| kind.clone(), |id| format!("{kind}/{}", encode(id)))
    }
}

pub fn type_of(text: &str) -> String {
    let head = serde_json::from_str::<Head>(text).ok();
    head.and_then(|head| head.resource_type).unwrap_or_else(|| "(not a resource)".to_owned())
}

/// A Bundle that puts all of them, or nothing.
pub fn transaction(items: &[Item]) -> Bytes {
    let size: usize = items.iter().map(|item| item.text.len() + 160).sum();
    let mut out = String::with_capacity(size);
    out.push_str(r#"{"resourceType":"Bundle","type":"transaction","entry":["#);
    for (at, item) in items.iter().enumerate() {
        let method = if item.id.is_some() { "PUT" } else { "POST" };
        let url = item.full_url.as_ref().map_or(String::new(), |url| format!(r#""fullUrl":{},"#, quoted(url)));
        let comma = if at == 0 { "" } else { "," };
        let address = quoted(&item.address());
        out.push_str(&format!(r#"{comma}{{{url}"request":{{"method":"{method}","url":{address}}},"resource":"#));
        out.push_str(&item.text);
        out.push('}');
    }
    out.push_str("]}");
    Bytes::from(out)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Percent-encodes all but the unreserved characters of RFC 3986, 2.3.
fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Item {
        Item::read(String::new(), text, None).unwrap()
    }

    #[test]
    fn an_id_is_put_and_none_is_posted() {
        let items = [item(r#"{"resourceType":"Patient","id":"1"}"#), item(r#"{"resourceType":"Group"}"#)];
        let bundle: serde_json::Value = serde_json::from_slice(&transaction(&items)).unwrap();
        assert_eq!(bundle["entry"][0]["request"], serde_json::json!({"method": "PUT", "url": "Patient/1"}));
        assert_eq!(bundle["entry"][1]["request"], serde_json::json!({"method": "POST", "url": "Group"}));
        assert_eq!(bundle["entry"][0]["resource"]["id"], "1");
    }

    #[test]
    fn what_is_no_resource_is_refused_at_its_place() {
        for bad in ["", "{", r#"{"id":"1"}"#, r#"{"resourceType":7}"#] {
            assert_eq!(Item::read("line 3".to_owned(), bad, None).err().unwrap().0, "line 3");
        }
        assert_eq!(item(r#"{"resourceType":"Patient","id":"a/b"}"#).address(), "Patient/a%2Fb");
    }
}
