//! How strict the tenant wants its validation, beyond the standard: the settings `fhir.validation.*` as [`Options`].

use crate::profile::{Follow, Options, Refused, Severity};
use theriac_platform::{Settings, setting};

/// `by_level` is how a profile is told that a resource declares and nobody knows, where the tenant has chosen nothing.
pub fn options(settings: &Settings, by_level: Severity) -> Options {
    let refuses = |name: &str| settings.value(name) == "refuse";
    Options {
        unknown_extension: match settings.value("fhir.validation.unknown-extensions") {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            _ => Severity::Information,
        },
        extension_domains: setting::list(settings.value("fhir.validation.extension-domains"))
            .map(str::to_owned)
            .collect(),
        unknown_profile: match settings.value("fhir.validation.unknown-profiles") {
            "refuse" => Severity::Error,
            "warn" => Severity::Warning,
            _ => by_level,
        },
        known_targets: refuses("fhir.validation.unknown-targets"),
        declared: true,
        follow: match settings.value("fhir.validation.references") {
            "standard" => Follow::Standard,
            "profile" => Follow::Profile,
            "exists" => Follow::Exists,
            _ => Follow::Type,
        },
        contained: settings.value("fhir.validation.contained") != "ignore",
        refused: Refused {
            examples: refuses("fhir.validation.examples"),
            html_in_markdown: refuses("fhir.validation.html-in-markdown"),
            markup_in_strings: refuses("fhir.validation.markup-in-strings"),
        },
    }
}

/// Does it ask something of resources that declare no profile?
pub fn asks_more(options: &Options) -> bool {
    options.refused != Refused::default() || options.unknown_extension == Severity::Error
}
