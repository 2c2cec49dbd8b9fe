//! Currencies in use, ISO 4217: the alphabetic codes with English names.

#[rustfmt::skip]
const CODES: &[(&str, &str)] = &[
    ("AED", "UAE dirham"), ("AFN", "Afghani"), ("ALL", "Albanian lek"), ("AMD", "Armenian dram"), ("ANG", "Netherlands Antillean guilder"),
    ("AOA", "Angolan kwanza"), ("ARS", "Argentine peso"), ("AUD", "Australian dollar"), ("AWG", "Aruban florin"), ("AZN", "Azerbaijan manat"),
    ("BAM", "Bosnian convertible mark"), ("BBD", "Barbados dollar"), ("BDT", "Bangladeshi taka"), ("BGN", "Bulgarian lev"), ("BHD", "Bahraini dinar"),
    ("BIF", "Burundi franc"), ("BMD", "Bermudian dollar"), ("BND", "Brunei dollar"), ("BOB", "Bolivian boliviano"), ("BOV", "Bolivian mvdol"),
    ("BRL", "Brazilian real"), ("BSD", "Bahamian dollar"), ("BTN", "Bhutanese ngultrum"), ("BWP", "Botswana pula"), ("BYN", "Belarusian ruble"),
    ("BZD", "Belize dollar"), ("CAD", "Canadian dollar"), ("CDF", "Congolese franc"), ("CHE", "WIR euro"), ("CHF", "Swiss franc"),
    ("CHW", "WIR franc"), ("CLF", "Chilean unidad de fomento"), ("CLP", "Chilean peso"), ("CNY", "Chinese yuan"), ("COP", "Colombian peso"),
    ("COU", "Colombian unidad de valor real"), ("CRC", "Costa Rican colon"), ("CUC", "Cuban convertible peso"), ("CUP", "Cuban peso"), ("CVE", "Cabo Verde escudo"),
    ("CZK", "Czech koruna"), ("DJF", "Djibouti franc"), ("DKK", "Danish krone"), ("DOP", "Dominican peso"), ("DZD", "Algerian dinar"),
    ("EGP", "Egyptian pound"), ("ERN", "Eritrean nakfa"), ("ETB", "Ethiopian birr"), ("EUR", "Euro"), ("FJD", "Fiji dollar"),
    ("FKP", "Falkland Islands pound"), ("GBP", "Pound sterling"), ("GEL", "Georgian lari"), ("GHS", "Ghana cedi"), ("GIP", "Gibraltar pound"),
    ("GMD", "Gambian dalasi"), ("GNF", "Guinean franc"), ("GTQ", "Guatemalan quetzal"), ("GYD", "Guyana dollar"), ("HKD", "Hong Kong dollar"),
    ("HNL", "Honduran lempira"), ("HRK", "Croatian kuna"), ("HTG", "Haitian gourde"), ("HUF", "Hungarian forint"), ("IDR", "Indonesian rupiah"),
    ("ILS", "Israeli new shekel"), ("INR", "Indian rupee"), ("IQD", "Iraqi dinar"), ("IRR", "Iranian rial"), ("ISK", "Icelandic krona"),
    ("JMD", "Jamaican dollar"), ("JOD", "Jordanian dinar"), ("JPY", "Japanese yen"), ("KES", "Kenyan shilling"), ("KGS", "Kyrgyz som"),
    ("KHR", "Cambodian riel"), ("KMF", "Comorian franc"), ("KPW", "North Korean won"), ("KRW", "South Korean won"), ("KWD", "Kuwaiti dinar"),
    ("KYD", "Cayman Islands dollar"), ("KZT", "Kazakhstani tenge"), ("LAK", "Lao kip"), ("LBP", "Lebanese pound"), ("LKR", "Sri Lanka rupee"),
    ("LRD", "Liberian dollar"), ("LSL", "Lesotho loti"), ("LYD", "Libyan dinar"), ("MAD", "Moroccan dirham"), ("MDL", "Moldovan leu"),
    ("MGA", "Malagasy ariary"), ("MKD", "Macedonian denar"), ("MMK", "Myanmar kyat"), ("MNT", "Mongolian tugrik"), ("MOP", "Macao pataca"),
    ("MRU", "Mauritanian ouguiya"), ("MUR", "Mauritius rupee"), ("MVR", "Maldivian rufiyaa"), ("MWK", "Malawi kwacha"), ("MXN", "Mexican peso"),
    ("MXV", "Mexican unidad de inversion"), ("MYR", "Malaysian ringgit"), ("MZN", "Mozambique metical"), ("NAD", "Namibia dollar"), ("NGN", "Nigerian naira"),
    ("NIO", "Nicaraguan cordoba"), ("NOK", "Norwegian krone"), ("NPR", "Nepalese rupee"), ("NZD", "New Zealand dollar"), ("OMR", "Omani rial"),
    ("PAB", "Panamanian balboa"), ("PEN", "Peruvian sol"), ("PGK", "Papua New Guinea kina"), ("PHP", "Philippine peso"), ("PKR", "Pakistan rupee"),
    ("PLN", "Polish zloty"), ("PYG", "Paraguayan guarani"), ("QAR", "Qatari rial"), ("RON", "Romanian leu"), ("RSD", "Serbian dinar"),
    ("RUB", "Russian ruble"), ("RWF", "Rwanda franc"), ("SAR", "Saudi riyal"), ("SBD", "Solomon Islands dollar"), ("SCR", "Seychelles rupee"),
    ("SDG", "Sudanese pound"), ("SEK", "Swedish krona"), ("SGD", "Singapore dollar"), ("SHP", "Saint Helena pound"), ("SLE", "Sierra Leonean leone"),
    ("SLL", "Sierra Leonean leone (until 2023)"), ("SOS", "Somali shilling"), ("SRD", "Surinam dollar"), ("SSP", "South Sudanese pound"), ("STN", "Sao Tome dobra"),
    ("SVC", "Salvadoran colon"), ("SYP", "Syrian pound"), ("SZL", "Eswatini lilangeni"), ("THB", "Thai baht"), ("TJS", "Tajik somoni"),
    ("TMT", "Turkmenistan manat"), ("TND", "Tunisian dinar"), ("TOP", "Tongan paanga"), ("TRY", "Turkish lira"), ("TTD", "Trinidad and Tobago dollar"),
    ("TWD", "New Taiwan dollar"), ("TZS", "Tanzanian shilling"), ("UAH", "Ukrainian hryvnia"), ("UGX", "Uganda shilling"), ("USD", "US dollar"),
    ("USN", "US dollar, next day"), ("UYI", "Uruguayan indexed peso"), ("UYU", "Uruguayan peso"), ("UYW", "Uruguayan unidad previsional"), ("UZS", "Uzbekistan sum"),
    ("VED", "Venezuelan digital bolivar"), ("VES", "Venezuelan bolivar"), ("VND", "Vietnamese dong"), ("VUV", "Vanuatu vatu"), ("WST", "Samoan tala"),
    ("XAF", "Central African CFA franc"), ("XAG", "Silver"), ("XAU", "Gold"), ("XBA", "European composite unit"), ("XBB", "European monetary unit"),
    ("XBC", "European unit of account 9"), ("XBD", "European unit of account 17"), ("XCD", "East Caribbean dollar"), ("XDR", "Special drawing right"), ("XOF", "West African CFA franc"),
    ("XPD", "Palladium"), ("XPF", "CFP franc"), ("XPT", "Platinum"), ("XSU", "Sucre"), ("XTS", "Code for testing"),
    ("XUA", "ADB unit of account"), ("XXX", "No currency"), ("YER", "Yemeni rial"), ("ZAR", "South African rand"), ("ZMW", "Zambian kwacha"),
    ("ZWL", "Zimbabwe dollar"),
];

pub fn name(code: &str) -> Option<&'static str> {
    CODES.binary_search_by(|(known, _)| known.cmp(&code)).ok().map(|place| CODES[place].1)
}

pub fn all() -> Vec<&'static str> {
    CODES.iter().map(|(code, _)| *code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_three_capitals_in_order() {
        assert!(CODES.is_sorted_by_key(|(code, _)| code));
        assert!(CODES.iter().all(|(code, _)| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
        assert_eq!((name("EUR"), name("eur"), name("XYZ")), (Some("Euro"), None, None));
    }
}
