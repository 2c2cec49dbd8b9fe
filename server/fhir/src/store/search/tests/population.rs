//! Made-up resources and queries; the same seed gives the same.

/// A small generator of numbers (xorshift, Marsaglia 2003).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'p>(&mut self, of: &[&'p str]) -> &'p str {
        of[self.roll(of.len())]
    }

    fn date(&mut self) -> String {
        let (year, month, day) = (1960 + self.roll(50), 1 + self.roll(12), 1 + self.roll(28));
        match self.roll(4) {
            0 => format!("{year}"),
            1 => format!("{year}-{month:02}"),
            2 => format!("{year}-{month:02}-{day:02}"),
            _ => format!("{year}-{month:02}-{day:02}T{:02}:30:00Z", self.roll(24)),
        }
    }
}

const FAMILIES: &[&str] = &["Ash", "Ashe", "Birch", "Éclair", "O'Neil", "50%_x", "Zwölf", "\u{10FFFF}", "van der Ash"];
const PREFIXES: &[&str] = &["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];
const CODES: &[&str] = &["a", "b", "c", "d"];

pub const PATIENTS: usize = 12;

pub fn resources(dice: &mut Dice, observations: usize) -> Vec<String> {
    let mut all = Vec::new();
    for i in 0..4 {
        all.push(format!(
            r#"{{"resourceType":"Practitioner","id":"d{i}","name":[{{"family":"{}"}}]}}"#,
            dice.pick(FAMILIES)
        ));
    }
    for i in 0..PATIENTS {
        all.push(patient(dice, i));
    }
    for i in 0..PLACES {
        all.push(place(dice, i));
    }
    for i in 0..observations {
        all.push(observation(dice, i));
    }
    for i in 0..6 {
        let (period, who, at) = (dice.date(), dice.roll(PATIENTS), dice.roll(PLACES));
        all.push(format!(
            r#"{{"resourceType":"Encounter","id":"e{i}","status":"finished","class":{{"code":"AMB","display":"Ambulatory"}},"location":[{{"location":{{"reference":"Location/l{at}"}}}}],"subject":{{"reference":"Patient/p{who}"}},"period":{{"start":"{period}"}}}}"#
        ));
        all.push(format!(
            r#"{{"resourceType":"Provenance","id":"v{i}","target":[{{"reference":"Observation/o{}"}}],"recorded":"2020-01-01T00:00:00Z","agent":[{{"who":{{"reference":"Practitioner/d{}"}}}}]}}"#,
            dice.roll(observations), dice.roll(4)
        ));
    }
    all
}

pub fn patient(dice: &mut Dice, i: usize) -> String {
    let mut more = String::new();
    if dice.roll(5) > 0 {
        more += &format!(r#","birthDate":"{}""#, dice.date().get(..4).unwrap_or("2000"));
    }
    if dice.roll(3) > 0 {
        more += &format!(r#","generalPractitioner":[{{"reference":"Practitioner/d{}"}}]"#, dice.roll(5));
    }
    if dice.roll(2) > 0 {
        more += r#","meta":{"tag":[{"system":"t","code":"x"}]}"#;
    }
    let (one, two, gender) = (dice.pick(FAMILIES), dice.pick(FAMILIES), dice.pick(&["male", "female"]));
    format!(
        r#"{{"resourceType":"Patient","id":"p{i}","name":[{{"family":"{one}"}},{{"family":"{two}"}}],"gender":"{gender}"{more}}}"#
    )
}

pub fn observation(dice: &mut Dice, i: usize) -> String {
    let mut more = String::new();
    match dice.roll(4) {
        0 => more += &format!(r#","effectiveDateTime":"{}""#, dice.date()),
        1 => more += &format!(r#","effectivePeriod":{{"start":"{}"}}"#, dice.date()),
        2 => more += &format!(r#","effectivePeriod":{{"end":"{}"}}"#, dice.date()),
        _ => {}
    }
    if dice.roll(3) > 0 {
        more += &format!(r#","valueQuantity":{}"#, quantity(dice));
    }
    if dice.roll(2) > 0 {
        let part = |dice: &mut Dice| {
            format!(
                r#"{{"code":{{"coding":[{{"system":"s","code":"{}"}}]}},"valueQuantity":{}}}"#,
                dice.pick(CODES),
                quantity(dice)
            )
        };
        more += &format!(r#","component":[{},{}]"#, part(dice), part(dice));
    }
    if dice.roll(4) > 0 {
        more += &format!(r#","subject":{{"reference":"Patient/p{}"}}"#, dice.roll(PATIENTS + 1));
    }
    if dice.roll(3) == 0 {
        let inner = |dice: &mut Dice, id: &str| {
            let (family, gender, born) = (dice.pick(FAMILIES), dice.pick(&["male", "female"]), 1960 + dice.roll(50));
            format!(
                r#"{{"resourceType":"Practitioner","id":"{id}","name":[{{"family":"{family}"}}],"gender":"{gender}","birthDate":"{born}"}}"#
            )
        };
        more += &format!(r#","contained":[{},{}]"#, inner(dice, "in"), inner(dice, "other"));
        more += r##","performer":[{"reference":"#in"}]"##;
    }
    let (code, status, text) = (dice.pick(CODES), dice.pick(&["final", "preliminary"]), dice.pick(FAMILIES));
    format!(
        r#"{{"resourceType":"Observation","id":"o{i}","status":"{status}","code":{{"coding":[{{"system":"s","code":"{code}","display":"{text}"}}]}}{more}}}"#
    )
}

fn quantity(dice: &mut Dice) -> String {
    let (value, unit) = (dice.roll(20) as f64 / 4.0, dice.pick(&["mg", "kg", "g", "s", "pill"]));
    let system = if unit == "pill" { "http://example.org/forms" } else { "http://unitsofmeasure.org" };
    format!(r#"{{"value":{value},"unit":"{unit}","system":"{system}","code":"{unit}"}}"#)
}

fn place(dice: &mut Dice, i: usize) -> String {
    let mut more = String::new();
    if dice.roll(3) > 0 {
        more += &format!(r#","partOf":{{"reference":"Location/l{}"}}"#, dice.roll(PLACES));
    }
    if dice.roll(4) > 0 {
        let (latitude, longitude) = (dice.roll(180) as f64 - 90.0, dice.roll(360) as f64 - 180.0);
        more += &format!(r#","position":{{"latitude":{latitude},"longitude":{longitude}}}"#);
    }
    format!(r#"{{"resourceType":"Location","id":"l{i}"{more}}}"#)
}

const PLACES: usize = 10;

/// A resource type and one to three parameters.
pub fn query(dice: &mut Dice) -> (&'static str, String) {
    let (kind, one): (_, fn(&mut Dice) -> String) = match dice.roll(7) {
        0 => ("Location", of_place),
        1 => ("Encounter", of_encounter),
        2..=4 => ("Observation", of_observation),
        _ => ("Patient", of_patient),
    };
    let parts: Vec<String> = (0..=dice.roll(3)).map(|_| one(dice)).collect();
    (kind, parts.join("&"))
}

fn of_place(dice: &mut Dice) -> String {
    let (latitude, longitude) = (dice.roll(180) as i64 - 90, dice.roll(360) as i64 - 180);
    match dice.roll(5) {
        0 => format!("near={latitude}|{longitude}|{}|km", dice.roll(12_000)),
        1 => format!("partof:below=l{}", dice.roll(PLACES)),
        2 => format!("partof:above=l{}", dice.roll(PLACES)),
        3 => format!("_has:Encounter:location:patient.gender:not={}", dice.pick(&["male", "female"])),
        _ => format!("near:missing={}", dice.pick(&["true", "false"])),
    }
}

fn of_encounter(dice: &mut Dice) -> String {
    match dice.roll(6) {
        0 => format!("location:below=l{}", dice.roll(PLACES)),
        1 => format!("location:above=l{},l{}", dice.roll(PLACES), dice.roll(PLACES)),
        2 => format!("location.near=10|20|{}|km", dice.roll(20_000)),
        3 => format!("class:text={}", dice.pick(&["ambulatory", "am", "inpatient"])),
        4 => format!("location:not=Location/l{}", dice.roll(PLACES)),
        _ => format!("location.partof:below=l{}", dice.roll(PLACES)),
    }
}

fn of_observation(dice: &mut Dice) -> String {
    let (prefix, code, date) = (dice.pick(PREFIXES), dice.pick(CODES), dice.date());
    let (number, unit) = (dice.roll(20) as f64 / 4.0, dice.pick(&["mg", "g", "kg", "s"]));
    match dice.roll(30) {
        28 => format!("_content={}", dice.pick(&["mg", "kg OR mg", "(NOT kg)"])),
        29 => "patient._content=eclair OR ash".to_owned(),
        17 => format!("value-quantity={prefix}{number}|http://unitsofmeasure.org|{unit}"),
        18 => format!("value-quantity={prefix}{number}||{unit}"),
        19 => format!("value-quantity={prefix}{number}|http://example.org/forms|pill"),
        20 => format!("code-value-quantity={code}${prefix}{number}"),
        21 => format!("component-code-value-quantity={code}${prefix}{number}||{unit},d${number}"),
        22 => format!("component-code-value-quantity=s|{code}${prefix}{number}|http://unitsofmeasure.org|{unit}"),
        23 => format!("combo-code-value-quantity{}=s|{code}${prefix}{number}", dice.pick(&["", ":not"])),
        24 => format!("combo-code-value-quantity:missing={}", dice.pick(&["true", "false"])),
        25 => format!("code:text={}", name(dice)),
        26 => format!("date:not={prefix}{date}"),
        27 => format!("combo-value-quantity:not={prefix}{number}||{unit}"),
        0 => format!("code={code}"),
        1 => format!("code=s|{code},{}", dice.pick(CODES)),
        2 => format!("code:not={code}"),
        3 => format!("status={}", dice.pick(&["final", "preliminary"])),
        4 => format!("subject=Patient/p{}", dice.roll(PATIENTS)),
        5 => format!("date={prefix}{date}"),
        6 => format!("date={prefix}{date},{}{}", dice.pick(PREFIXES), dice.date()),
        7 => format!("value-quantity={prefix}{}", dice.roll(20) as f64 / 4.0),
        8 => format!("value-quantity={prefix}{}|http://unitsofmeasure.org|mg", dice.roll(20) as f64 / 4.0),
        9 => format!("date:missing={}", dice.pick(&["true", "false"])),
        10 => format!("patient.gender={}", dice.pick(&["male", "female"])),
        11 => format!("subject:Patient.birthdate={prefix}{}", 1960 + dice.roll(50)),
        12 => format!("patient.general-practitioner.family={}", name(dice)),
        13 => format!("_id{}=o1,o3,o5,x", dice.pick(&["", ":not"])),
        14 => format!("_lastUpdated={prefix}2020-01-01T00:00:{:02}Z", dice.roll(60)),
        15 => format!("_has:Provenance:target:agent=Practitioner/d{}", dice.roll(4)),
        16 => format!("performer:Practitioner.family={}", name(dice)),
        _ => format!("patient._has:Encounter:patient:date={prefix}{date}"),
    }
}

/// Of practitioners, whom observations contain.
pub fn of_practitioner(dice: &mut Dice) -> String {
    match dice.roll(5) {
        0 => format!("family={}", name(dice)),
        1 => format!("gender{}=male", dice.pick(&["", ":not"])),
        2 => format!("name:exact={}", dice.pick(&["Ash", "Birch"])),
        3 => format!("_id=in,d{}", dice.roll(4)),
        _ => format!("_lastUpdated={}2020-01-01T00:00:{:02}Z", dice.pick(PREFIXES), dice.roll(60)),
    }
}

fn of_patient(dice: &mut Dice) -> String {
    let (prefix, code, date) = (dice.pick(PREFIXES), dice.pick(CODES), dice.date());
    match dice.roll(16) {
        13 => {
            format!(
                "_content={}",
                dice.pick(&["ash", "oneil", "zwolf", "NOT ash", "ash OR birch", "%22der ash%22 van"])
            )
        }
        14 => "_text=told".to_owned(),
        15 => "_has:Observation:subject:_content=mg NOT kg".to_owned(),
        0 => format!("name={}", name(dice)),
        1 => format!("family:contains={}", name(dice)),
        2 => format!("family:exact={},{}", name(dice), name(dice)),
        3 => format!("birthdate={prefix}{date}"),
        4 => format!("gender{}=male", dice.pick(&["", ":not"])),
        5 => format!("_has:Observation:patient:code={code}"),
        6 => format!("_has:Observation:subject:value-quantity={prefix}{}", dice.roll(20) as f64 / 4.0),
        7 => format!("general-practitioner=Practitioner/d{}", dice.roll(4)),
        8 => format!("general-practitioner.name={}", name(dice)),
        9 => "_tag=t|x".to_owned(),
        10 => format!("_has:Observation:patient:_has:Provenance:target:agent=Practitioner/d{}", dice.roll(4)),
        11 => format!("_has:Observation:patient:patient.gender={}", dice.pick(&["male", "female"])),
        _ => format!("name:missing={}", dice.pick(&["true", "false"])),
    }
}

fn name(dice: &mut Dice) -> String {
    let text = dice.pick(FAMILIES);
    let length = 1 + dice.roll(text.chars().count());
    let part: String = text.chars().take(length).collect();
    part.bytes().map(|b| format!("%{b:02X}")).collect()
}
