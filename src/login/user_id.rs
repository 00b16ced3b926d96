//! Whether two ids are of one user. The app and the server may have ids of different kinds for
//! the same person, and nothing follows from comparing those.

/// Whether two ids are of different users for certain: they are of the same form, and differ.
pub(super) fn is_other(own: &str, other: &str) -> bool {
    !is_same(own, other) && form(own) == form(other)
}

pub(super) fn is_same(own: &str, other: &str) -> bool {
    own.eq_ignore_ascii_case(other)
}

/// What an id looks like: its runs of letters, of digits and of both with their length, and what is
/// between them.
#[derive(Eq, PartialEq)]
enum Part {
    Letters,
    /// As in phone numbers and other long ids, which have the same length; those that are counted up
    /// have few.
    Digits(usize),
    /// As in hexadecimal ids and UUIDs, which all have the same length.
    Mixed(usize),
    Between(char),
}

fn form(id: &str) -> Vec<Part> {
    // A hexadecimal id may happen to have digits or letters alone.
    if id.len() >= MIN_HEX && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return vec![Part::Mixed(id.len())];
    }
    let mut form = Vec::new();
    let mut rest = id;
    while let Some(first) = rest.chars().next() {
        let run = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (run, others) = rest.split_at(if run == 0 { first.len_utf8() } else { run });
        rest = others;
        form.push(if !first.is_alphanumeric() {
            Part::Between(first)
        } else if run.chars().all(char::is_numeric) {
            Part::Digits(run.len().max(MAX_COUNTED))
        } else if run.chars().all(char::is_alphabetic) {
            Part::Letters
        } else {
            Part::Mixed(run.len())
        });
    }
    form
}

const MAX_COUNTED: usize = 6;
// The ids of the vendor's users have 24 (PROTOCOL 2).
const MIN_HEX: usize = 16;

#[cfg(test)]
mod tests {
    use super::{is_other, is_same};

    #[test]
    fn ids_of_the_same_form_are_compared() {
        for (own, other) in [
            ("user-alice", "user-bob"),
            ("5e05f0c57fde537d950f7da5", "65a1b2c3d4e5f60718293a4b"),
            ("5e05f0c57fde537d950f7da5", "111111111111111111111111"),
            ("0d9c5f3e-7a57-4a6e-9f42-0c1d2e3f4a5b", "7b9c5f3e-7a57-4a6e-9f42-0c1d2e3f4a5b"),
            ("17", "4711"),
            ("13800000000", "13900000000"),
            ("alice@example.com", "bob@example.com"),
        ] {
            assert!(is_other(own, other) && is_other(other, own), "{own} {other}");
        }
    }

    #[test]
    fn nothing_follows_from_ids_of_different_forms() {
        for (own, other) in [
            ("user-alice", "7"),
            ("alice@example.com", "65a1b2c3d4e5f60718293a4b"),
            ("alice", "user-alice"),
            ("alice1", "65a1b2c3d4e5f60718293a4b"),
            ("+8613800000000", "65a1b2c3d4e5f60718293a4b"),
            ("13800000000", "4711"),
            ("authing|65a1b2c3d4e5f60718293a4b", "65a1b2c3d4e5f60718293a4b"),
            ("", "65a1b2c3d4e5f60718293a4b"),
        ] {
            assert!(!is_other(own, other) && !is_other(other, own), "{own} {other}");
        }
        assert!(is_same("65A1B2C3D4E5F60718293A4B", "65a1b2c3d4e5f60718293a4b"));
        assert!(!is_other("65A1B2C3D4E5F60718293A4B", "65a1b2c3d4e5f60718293a4b"));
    }
}
