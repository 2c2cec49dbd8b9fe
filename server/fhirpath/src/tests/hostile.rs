//! Expressions that want too much.

use super::{THING, evaluate, on_thing};
use crate::{Expression, FaultKind, Limits};

#[test]
fn nesting_is_bounded_and_length_is_not_nesting() {
    for text in [
        format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{}1", "-".repeat(5_000)),
        format!("{}1{}", "iif(true,".repeat(2_000), ")".repeat(2_000)),
        "a[".repeat(3_000),
    ] {
        let fault = on_thing(&text).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Syntax);
        assert!(fault.message.contains("nested deeper"), "{fault}");
    }
    assert_eq!(on_thing(&format!("1{}", " + 1".repeat(9_000))).unwrap(), ["9001"]);
    assert_eq!(on_thing(&format!("name{}.count()", ".first()".repeat(5_000))).unwrap(), ["1"]);
}

#[test]
fn what_is_nested_to_the_limit_fits_the_stack() {
    for (open, close) in
        [("iif(true, ", ")"), ("1 | (", ")"), ("name.select(", ")"), ("{} | name.repeat(part.select(1 + 1 | ", "))")]
    {
        let deepest =
            (1..=100).rev().find_map(|depth| on_thing(&format!("{}1{}", open.repeat(depth), close.repeat(depth))).ok());
        assert!(deepest.is_some(), "{open}");
    }
}

#[test]
fn work_is_counted() {
    let limits = Limits { steps: 20_000, text: 10_000 };
    for text in [
        // Each doubles.
        "'0123456789'.repeat($this & $this)",
        "(1).repeat($this + 1)",
        "name.repeat(%context.name)",
        "descendants().select(%context.descendants().select(%context.descendants()))",
        "'aaaaaaaaaaaaaaaaaaaa'.replace('', 'bbbbbbbbbbbbbbbbbbbb').replace('', 'cccccccccccccccccccc').replace('', 'd').replace('', 'eeeeeeeee')",
        "name.aggregate($total.combine($total).combine($this | 1 | 2 | 3), 1 | 2 | 3).repeat('x' & $index.toString() & $this.toString())",
    ] {
        match evaluate(THING, text, limits) {
            Ok(found) => assert!(found.len() < 100, "{text} gives {} items", found.len()),
            Err(fault) => assert_eq!(fault.kind, FaultKind::Limit, "{text}: {fault}"),
        }
    }
    let fault = evaluate(THING, "(1).repeat($this + 1)", limits).unwrap_err();
    assert!(fault.message.contains("more than 20000 steps"), "{fault}");
}

#[test]
fn large_regular_expressions_are_refused() {
    for pattern in ["'(a{1000}){1000}'", "('(a{100})' & '{1000}')"] {
        let fault = on_thing(&format!("'a'.matches({pattern})")).unwrap_err();
        assert!(fault.message.contains("cannot be used"), "{fault}");
    }
}

#[test]
fn an_expression_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Expression>();
}
