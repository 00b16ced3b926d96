use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::ContextFlaw;
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
    /// The entries of custom data in the order in which they are written, at most `MAX_CLAIMS`. What is
    /// for the library is none.
    pub(crate) fn all(custom_data: &str) -> Vec<Self> {
        match entries(&unwrapped(custom_data)) {
            Some(entries) => entries
                .iter()
                .filter(|(name, _)| name != BINDING_PIN && name != SIGNED_CONTEXT)
                .take(MAX_CLAIMS)
                .map(|(name, value)| Self::new(name, value.get()))
                .collect(),
            None if custom_data == "null" => Vec::new(),
            None => vec![Self::new("", custom_data)],
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

/// The PIN that custom data has, if it has exactly one: two would be two guesses (PROTOCOL 15.2).
pub(crate) fn binding_pin(custom_data: &str) -> Option<String> {
    let unwrapped = unwrapped(custom_data);
    let entries = entries(&unwrapped)?;
    let mut pins = entries.iter().filter(|(name, _)| name == BINDING_PIN);
    let (_, pin) = pins.next()?;
    if pins.next().is_some() { None } else { serde_json::from_str(pin.get()).ok() }
}

/// The JWS that custom data has, if it has one: of two, one would be verified and the other one meant (PROTOCOL
/// 15.3).
pub(crate) fn signed_context(custom_data: &str) -> Result<Option<String>, ContextFlaw> {
    let unwrapped = unwrapped(custom_data);
    let entries = entries(&unwrapped).unwrap_or_default();
    let mut contexts = entries.iter().filter(|(name, _)| name == SIGNED_CONTEXT);
    let Some((_, context)) = contexts.next() else { return Ok(None) };
    if contexts.next().is_some() {
        return Err(ContextFlaw::Malformed);
    }
    serde_json::from_str(context.get()).map(Some).map_err(|_| ContextFlaw::Malformed)
}

/// The object that the vendor's API may have written as a text into custom data (PROTOCOL 14), or the
/// custom data as it is.
fn unwrapped(custom_data: &str) -> Cow<'_, str> {
    let text: Option<String> = serde_json::from_str(custom_data).ok();
    let object = text.filter(|text| entries(text).is_some());
    object.map_or(Cow::Borrowed(custom_data), Cow::Owned)
}

type Entries<'a> = Vec<(String, &'a RawValue)>;

/// `None` when this is not the text of an object.
fn entries(json: &str) -> Option<Entries<'_>> {
    struct InOrder;

    impl<'de> Visitor<'de> for InOrder {
        type Value = Entries<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = map.next_entry()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }

    serde_json::Deserializer::from_str(json).deserialize_map(InOrder).ok()
}

/// What is left out shows as an ellipsis.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

const BINDING_PIN: &str = "bindingPin";
const SIGNED_CONTEXT: &str = "signedContext";
const MAX_CHARS: usize = 120;
// More than a person reads before deciding.
const MAX_CLAIMS: usize = 32;
