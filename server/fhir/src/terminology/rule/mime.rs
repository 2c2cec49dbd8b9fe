//! Media types, BCP 13 (RFC 6838, 4.2) with parameters (RFC 2045, 5.1).

pub fn holds(code: &str) -> bool {
    let mut parts = code.split(';');
    let kind = parts.next().unwrap_or_default().trim_end();
    kind.split_once('/').is_some_and(|(kind, sub)| is_name(kind) && is_name(sub))
        && parts.all(|p| is_parameter(p.trim()))
}

/// `restricted-name` of RFC 6838.
fn is_name(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    first && name.len() <= 127 && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
}

fn is_parameter(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else { return false };
    let quoted = value.len() >= 2 && value.starts_with('"') && value.ends_with('"');
    is_token(name) && (quoted || is_token(value))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c))
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_media_type_has_a_type_a_subtype_and_perhaps_parameters() {
        for code in
            ["text/plain", "application/fhir+json", "text/plain; charset=UTF-8", "image/svg+xml", "a/b;c=\"d e\""]
        {
            assert!(holds(code), "{code}");
        }
        for code in
            ["", "text", "text/", "/plain", "text plain", "te xt/plain", "text/plain;", "text/plain; x", "a/b/c"]
        {
            assert!(!holds(code), "{code}");
        }
    }
}
