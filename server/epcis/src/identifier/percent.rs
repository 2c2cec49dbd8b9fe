//! Percent-encoding, done differently in the two syntaxes: the EPC URN escapes only what RFC 8141
//! forbids there (TDS, table A-1), the Digital Link everything outside a small set (Digital Link, 7.1).

/// Decodes `%XX`; nothing if an escape is broken or the result is not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'%' {
            let hex = std::str::from_utf8(bytes.get(i + 1..i + 3)?).ok()?;
            out.push(u8::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+'))?);
            i += 3;
        } else {
            out.push(bytes[i]);
            i += 1;
        }
    }
    String::from_utf8(out).ok()
}

/// As a value stands in a Digital Link's path.
pub fn encode_link(text: &str) -> String {
    encode(text, |b| b.is_ascii_alphanumeric() || b"-._~';=".contains(&b))
}

/// As a value stands in an EPC URN.
pub fn encode_urn(text: &str) -> String {
    encode(text, |b| b.is_ascii_graphic() && !b"\"#%&/<>?".contains(&b))
}

fn encode(text: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
