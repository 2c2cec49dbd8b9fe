//! The words records are made of: names are made up, codes are of LOINC, SNOMED CT and RxNorm.

pub const FAMILIES: &[&str] = &[
    "Abbott", "Adler", "Bauer", "Becker", "Brandt", "Carver", "Castro", "Dahl", "Dietrich", "Eriksen", "Falk",
    "Fischer", "Gallo", "Graf", "Haas", "Hansen", "Ibarra", "Jansen", "Keller", "Koch", "Lang", "Lovelace", "Marek",
    "Meyer", "Novak", "Olsen", "Petrov", "Quinn", "Reyes", "Rossi", "Sanders", "Schmidt", "Smith", "Tanaka", "Ueda",
    "Vogel", "Weber", "Xu", "Young", "Zimmer",
];

pub const GIVEN: &[&str] = &[
    "Ada", "Ben", "Cora", "David", "Elif", "Finn", "Grace", "Hugo", "Ines", "Jon", "Karin", "Luis", "Mara", "Nils",
    "Olga", "Paul", "Rosa", "Sven", "Tina", "Uwe", "Vera", "Willem", "Yara", "Zeno",
];

pub const CITIES: &[&str] = &["Basel", "Boston", "Dublin", "Graz", "Leiden", "Lyon", "Porto", "Uppsala"];

/// LOINC code, display, unit, least and greatest value.
pub const VITALS: &[(&str, &str, &str, f64, f64)] = &[
    ("8867-4", "Heart rate", "/min", 50.0, 110.0),
    ("9279-1", "Respiratory rate", "/min", 10.0, 24.0),
    ("8310-5", "Body temperature", "Cel", 35.5, 39.5),
    ("29463-7", "Body weight", "kg", 45.0, 120.0),
    ("8302-2", "Body height", "cm", 150.0, 195.0),
    ("39156-5", "Body mass index", "kg/m2", 18.0, 38.0),
    ("2339-0", "Glucose", "mg/dL", 65.0, 180.0),
    ("2093-3", "Cholesterol", "mg/dL", 120.0, 280.0),
    ("2571-8", "Triglycerides", "mg/dL", 60.0, 260.0),
    ("6299-2", "Urea nitrogen", "mg/dL", 7.0, 25.0),
    ("38483-4", "Creatinine", "mg/dL", 0.5, 1.5),
    ("718-7", "Hemoglobin", "g/dL", 10.0, 17.0),
    ("4548-4", "Hemoglobin A1c", "%", 4.5, 9.5),
    ("6298-4", "Potassium", "mmol/L", 3.4, 5.4),
    ("2947-0", "Sodium", "mmol/L", 134.0, 146.0),
];

/// SNOMED CT code and display.
pub const CONDITIONS: &[(&str, &str)] = &[
    ("44054006", "Diabetes mellitus type 2"),
    ("59621000", "Essential hypertension"),
    ("195662009", "Acute viral pharyngitis"),
    ("10509002", "Acute bronchitis"),
    ("444814009", "Viral sinusitis"),
    ("162864005", "Body mass index 30+ - obesity"),
    ("271737000", "Anemia"),
    ("233678006", "Childhood asthma"),
    ("55822004", "Hyperlipidemia"),
    ("40055000", "Chronic sinusitis"),
];

pub const PROCEDURES: &[(&str, &str)] = &[
    ("430193006", "Medication reconciliation"),
    ("76601001", "Intramuscular injection"),
    ("168731009", "Plain chest X-ray"),
    ("117015009", "Throat culture"),
    ("269911007", "Sputum examination"),
];

/// RxNorm code and display.
pub const MEDICATIONS: &[(&str, &str)] = &[
    ("860975", "Metformin hydrochloride 500 MG extended release tablet"),
    ("314076", "Lisinopril 10 MG oral tablet"),
    ("313782", "Acetaminophen 325 MG oral tablet"),
    ("310798", "Hydrochlorothiazide 25 MG oral tablet"),
    ("308136", "Amlodipine 2.5 MG oral tablet"),
    ("197361", "Amlodipine 5 MG oral tablet"),
    ("312961", "Simvastatin 20 MG oral tablet"),
    ("834102", "Penicillin V potassium 500 MG oral tablet"),
];
