//! `/api/v2/qrcode/…` (PROTOCOL 4 and 5.2).

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::number;
use super::{Action, Call, Check};
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(deserialize_with = "number")]
    status: Option<i64>,
    scanned_user_id: Option<String>,
    scanned_result: Option<ScannedResult>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScannedResult {
    #[serde(deserialize_with = "number")]
    code: Option<i64>,
    message: String,
}

/// `None` when the answer cannot be understood.
pub(super) fn read_check(data: Value) -> Option<Check> {
    let data: Data = serde_json::from_value(data).ok()?;
    let standing = match data.status? {
        -1 => Err(Error::Expired),
        0 | 1 => Ok(None),
        2 => Ok(Some(Decision::Confirm)),
        3 => Ok(Some(Decision::Cancel)),
        4 => Err(Error::MfaRequired),
        5 => {
            let ScannedResult { code, message } = data.scanned_result.unwrap_or_default();
            let server_text = foreign_text(&message);
            Err(Error::Refused { code: code.unwrap_or_default(), server_text })
        }
        _ => return None,
    };
    Some(Check { standing, scanned_by: data.scanned_user_id })
}
