//! Writing a tree back: compact, members in their order, numbers as they were read.

use super::Node;
use std::fmt;

impl Node<'_> {
    /// Appends the compact text.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Number(text) => out.extend_from_slice(text.as_bytes()),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    comma(i, out);
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(object) => {
                out.push(b'{');
                for (i, (name, value)) in object.iter().enumerate() {
                    comma(i, out);
                    write_string(name, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// The text over several lines, two spaces deeper with each level.
    pub fn to_vec_indented(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        self.write_indented(1, &mut out);
        out
    }

    fn write_indented(&self, depth: usize, out: &mut Vec<u8>) {
        let line = |depth: usize, out: &mut Vec<u8>| {
            out.push(b'\n');
            out.resize(out.len() + 2 * depth, b' ');
        };
        match self {
            Self::Array(items) if !items.is_empty() => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    comma(i, out);
                    line(depth, out);
                    item.write_indented(depth + 1, out);
                }
                line(depth - 1, out);
                out.push(b']');
            }
            Self::Object(object) if !object.0.is_empty() => {
                out.push(b'{');
                for (i, (name, value)) in object.iter().enumerate() {
                    comma(i, out);
                    line(depth, out);
                    write_string(name, out);
                    out.extend_from_slice(b": ");
                    value.write_indented(depth + 1, out);
                }
                line(depth - 1, out);
                out.push(b'}');
            }
            flat => flat.write(out),
        }
    }

    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        self.write(&mut out);
        out
    }
}

fn comma(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

/// Appends the text in double quotes, escaped as RFC 8259 requires and no further.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (i, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1f => b"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[from..i]);
        match escape.is_empty() {
            true => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            false => out.extend_from_slice(escape),
        }
        from = i + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use proptest::prelude::*;

    fn node() -> impl Strategy<Value = Node<'static>> {
        let leaf = prop_oneof![
            Just(Node::Null),
            any::<bool>().prop_map(Node::Bool),
            any::<i64>().prop_map(|n| Node::Number(n.to_string().into())),
            any::<String>().prop_map(Node::string),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Node::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..5).prop_map(|members| {
                    Node::Object(super::super::Object(members.into_iter().map(|(n, v)| (n.into(), v)).collect()))
                }),
            ]
        })
    }

    #[test]
    fn indented_text_has_a_line_for_each_member() {
        let node = parse(br#"{"a":[1.0,{"b":[]}],"c":{}}"#).unwrap();
        let text = String::from_utf8(node.to_vec_indented()).unwrap();
        assert_eq!(text, "{\n  \"a\": [\n    1.0,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(node in node()) {
            let (text, indented) = (node.to_vec(), node.to_vec_indented());
            prop_assert_eq!(&parse(&indented).unwrap(), &node);
            prop_assert_eq!(parse(&text).unwrap(), node);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
