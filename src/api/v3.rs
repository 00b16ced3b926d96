//! `/api/v3/set-qrcode-status` and `/api/v3/get-qrcode-status` (PROTOCOL 6).

use reqwest::Method;
use serde_json::{Value, json};

use super::{Action, Call, Check, CodeStatus};
use crate::error::{Decision, Error};

pub(super) fn act(action: Action, random: &str) -> Call {
    let name = match action {
        Action::Scanned => "SCAN",
        Action::Decide(Decision::Confirm) => "CONFIRM",
        Action::Decide(Decision::Cancel) => "CANCEL",
    };
    Call {
        method: Method::POST,
        path: "/api/v3/set-qrcode-status".to_owned(),
        query: None,
        body: Some(json!({ "qrcodeId": random, "action": name })),
    }
}

pub(super) fn check(random: &str) -> Call {
    Call {
        method: Method::GET,
        path: "/api/v3/get-qrcode-status".to_owned(),
        query: Some(("qrcodeId", random.to_owned())),
        body: None,
    }
}

/// `None` when the answer cannot be understood. V3 does not say who scanned.
pub(super) fn read_check(data: &Value) -> Option<Check> {
    let status = match data.get("status")?.as_str()? {
        "PENDING" => CodeStatus::Pending,
        "SCANNED" => CodeStatus::Scanned,
        "AUTHORIZED" => CodeStatus::Decided(Decision::Confirm),
        "CANCELLED" => CodeStatus::Decided(Decision::Cancel),
        "EXPIRED" => CodeStatus::Ended(Error::Expired),
        "ERROR" => CodeStatus::Ended(Error::Refused { server_code: 0, server_text: String::new() }),
        _ => return None,
    };
    Some(Check { status, scanned_by: None })
}
