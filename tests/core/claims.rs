//! What can be shown of a code: the claims in its custom data, and what is weak about it.

use proptest::prelude::*;
use scan_login::{CodeWarning, LoginCode};
use serde_json::{Value, json};

fn code(change: impl FnOnce(&mut Value)) -> LoginCode {
    let mut code = json!({
        "scene": "APP_AUTH",
        "random": "SzZrszCJNCFfVBDUCKLDtAYNBR96SK",
        "userPoolId": "pool",
        "createdAt": "2020-11-13T06:23:25.396Z",
        "expiresIn": 120,
    });
    change(&mut code);
    LoginCode::parse(code.to_string()).unwrap()
}

/// Names and values of the claims of a code with this custom data, as it is written.
fn claims(custom_data: &str) -> Vec<(String, String)> {
    let text = code(|_| {}).text().replacen('{', &format!("{{\"customData\":{custom_data},"), 1);
    let code = LoginCode::parse(text).unwrap_or_else(|error| panic!("{custom_data}: {error}"));
    assert_eq!(code.custom_data(), Some(custom_data), "as it is written");
    code.claims().into_iter().map(|claim| (claim.name, claim.value)).collect()
}

#[test]
fn claims_are_the_entries_of_custom_data_in_their_order() {
    for (custom_data, expected) in [
        ("null", vec![]),
        ("{}", vec![]),
        (
            r#"{"where":"Chrome, Berlin","amount":-1.50}"#,
            vec![("where", "Chrome, Berlin"), ("amount", "-1.50")],
        ),
        (r#"{"z":true,"a":null,"z":"twice"}"#, vec![("z", "true"), ("a", "null"), ("z", "twice")]),
        (r#"{"items": [ 1, {"b": "c d"} ]}"#, vec![("items", r#"[1,{"b":"c d"}]"#)]),
        (r#"{"\u5c4f\u5e55":"\u53a8房 🎉 مطبخ"}"#, vec![("屏幕", "厨房 🎉 مطبخ")]),
        (r#"{"half":"\ud800","huge":1e999}"#, vec![("half", r#""\ud800""#), ("huge", "1e999")]),
        // An object in a text, as the vendor documents it.
        (r#""{\"order\":\"4711\"}""#, vec![("order", "4711")]),
        // What is no object is a claim without a name.
        (r#""order 4711""#, vec![("", "order 4711")]),
        (r#""""#, vec![("", "")]),
        ("[1, 2]", vec![("", "[1,2]")]),
        ("12", vec![("", "12")]),
        (r#"{"\ud800":1}"#, vec![("", r#"{"\ud800":1}"#)]),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(claims(custom_data), expected, "{custom_data}");
    }
    assert_eq!(code(|_| {}).claims(), []);
}

/// Texts that would change how the rest of a screen reads, and what of them is shown.
#[test]
fn nothing_in_a_claim_changes_how_the_rest_of_the_screen_reads() {
    for (said, shown) in [
        ("Chrome", "Chrome"),
        ("\u{202e}gnp.exe\u{202c}", "gnp.exe"),
        ("\u{2066}a\u{2069}\u{200e}b\u{200f}c\u{61c}\u{202a}d\u{202b}e\u{202d}", "abcde"),
        ("a\0b\u{1b}c\u{7f}d\u{9b}e", "abcde"),
        ("line\r\n\u{2028}\u{2029}\u{85}\tline", "line line"),
        ("a \u{a0}\u{3000}\u{200b} b", "a b"),
        ("a\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{34f}\u{180e}\u{115f}\u{3164}b", "ab"),
        ("flag\u{e0067}\u{e0062}", "flag"),
        ("\u{e000}private\u{f8ff}\u{f0000}\u{10fffd}", "private"),
        ("\u{ffff}no\u{fdd0}\u{fff9}", "no"),
        ("\u{fe0f}\u{fe00}", ""),
        ("https://evil.example/?a=b", "https://evil.example/?a=b"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("نص عربي", "نص عربي"),
        ("中文 👍", "中文 👍"),
    ] {
        let custom_data = json!({ said: said, "nested": [said] }).to_string();
        let claims = claims(&custom_data);
        assert!(claims.contains(&(shown.to_owned(), shown.to_owned())), "{said:?}: {claims:?}");
        assert!(claims.iter().all(|(name, value)| is_safe(name) && is_safe(value)), "{claims:?}");
    }
}

#[test]
fn claims_are_limited_in_length_and_number() {
    let long = "字".repeat(120);
    let custom_data = format!(r#"{{"{long}":"{long}","{long}x":"{long}x"}}"#);
    let cut = format!("{long}…");
    assert_eq!(claims(&custom_data), [(long.clone(), long), (cut.clone(), cut)]);

    let many: Vec<_> = (0..40).map(|index| format!(r#""{index}":{index}"#)).collect();
    let claims = claims(&format!("{{{}}}", many.join(",")));
    assert_eq!(claims.len(), 32);
    assert_eq!(claims[31], ("31".to_owned(), "31".to_owned()));
}

proptest! {
    #[test]
    fn whatever_custom_data_says_its_claims_are_safe_to_show(
        names in prop::collection::vec(any::<String>(), 0..40),
        text in any::<String>(),
        is_nested in any::<bool>(),
    ) {
        let value = if is_nested { json!([{ &*text: text }]) } else { json!(text) };
        let entries = names.into_iter().map(|name| (name, value.clone()));
        let mut custom_data = Value::Object(entries.take(8).collect());
        if custom_data.to_string().len() > 3000 {
            custom_data = json!("too long for a code");
        }
        let claims = code(|code| code["customData"] = custom_data).claims();
        prop_assert!(claims.len() <= 32);
        for claim in claims {
            prop_assert!(is_safe(&claim.name) && is_safe(&claim.value), "{claim:?}");
        }
    }
}

/// One line, short, and nothing that reorders, hides or breaks it.
fn is_safe(text: &str) -> bool {
    let is_bad = |c: char| {
        c.is_control()
            || "\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{feff}".contains(c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2060}'..='\u{206f}').contains(&c)
    };
    text.chars().count() <= 121 && !text.contains(is_bad) && text.trim() == text
}

#[test]
fn weak_codes_have_warnings_and_are_read() {
    use CodeWarning::{LongLife, ShortId, UnknownLife};

    for (id, expected) in [
        // The documented shapes: 24 hexadecimal digits have 96 bits; 30 letters and digits, 178.
        ("5e05f0c57fde537d950f7da5", vec![ShortId]),
        ("SzZrszCJNCFfVBDUCKLDtAYNBR96SK", vec![]),
        ("PdpZB8puy", vec![ShortId]),
        ("5e05f0c57fde537d950f7da55e05f0c", vec![ShortId]),
        ("5e05f0c57fde537d950f7da55e05f0c5", vec![]),
        ("5E05F0C57FDE537D950F7DA55E05F0C5", vec![]),
        ("01234567890123456789012345678901234567", vec![ShortId]),
        ("012345678901234567890123456789012345678", vec![]),
        ("00000000-0000-4000-8000-00000000000", vec![ShortId]),
        ("abcdefghijklmnopqrstuvwx", vec![ShortId]),
        ("abcdefghijklmnopqrstuvwxy", vec![]),
        ("ABCdefghijklmnopqrstu", vec![ShortId]),
        ("ABCdefghijklmnopqrstuv", vec![]),
        ("ab_defghijklmnopqrstu", vec![ShortId]),
        ("ab_defghijklmnopqrstuv", vec![]),
        ("----------------------------------------", vec![ShortId]),
    ] {
        assert_eq!(code(|code| code["random"] = json!(id)).warnings(), expected, "{id}");
    }
    let remove = |code: &mut Value, name: &str| drop(code.as_object_mut().unwrap().remove(name));
    assert_eq!(code(|code| code["expiresIn"] = json!(600)).warnings(), []);
    assert_eq!(code(|code| code["expiresIn"] = json!(601)).warnings(), [LongLife]);
    assert_eq!(code(|code| remove(code, "expiresIn")).warnings(), [UnknownLife]);
    let expire_at_alone = code(|code| {
        remove(code, "expiresIn");
        remove(code, "createdAt");
        code["expireAt"] = json!("2020-11-13T06:25:25Z");
        code["random"] = json!("7");
    });
    assert_eq!(expire_at_alone.warnings(), [ShortId, UnknownLife]);
}
