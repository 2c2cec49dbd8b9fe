//! Clearance: up to which confidentiality a role or client reads, and which sensitive matters. The codes are those of
//! DS4P (<http://hl7.org/fhir/uv/security-label-ds4p/>): v3-Confidentiality, and the sensitivities of v3-ActCode.
//!
//! The tenant's setting `policy.clearance` reads `clinician=R,service=N+PSY+HIV,client/ward-app=N+none`: a level, and behind
//! it the sensitivities that are cleared; without any, all are. Whoever is not named is not limited. A client's row and
//! its role's row both hold.

/// From the least to the most confidential.
pub const LEVELS: &[&str] = &["U", "L", "M", "N", "R", "V"];

/// Sensitivities of patients' information (v3-InformationSensitivityPolicy).
pub const SENSITIVITIES: &[&str] = &[
    "BH", "COGN", "DVD", "EMOTDIS", "ETH", "ETHUD", "GDIS", "HIV", "MH", "MST", "OPIOIDUD", "PREGNANT", "PSY",
    "PSYTHPN", "SCA", "SDV", "SEX", "SICKLE", "SPI", "STD", "SUD", "TBOO", "VIO",
];

/// No sensitivity is cleared.
const NONE: &str = "none";

/// What a caller may not read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Withheld {
    pub levels: Vec<&'static str>,
    pub sensitivities: Vec<&'static str>,
}

impl Withheld {
    /// By the tenant's setting, for a caller of this role and client.
    pub fn of(setting: &str, role: &str, client: Option<&str>) -> Self {
        let mut withheld = Self::default();
        let client = client.map(|id| format!("client/{id}"));
        for (name, value) in rows(setting) {
            if name == role || client.as_deref() == Some(name) {
                withheld.add(value);
            }
        }
        withheld
    }

    fn add(&mut self, value: &str) {
        let mut parts = value.split('+');
        let level = parts.next().and_then(|level| LEVELS.iter().position(|known| *known == level));
        let above = &LEVELS[level.map_or(0, |at| at + 1)..];
        self.levels.extend(above.iter().filter(|level| !self.levels.contains(level)).copied().collect::<Vec<_>>());
        let cleared: Vec<&str> = parts.collect();
        if !cleared.is_empty() {
            let rest =
                SENSITIVITIES.iter().filter(|code| !cleared.contains(*code) && !self.sensitivities.contains(code));
            self.sensitivities.extend(rest.copied().collect::<Vec<_>>());
        }
    }

    pub fn is_nothing(&self) -> bool {
        self.levels.is_empty() && self.sensitivities.is_empty()
    }
}

fn rows(setting: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = setting.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// Can the setting be read?
pub fn is_setting(value: &str) -> bool {
    rows(value).all(|(name, value)| {
        let mut parts = value.split('+');
        let known = |code: &str| code == NONE || SENSITIVITIES.contains(&code);
        let named =
            crate::role::Role::parse(name).is_some() || name.strip_prefix("client/").is_some_and(|id| !id.is_empty());
        named && parts.next().is_some_and(|level| LEVELS.contains(&level)) && parts.all(known)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_or_not_cleared_is_withheld_and_rows_add_up() {
        let setting = "clinician=R, service=N+PSY, client/app=M+none";
        assert_eq!(Withheld::of(setting, "clinician", None), Withheld { levels: vec!["V"], ..Withheld::default() });
        assert!(Withheld::of(setting, "steward", Some("other")).is_nothing());
        let service = Withheld::of(setting, "service", None);
        assert_eq!(service.levels, ["R", "V"]);
        assert!(!service.sensitivities.contains(&"PSY") && service.sensitivities.contains(&"HIV"));
        let both = Withheld::of(setting, "clinician", Some("app"));
        assert_eq!((both.levels, both.sensitivities.len()), (vec!["V", "N", "R"], SENSITIVITIES.len()));
    }

    #[test]
    fn a_setting_names_roles_clients_levels_and_codes_that_there_are() {
        for good in ["", "clinician=R", "clinician=R+PSY+HIV,client/x=U+none"] {
            assert!(is_setting(good), "{good}");
        }
        for wrong in ["clinician", "clinician=X", "doctor=R", "client/=R", "clinician=R+nonsense", "clinician=R+"] {
            assert!(!is_setting(wrong), "{wrong}");
        }
    }
}
