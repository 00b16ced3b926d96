//! Texts that are no login code for the phone, and what the phone must say of them.

use chrono::{DateTime, Utc};
use serde_json::json;

/// A text of that kind, with an id that nobody may be asked for.
pub(crate) fn bad_input(
    kind: usize,
    id: &str,
    pool: &str,
    now: DateTime<Utc>,
) -> (Vec<u8>, &'static str) {
    let good = json!({
        "scene": "APP_AUTH", "random": id, "userPoolId": pool,
        "createdAt": now.to_rfc3339(), "expiresIn": 120, "customData": {},
    });
    let with = |name: &str, value: serde_json::Value| {
        let mut code = good.clone();
        code[name] = value;
        code.to_string().into_bytes()
    };
    let flawed = "not_a_login_code";
    match kind % 14 {
        0 => (with("userPoolId", json!("65a1b2c3d4e5f60718293c5d")), "wrong_user_pool"),
        1 => (with("scene", json!("WXAPP_AUTH")), "wrong_scene"),
        2 => (with("random", json!("")), flawed),
        3 => (with("random", json!({ "id": id })), flawed),
        4 => (with("expiresIn", json!(-1)), flawed),
        5 => (with("createdAt", json!("yesterday")), flawed),
        6 => (json!([good]).to_string().into_bytes(), flawed),
        7 => (format!("https://example.com/?random={id}").into_bytes(), flawed),
        8 => (with("customData", json!("x".repeat(5000))), flawed),
        9 => (good.to_string().replace("{}", &"[".repeat(40)).into_bytes(), flawed),
        10 => (good.to_string().replacen('{', r#"{"random":"other","#, 1).into_bytes(), flawed),
        11 => {
            let fastpass =
                json!({ "scene": "APP_AUTH", "qrcodeId": id, "apiHost": "https://example.com" });
            (fastpass.to_string().into_bytes(), flawed)
        }
        12 => ([good.to_string().as_bytes(), b"\xff\xfe"].concat(), flawed),
        _ => {
            let text = good.to_string();
            let cut = text.len() / 2 + (now.timestamp_subsec_millis() as usize % 40);
            (text.as_bytes()[..cut].to_vec(), flawed)
        }
    }
}
