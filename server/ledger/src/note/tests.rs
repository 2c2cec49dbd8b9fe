//! Notes against the published example of Go's `golang.org/x/mod/sumdb/note` package documentation,
//! <https://pkg.go.dev/golang.org/x/mod/sumdb/note>, and against tampering.

use super::*;

const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
/// The example's private key: the type byte 1, then the seed.
const SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

fn published_signer() -> Signer {
    // RFC 8410 section 7: version 0, algorithm id-Ed25519, the seed in two octet strings.
    let mut document = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    document.extend_from_slice(&key::decode(SEED).unwrap()[1..]);
    Signer::from_pkcs8("PeterNeumann", &document).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: "theriac.example/mercy".into(), size: 42, root: [7; 32] }
}

#[test]
fn the_published_note_opens() {
    let verifier: Verifier = VERIFIER.parse().unwrap();
    assert_eq!(verifier.open(&format!("{TEXT}\n{LINE}")).unwrap(), TEXT);
    assert_eq!(verifier.to_string(), VERIFIER);
}

#[test]
fn the_published_key_signs_the_published_signature() {
    let signer = published_signer();
    assert_eq!(signer.verifier().to_string(), VERIFIER);
    assert_eq!(signer.sign(TEXT).unwrap(), format!("{TEXT}\n{LINE}"));
}

#[test]
fn a_signer_survives_being_stored() {
    let signer = Signer::generate("theriac.example/mercy").unwrap();
    let again = Signer::from_pkcs8("theriac.example/mercy", &signer.to_pkcs8().unwrap()).unwrap();
    assert_eq!(again.sign("a\n").unwrap(), signer.sign("a\n").unwrap());
    assert_ne!(Signer::generate("x").unwrap().verifier(), Signer::generate("x").unwrap().verifier());
}

#[test]
fn a_checkpoint_comes_back_as_it_was_signed() {
    let signer = Signer::generate("theriac.example/mercy").unwrap();
    let note = checkpoint().sign(&signer).unwrap();
    assert!(note.starts_with("theriac.example/mercy\n42\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n\u{2014} "));
    assert_eq!(Checkpoint::open(&note, signer.verifier()).unwrap(), checkpoint());
}

#[test]
fn any_flipped_bit_of_a_note_is_found() {
    let signer = Signer::generate("theriac.example/mercy").unwrap();
    let note = checkpoint().sign(&signer).unwrap();
    for bit in 0..note.len() * 8 {
        let mut bytes = note.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        assert!(Checkpoint::open(&changed, signer.verifier()).is_err(), "bit {bit} of {changed:?}");
    }
}

#[test]
fn signatures_of_others_are_passed_over_and_ours_is_required() {
    let (ours, other) = (Signer::generate("ours").unwrap(), Signer::generate("other").unwrap());
    let (first, second) = (other.sign(TEXT).unwrap(), ours.sign(TEXT).unwrap());
    let both = format!("{first}{}", second.strip_prefix(&format!("{TEXT}\n")).unwrap());
    assert_eq!(ours.verifier().open(&both).unwrap(), TEXT);
    assert!(ours.verifier().open(&first).is_err());
}

#[test]
fn a_checkpoint_of_another_ledger_is_refused() {
    let signer = Signer::generate("theriac.example/acme").unwrap();
    let note = checkpoint().sign(&signer).unwrap();
    assert!(Checkpoint::open(&note, signer.verifier()).is_err());
}

#[test]
fn bad_checkpoints_are_refused() {
    let root = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    for text in [
        "",
        "o\n",
        "o\n1\n",
        &format!("o\n1\n{root}"),
        &format!("\n1\n{root}\n"),
        &format!("o\n01\n{root}\n"),
        &format!("o\n+1\n{root}\n"),
        &format!("o\n-1\n{root}\n"),
        &format!("o\n18446744073709551616\n{root}\n"),
        &format!("o\n1\n{root}\n\n"),
        "o\n1\nBwcH\n",
    ] {
        assert!(Checkpoint::parse(text).is_err(), "{text:?}");
    }
    assert_eq!(Checkpoint::parse(&format!("o\n1\n{root}\nextension\n")).unwrap().size, 1);
}

#[test]
fn bad_verifier_keys_are_refused() {
    for text in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
    ] {
        assert!(text.parse::<Verifier>().is_err(), "{text:?}");
    }
}

#[test]
fn malformed_notes_are_refused() {
    let verifier: Verifier = VERIFIER.parse().unwrap();
    for note in [
        TEXT.to_owned(),
        format!("{TEXT}{LINE}"),
        format!("{TEXT}\n{}", LINE.trim_end()),
        format!("{TEXT}\n{}", LINE.replace('\u{2014}', "-")),
        format!("{TEXT}\r\n{LINE}"),
        format!("{TEXT}\n\u{2014} PeterNeumann x08g\n"),
        format!("{TEXT}\n{}", LINE.repeat(101)),
    ] {
        assert!(verifier.open(&note).is_err(), "{note:?}");
    }
}
