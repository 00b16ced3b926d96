use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::foreign_text::in_one_line;

/// What a code says of the login in an entry of its custom data, made safe to show.
///
/// Anyone can make a code that says anything: show it as a claim, not as a fact.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Claim {
    /// The entry's name; empty when the custom data is a single value. At most 120 characters.
    pub name: String,
    /// Its value: a text as it is, anything else as compact JSON. At most 120 characters.
    ///
    /// A text that looks like a link is just a text: do not make it one.
    pub value: String,
}

impl Claim {
    /// The entries of custom data in the order in which they are written, at most `MAX_CLAIMS`.
    pub(crate) fn all(custom_data: &str) -> Vec<Self> {
        if let Some(claims) = entries(custom_data) {
            return claims;
        }
        // The vendor documents custom data as a text, which may have an object in it (PROTOCOL 14).
        match serde_json::from_str(custom_data) {
            Ok(Value::Null) => Vec::new(),
            Ok(Value::String(text)) => {
                entries(&text).unwrap_or_else(|| vec![Self::new("", custom_data)])
            }
            _ => vec![Self::new("", custom_data)],
        }
    }

    fn new(name: &str, json: &str) -> Self {
        let value = match serde_json::from_str(json) {
            Ok(Value::String(text)) => text,
            Ok(nested @ (Value::Array(_) | Value::Object(_))) => nested.to_string(),
            // Numbers as they are written, and what has no value: half a surrogate pair.
            _ => json.to_owned(),
        };
        Self { name: cut(in_one_line(name)), value: cut(in_one_line(&value)) }
    }
}

/// `None` when this is not the text of an object.
fn entries(json: &str) -> Option<Vec<Claim>> {
    struct Entries;

    impl<'de> Visitor<'de> for Entries {
        type Value = Vec<Claim>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut claims = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                if claims.len() < MAX_CLAIMS {
                    claims.push(Claim::new(&name, value.get()));
                }
            }
            Ok(claims)
        }
    }

    serde_json::Deserializer::from_str(json).deserialize_map(Entries).ok()
}

/// What is left out shows as an ellipsis.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

const MAX_CHARS: usize = 120;
// More than a person reads before deciding.
const MAX_CLAIMS: usize = 32;
