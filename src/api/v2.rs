//! `/api/v2/qrcode/…` (PROTOCOL 4 and 5.2).

use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Action, Call, Check, CodeStatus};
use crate::error::{Decision, Error, foreign_text};
use crate::json::as_whole_number;

pub(super) fn act(prefix: &str, action: Action<'_>, random: &str) -> Call {
    let name = match action {
        Action::Scanned => "scanned",
        Action::Confirm(_) => "confirm",
        Action::Cancel => "cancel",
    };
    Call {
        method: Method::POST,
        path: format!("{prefix}/{name}"),
        query: None,
        body: Some(json!({ "random": random })),
    }
}

pub(super) fn check(prefix: &str, random: &str) -> Call {
    Call {
        method: Method::GET,
        path: format!("{prefix}/check"),
        query: Some(("random", random.to_owned())),
        body: None,
    }
}

/// What is read of an answer. The pool's settings may add the web page's ticket and tokens, which
/// are none of the phone's business (PROTOCOL 14).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(borrow)]
    status: &'a RawValue,
    #[serde(borrow)]
    scanned_user_id: Option<&'a RawValue>,
    #[serde(borrow)]
    scanned_result: Option<&'a RawValue>,
}

/// `None` when the answer cannot be understood. What is not needed to understand it is read as far as
/// it can be.
pub(super) fn read_check(data: &RawValue) -> Option<Check> {
    let data: Data<'_> = serde_json::from_str(data.get()).ok()?;
    let status = match as_whole_number(&serde_json::from_str(data.status.get()).ok()?)? {
        -1 => CodeStatus::Ended(Error::Expired),
        0 => CodeStatus::Pending,
        1 => CodeStatus::Scanned,
        2 => CodeStatus::Decided(Decision::Confirm),
        3 => CodeStatus::Decided(Decision::Cancel),
        4 => CodeStatus::MfaRequired,
        5 => CodeStatus::Ended(failed(data.scanned_result)),
        _ => return None,
    };
    let scanned_by = match data.scanned_user_id.and_then(|id| serde_json::from_str(id.get()).ok()) {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    };
    Some(Check { status, scanned_by })
}

/// What is read of a `scannedResult`. The vendor's clients read its text from one field or the other.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ScannedResult {
    code: Value,
    message: Value,
    errmsg: Value,
}

fn failed(result: Option<&RawValue>) -> Error {
    let result: ScannedResult =
        result.and_then(|result| serde_json::from_str(result.get()).ok()).unwrap_or_default();
    let text = result.message.as_str().or(result.errmsg.as_str());
    Error::Refused {
        server_code: as_whole_number(&result.code).unwrap_or_default(),
        server_text: foreign_text(text.unwrap_or_default()),
    }
}

pub(super) const PREFIX: &str = "/api/v2/qrcode";
// As the English GenAuth page writes it (PROTOCOL 1).
pub(super) const UNVERSIONED_PREFIX: &str = "/api/qrcode";
