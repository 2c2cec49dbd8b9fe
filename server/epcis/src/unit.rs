//! Units of measure: the codes of UN/ECE Recommendation 20, which EPCIS uses, as UCUM units, which convert.
//! EPCIS 2.0, 7.3.7.3 and 8.2.7.1; <https://unece.org/trade/uncefact/cl-recommendations>
//!
//! A code that is not listed compares with itself only. So do codes whose unit is no fixed one (a month, a piece).

use theriac_units::{Exact, Unit};

/// Code of Recommendation 20, and UCUM.
#[rustfmt::skip]
pub static UNITS: &[(&str, &str)] = &[
    // temperature
    ("CEL", "Cel"), ("FAH", "[degF]"), ("KEL", "K"), ("A48", "[degR]"),
    // mass
    ("KGM", "kg"), ("GRM", "g"), ("MGM", "mg"), ("MC", "ug"), ("HGM", "hg"), ("CGM", "cg"), ("DTN", "dt"), ("TNE", "t"),
    ("LBR", "[lb_av]"), ("ONZ", "[oz_av]"), ("GRN", "[gr]"), ("APZ", "[oz_tr]"), ("STN", "[ston_av]"), ("LTN", "[lton_av]"),
    // length
    ("MTR", "m"), ("KMT", "km"), ("DMT", "dm"), ("CMT", "cm"), ("MMT", "mm"), ("4H", "um"), ("C45", "nm"),
    ("INH", "[in_i]"), ("FOT", "[ft_i]"), ("YRD", "[yd_i]"), ("SMI", "[mi_i]"), ("NMI", "[nmi_i]"),
    // area
    ("MTK", "m2"), ("KMK", "km2"), ("DMK", "dm2"), ("CMK", "cm2"), ("MMK", "mm2"), ("HAR", "har"),
    ("INK", "[sin_i]"), ("FTK", "[sft_i]"), ("YDK", "[syd_i]"),
    // volume
    ("LTR", "L"), ("HLT", "hL"), ("DLT", "dL"), ("CLT", "cL"), ("MLT", "mL"), ("4G", "uL"),
    ("MTQ", "m3"), ("DMQ", "dm3"), ("CMQ", "cm3"), ("MMQ", "mm3"), ("INQ", "[cin_i]"), ("FTQ", "[cft_i]"), ("YDQ", "[cyd_i]"),
    ("GLL", "[gal_us]"), ("GLI", "[gal_br]"), ("OZA", "[foz_us]"), ("OZI", "[foz_br]"), ("PTL", "[pt_us]"), ("PTI", "[pt_br]"),
    ("QTL", "[qt_us]"), ("QTI", "[qt_br]"),
    // time
    ("SEC", "s"), ("MIN", "min"), ("HUR", "h"), ("DAY", "d"), ("WEE", "wk"), ("C26", "ms"), ("B98", "us"), ("C47", "ns"),
    // angle
    ("DD", "deg"), ("C81", "rad"), ("C25", "mrad"), ("D61", "'"), ("D62", "''"), ("D27", "sr"),
    ("2A", "rad/s"), ("2B", "rad/s2"),
    // speed, acceleration
    ("MTS", "m/s"), ("KMH", "km/h"), ("2M", "cm/s"), ("C16", "mm/s"), ("HM", "[mi_i]/h"), ("KNT", "[kn_i]"), ("FS", "[ft_i]/s"),
    ("FR", "[ft_i]/min"), ("MSK", "m/s2"), ("K40", "[g]"),
    // frequency
    ("HTZ", "Hz"), ("KHZ", "kHz"), ("MHZ", "MHz"), ("A86", "GHz"), ("D29", "THz"),
    // force, torque, pressure
    ("NEW", "N"), ("B47", "kN"), ("B73", "MN"), ("NU", "N.m"), ("B31", "kg.m/s"), ("B33", "kg.m2/s"),
    ("PAL", "Pa"), ("A97", "hPa"), ("KPA", "kPa"), ("MPA", "MPa"), ("BAR", "bar"), ("MBR", "mbar"), ("ATM", "atm"), ("ATT", "att"),
    ("HN", "mm[Hg]"), ("F79", "[in_i'Hg]"), ("PS", "[psi]"), ("4P", "N/m"),
    // energy, power
    ("JOU", "J"), ("KJO", "kJ"), ("3B", "MJ"), ("GV", "GJ"), ("WHR", "W.h"), ("KWH", "kW.h"), ("MWH", "MW.h"), ("A53", "eV"),
    ("WTT", "W"), ("KWT", "kW"), ("MAW", "MW"), ("C31", "mW"), ("D80", "uW"), ("B15", "J/mol"),
    // electricity, magnetism
    ("AMP", "A"), ("4K", "mA"), ("B84", "uA"), ("VLT", "V"), ("2Z", "mV"), ("KVT", "kV"), ("D82", "uV"), ("OHM", "Ohm"), ("B49", "kOhm"),
    ("B75", "MOhm"), ("FAR", "F"), ("C10", "mF"), ("4O", "uF"), ("C41", "nF"), ("4T", "pF"), ("81", "H"), ("C14", "mH"), ("B90", "uH"),
    ("COU", "C"), ("SIE", "S"), ("C27", "mS"), ("B99", "uS"), ("D10", "S/m"), ("C61", "Ohm.m"), ("D50", "V/m"), ("A41", "A/m2"),
    ("WEB", "Wb"), ("D33", "T"), ("C29", "mT"), ("D81", "uT"), ("D59", "Wb/m"),
    // light
    ("LUX", "lx"), ("LUM", "lm"), ("CDL", "cd"), ("A24", "cd/m2"), ("D54", "W/m2"), ("C92", "m-1"),
    // density, concentration
    ("KMQ", "kg/m3"), ("23", "g/cm3"), ("GL", "g/L"), ("A93", "g/m3"), ("M1", "mg/L"), ("GP", "mg/m3"), ("GQ", "ug/m3"),
    ("28", "kg/m2"), ("GM", "g/m2"), ("A39", "m3/kg"),
    // amount of substance
    ("C34", "mol"), ("B45", "kmol"), ("C18", "mmol"), ("FH", "umol"), ("C36", "mol/m3"), ("C35", "mol/dm3"), ("C38", "mol/L"),
    ("M33", "mmol/L"), ("C19", "mol/kg"), ("D74", "kg/mol"), ("A94", "g/mol"), ("A40", "m3/mol"),
    // flow, viscosity
    ("MQH", "m3/h"), ("MQS", "m3/s"), ("L2", "L/min"), ("KGS", "kg/s"), ("E93", "kg/h"), ("H56", "kg/m2/s"),
    ("C65", "Pa.s"), ("C24", "mPa.s"), ("S4", "m2/s"), ("C17", "mm2/s"), ("4C", "cSt"),
    // radiation
    ("BQL", "Bq"), ("2Q", "kBq"), ("4N", "MBq"), ("GBQ", "GBq"), ("CUR", "Ci"), ("MCU", "mCi"), ("M5", "uCi"),
    ("A95", "Gy"), ("C13", "mGy"), ("A96", "Gy/s"), ("D13", "Sv"), ("C28", "mSv"), ("P70", "Sv/h"), ("P71", "mSv/h"), ("P72", "uSv/h"),
    ("CKG", "C/kg"),
    // numbers, information
    ("P1", "%"), ("C62", "1"), ("59", "[ppm]"), ("61", "[ppb]"), ("A99", "bit"), ("AD", "By"), ("2P", "kBy"), ("4L", "MBy"), ("E34", "GBy"),
];

/// A value in base units, and what those are; of a code that is not listed the value as it is, and the code.
pub fn canonical(value: &str, code: &str) -> Option<(f64, String)> {
    let number = Exact::parse(value)?;
    let unit = UNITS.iter().find(|(known, _)| *known == code).and_then(|(_, ucum)| Unit::cached(ucum));
    let (number, name) = match &unit {
        Some(unit) => (unit.canonical(number)?, unit.canonical_code()),
        None => (number, code),
    };
    Some((number.to_f64(), name.to_owned())).filter(|(number, _)| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_and_names_a_unit() {
        for (code, ucum) in UNITS {
            assert!(Unit::parse(ucum).is_ok(), "{code}: {ucum}");
            assert_eq!(UNITS.iter().filter(|(other, _)| other == code).count(), 1, "{code}");
        }
    }

    #[test]
    fn one_quantity_is_one_number_in_any_unit() {
        for (one, other) in [
            (("25", "CEL"), ("298.15", "KEL")),
            (("77", "FAH"), ("25", "CEL")),
            (("1.5", "KGM"), ("1500", "GRM")),
            (("36", "KMH"), ("10", "MTS")),
            (("1", "BAR"), ("100", "KPA")),
            (("1", "KWH"), ("3.6", "3B")),
            (("12", "INH"), ("1", "FOT")),
        ] {
            assert_eq!(canonical(one.0, one.1), canonical(other.0, other.1), "{one:?} {other:?}");
        }
        assert_ne!(canonical("1", "CEL"), canonical("1", "KEL"));
        assert_eq!(canonical("3", "XBX"), Some((3.0, "XBX".to_owned())));
        assert_eq!(canonical("three", "CEL"), None);
    }
}
