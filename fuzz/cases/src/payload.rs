//! Any bytes as the text of a code.

use chrono::TimeDelta;
use scan_login::{Error, LoginCode};
use serde_json::{Map, Value};

pub(crate) fn run(text: &[u8]) {
    let code = match LoginCode::parse(text) {
        Ok(code) => code,
        Err(error) => return assert_is_about_the_code(&error),
    };
    // What was taken for a code is one by another reading of the same text.
    let read: Map<String, Value> = serde_json::from_str(code.text()).expect("a JSON object");
    assert_eq!(read["scene"], "APP_AUTH");
    assert_eq!(read["userPoolId"], code.user_pool_id());
    let id = read.get("random").filter(|id| !id.is_null()).unwrap_or_else(|| &read["qrcodeId"]);
    let id = id.as_str().expect("an id");
    assert!((1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()));
    let custom_data = code.custom_data().map(|data| serde_json::from_str::<Value>(data).unwrap());
    assert_eq!(custom_data.as_ref(), read.get("customData"));
    if let (Some(created), Some(expires)) = (code.created_at(), code.expires_at()) {
        assert!((TimeDelta::zero()..=TimeDelta::days(31)).contains(&(expires - created)));
    }
    // What is shown of it is short, and in one line.
    let claims = code.claims();
    let shown = claims.iter().flat_map(|claim| [&claim.name, &claim.value]);
    assert!(claims.len() <= 32 && code.warnings().len() <= 2);
    for text in shown {
        assert!(text.chars().count() <= 121 && !text.contains(char::is_control), "{text:?}");
    }
    // It is the same code when its text is read again, and does not show its id.
    assert_eq!(LoginCode::parse(code.text()).as_ref(), Ok(&code));
    let shown = format!("{code:?}");
    let said = format!("{:?}{claims:?}", code.user_pool_id());
    assert!(id.len() < 8 || said.contains(id) || !shown.contains(id), "{shown}");
}

fn assert_is_about_the_code(error: &Error) {
    let is_about_the_code = matches!(error, Error::NotALoginCode { .. } | Error::WrongScene { .. });
    assert!(is_about_the_code && !error.is_retryable(), "{error:?}");
}
