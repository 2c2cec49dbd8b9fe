//! Scopes in the words of the people who are asked for them.

use theriac_access::scope::Context as On;
use theriac_access::{Interaction, Scopes};

const WEIGHTLESS: &[(&str, &str)] = &[
    ("openid", "know that it is you"),
    ("fhirUser", "know which practitioner or patient you are in the records"),
    ("profile", "know your name"),
    ("launch", "know which patient is open in the application you come from"),
    ("launch/patient", "know which patient you choose"),
    ("launch/encounter", "know which encounter is open"),
    ("offline_access", "stay connected for up to 30 days, also when you are away"),
    ("online_access", "stay connected for the rest of the day"),
];

const VERBS: &[(Interaction, &str)] = &[
    (Interaction::Read, "read"),
    (Interaction::Search, "search"),
    (Interaction::Create, "create"),
    (Interaction::Update, "change"),
    (Interaction::Delete, "delete"),
];

/// `read and search Observation records of the patient`
pub(super) fn of(scope: &str) -> String {
    if let Some((_, words)) = WEIGHTLESS.iter().find(|(name, _)| *name == scope) {
        return (*words).to_owned();
    }
    let Ok(read) = Scopes::parse(scope) else { return scope.to_owned() };
    let Some(fhir) = read.fhir().first() else {
        let allowed = read.permissions().iter().map(|permission| permission.meaning().allows);
        return allowed.collect::<Vec<_>>().join(", ");
    };
    let kind = fhir.kind.as_deref().unwrap_or("all");
    let verbs: Vec<&str> = VERBS.iter().filter(|(i, _)| fhir.allows(*i, kind)).map(|(_, verb)| *verb).collect();
    let whose = match fhir.context {
        On::Patient => "of this patient",
        On::User | On::System => "that you may see",
    };
    let filter = fhir.filter.as_deref().map(|filter| format!(", where {filter}")).unwrap_or_default();
    format!("{} {kind} records {whose}{filter}", list(&verbs))
}

fn list(words: &[&str]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_like_sentences() {
        for (scope, words) in [
            ("patient/Observation.rs", "read and search Observation records of this patient"),
            ("user/*.cruds", "read, search, create, change and delete all records that you may see"),
            (
                "user/Observation.r?category=laboratory",
                "read Observation records that you may see, where category=laboratory",
            ),
            ("openid", "know that it is you"),
            ("readings.write", "post sensor readings"),
        ] {
            assert_eq!(of(scope), words);
        }
    }
}
