//! What expressions give.

use super::on_thing;

fn check(rows: &[(&str, &[&str])]) {
    for (text, wanted) in rows {
        let found = on_thing(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        assert_eq!(found, *wanted, "{text}");
    }
}

#[test]
fn paths_lead_to_elements_in_order() {
    check(&[
        ("name.given", &["Peter", "James", "Jim"]),
        ("Thing.name[1].given", &["Jim"]),
        ("`Thing`.name.`given`.last()", &["Jim"]),
        ("Other.name", &[]),
        ("name.where(family = 'Chalmers').given.first()", &["Peter"]),
        ("value.value", &["1.50"]),
        ("value = 1500 'mg'", &["true"]),
        ("valueQuantity", &[]),
        ("inside.code", &["d"]),
        ("inside.ofType(Thing).code", &["d"]),
        ("name.given.extension('u').value", &["x"]),
        ("name.repeat(part).given", &["a", "b"]),
        ("name.select(given.count())", &["2", "1"]),
        ("name.given.select($index)", &["0", "1", "2"]),
        ("name.given.aggregate($total & $this, '')", &["PeterJamesJim"]),
    ]);
}

#[test]
fn operators_bind_as_the_grammar_ranks_them() {
    check(&[
        ("1 + 2 * 3 - 4", &["3"]),
        ("-2 + 3", &["1"]),
        ("1 | 2 | 1 = 1 | 2", &["true"]),
        ("true or false and false", &["true"]),
        ("false implies 1 / 0 = 1", &["true"]),
        ("1 < 2 = true", &["true"]),
        ("(1 | 1 is Integer).count()", &["2"]),
        ("'a' & {} & 'b' + 'c'", &["abc"]),
        ("7 div 2 + 7 mod 2", &["4"]),
        ("1 in (1 | 2) and (1 | 2) contains 2", &["true"]),
        ("{} and false", &["false"]),
        ("({} or false).empty()", &["true"]),
    ]);
}

#[test]
fn numbers_stay_exact_and_what_overflows_is_empty() {
    check(&[
        ("0.1 + 0.2 = 0.3", &["true"]),
        ("1.10 + 2", &["3.10"]),
        ("2147483647 + 1", &[]),
        ("-2147483647 - 2", &[]),
        ("7000000000000000000000000000.0 * 100", &[]),
        ("1 / 3 * 3 = 1.0", &["false"]),
        ("10.power(400)", &[]),
        ("2.power(0.5) < 1.5", &["true"]),
        ("5.5 mod 0.7", &["0.6"]),
        ("(-5) div 2", &["-2"]),
        ("1.5.round()", &["2"]),
        ("(-1.5).ceiling() | (-1.5).floor()", &["-1", "-2"]),
    ]);
}

#[test]
fn dates_and_the_clock() {
    check(&[
        ("born < today()", &["true"]),
        ("born = @1974-12-25", &[]),
        ("now()", &["2026-09-21T14:13:20.000Z"]),
        ("today() + 1 month", &["2026-10-21"]),
        ("timeOfDay() > @T14:00", &["true"]),
        ("@2016-02-29 + 1 year", &["2017-02-28"]),
        ("@2014.highBoundary(6)", &["2014-12"]),
        ("@T23:30 + 45 minutes", &["00:15"]),
    ]);
}

#[test]
fn strings_count_characters() {
    check(&[
        ("'größe'.length()", &["5"]),
        ("'größe'.substring(2, 2)", &["öß"]),
        ("'größe'.indexOf('e')", &["4"]),
        ("'aXbX'.replaceMatches('X', '-')", &["a-b-"]),
        ("'2020-05'.replaceMatches('(\\\\d+)-(\\\\d+)', '$2/$1')", &["05/2020"]),
        ("'a\nb'.matches('a.b')", &["true"]),
        ("('b' | 'a' | 'c').sort()", &["a", "b", "c"]),
        ("('b' | 'a' | 'c').sort(-$this).join('')", &["cba"]),
        ("'x<y>'.escape('html').unescape('html')", &["x<y>"]),
        ("'6162'.decode('hex')", &["ab"]),
        ("'ab'.encode('hex')", &["6162"]),
    ]);
}

#[test]
fn types_are_told_and_narrowed() {
    check(&[
        ("code is string", &["true"]),
        ("code.ofType(string)", &[]),
        ("code.as(code)", &["c"]),
        ("value.type().name", &["Quantity"]),
        ("1.type().namespace & '.' & 1.type().name", &["System.Integer"]),
        ("1 'mg' is Quantity", &["true"]),
        ("code is System.Thing", &["false"]),
        ("'1 week'.toQuantity('d')", &["7 'd'"]),
        ("'abc'.convertsToDate()", &["false"]),
        ("iif(name.exists(), 'some', 1 / 'x')", &["some"]),
        ("{}.toInteger()", &[]),
    ]);
}

#[test]
fn faults_name_the_place_and_what_was_expected() {
    for (text, line, column, said) in [
        ("name.", 1, 6, "the name of an element or a function was expected, and the end came"),
        ("name given", 1, 6, "an operator or the end was expected, and `given` came"),
        ("1 +\n  )", 2, 3, "an expression was expected, and `)` came"),
        ("name.wher(a)", 1, 6, "there is no function wher(); where() is near to it"),
        ("'a'.substring()", 1, 5, "substring() takes 1 to 2 arguments and got 0: substring(start, [length])"),
        ("3000000000", 1, 1, "an Integer is at most 2147483647; write 3000000000.0 for a Decimal"),
        ("name.given.single()", 1, 12, "the input is a single item, and 3 came"),
        ("1 < 'a'", 1, 3, "`<` does not go with Integer and String"),
        ("code.as(strin)", 1, 9, "there is no type strin"),
        ("%what", 1, 1, "there is no variable %what"),
        ("'a'.matches('(')", 1, 5, "matches(): the regular expression cannot be used"),
        ("@2020 + 1 'cm'", 1, 7, "1 'cm' cannot be added to a date or time"),
        ("code.memberOf('v')", 1, 6, "value sets are not known here"),
    ] {
        let fault = on_thing(text).expect_err(text);
        assert_eq!((fault.at.line, fault.at.column), (line, column), "{text}: {fault}");
        assert!(fault.message.starts_with(said), "{text}: {fault}");
    }
}
