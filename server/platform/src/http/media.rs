//! Media types: what the body is, and what the caller would take (RFC 9110, 12.5.1).

/// The type without parameters, in lower case.
pub fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// Parameters in order, names in lower case, values without their quotation marks.
pub(super) fn parameters(content_type: &str) -> impl Iterator<Item = (String, &str)> {
    let parts = content_type.split(';').skip(1).filter_map(|part| part.split_once('='));
    parts.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')))
}

/// The first of `offered` that the Accept field takes with the highest weight; no field takes all.
pub fn accepts<'o>(accept: Option<&str>, offered: &[&'o str]) -> Option<&'o str> {
    let Some(accept) = accept.filter(|a| !a.trim().is_empty()) else {
        return offered.first().copied();
    };
    let ranges: Vec<(String, f32)> = accept.split(',').map(range).collect();
    let mut best: Option<(&'o str, f32)> = None;
    for offer in offered {
        let weight = weight(&ranges, offer);
        if weight > best.map_or(0.0, |(_, w)| w) {
            best = Some((offer, weight));
        }
    }
    best.map(|(offer, _)| offer)
}

fn range(text: &str) -> (String, f32) {
    let weight = text.split(';').skip(1).filter_map(|p| p.trim().strip_prefix("q=")).filter_map(|q| q.parse().ok());
    (media_type(text), weight.last().unwrap_or(1.0))
}

/// The most specific range that fits decides.
fn weight(ranges: &[(String, f32)], offer: &str) -> f32 {
    let family = format!("{}/*", offer.split('/').next().unwrap_or(""));
    let fits = |wanted: &str| ranges.iter().find(|(r, _)| r == wanted).map(|(_, w)| *w);
    fits(offer).or_else(|| fits(&family)).or_else(|| fits("*/*")).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_fitting_type_wins() {
        let offered = ["application/fhir+json", "application/json"];
        for (accept, expected) in [
            (None, Some("application/fhir+json")),
            (Some("*/*"), Some("application/fhir+json")),
            (Some("application/json"), Some("application/json")),
            (Some("application/json;q=0.5, application/*"), Some("application/fhir+json")),
            (Some("text/html, application/fhir+json;q=0"), None),
            (Some("text/html"), None),
        ] {
            assert_eq!(accepts(accept, &offered), expected, "{accept:?}");
        }
    }
}
