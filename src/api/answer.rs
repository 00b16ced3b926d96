use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Failure;
use super::transport::{Reply, network};
use crate::error::{Error, NetworkFailure, foreign_text};
use crate::json::as_whole_number;

/// An answer of either generation of the API (PROTOCOL 4.4 and 6), as it is in the reply's body. A
/// duplicate of a known field makes the answer unreadable.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Envelope<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    api_code: Option<&'a RawValue>,
    #[serde(borrow)]
    status_code: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// The codes of an answer. There is at least one in an answer that says anything.
struct Codes {
    code: Option<i64>,
    api_code: Option<i64>,
    status_code: Option<i64>,
}

/// The `data` of an answer that is a success; otherwise, why it is not one.
///
/// Only the codes decide, together with the HTTP status; never `data.status` or a text (PROTOCOL 3
/// and 4.5).
pub(super) fn read(reply: &Reply) -> Result<Option<&RawValue>, Failure> {
    let envelope = Envelope::read(&reply.body).and_then(|envelope| {
        let codes = envelope.codes()?;
        Some((envelope, codes))
    });
    let meaning = match &envelope {
        Some((envelope, codes)) => meaning(reply.status, envelope, codes),
        None => Err(meaning_of_none(reply.status, reply.is_json && is_json(&reply.body))),
    };
    let retry_after = reply.retry_after;
    meaning.map_err(|failure| Failure { retry_after, ..failure })?;
    Ok(envelope.and_then(|(envelope, _)| envelope.data))
}

/// Whether there is no such call: V3 may say it with HTTP 200 (PROTOCOL 4.4).
pub(super) fn is_not_found(reply: &Reply) -> bool {
    let refused =
        |failure: &Failure| matches!(failure.error, Error::Refused { server_code: 404, .. });
    reply.status == 404 || read(reply).as_ref().is_err_and(refused)
}

fn meaning(http: u16, envelope: &Envelope<'_>, codes: &Codes) -> Result<(), Failure> {
    let refused = |code| {
        let message =
            envelope.message.and_then(|text| serde_json::from_str::<String>(text.get()).ok());
        let server_text = foreign_text(&message.unwrap_or_default());
        Error::Refused { server_code: code, server_text }
    };
    let status = codes.status(http);
    Err(match (status, codes.error()) {
        (200..=299, None) if codes.say_success() => return Ok(()),
        // An answer that says both yes and no says nothing.
        (..=499, error) if codes.say_success() => {
            let reason = format!("success, but status {status} and code {error:?}");
            Failure::in_doubt(network(NetworkFailure::BadAnswer, reason))
        }
        // It was not handled, whatever the body says.
        (300..=399 | 408 | 421 | 425 | 429, _) => meaning_of_none(status, true),
        (500.., _) if codes.say_success() => meaning_of_none(status, true),
        // What has a code of its own, whatever the status is that comes with it.
        (_, Some(MFA_REQUIRED)) => Error::MfaRequired.into(),
        (_, Some(code @ (NO_SUCH_USER | NOT_OF_THIS_POOL))) => {
            Error::UserNotInPool { server_code: code }.into()
        }
        (_, Some(NO_SUCH_CODE)) => Error::CodeGone.into(),
        (401, _) | (_, Some(401 | NOT_LOGGED_IN | LOGIN_EXPIRED | LOGIN_WRONG)) => {
            Error::SignedOut.into()
        }
        (..=499, Some(INVALID_CODE)) => Error::CodeGone.into(),
        // The documents do not tell "invalid code" from a fault of the server here (PROTOCOL 4.4).
        (500.., _) => meaning_of_none(status, true),
        // A status of HTTP in place of a code of the service: it was not handled, or not to the end.
        (_, Some(code @ (408 | 421 | 425 | 429 | 501..=599))) => {
            meaning_of_none(u16::try_from(code).unwrap_or(status), true)
        }
        (_, Some(code)) => refused(code).into(),
        (400..=499, None) => Failure::in_doubt(refused(status.into())),
        (_, None) => meaning_of_none(status, true),
    })
}

/// What follows from the HTTP status of a reply that has no readable code: from a gateway, a hotel's
/// login page, or a service with a fault. Whether the service did what it was asked is not known.
fn meaning_of_none(status: u16, is_json: bool) -> Failure {
    let in_doubt = |failure, reason: &str| {
        Failure::in_doubt(network(failure, format!("status {status}: {reason}")))
    };
    match status {
        401 => Error::SignedOut.into(),
        429 => network(NetworkFailure::ServerBusy, "status 429").into(),
        // RFC 9110 (15.5.9, 15.5.20) and RFC 8470 (5.2): the same request may be sent again.
        408 | 421 | 425 => in_doubt(NetworkFailure::ServerBusy, "not handled by the server"),
        500.. => in_doubt(NetworkFailure::ServerBusy, "a fault of the server"),
        300..=399 => in_doubt(NetworkFailure::BadAnswer, "redirects are not followed"),
        400..=499 if is_json => Failure::in_doubt(Error::Refused {
            server_code: status.into(),
            server_text: String::new(),
        }),
        _ => in_doubt(NetworkFailure::BadAnswer, "not an answer of this API"),
    }
}

fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

impl<'a> Envelope<'a> {
    /// `None` when the body is not one.
    fn read(body: &'a [u8]) -> Option<Self> {
        // A struct of this kind would also be read from an array, and what is skipped may be no
        // UTF-8.
        let text = std::str::from_utf8(body).ok()?;
        if !text.trim_ascii_start().starts_with('{') {
            return None;
        }
        serde_json::from_str(text).ok()
    }

    /// `None` when there is a code that cannot be read: it may say anything.
    fn codes(&self) -> Option<Codes> {
        let number = |field: Option<&RawValue>| match field {
            None => Some(None),
            Some(field) => {
                let value: Value = serde_json::from_str(field.get()).ok()?;
                as_whole_number(&value).map(Some)
            }
        };
        Some(Codes {
            code: number(self.code)?,
            api_code: number(self.api_code)?,
            status_code: number(self.status_code)?,
        })
    }
}

impl Codes {
    fn say_success(&self) -> bool {
        [self.code, self.api_code, self.status_code].contains(&Some(SUCCESS))
    }

    /// The code that names an error. Of several, the most particular one.
    fn error(&self) -> Option<i64> {
        // V3 may add an `apiCode` of 0 to a success.
        let api_code = self.api_code.filter(|code| *code != 0);
        let is_error = |code: &i64| *code != SUCCESS;
        [self.code, api_code, self.status_code].into_iter().flatten().find(is_error)
    }

    /// The status that counts: V3 answers with HTTP 200 always, and says in the body what it means
    /// (PROTOCOL 4.4).
    fn status(&self, http: u16) -> u16 {
        let said = self.status_code.and_then(|status| u16::try_from(status).ok());
        said.filter(|said| http < 300 && (400..=599).contains(said)).unwrap_or(http)
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
