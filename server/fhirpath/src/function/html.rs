//! `htmlChecks()`: is a narrative well-formed, made of the elements and attributes that FHIR allows, and not empty?
//! <http://hl7.org/fhir/R4/narrative.html#xhtml>

use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::{Items, none, truth};

/// Chapters 7 to 11 (without 9.4) and 15 of HTML 4.0, and links, images and their maps.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "map",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

const ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "char",
    "charoff",
    "charset",
    "cite",
    "class",
    "clear",
    "color",
    "colspan",
    "compact",
    "coords",
    "datetime",
    "dir",
    "face",
    "frame",
    "headers",
    "height",
    "href",
    "hreflang",
    "hspace",
    "id",
    "ismap",
    "lang",
    "longdesc",
    "name",
    "nohref",
    "noshade",
    "nowrap",
    "rel",
    "rev",
    "rowspan",
    "rules",
    "scope",
    "shape",
    "size",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "target",
    "title",
    "type",
    "usemap",
    "valign",
    "value",
    "vspace",
    "width",
    "xml:lang",
    "xml:space",
    "xmlns",
];

pub fn html_checks<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(match call.input_text(&items)? {
        None => none(),
        Some(text) => {
            call.spend(text.len() / 4)?;
            truth(is_narrative(&text))
        }
    })
}

fn is_narrative(text: &str) -> bool {
    Reader { rest: text.trim(), open: Vec::new(), says_something: false }.read().is_some()
}

struct Reader<'t> {
    rest: &'t str,
    open: Vec<&'t str>,
    says_something: bool,
}

impl<'t> Reader<'t> {
    fn read(mut self) -> Option<()> {
        let mut begun = false;
        while !self.rest.is_empty() {
            if let Some(comment) = self.rest.strip_prefix("<!--") {
                self.rest = &comment[comment.find("-->")? + 3..];
            } else if let Some(tag) = self.rest.strip_prefix("</") {
                let (name, rest) = tag.split_once('>')?;
                (self.open.pop()? == name.trim_end()).then_some(())?;
                self.rest = rest;
            } else if let Some(tag) = self.rest.strip_prefix('<') {
                // One root, and it is a div.
                (!self.open.is_empty() || (!begun && tag.starts_with("div"))).then_some(())?;
                begun = true;
                self.rest = tag;
                self.element()?;
            } else {
                self.text()?;
            }
        }
        (begun && self.open.is_empty() && self.says_something).then_some(())
    }

    fn text(&mut self) -> Option<()> {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        if !text.trim().is_empty() {
            (!self.open.is_empty()).then_some(())?;
            self.says_something = true;
        }
        self.rest = rest;
        references_close(text)
    }

    fn element(&mut self) -> Option<()> {
        let name = self.name()?;
        ELEMENTS.contains(&name).then_some(())?;
        self.says_something |= name == "img";
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                return Some(());
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                self.open.push(name);
                return Some(());
            }
            self.attribute()?;
        }
    }

    fn attribute(&mut self) -> Option<()> {
        let name = self.name()?;
        let known = ATTRIBUTES.contains(&name) || name.starts_with("xmlns:");
        self.rest = self.rest.trim_start().strip_prefix('=').filter(|_| known)?.trim_start();
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest;
        let script = value.trim_start().get(..11).is_some_and(|v| v.eq_ignore_ascii_case("javascript:"));
        (!value.contains('<') && !script).then_some(())?;
        references_close(value)
    }

    fn name(&mut self) -> Option<&'t str> {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '-' | '_'))?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }
}

/// Every ampersand begins a reference that ends.
fn references_close(text: &str) -> Option<()> {
    let closes = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
        end.is_some_and(|end| end > 0 && rest[end..].starts_with(';'))
    };
    text.split('&').skip(1).all(closes).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narratives_are_told_from_other_html() {
        for good in [
            "<div xmlns=\"http://www.w3.org/1999/xhtml\">Peter &amp; Jim</div>",
            "<div><p class='a'>x<br/></p><!-- y --></div>",
            "<div><img src=\"#1\" alt=\"\"/></div>",
            "<div><pre xml:space=\"preserve\"> x </pre></div>",
        ] {
            assert!(is_narrative(good), "{good}");
        }
        for bad in [
            "",
            "text",
            "<p>x</p>",
            "<div></div>",
            "<div> <b/> </div>",
            "<div>x",
            "<div>x</p>",
            "<div>x</div><div>y</div>",
            "<div><script>x</script></div>",
            "<div onclick=\"x\">x</div>",
            "<div>a & b</div>",
            "<div class=a>x</div>",
            "<div><a href=\"JavaScript:x\">x</a></div>",
            "<div><b>x</div></b>",
            "<",
            "<div",
            "<div a",
            "<div a='",
        ] {
            assert!(!is_narrative(bad), "{bad}");
        }
    }
}
