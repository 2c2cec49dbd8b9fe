//! What a client gets of the scopes it asks for: only what it was registered with. SMART App Launch 2.2 scopes and
//! this server's own are read by `theriac_access::scope`; those without weight there (`openid`, `launch/patient`)
//! are compared as words.

use super::error::{as_word, refused};
use theriac_access::Scopes;
use theriac_core::Result;

/// The scopes of `asked` that `registered` covers, and those it does not; spelled as they were asked for, so that a
/// request in SMART's first version is answered in it.
///
/// # Errors
/// `invalid_scope` for what cannot be read.
pub(crate) fn split<'a>(asked: &'a str, registered: &str) -> Result<(Vec<&'a str>, Vec<&'a str>)> {
    Scopes::parse(asked).map_err(as_word("invalid_scope"))?;
    let (mut covered, mut beyond) = (Vec::new(), Vec::new());
    for scope in asked.split(' ') {
        let list = if is_covered(scope, registered)? { &mut covered } else { &mut beyond };
        if !list.contains(&scope) {
            list.push(scope);
        }
    }
    Ok((covered, beyond))
}

fn is_covered(scope: &str, registered: &str) -> Result<bool> {
    if registered.split(' ').any(|own| own == scope) {
        return Ok(true);
    }
    if registered.is_empty() {
        return Ok(false);
    }
    let (one, all) = (Scopes::parse(scope)?, Scopes::parse(registered)?);
    // A scope without weight is within everything, and must therefore be named itself.
    let weighs = !one.fhir().is_empty() || one.permissions().iter().next().is_some();
    Ok(weighs && one.within(&all))
}

/// All that was asked, or all that was registered when nothing was: a machine that asks for more than it has is
/// told so, rather than left to find out.
///
/// # Errors
/// `invalid_scope`, naming what is beyond.
pub(crate) fn exact(asked: Option<&str>, registered: &str) -> Result<Option<String>> {
    let Some(asked) = asked else {
        return Ok(Some(registered.to_owned()).filter(|scope| !scope.is_empty()));
    };
    let (covered, beyond) = split(asked, registered)?;
    match beyond.as_slice() {
        [] => Ok(Some(covered.join(" "))),
        beyond => Err(refused("invalid_scope", format!("the client is not registered for: {}", beyond.join(" ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covered_scopes_are_given_as_they_were_spelled() {
        let registered = "openid launch/patient user/*.rs epcis.read";
        let (covered, beyond) =
            split("openid fhirUser user/Patient.read user/Patient.cud epcis.read epcis.capture", registered).unwrap();
        assert_eq!(covered, ["openid", "user/Patient.read", "epcis.read"]);
        assert_eq!(beyond, ["fhirUser", "user/Patient.cud", "epcis.capture"]);
    }

    #[test]
    fn a_machine_gets_what_it_asks_or_nothing() {
        let registered = "system/Patient.rs system/Observation.r";
        assert_eq!(exact(None, registered).unwrap().as_deref(), Some(registered));
        assert_eq!(exact(Some("system/Patient.r"), registered).unwrap().as_deref(), Some("system/Patient.r"));
        assert_eq!(exact(None, "").unwrap(), None);
        for beyond in [
            "system/*.rs",
            "system/Patient.cruds",
            "system/Observation.s",
            "user/Patient.rs",
            "launch",
            "system/Patient.dus",
            "x",
        ] {
            assert_eq!(exact(Some(beyond), registered).unwrap_err().guard, Some("invalid_scope"), "{beyond}");
        }
    }
}
