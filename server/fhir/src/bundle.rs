//! Bundles written from stored bytes, without reading these again. <http://hl7.org/fhir/R4/bundle.html>

use crate::policy::labels::Mark;
use theriac_core::json::write_string;
use theriac_platform::http::Response;

pub const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// Writes a Bundle piece by piece.
pub struct Writer {
    out: Vec<u8>,
    entries: usize,
    mark: Mark,
}

/// What every Bundle begins with; its meta follows.
const BEGINNING: &str = "{\"resourceType\":\"Bundle\",";

impl Writer {
    /// `links` are (relation, url); `total` where it is known.
    pub fn new(kind: &str, total: Option<u64>, links: &[(&str, String)]) -> Self {
        let mut out = format!("{BEGINNING}\"type\":\"{kind}\"").into_bytes();
        if let Some(total) = total {
            out.extend_from_slice(format!(",\"total\":{total}").as_bytes());
        }
        for (i, (relation, url)) in links.iter().enumerate() {
            out.extend_from_slice(if i == 0 { b",\"link\":[{\"relation\":\"" } else { b",{\"relation\":\"" });
            out.extend_from_slice(relation.as_bytes());
            out.extend_from_slice(b"\",\"url\":");
            write_string(url, &mut out);
            out.push(b'}');
        }
        if !links.is_empty() {
            out.push(b']');
        }
        Self { out, entries: 0, mark: Mark::default() }
    }

    /// One entry. `resource` is finished JSON; `rest` are further members such as `"search":{"mode":"match"}`.
    pub fn entry(&mut self, full_url: Option<&str>, resource: Option<&[u8]>, rest: &str) {
        self.next();
        resource.into_iter().for_each(|bytes| self.mark.rise(bytes));
        entry(&mut self.out, full_url, resource, rest);
    }

    /// One entry that is finished JSON, see [`finished`].
    pub fn finished(&mut self, entry: &[u8]) {
        self.next();
        self.out.extend_from_slice(entry);
    }

    fn next(&mut self) {
        self.out.extend_from_slice(if self.entries == 0 { b",\"entry\":[" } else { b"," });
        self.entries += 1;
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(if self.entries > 0 { b"]}" } else { b"}" });
        let (meta, at) = (self.mark.meta(), BEGINNING.len());
        self.out.splice(at..at, meta.into_bytes());
        self.out
    }

    pub fn respond(self) -> Response {
        Response::new(200).with("content-type", FHIR_JSON).body(self.finish())
    }
}

/// One entry by itself.
pub fn finished(resource: Option<&[u8]>, rest: &str) -> Vec<u8> {
    let mut out = Vec::new();
    entry(&mut out, None, resource, rest);
    out
}

fn entry(out: &mut Vec<u8>, full_url: Option<&str>, resource: Option<&[u8]>, rest: &str) {
    out.push(b'{');
    let mut first = true;
    if let Some(url) = full_url {
        out.extend_from_slice(b"\"fullUrl\":");
        write_string(url, out);
        first = false;
    }
    if let Some(resource) = resource {
        out.extend_from_slice(if first { b"\"resource\":" } else { b",\"resource\":" });
        out.extend_from_slice(resource);
        first = false;
    }
    if !rest.is_empty() {
        out.extend_from_slice(if first { b"" } else { b"," });
        out.extend_from_slice(rest.as_bytes());
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_one_well_formed_bundle() {
        let mut writer = Writer::new("searchset", Some(1), &[("self", "http://x/a?b=\"c\"".to_owned())]);
        writer.entry(
            Some("http://x/Patient/1"),
            Some(b"{\"resourceType\":\"Patient\"}"),
            "\"search\":{\"mode\":\"match\"}",
        );
        writer.entry(None, None, "\"response\":{\"status\":\"204\"}");
        let value: serde_json::Value = serde_json::from_slice(&writer.finish()).unwrap();
        assert_eq!(value["entry"][0]["search"]["mode"], "match");
        assert_eq!((&value["total"], &value["entry"][1]["response"]["status"]), (&1.into(), &"204".into()));
        assert_eq!(Writer::new("history", None, &[]).finish(), b"{\"resourceType\":\"Bundle\",\"type\":\"history\"}");
    }
}
