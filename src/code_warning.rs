use std::time::Duration;

/// What is weak about a code that may be used: for logs, and for an app that wants to say more on the
/// screen that asks. It refuses nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CodeWarning {
    /// The code's id has fewer than 128 bits, by its length and the kinds of characters in it: someone
    /// else might guess it.
    ShortId,
    /// The code lives for more than 10 minutes, the longest time that NIST SP 800-63B-4 (3.1.3)
    /// allows: there is much time to show it to somebody else.
    LongLife,
    /// The code does not say both when it was made and when it expires.
    UnknownLife,
}

impl CodeWarning {
    pub(crate) fn all(id: &str, life: Option<Duration>) -> Vec<Self> {
        let of_life = match life {
            None => Some(Self::UnknownLife),
            Some(life) => (life > LONG_LIFE).then_some(Self::LongLife),
        };
        let of_id = (bits(id) < MIN_BITS).then_some(Self::ShortId);
        of_id.into_iter().chain(of_life).collect()
    }
}

/// How many bits an id has at most, when each character was chosen by chance from those of its kind.
fn bits(id: &str) -> f64 {
    // Between groups, as a UUID has them, they say nothing.
    let id = id.bytes().filter(|byte| *byte != b'-');
    let is = |kind: fn(&u8) -> bool| id.clone().all(|byte| kind(&byte));
    let alphabet: u32 = if is(u8::is_ascii_digit) {
        10
    } else if is(u8::is_ascii_hexdigit) {
        16
    } else if is(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
        || is(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    {
        36
    } else if is(u8::is_ascii_alphanumeric) {
        62
    } else {
        64
    };
    id.count() as f64 * f64::from(alphabet).log2()
}

// What RFC 6749 (10.10) asks of what must not be guessed.
const MIN_BITS: f64 = 128.0;
const LONG_LIFE: Duration = Duration::from_secs(600);
