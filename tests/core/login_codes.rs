//! What the text of a login code may look like: PROTOCOL 2.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scan_login::{CodeFlaw, Error, LoginCode};
use serde_json::{Value, json};

const VARIANT_A: &str = r#"{"scene":"APP_AUTH","random":"5e05f0c57fde537d950f7da5","userPoolId":"5e04ae0d5f3cee22fb37612b","createdAt":"2019-12-27T11:53:41.260Z","expireAt":"2019-12-27T11:55:41.260Z","customData":{"hello":"world"}}"#;
const VARIANT_B: &str = r#"{"scene":"APP_AUTH","random":"SzZrszCJNCFfVBDUCKLDtAYNBR96SK","userPoolId":"5fae2648201cfd526f0ec354","createdAt":"2020-11-13T06:23:25.396Z","expiresIn":120,"customData":{}}"#;

fn time(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[test]
fn both_documented_shapes_are_read() {
    let code = LoginCode::parse(VARIANT_A).unwrap();
    assert_eq!(code.user_pool_id(), "5e04ae0d5f3cee22fb37612b");
    assert_eq!(code.created_at(), time("2019-12-27T11:53:41.260Z"));
    assert_eq!(code.expires_at(), time("2019-12-27T11:55:41.260Z"));
    assert_eq!(code.custom_data(), Some(r#"{"hello":"world"}"#));

    let code = LoginCode::parse(VARIANT_B).unwrap();
    assert_eq!(code.expires_at(), time("2020-11-13T06:25:25.396Z"));
    assert_eq!(code.custom_data(), Some("{}"));
}

#[test]
fn codes_that_say_the_same_are_equal_and_are_handed_on_as_their_text() {
    let code = LoginCode::parse(VARIANT_A).unwrap();
    assert_eq!(code.text(), VARIANT_A);
    assert_eq!(LoginCode::parse(code.text()), Ok(code.clone()));
    assert_eq!(LoginCode::parse(format!(" {VARIANT_A}")), Ok(code.clone()));
    assert_ne!(LoginCode::parse(VARIANT_A.replace("world", "World")), Ok(code));
}

/// Changes to a good code that leave it a good one.
#[test]
fn what_need_not_be_there_may_be_left_out_and_what_is_not_known_is_passed_over() {
    for change in [
        json!({ "customData": null }),
        json!({ "createdAt": null, "expiresIn": null }),
        json!({ "expiresIn": null }),
        json!({ "expiresIn": null, "expireAt": "2020-11-13T14:25:25+08:00" }),
        json!({ "expireAt": "2020-11-13T06:24:25Z" }),
        json!({ "qrcodeId": "SzZrszCJNCFfVBDUCKLDtAYNBR96SK" }),
        json!({ "host": "https://evil.example", "apiHost": "evil.example", "url": 7 }),
        json!({ "customData": { "a": [1, { "b": "}]\"" }] } }),
        json!({ "random": "a-b_C9" }),
    ] {
        let text = changed(&change);
        assert!(LoginCode::parse(&text).is_ok(), "{text}");
    }
    let earlier = LoginCode::parse(changed(&json!({ "expireAt": "2020-11-13T06:24:25Z" })));
    assert_eq!(earlier.unwrap().expires_at(), time("2020-11-13T06:24:25Z"));
    assert!(LoginCode::parse(format!("\u{feff} \n{VARIANT_B} ")).is_ok());
}

#[test]
fn custom_data_of_any_type_is_carried_as_json_text() {
    for data in ["{ \"a\" : 1 }", "[]", "\"{}\"", "null", "-1.50", "true", "\"\\u4e2d\""] {
        let text = VARIANT_B.replace("\"customData\":{}", &format!("\"customData\": {data}"));
        let code = LoginCode::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(code.custom_data(), Some(data));
    }
}

#[test]
fn a_qrcode_id_is_the_id_of_a_code_without_random() {
    let by_qrcode_id = changed(&json!({ "random": null, "qrcodeId": "PdpZB8puy" }));
    let code = LoginCode::parse(by_qrcode_id).unwrap();
    assert_eq!(code, LoginCode::parse(changed(&json!({ "random": "PdpZB8puy" }))).unwrap());
    // The `random` counts where there are both, and an unknown field does not make it a fast-pass.
    let both = changed(&json!({ "random": "PdpZB8puy", "qrcodeId": "x", "apiHost": "core" }));
    assert_eq!(code, LoginCode::parse(both).unwrap());
}

#[test]
fn a_life_is_a_whole_number_however_it_is_written() {
    let plain = LoginCode::parse(changed(&json!({ "expiresIn": 120 }))).unwrap();
    for life in [json!("120"), json!(120.0), json!("120.0"), json!(1.2e2)] {
        let code = LoginCode::parse(changed(&json!({ "expiresIn": life })));
        assert_eq!(code.as_ref(), Ok(&plain), "{life}");
    }
}

#[test]
fn an_id_may_be_base64_or_a_token() {
    for id in ["a/b+c==", "v1.a~b-c_d", "5fae2648201cfd526f0ec354", "x", "../../v3"] {
        assert!(LoginCode::parse(changed(&json!({ "random": id }))).is_ok(), "{id}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let malformed = |field: &str| CodeFlaw::MalformedField { field: field.to_owned() };
    let missing = |field: &str| CodeFlaw::MissingField { field: field.to_owned() };
    let late = "2020-11-13T06:23:25Z";
    for (change, expected) in [
        (json!({ "scene": null }), missing("scene")),
        (json!({ "scene": 7 }), malformed("scene")),
        (json!({ "random": null }), missing("random")),
        (json!({ "random": "" }), malformed("random")),
        (json!({ "random": 5 }), malformed("random")),
        (json!({ "random": "a b" }), malformed("random")),
        (json!({ "random": "a?b" }), malformed("random")),
        (json!({ "random": "a\r\nb" }), malformed("random")),
        (json!({ "random": "x".repeat(129) }), malformed("random")),
        (json!({ "random": null, "qrcodeId": "a b" }), malformed("qrcodeId")),
        (json!({ "random": null, "qrcodeId": "abc", "apiHost": "core" }), CodeFlaw::FastPass),
        (
            json!({ "random": null, "qrcodeId": "a", "apiHost": "a", "scene": "OTHER" }),
            CodeFlaw::FastPass,
        ),
        (json!({ "userPoolId": null }), missing("userPoolId")),
        (json!({ "userPoolId": "" }), malformed("userPoolId")),
        (json!({ "userPoolId": ["a"] }), malformed("userPoolId")),
        (json!({ "createdAt": "yesterday" }), malformed("createdAt")),
        (json!({ "createdAt": 1605248605 }), malformed("createdAt")),
        (json!({ "createdAt": null }), missing("createdAt")),
        (json!({ "expiresIn": "two minutes" }), malformed("expiresIn")),
        (json!({ "expiresIn": "-1" }), malformed("expiresIn")),
        (json!({ "expiresIn": "inf" }), malformed("expiresIn")),
        (json!({ "expiresIn": "1e300" }), malformed("expiresIn")),
        (json!({ "expiresIn": [120] }), malformed("expiresIn")),
        (json!({ "expiresIn": -1 }), malformed("expiresIn")),
        (json!({ "expiresIn": 1.5 }), malformed("expiresIn")),
        (json!({ "expiresIn": 4294967295_u32 }), malformed("expiresIn")),
        (json!({ "expiresIn": 1e300 }), malformed("expiresIn")),
        (json!({ "expireAt": 120 }), malformed("expireAt")),
        (json!({ "expireAt": late }), malformed("expireAt")),
        (json!({ "expireAt": "2999-01-01T00:00:00Z" }), malformed("expireAt")),
    ] {
        let text = changed(&change);
        assert_eq!(LoginCode::parse(&text).err(), Some(expected.into()), "{text}");
    }
}

#[test]
fn what_is_no_login_code_at_all_is_told_apart() {
    let deep = format!("{{\"customData\":{}1{}}}", "[".repeat(16), "]".repeat(16));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(4096));
    for (text, expected) in [
        (&b""[..], CodeFlaw::NotJson),
        (b"https://example.com/login?code=1", CodeFlaw::NotJson),
        (b"{", CodeFlaw::NotJson),
        (b"{'scene':'APP_AUTH'}", CodeFlaw::NotJson),
        (b"{\"scene\":\"APP_AUTH\"} trailing", CodeFlaw::NotJson),
        (b"[\"APP_AUTH\",\"r\",\"p\"]", CodeFlaw::NotAnObject),
        (b"\"APP_AUTH\"", CodeFlaw::NotAnObject),
        (b"12345678", CodeFlaw::NotAnObject),
        (b"{\"scene\":\"\xff\"}", CodeFlaw::NotUtf8),
        (b"{\"scene\":\"\xed\xa0\x80\"}", CodeFlaw::NotUtf8),
        (deep.as_bytes(), CodeFlaw::TooDeep),
        (long.as_bytes(), CodeFlaw::TooLong),
    ] {
        let name = String::from_utf8_lossy(text);
        assert_eq!(LoginCode::parse(text).err(), Some(expected.into()), "{name}");
    }
    for (twice, field) in [("random", "random"), ("scene", "scene"), ("customData", "customData")] {
        let text = VARIANT_B.replacen('{', &format!("{{\"{twice}\":\"x\","), 1);
        let expected = CodeFlaw::MalformedField { field: field.to_owned() };
        assert_eq!(LoginCode::parse(&text).err(), Some(expected.into()), "{text}");
    }
}

#[test]
fn other_scenes_are_named_and_made_safe_to_show() {
    for (scene, shown) in [
        ("WXAPP_AUTH", "WXAPP_AUTH"),
        ("app_auth", "app_auth"),
        ("", ""),
        ("a\u{202e}b\u{0}c", "abc"),
    ] {
        let error = LoginCode::parse(changed(&json!({ "scene": scene }))).unwrap_err();
        assert_eq!(error, Error::WrongScene { found: shown.to_owned() });
    }
}

proptest! {
    #[test]
    fn custom_data_comes_back_byte_for_byte(
        text in "\\PC{0,60}",
        key in "[\\p{Han}\\p{Arabic}a-z🎉]{1,9}",
    ) {
        let custom_data = json!({ key: text }).to_string();
        let code = LoginCode::parse(VARIANT_B.replace("{}", &custom_data)).unwrap();
        prop_assert_eq!(code.custom_data(), Some(custom_data.as_str()));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = LoginCode::parse(bytes);
    }

    #[test]
    fn no_damage_to_a_code_makes_it_panic(
        at in 0..VARIANT_A.len(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = VARIANT_A.as_bytes().to_vec();
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        let _ = LoginCode::parse(bytes);
    }
}

/// Variant B with other fields; `null` takes one away.
fn changed(change: &Value) -> String {
    let mut code: Value = serde_json::from_str(VARIANT_B).unwrap();
    let fields = code.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    code.to_string()
}
