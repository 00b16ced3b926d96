//! `/api/v3/set-qrcode-status` and `/api/v3/get-qrcode-status` (PROTOCOL 6 and 14).

use std::borrow::Cow;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::{Action, Call, Check, CodeStatus};
use crate::error::{Decision, Error};

pub(super) fn act(path: &str, action: Action<'_>, random: &str) -> Call {
    let name = match action {
        Action::Scanned => "SCAN",
        Action::Confirm(_) => "CONFIRM",
        Action::Cancel => "CANCEL",
    };
    Call {
        method: Method::POST,
        path: path.to_owned(),
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

/// Whether the `data` of a success says that it is one, which it does if it says nothing of that.
/// `None` when what it says cannot be read.
pub(super) fn success(data: &RawValue) -> Option<bool> {
    #[derive(Deserialize)]
    #[serde(default)]
    struct Data {
        success: bool,
    }
    impl Default for Data {
        fn default() -> Self {
            Self { success: true }
        }
    }
    if !data.get().starts_with('{') {
        return Some(true);
    }
    serde_json::from_str(data.get()).ok().map(|data: Data| data.success)
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
}

/// `None` when the answer cannot be understood. V3 does not say who scanned.
pub(super) fn read_check(data: &RawValue) -> Option<Check> {
    let data: Data<'_> = serde_json::from_str(data.get()).ok()?;
    let status = match &*data.status {
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

/// The call's name, and the older one that the vendor's mobile SDKs know (PROTOCOL 14).
pub(super) const SET: &str = "/api/v3/set-qrcode-status";
pub(super) const CHANGE: &str = "/api/v3/change-qrcode-status";
