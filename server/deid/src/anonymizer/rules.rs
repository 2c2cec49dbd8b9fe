//! The rule file, JSON or YAML.

use super::path::Path;
use serde::Deserialize;
use std::collections::BTreeSet;
use theriac_core::{Code, Error, Issue, Result};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rules {
    #[serde(default)]
    pub fhir_version: String,
    pub fhir_path_rules: Vec<Rule>,
    #[serde(default)]
    pub parameters: Parameters,
    #[serde(default)]
    processing_errors: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rule {
    pub path: String,
    pub method: String,
    pub replace_with: Option<serde_json::Value>,
    pub cases: Option<Cases>,
    pub other_values: Option<String>,
    pub truncate_to_max_length: Option<usize>,
    pub domain: Option<String>,
    pub namespace: Option<String>,
    pub span: Option<f64>,
    pub range_type: Option<String>,
    pub round_to: Option<i32>,
    #[serde(skip)]
    pub(super) read: Option<Path>,
}

/// Condition and expression; in order, or as a text that holds them as JSON.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Cases {
    Table(serde_json::Map<String, serde_json::Value>),
    Text(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Parameters {
    pub date_shift_key: String,
    pub date_shift_scope: String,
    pub date_shift_fixed_offset_in_days: Option<i64>,
    pub crypto_hash_key: String,
    pub crypto_hash_algorithm: Option<String>,
    pub encrypt_key: String,
    pub enable_partial_ages_for_redact: bool,
    pub enable_partial_dates_for_redact: bool,
    pub enable_partial_zip_codes_for_redact: bool,
    pub restricted_zip_code_tabulation_areas: Vec<String>,
}

/// What a rule may do.
pub(super) const METHODS: &[&str] = &[
    "keep",
    "redact",
    "dateshift",
    "cryptohash",
    "encrypt",
    "substitute",
    "perturb",
    "generalize",
    "pseudonymize",
    "remove",
];

impl Rules {
    /// # Errors
    /// `Malformed` for what is no such file; `Invalid` for each rule that cannot be carried out here, by its number.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}');
        let mut rules: Self = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|e| Error::malformed(format!("the rules cannot be read: {e}")))?
        } else {
            serde_saphyr::from_str(text).map_err(|e| Error::malformed(format!("the rules cannot be read: {e}")))?
        };
        let mut issues: Vec<Issue> = Vec::new();
        for (at, rule) in rules.fhir_path_rules.iter_mut().enumerate() {
            match rule.check() {
                Ok(path) => rule.read = Some(path),
                Err(why) => issues.push(Issue::new(Code::Invalid, format!("fhirPathRules[{at}]"), why)),
            }
        }
        issues.extend(rules.parameters.check());
        if issues.is_empty() { Ok(rules) } else { Err(Error::from_issues(issues)) }
    }

    pub(super) fn skips(&self) -> bool {
        self.processing_errors.as_deref() == Some("skip")
    }

    /// What whoever uses the file should know.
    pub fn warnings(&self) -> Vec<String> {
        let methods: BTreeSet<String> = self.fhir_path_rules.iter().map(|rule| rule.method.to_lowercase()).collect();
        let mut warnings =
            vec!["what no rule names stays; a profile of a project lets out only what it names".to_owned()];
        if methods.contains("dateshift") && self.parameters.date_shift_fixed_offset_in_days.is_none() {
            warnings.push(
                "dateShift: two known dates of two records give the shifts of all others, whatever the key; records of one \
                 patient are shifted apart"
                    .to_owned(),
            );
        }
        if methods.contains("cryptohash") {
            warnings.push(
                "cryptoHash: the same value is the same everywhere under one key; who knows the key tries all ids"
                    .to_owned(),
            );
        }
        if methods.contains("encrypt") {
            warnings.push("encrypt: AES-CBC without authentication; a changed value is not noticed".to_owned());
        }
        warnings
    }
}

impl Rule {
    pub(super) fn does(&self, method: &str) -> bool {
        self.method.eq_ignore_ascii_case(method)
    }

    fn check(&self) -> std::result::Result<Path, String> {
        if !METHODS.iter().any(|method| self.does(method)) {
            return Err(format!("'{}' is no method; there are {}", self.method, METHODS.join(", ")));
        }
        if self.does("substitute") && self.replace_with.is_none() {
            return Err("substitute needs replaceWith".to_owned());
        }
        if self.does("generalize") && self.cases.is_none() {
            return Err("generalize needs cases".to_owned());
        }
        if self.does("perturb") && self.span.is_none() {
            return Err("perturb needs span".to_owned());
        }
        Path::read(&self.path)
    }

    /// Condition and expression of each case, in order.
    pub(super) fn case_list(&self) -> Vec<(String, String)> {
        let of = |table: &serde_json::Map<String, serde_json::Value>| -> Vec<(String, String)> {
            let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            table.iter().map(|(condition, value)| (condition.clone(), text(value))).collect()
        };
        match &self.cases {
            None => Vec::new(),
            Some(Cases::Table(table)) => of(table),
            Some(Cases::Text(text)) => serde_json::from_str(text).map(|table| of(&table)).unwrap_or_default(),
        }
    }
}

impl Parameters {
    fn check(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        let mut wrong =
            |name: &str, why: &str| issues.push(Issue::new(Code::Invalid, format!("parameters.{name}"), why));
        if !matches!(self.date_shift_scope.as_str(), "" | "resource") {
            wrong("dateShiftScope", "only the scope 'resource' is offered: there are no files and folders here");
        }
        if !matches!(self.crypto_hash_algorithm.as_deref(), None | Some("sha256" | "hmacsha256" | "blake3")) {
            wrong("cryptoHashAlgorithm", "it is hmacsha256, which is also what leaving it out means, or blake3");
        }
        if !matches!(self.encrypt_key.len(), 0 | 16 | 24 | 32) {
            wrong("encryptKey", "a key of AES has 16, 24 or 32 bytes");
        }
        issues
    }
}
