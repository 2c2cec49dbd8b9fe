//! String functions; places and lengths count characters. <http://hl7.org/fhirpath/N1/#string-manipulation>

use crate::evaluate::Invocation;
use crate::fault::Result;
use crate::item::{Item, Items, none, one, perhaps, truth};
use crate::syntax::Form;
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;

/// Largest compiled regular expression, in bytes: R4's invariant eld-19 takes more than one million.
const LARGEST_WRITTEN: usize = 1 << 22;
const LARGEST_COMPUTED: usize = 1 << 16;
/// Steps that compiling one counts for.
const COMPILING: usize = 5_000;

/// The input and the first argument; nothing if one of them is empty.
fn two<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Option<(Cow<'a, str>, Cow<'a, str>)>> {
    let text = call.input_text(items)?;
    Ok(text.zip(call.argument_text(0)?))
}

fn integer<'a>(value: Option<usize>) -> Items<'a> {
    perhaps(value.and_then(|n| i64::try_from(n).ok()).map(Item::Integer))
}

/// The place in characters of a place in bytes, or -1.
fn place<'a>(text: &str, at: Option<usize>) -> Items<'a> {
    at.map_or_else(|| one(Item::Integer(-1)), |at| integer(Some(text[..at].chars().count())))
}

pub fn index_of<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(two(call, &items)?.map_or_else(none, |(text, part)| place(&text, text.find(part.as_ref()))))
}

pub fn last_index_of<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(two(call, &items)?.map_or_else(none, |(text, part)| place(&text, text.rfind(part.as_ref()))))
}

pub fn substring<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let (text, start) = (call.input_text(&items)?, call.argument_integer(0)?);
    let length = call.argument_integer(1)?;
    let (Some(text), Some(start)) = (text, start) else { return Ok(none()) };
    let Ok(start) = usize::try_from(start) else { return Ok(none()) };
    let byte = |text: &str, at: usize| text.char_indices().nth(at).map(|(byte, _)| byte);
    let Some(from) = byte(&text, start) else { return Ok(none()) };
    let length = length.map(|n| usize::try_from(n).unwrap_or(0));
    let to = length.and_then(|n| byte(&text[from..], n)).map_or(text.len(), |bytes| from + bytes);
    Ok(one(Item::String(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
        Cow::Owned(text) => Cow::Owned(text[from..to].to_owned()),
    })))
}

pub fn starts_with<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(two(call, &items)?.map_or_else(none, |(text, part)| truth(text.starts_with(part.as_ref()))))
}

pub fn ends_with<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(two(call, &items)?.map_or_else(none, |(text, part)| truth(text.ends_with(part.as_ref()))))
}

pub fn contains<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(two(call, &items)?.map_or_else(none, |(text, part)| truth(text.contains(part.as_ref()))))
}

pub fn upper<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(call.input_text(&items)?.map(|text| Item::text(text.to_uppercase()))))
}

pub fn lower<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(call.input_text(&items)?.map(|text| Item::text(text.to_lowercase()))))
}

pub fn trim<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(perhaps(call.input_text(&items)?.map(|text| Item::text(text.trim().to_owned()))))
}

pub fn length<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    Ok(call.input_text(&items)?.map_or_else(none, |text| integer(Some(text.chars().count()))))
}

pub fn to_chars<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some(text) = call.input_text(&items)? else { return Ok(none()) };
    call.spend(text.len())?;
    Ok(text.chars().map(|letter| Item::text(letter.to_string())).collect())
}

pub fn split<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some((text, separator)) = two(call, &items)? else { return Ok(none()) };
    call.spend(text.len())?;
    if separator.is_empty() {
        return to_chars(call, items);
    }
    Ok(text.split(separator.as_ref()).map(|part| Item::text(part.to_owned())).collect())
}

pub fn join<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let separator = call.argument_text(0)?.unwrap_or_default();
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        parts.extend(call.input_text(&one(item))?);
    }
    let length = parts.iter().map(|part| part.len()).sum::<usize>() + separator.len() * parts.len();
    call.evaluation.spend_text(call.at, length)?;
    Ok(if parts.is_empty() { none() } else { one(Item::text(parts.join(&separator))) })
}

/// The input, the first and the second argument.
fn three<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>]) -> Result<Option<[Cow<'a, str>; 3]>> {
    let Some((text, pattern)) = two(call, items)? else { return Ok(None) };
    Ok(call.argument_text(1)?.map(|substitution| [text, pattern, substitution]))
}

pub fn replace<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some([text, pattern, substitution]) = three(call, &items)? else { return Ok(none()) };
    let count = text.matches(pattern.as_ref()).count();
    call.evaluation.spend_text(call.at, text.len() + count.saturating_mul(substitution.len()))?;
    Ok(one(Item::text(text.replace(pattern.as_ref(), &substitution))))
}

/// The expression's own pattern is compiled once. One that is computed is compiled each time, so it costs more steps
/// and may be less large. The dot also matches the end of a line.
fn regex<'a>(call: &Invocation<'a, '_>, pattern: &str, full: bool) -> Result<Cow<'a, Regex>> {
    let fault = |why: &String| call.fault(format!("the regular expression cannot be used: {why}"));
    if let Some(Form::Text(_)) = call.argument_expr(0).map(|expr| &expr.form) {
        let compiled = call.call.regex.get_or_init(|| compile(pattern, full, LARGEST_WRITTEN));
        return compiled.as_ref().map(Cow::Borrowed).map_err(fault);
    }
    call.spend(COMPILING + pattern.len() * 10)?;
    compile(pattern, full, LARGEST_COMPUTED).map(Cow::Owned).map_err(|why| fault(&why))
}

fn compile(pattern: &str, full: bool, limit: usize) -> Result<Regex, String> {
    let pattern = if full { Cow::Owned(format!("^(?:{pattern})$")) } else { Cow::Borrowed(pattern) };
    let mut builder = RegexBuilder::new(&pattern);
    builder.dot_matches_new_line(true).size_limit(limit).dfa_size_limit(limit);
    builder.build().map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}

fn is_match<'a>(call: &Invocation<'a, '_>, items: &[Item<'a>], full: bool) -> Result<Items<'a>> {
    let Some((text, pattern)) = two(call, items)? else { return Ok(none()) };
    call.spend(text.len() / 4)?;
    Ok(truth(regex(call, &pattern, full)?.is_match(&text)))
}

pub fn matches<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    is_match(call, &items, false)
}

pub fn matches_full<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    is_match(call, &items, true)
}

pub fn replace_matches<'a>(call: &Invocation<'a, '_>, items: Items<'a>) -> Result<Items<'a>> {
    let Some([text, pattern, substitution]) = three(call, &items)? else { return Ok(none()) };
    if pattern.is_empty() {
        return Ok(one(Item::String(text)));
    }
    let regex = regex(call, &pattern, false)?;
    let count = regex.find_iter(&text).count();
    // A substitution may repeat what a group matched.
    let grown = count.saturating_mul(substitution.len() * (1 + text.len() / count.max(1)));
    call.evaluation.spend_text(
        call.at,
        text.len() + if substitution.contains('$') { grown } else { count * substitution.len() },
    )?;
    Ok(one(Item::text(regex.replace_all(&text, substitution.as_ref()).into_owned())))
}
