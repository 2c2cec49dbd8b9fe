//! Documents in, events or the place of the fault out.

use super::*;
use proptest::prelude::*;

/// All events in short words, or the error in its own.
fn told(bytes: &[u8]) -> String {
    let read = || -> Result<String> {
        let mut reader = Reader::document(bytes, Limits { depth: 4 })?;
        let mut words = Vec::new();
        loop {
            words.push(match reader.event()? {
                Event::Start(start) => {
                    let attributes: Vec<String> =
                        start.attributes.iter().map(|a| format!(" {}={}", a.name, a.value)).collect();
                    format!("<{{{}}}{}{}", start.namespace, start.name, attributes.concat())
                }
                Event::End => ">".to_owned(),
                Event::Text(text) | Event::CData(text) => format!("{text:?}"),
                Event::Reference(c) => format!("{c:?}"),
                Event::Entity(name) => format!("&{name}"),
                Event::Eof => return Ok(words.join(" ")),
            });
        }
    };
    read().unwrap_or_else(|e| format!("{}: {}", e.issues[0].path, e.message))
}

#[test]
fn a_document_comes_as_its_events() {
    let text = "\u{feff}<?xml version='1.0' encoding=\"utf-8\"?>\n<!-- c --><a xmlns='u' b = '1' >x&lt;<?go on?>\
                <c/><p:d xmlns:p=\"v\" p:e='&#33;'><![CDATA[<]]></p:d\n></a >\n<!--c-->";
    assert_eq!(told(text.as_bytes()), "<{u}a b=1 \"x\" '<' <{u}c > <{v}d p:e=! \"<\" > >");
    assert_eq!(told(b"<a><b xmlns='u'/><c/></a>"), "<{}a <{u}b > <{}c > >");
    assert_eq!(told(b"<a xml:lang='en' xmlns=''/>"), "<{}a xml:lang=en >");
}

#[test]
fn what_is_no_xml_is_refused_at_its_place() {
    for (text, expected) in [
        ("", "line 1, column 1: the document has no element"),
        ("<a>\n <b>\n</a>", "line 3, column 1: not XML: ill-formed document: expected `</b>`, but `</a>` was found"),
        ("<a>", "line 1, column 4: the document ends before </a>"),
        ("<a/><b/>", "line 1, column 5: the document ended before this"),
        ("<a/>b", "line 1, column 5: text stands outside"),
        ("<a/><![CDATA[]]>", "line 1, column 5: text stands outside"),
        ("&lt;<a/>", "line 1, column 1: text stands outside"),
        ("<a b='1' b='2'/>", "line 1, column 10: the attribute stands here twice"),
        ("<a b=1/>", "line 1, column 6: not XML: an attribute is written"),
        ("<a b/>", "line 1, column 5: not XML: an attribute is written"),
        ("<a b='1'c='2'/>", "line 1, column 9: not XML: attributes have white space"),
        ("<a b='<'/>", "line 1, column 7: '<' in an attribute"),
        ("<a b='&x;'/>", "line 1, column 7: '&x' is none"),
        ("<a>&nbsp;</a>", "line 1, column 4: '&nbsp' is none"),
        ("<a>]]></a>", "line 1, column 4: not XML: ']]>'"),
        ("<a><!-- -- --></a>", "line 1, column 9: not XML"),
        ("<1/>", "line 1, column 1: not XML: no element"),
        ("<:a/>", "line 1, column 1: not XML: no element"),
        ("<a 1='x'/>", "line 1, column 4: not XML: no attribute"),
        ("<p:a/>", "line 1, column 1: the prefix 'p' is not declared"),
        ("<a p:b=''/>", "line 1, column 4: the attribute's prefix"),
        ("<a xmlns:p=''/>", "line 1, column 4: a prefix stands for"),
        ("<a xmlns:xml='u'/>", "line 1, column 4: the prefixes xml"),
        ("<a><?xml version='1.0'?></a>", "line 1, column 4: <?xml ...?> stands at"),
        (" <?xml version='1.0'?><a/>", "line 1, column 2: <?xml ...?> stands at"),
        ("<a><b><c><d><e/></d></c></b></a>", "line 1, column 13: nested deeper"),
        ("<a>\u{1}</a>", "line 1, column 4: a character that XML does not have"),
        ("<a>\u{ffff}</a>", "line 1, column 4: a character that XML does not have"),
    ] {
        let said = told(text.as_bytes());
        assert!(said.starts_with(expected), "{text}: {said}");
    }
}

#[test]
fn no_document_type_is_taken_so_no_entity_is_ever_expanded() {
    let bomb = "<!DOCTYPE a [<!ENTITY l 'lol'><!ENTITY m '&l;&l;&l;&l;'>]><a>&m;</a>";
    let outside = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>";
    let entity = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
    for text in [bomb, outside, entity] {
        assert!(told(text.as_bytes()).contains("<!DOCTYPE) is not taken"), "{text}");
    }
}

#[test]
fn other_encodings_than_utf_8_are_refused_by_name() {
    let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a b='\xe9'/>";
    assert!(told(latin).starts_with("line 1, column 1: the encoding ISO-8859-1 is not taken"));
    assert!(told(b"<a>\xe9</a>").starts_with("line 1, column 4: not valid UTF-8"));
    let utf16: Vec<u8> = "\u{feff}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [&utf16[..], &utf16[2..]] {
        assert!(told(bytes).contains("UTF-16"), "{}", told(bytes));
    }
    assert!(told(b"<?xml version='1.1'?><a/>").contains("XML 1.1 is not taken"));
    assert!(told(b"<?xml version='1.0' x='1'?><a/>").contains("declaration says"));
}

#[test]
fn a_fragment_passes_entities_on_by_name() {
    let mut reader = Reader::fragment("<p>&nbsp;&amp;</p>", Limits::default()).unwrap();
    let events: Vec<Event<'_>> = std::iter::from_fn(|| reader.event().ok().filter(|e| *e != Event::Eof)).collect();
    assert_eq!(events[1..], [Event::Entity("nbsp"), Event::Reference('&'), Event::End]);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        told(&bytes);
    }

    #[test]
    fn no_markup_makes_the_reader_panic(text in "[<>/?!\\[\\]&;:='\" a-bx\\-\u{0}é]{0,60}") {
        told(text.as_bytes());
    }
}
