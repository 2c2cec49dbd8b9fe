//! Names and values of a query string or form body.
//! <https://url.spec.whatwg.org/#urlencoded-parsing>, but faults are refused instead of patched up.

use theriac_core::Error;
use theriac_core::error::Result;

pub fn read(text: &str) -> Result<Vec<(String, String)>> {
    text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn pair(text: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let name = decode(name).map_err(Error::malformed)?;
    let value = decode(value).map_err(|fault| Error::malformed(fault).at(name.clone()))?;
    Ok((name, value))
}

fn decode(text: &str) -> Result<String, &'static str> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => out.push(
                escaped(&mut bytes)
                    .ok_or("a % in the query must be followed by two hexadecimal digits; a % itself is %25")?,
            ),
            other => out.push(other),
        }
    }
    String::from_utf8(out).map_err(|_| "the query is not valid UTF-8 once its % escapes are decoded")
}

fn escaped(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let mut digit = || u8::try_from(char::from(bytes.next()?).to_digit(16)?).ok();
    Some(digit()? * 16 + digit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_names_and_values() {
        let wanted = [("name", "a b&é"), ("x:exact", ""), ("y", "1+1=2")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(read("name=a+b%26%c3%A9&&x%3Aexact&y=1%2B1=2").unwrap(), wanted);
    }

    #[test]
    fn refuses_broken_escapes() {
        for text in ["a=%", "a=%2", "a=%zz", "a=%ff", "%c3=1"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read("name=%zz").unwrap_err().issues[0].path, "name");
    }
}
