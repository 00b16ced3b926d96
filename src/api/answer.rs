use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Failure;
use super::transport::{Reply, network};
use crate::error::{Error, NetworkFailure, foreign_text};

/// An answer of either generation of the API (PROTOCOL 4.4 and 6). A duplicate of a known field
/// makes the answer unreadable.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Envelope {
    #[serde(deserialize_with = "number")]
    code: Option<i64>,
    #[serde(deserialize_with = "number")]
    api_code: Option<i64>,
    #[serde(deserialize_with = "number")]
    status_code: Option<i64>,
    message: Value,
    data: Value,
}

impl Envelope {
    /// The code that decides. Of two that disagree, the more particular one.
    fn code(&self) -> Option<i64> {
        match (self.code, self.status_code) {
            (Some(code), _) => Some(code),
            // V3 may add an `apiCode` to a success.
            (None, Some(SUCCESS)) => Some(SUCCESS),
            (None, status_code) => self.api_code.or(status_code),
        }
    }

    /// The status that counts: V3 answers with HTTP 200 always, and says in the body what it means
    /// (PROTOCOL 4.4).
    fn status(&self, http: u16) -> u16 {
        let said = self.status_code.and_then(|status| u16::try_from(status).ok());
        said.filter(|said| http < 300 && (400..=599).contains(said)).unwrap_or(http)
    }

    fn refused(&self, code: i64) -> Error {
        let server_text = foreign_text(self.message.as_str().unwrap_or_default());
        Error::Refused { server_code: code, server_text }
    }
}

/// What a reply means: the `data` of a success, or why it is none.
///
/// Only `code` decides, together with the HTTP status; never `data.status` or a text (PROTOCOL 3
/// and 4.5).
pub(super) fn read(reply: &Reply) -> Result<Value, Failure> {
    let envelope = envelope(&reply.body);
    meaning(envelope.status(reply.status), &envelope)
        .map(|()| envelope.data)
        .map_err(|failure| Failure { retry_after: reply.retry_after, ..failure })
}

fn meaning(status: u16, envelope: &Envelope) -> Result<(), Failure> {
    let in_doubt = |failure, reason: &str| {
        Failure::in_doubt(network(failure, format!("status {status}: {reason}")))
    };
    Err(match (status, envelope.code()) {
        (200..=299, Some(SUCCESS)) => return Ok(()),
        (401, _) | (_, Some(401 | NOT_LOGGED_IN | LOGIN_EXPIRED | LOGIN_WRONG)) => {
            Error::SignedOut.into()
        }
        (_, Some(MFA_REQUIRED)) => Error::MfaRequired.into(),
        (_, Some(code @ (NO_SUCH_USER | NOT_OF_THIS_POOL))) => {
            Error::UserNotInPool { server_code: code }.into()
        }
        (_, Some(NO_SUCH_CODE)) | (..=499, Some(INVALID_CODE)) => Error::CodeGone.into(),
        (429, _) => network(NetworkFailure::ServerBusy, "status 429").into(),
        // The documents do not tell "invalid code" from a fault of the server here (PROTOCOL 4.4).
        (500.., _) => in_doubt(NetworkFailure::ServerBusy, "a fault of the server"),
        (300..=399, _) => in_doubt(NetworkFailure::BadAnswer, "redirects are not followed"),
        (400..=499, code) => envelope.refused(code.unwrap_or(status.into())).into(),
        (_, None | Some(SUCCESS)) => {
            in_doubt(NetworkFailure::BadAnswer, "not an answer of this API")
        }
        (_, Some(code)) => envelope.refused(code).into(),
    })
}

/// The envelope; an empty one when the body is none.
fn envelope(body: &[u8]) -> Envelope {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    serde_json::from_slice(body).ok().filter(|_| is_object).unwrap_or_default()
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(as_number(&Value::deserialize(deserializer)?))
}

/// A number, also when it is in a string (PROTOCOL 4.4).
pub(super) fn as_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

const SUCCESS: i64 = 200;
// PROTOCOL 4.4.
const INVALID_CODE: i64 = 500;
const MFA_REQUIRED: i64 = 1636;
const NO_SUCH_USER: i64 = 2004;
const NOT_LOGGED_IN: i64 = 2020;
const NOT_OF_THIS_POOL: i64 = 2036;
const LOGIN_EXPIRED: i64 = 2206;
const LOGIN_WRONG: i64 = 2207;
const NO_SUCH_CODE: i64 = 2241;
