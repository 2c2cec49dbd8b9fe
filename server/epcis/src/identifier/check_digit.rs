//! The GS1 check digit, modulo 10 with weights 3 and 1 from the right.
//! GS1 General Specifications, 7.9.1: <https://ref.gs1.org/standards/genspecs/>

/// The check digit of the digits before it. Characters that are not digits count as zero.
pub fn of(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| u32::from(b.wrapping_sub(b'0')) % 10 * if i % 2 == 0 { 3 } else { 1 })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// The digits with their check digit.
pub fn append(digits: &str) -> String {
    format!("{digits}{}", of(digits))
}

/// Is the last digit the check digit of those before it?
pub fn holds(digits: &str) -> bool {
    digits.len() > 1 && digits.bytes().all(|b| b.is_ascii_digit()) && {
        let (body, last) = digits.split_at(digits.len() - 1);
        last.starts_with(of(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_general_specifications_hold() {
        // GS1 General Specifications, figure 7.9.1-1 and the SSCC of its section 2.2.1.
        assert!(holds("6291041500213"));
        assert!(holds("376104250021234569"));
        assert!(!holds("6291041500214"));
        assert!(!holds(""));
    }
}
