//! An error as OperationOutcome, in JSON and in XML. <http://hl7.org/fhir/R4/operationoutcome.html>

use super::format::{Form, Format};
use serde_json::{Value, json};
use std::borrow::Cow;
use theriac_core::{Error, Issue, xml};

pub fn body(error: &Error, format: &Format) -> String {
    let whole = [Issue::new(error.code, "", error.message.clone())];
    let issues = if error.issues.is_empty() { &whole[..] } else { &error.issues[..] };
    let issues: Vec<Said<'_>> = issues.iter().map(Said::of).collect();
    match (format.form, format.pretty) {
        (Form::Json | Form::Ndjson, false) => as_json(&issues).to_string(),
        (Form::Json | Form::Ndjson, true) => format!("{:#}", as_json(&issues)),
        (Form::Xml, pretty) => as_xml(&issues, pretty),
    }
}

struct Said<'e> {
    code: &'static str,
    diagnostics: Cow<'e, str>,
    expression: Option<&'e str>,
}

impl<'e> Said<'e> {
    fn of(issue: &'e Issue) -> Self {
        let (diagnostics, expression) = match issue.path.as_str() {
            "" => (Cow::Borrowed(issue.message.as_str()), None),
            // A place in the text is no FHIRPath, which `expression` must be.
            line if line.starts_with("line ") => (Cow::Owned(format!("{line}: {}", issue.message)), None),
            path => (Cow::Borrowed(issue.message.as_str()), Some(path)),
        };
        Self { code: issue.code.meaning().fhir, diagnostics, expression }
    }
}

fn as_json(issues: &[Said<'_>]) -> Value {
    let issue = |said: &Said<'_>| {
        let mut value = json!({ "severity": "error", "code": said.code, "diagnostics": said.diagnostics });
        if let Some(expression) = said.expression {
            value["expression"] = json!([expression]);
        }
        value
    };
    json!({ "resourceType": "OperationOutcome", "issue": issues.iter().map(issue).collect::<Vec<_>>() })
}

fn as_xml(issues: &[Said<'_>], pretty: bool) -> String {
    let mut out = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_vec();
    let mut line = |depth: usize, parts: &[&str], value: Option<&str>| {
        if pretty {
            out.push(b'\n');
            out.resize(out.len() + 2 * depth, b' ');
        }
        let [before, after @ ..] = parts else { return };
        out.extend_from_slice(before.as_bytes());
        // A message may repeat what XML cannot hold.
        let text = value.unwrap_or_default().replace(|c| !xml::is_char(c), "\u{fffd}");
        if xml::escape(&text, &mut out).is_ok() {
            after.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
        }
    };
    line(0, &["<OperationOutcome xmlns=\"http://hl7.org/fhir\">"], None);
    for said in issues {
        line(1, &["<issue>"], None);
        line(2, &["<severity value=\"error\"/>"], None);
        line(2, &["<code value=\"", "\"/>"], Some(said.code));
        line(2, &["<diagnostics value=\"", "\"/>"], Some(&said.diagnostics));
        if let Some(expression) = said.expression {
            line(2, &["<expression value=\"", "\"/>"], Some(expression));
        }
        line(1, &["</issue>"], None);
    }
    line(0, &["</OperationOutcome>"], None);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::Code;

    fn format(form: Form, pretty: bool) -> Format {
        let mut format = Format::default();
        (format.form, format.pretty) = (form, pretty);
        format
    }

    #[test]
    fn both_forms_say_the_same() {
        let error = Error::from_issues(vec![
            Issue::new(Code::Invalid, "Patient.gender", "not \"<a\u{1}>\""),
            Issue::new(Code::Malformed, "line 2, column 3", "no"),
        ]);
        let json = body(&error, &format(Form::Json, false));
        assert_eq!(
            json,
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","diagnostics":"not \"<a\u0001>\"","expression":["Patient.gender"]},{"severity":"error","code":"structure","diagnostics":"line 2, column 3: no"}]}"#
        );
        let xml = body(&error, &format(Form::Xml, false));
        assert_eq!(
            xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OperationOutcome xmlns=\"http://hl7.org/fhir\"><issue><severity value=\"error\"/><code value=\"value\"/><diagnostics value=\"not &quot;&lt;a\u{fffd}&gt;&quot;\"/><expression value=\"Patient.gender\"/></issue><issue><severity value=\"error\"/><code value=\"structure\"/><diagnostics value=\"line 2, column 3: no\"/></issue></OperationOutcome>"
        );
        let pretty = body(&error, &format(Form::Xml, true));
        assert!(pretty.contains("\n  <issue>\n    <severity value=\"error\"/>\n"), "{pretty}");
        assert!(body(&error, &format(Form::Json, true)).contains("\n  \"issue\": [\n"));
    }
}
