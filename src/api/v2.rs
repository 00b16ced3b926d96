//! `/api/v2/qrcode/…` (PROTOCOL 4 and 5.2).

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::as_number;
use super::{Action, Call, Check, CodeStatus};
use crate::error::{Decision, Error, foreign_text};

pub(super) fn act(prefix: &str, action: Action, random: &str) -> Call {
    let name = match action {
        Action::Scanned => "scanned",
        Action::Decide(Decision::Confirm) => "confirm",
        Action::Decide(Decision::Cancel) => "cancel",
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

/// `None` when the answer cannot be understood. What is not needed to understand it is read as far as
/// it can be.
pub(super) fn read_check(data: &Value) -> Option<Check> {
    let status = match as_number(data.get("status")?)? {
        -1 => CodeStatus::Ended(Error::Expired),
        0 => CodeStatus::Pending,
        1 => CodeStatus::Scanned,
        2 => CodeStatus::Decided(Decision::Confirm),
        3 => CodeStatus::Decided(Decision::Cancel),
        4 => CodeStatus::Ended(Error::MfaRequired),
        5 => CodeStatus::Ended(failed(data.get("scannedResult").unwrap_or(&Value::Null))),
        _ => return None,
    };
    let scanned_by = match data.get("scannedUserId").unwrap_or(&Value::Null) {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    Some(Check { status, scanned_by })
}

/// The vendor's clients read the text of status 5 from one field or the other.
fn failed(result: &Value) -> Error {
    let text = |name| result.get(name).and_then(Value::as_str);
    Error::Refused {
        server_code: result.get("code").and_then(as_number).unwrap_or_default(),
        server_text: foreign_text(text("message").or(text("errmsg")).unwrap_or_default()),
    }
}

pub(super) const PREFIX: &str = "/api/v2/qrcode";
// As the English GenAuth page writes it (PROTOCOL 1).
pub(super) const UNVERSIONED_PREFIX: &str = "/api/qrcode";
