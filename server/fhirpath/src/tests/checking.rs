//! What the checker knows without a document.

use super::Small;
use crate::{Expression, Model, Shape, ShapeType, System};

fn check(text: &str, strict: bool) -> Result<Shape, String> {
    let expression = Expression::compile(text, &Small).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    expression.check(&Small, 0, strict).map_err(|fault| fault.to_string())
}

#[test]
fn the_types_of_a_result_are_known() {
    let model = |name: &str| ShapeType::Model(Small.find(name).unwrap());
    for (text, types, many) in [
        ("name.given", vec![model("string")], true),
        ("name.first().family", vec![model("string")], false),
        ("value", vec![model("string"), model("integer"), model("Quantity")], false),
        ("value.ofType(Quantity).value", vec![model("decimal")], false),
        ("(value as integer) | code", vec![model("integer"), model("code")], true),
        ("name.exists()", vec![ShapeType::System(System::Boolean)], false),
        ("1 / 2", vec![ShapeType::System(System::Decimal)], false),
        ("name.select(family | given)", vec![model("string")], true),
        ("Quantity.code | Thing.code", vec![model("code")], false),
        ("inside.code", vec![], true),
    ] {
        let shape = check(text, false).unwrap();
        assert_eq!((shape.types, shape.many), (types, many), "{text}");
    }
}

#[test]
fn strictly_checked_every_step_must_mean_something() {
    for (text, said) in [
        ("Quantity.value", "line 1, column 1: the path begins at Quantity, but what it is for is Thing"),
        ("Thing.nam", "line 1, column 7: Thing has no element nam"),
        ("Thing.Name", "line 1, column 7: Thing has no element Name; it has name"),
        (
            "valueQuantity",
            "line 1, column 1: Thing has no element valueQuantity; a choice is named without its type: value",
        ),
        ("(value as Quantity).unit", "line 1, column 21: Quantity has no element unit"),
        ("iif('a', 1, 2)", "line 1, column 1: the condition of iif() is a Boolean, and this is String"),
        ("name.where(given)", "line 1, column 6: the condition of where() is a Boolean, and this is string"),
    ] {
        assert_eq!(check(text, true).unwrap_err(), said);
        assert!(check(text, false).is_ok(), "{text}");
    }
    assert!(check("Quantity.value | Thing.code", true).is_ok(), "one expression may serve many types");
}

#[test]
fn a_function_on_what_it_does_not_work_on_is_wrong_anyway() {
    for text in ["name.startsWith('a')", "name.given.abs()", "value.ofType(Quantity).length()"] {
        assert!(check(text, false).unwrap_err().contains("does not work on"), "{text}");
    }
}
