//! What a narrative may be made of: "the basic HTML formatting elements described in chapters 7-11 (except section 4
//! of chapter 9) and 15 of the HTML 4.0 standard, <a> elements, images and internally contained style attributes"
//! (R4 narrative.html, txt-1).

use super::super::XHTML;
use theriac_core::xml::Start;

#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "a", "abbr", "acronym", "address", "area", "b", "bdo", "big", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li",
    "map", "ol", "p", "pre", "q", "samp", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "ul", "var",
];

#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "abbr", "accesskey", "align", "alt", "axis", "bgcolor", "border", "cellpadding", "cellspacing", "char", "charoff",
    "charset", "cite", "class", "clear", "color", "colspan", "compact", "coords", "dir", "frame", "headers", "height", "href",
    "hreflang", "hspace", "id", "ismap", "lang", "longdesc", "name", "nohref", "noshade", "nowrap", "rel", "rev",
    "rowspan", "rules", "scope", "shape", "size", "span", "src", "start", "style", "summary", "tabindex", "title",
    "type", "usemap", "valign", "value", "vspace", "width", "xml:lang", "xml:space",
];

/// Attributes that hold an address.
const ADDRESSES: &[&str] = &["href", "src", "cite", "longdesc", "usemap"];
/// Schemes that run what they carry.
const SCRIPTS: &[&str] = &["javascript:", "vbscript:", "data:text/html"];

/// What must not stand in a narrative, and where. A text in JSON may leave the declaration of the namespace out, but
/// then as a whole.
pub fn fault(start: &Start<'_>, namespace: &str) -> Option<(usize, String)> {
    if start.namespace != namespace || !(namespace.is_empty() || namespace == XHTML) {
        return Some((start.at, format!("holds an element outside XHTML's namespace, {XHTML}")));
    }
    if ELEMENTS.binary_search(&start.name).is_err() {
        return Some((start.at, format!("may not hold <{}>; formatting, links and images are allowed", start.name)));
    }
    for attribute in &start.attributes {
        if ATTRIBUTES.binary_search(&attribute.name).is_err() {
            return Some((attribute.at, format!("may not hold the attribute '{}'", attribute.name)));
        }
        let address: String =
            attribute.value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(16).collect();
        let runs = |scheme: &str| address.to_ascii_lowercase().starts_with(scheme);
        if ADDRESSES.contains(&attribute.name) && SCRIPTS.iter().any(|scheme| runs(scheme)) {
            return Some((attribute.at, "may not hold an address that runs a script".to_owned()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_searched() {
        assert!(ELEMENTS.is_sorted() && ATTRIBUTES.is_sorted());
    }
}
