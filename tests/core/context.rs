//! A context that the web page's server has signed: what it says is believed, and what is not quite one is
//! refused.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use scan_login::{Client, Config, ContextFlaw, Error, LoginCode};
use serde_json::{Value, json};

use crate::support::{APP, OTHER_POOL, POOL, Says, World, config_for, root};

/// A key of a server that signs.
enum Key {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl Key {
    fn ed25519() -> Self {
        Self::ed25519_and_pkcs8().0
    }

    fn p256() -> Self {
        Self::p256_and_pkcs8().0
    }

    fn ed25519_and_pkcs8() -> (Self, Vec<u8>) {
        let seed: [u8; 32] = ring::rand::generate(&SystemRandom::new()).unwrap().expose();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        // As RFC 8410, 10.3 writes it.
        let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
        (Self::Ed25519(pair), [&head[..], &seed].concat())
    }

    fn p256_and_pkcs8() -> (Self, Vec<u8>) {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        (Self::P256(pair), pkcs8.as_ref().to_vec())
    }

    fn alg(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
        }
    }

    fn jwk(&self) -> Value {
        match self {
            Self::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key()) })
            }
            Self::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y) })
            }
        }
    }

    /// The public key with an id.
    fn named(&self, kid: &str) -> String {
        let mut jwk = self.jwk();
        jwk["kid"] = kid.into();
        jwk.to_string()
    }

    fn signature(&self, signed: &str) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
            Self::P256(pair) => {
                pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec()
            }
        }
    }

    /// A JWS of texts that need not be JSON.
    fn jws(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header), b64(payload));
        format!("{signed}.{}", b64(self.signature(&signed)))
    }

    fn signs(&self, payload: &Value) -> String {
        self.jws(&json!({ "alg": self.alg() }).to_string(), &payload.to_string())
    }
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn payload() -> Value {
    let exp = (now() + TimeDelta::minutes(1)).timestamp();
    json!({ "random": "r", "userPoolId": POOL, "exp": exp, "claims": { "browser": "Firefox" } })
}

fn now() -> DateTime<Utc> {
    DateTime::from(std::time::SystemTime::now())
}

/// A code with this custom data.
fn text(custom_data: &Value) -> String {
    let expires = (now() + TimeDelta::minutes(2)).to_rfc3339();
    let created = now().to_rfc3339();
    json!({
        "scene": "APP_AUTH", "random": "r", "userPoolId": POOL, "createdAt": created,
        "expireAt": expires, "customData": custom_data,
    })
    .to_string()
}

fn client(context_keys: Vec<String>, require_verified_context: bool) -> Client {
    let config = Config {
        context_keys,
        require_verified_context,
        ..Config::new(APP, POOL, "https://example.com")
    };
    Client::new(config, Says(|_| panic!("nobody asks for a token"))).unwrap()
}

fn flaw(read: Result<LoginCode, Error>) -> Option<ContextFlaw> {
    match read {
        Err(Error::ContextNotVerified { flaw }) => Some(flaw),
        Err(error) => panic!("{error:?}"),
        Ok(code) => {
            assert!(code.has_verified_context());
            None
        }
    }
}

/// What a phone with `key` says to a code with this context.
fn read(key: &Key, context: impl Into<Value>) -> Option<ContextFlaw> {
    let context: Value = context.into();
    flaw(
        client(vec![key.jwk().to_string()], false)
            .read_text(text(&json!({ "signedContext": context }))),
    )
}

fn shown(code: &LoginCode) -> Vec<(String, String)> {
    code.claims().into_iter().map(|claim| (claim.name, claim.value)).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn claims_that_a_known_key_has_signed_are_verified_and_are_the_only_ones() {
    for key in [Key::ed25519(), Key::p256()] {
        let client = client(vec![key.jwk().to_string()], true);
        let custom_data = json!({ "browser": "Chrome", "signedContext": key.signs(&payload()) });
        // As an object, and as the vendor's API writes one.
        for custom_data in [custom_data.clone(), custom_data.to_string().into()] {
            let code = client.read_text(text(&custom_data)).unwrap();
            assert!(code.has_verified_context());
            assert_eq!(shown(&code), [pair("browser", "Firefox")]);
        }
    }
}

#[test]
fn without_a_context_or_without_keys_claims_are_not_verified() {
    let key = Key::ed25519();
    let plain = text(&json!({ "browser": "Chrome" }));
    let code = client(vec![key.jwk().to_string()], false).read_text(&plain).unwrap();
    assert!(!code.has_verified_context());
    assert_eq!(shown(&code), [pair("browser", "Chrome")]);
    // An app that knows no keys cannot tell a good one from a bad one.
    let signed = text(&json!({ "browser": "Chrome", "signedContext": key.signs(&payload()) }));
    let code = client(Vec::new(), false).read_text(signed).unwrap();
    assert!(!code.has_verified_context());
    assert_eq!(shown(&code), [pair("browser", "Chrome")]);
    // What another part of the app has parsed was not verified, whatever it says.
    assert!(!LoginCode::parse(plain).unwrap().has_verified_context());
}

#[test]
fn a_context_can_be_demanded() {
    let demanding = client(vec![Key::ed25519().jwk().to_string()], true);
    for custom_data in
        [json!({}), json!({ "browser": "Chrome" }), json!(null), json!("text"), json!([1])]
    {
        let told = flaw(demanding.read_text(text(&custom_data)));
        assert_eq!(told, Some(ContextFlaw::Missing), "{custom_data}");
    }
    let config =
        Config { require_verified_context: true, ..Config::new(APP, POOL, "https://example.com") };
    let told = Client::new(config, Says(|_| panic!("nobody asks for a token"))).err();
    assert!(matches!(told, Some(Error::Config { .. })), "{told:?}");
}

/// The examples of the RFCs are signed well, and are no contexts.
#[test]
fn the_signatures_of_the_rfcs_are_verified() {
    // RFC 8037, A.2 and A.4.
    let ed25519 = json!({
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCj\
        P0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    // RFC 7515, A.3.
    let p256 = json!({
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let joe = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
        cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8IS\
        lSApmWQxfKTUJqPP3-Kg6NU1Q";
    for (jwk, jws) in [(ed25519, signed), (p256, joe)] {
        let client = client(vec![jwk.to_string()], false);
        let read = |jws: &str| flaw(client.read_text(text(&json!({ "signedContext": jws }))));
        assert_eq!(read(jws), Some(ContextFlaw::Malformed));
        let (start, end) = jws.rsplit_once('.').unwrap();
        let changed =
            format!("{start}.{}{}", if end.starts_with('A') { 'B' } else { 'A' }, &end[1..]);
        assert_eq!(read(&changed), Some(ContextFlaw::BadSignature));
    }
}

#[test]
fn what_is_not_signed_by_a_known_key_is_refused() {
    use ContextFlaw::{BadSignature, UnknownKey, WrongAlgorithm};
    for (key, other) in [(Key::ed25519(), Key::p256()), (Key::p256(), Key::ed25519())] {
        let good = key.signs(&payload());
        assert_eq!(read(&key, good.clone()), None);
        // A change anywhere.
        let parts: Vec<_> = good.split('.').collect();
        let forged = b64(payload().to_string().replace("Firefox", "Firef0x"));
        assert_eq!(read(&key, [parts[0], &forged, parts[2]].join(".")), Some(BadSignature));
        let short = b64(&URL_SAFE_NO_PAD.decode(parts[2]).unwrap()[..63]);
        assert_eq!(read(&key, [parts[0], parts[1], &short].join(".")), Some(BadSignature));
        assert_eq!(read(&key, [parts[0], parts[1], ""].join(".")), Some(BadSignature));
        // Another key, of the same kind and of the other one.
        let stranger = if matches!(key, Key::Ed25519(_)) { Key::ed25519() } else { Key::p256() };
        assert_eq!(read(&key, stranger.signs(&payload())), Some(BadSignature));
        assert_eq!(read(&key, other.signs(&payload())), Some(WrongAlgorithm));

        // Nobody signed, or somebody signed with the public key as a secret.
        let claims = payload().to_string();
        for alg in ["none", "None", "", "HS256", "RS256", "ES384", other.alg()] {
            let header = json!({ "alg": alg }).to_string();
            assert_eq!(read(&key, key.jws(&header, &claims)), Some(WrongAlgorithm), "{alg}");
        }
        let unsigned = format!("{}.{}.", b64(r#"{"alg":"none"}"#), b64(&claims));
        assert_eq!(read(&key, unsigned), Some(WrongAlgorithm));
        let signed = format!("{}.{}", b64(r#"{"alg":"HS256"}"#), b64(&claims));
        let secret =
            ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.jwk().to_string().as_bytes());
        let confused = format!("{signed}.{}", b64(ring::hmac::sign(&secret, signed.as_bytes())));
        assert_eq!(read(&key, confused), Some(WrongAlgorithm));
        // A key that comes along is not one that is known.
        let brought = json!({ "alg": stranger.alg(), "jwk": stranger.jwk() }).to_string();
        assert_eq!(read(&key, stranger.jws(&brought, &claims)), Some(BadSignature));

        // The id says which key it is.
        let phone = client(vec![key.named("new"), stranger.named("old")], false);
        for (signs, kid, expected) in [
            (&key, "new", None),
            (&stranger, "old", None),
            (&key, "old", Some(BadSignature)),
            (&key, "older", Some(UnknownKey)),
        ] {
            let header = json!({ "alg": key.alg(), "kid": kid }).to_string();
            let context = json!({ "signedContext": signs.jws(&header, &claims) });
            assert_eq!(flaw(phone.read_text(text(&context))), expected, "{kid}");
        }
        // Without one, it is one of them.
        let context = json!({ "signedContext": stranger.signs(&payload()) });
        assert_eq!(flaw(phone.read_text(text(&context))), None);
    }
}

#[test]
fn what_is_signed_but_is_not_a_context_is_refused() {
    let key = Key::ed25519();
    let claims = payload().to_string();
    let alg = r#"{"alg":"EdDSA"}"#;
    for header in [
        r#"{"alg":"EdDSA","crit":["exp"],"exp":1}"#,
        r#"{"alg":"EdDSA","crit":[]}"#,
        r#"{"alg":"EdDSA","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"EdDSA","b64":true}"#,
        r#"{"alg":"none","alg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","\u0061lg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","typ":"a","typ":"b"}"#,
        r#"{"alg":["EdDSA"]}"#,
        r#"{"alg":"EdDSA","kid":7}"#,
        r#"["EdDSA"]"#,
        r#"{"kid":"a"}"#,
        r#"{"alg":"EdDSA"} {}"#,
        "",
    ] {
        assert_eq!(read(&key, key.jws(header, &claims)), Some(ContextFlaw::Malformed), "{header}");
    }
    let with = |name: &str, value: Value| {
        let mut payload = payload();
        payload[name] = value;
        payload.to_string()
    };
    let without = |name: &str| {
        let mut payload = payload();
        payload.as_object_mut().unwrap().remove(name);
        payload.to_string()
    };
    for payload in [
        without("random"),
        without("userPoolId"),
        without("exp"),
        with("random", 7.into()),
        with("exp", "1".into()),
        with("exp", 1.5.into()),
        with("exp", i64::MAX.into()),
        with("claims", "text".into()),
        with("claims", json!(null)),
        claims.replacen('{', r#"{"random":"r","#, 1),
        claims.replacen('{', r#"{"exp":1,"#, 1),
        format!("{claims} x"),
        format!("[{claims}]"),
        "Example".to_owned(),
    ] {
        assert_eq!(read(&key, key.jws(alg, &payload)), Some(ContextFlaw::Malformed), "{payload}");
    }
    for context in [json!(7), json!(null), json!({}), json!(["a.b.c"])] {
        assert_eq!(read(&key, context), Some(ContextFlaw::Malformed));
    }
}

#[test]
fn a_jws_is_written_in_one_way_only() {
    for key in [Key::ed25519(), Key::p256()] {
        let good = key.signs(&payload());
        let parts: Vec<_> = good.split('.').collect();
        let padded = format!("{good}==");
        let spaced = format!(" {good}");
        let broken = format!("{good}\n");
        // The last character of 64 bytes has bits that mean nothing.
        let last = good.chars().last().unwrap();
        let next = char::from_u32(u32::from(last) + 1).unwrap();
        let loose = format!("{}{next}", &good[..good.len() - 1]);
        let standard = good.replace(['-', '_'], "+");
        for other in [
            padded,
            spaced,
            broken,
            loose,
            format!("{good}."),
            format!("{good}.{}", parts[2]),
            format!(".{good}"),
            parts[..2].join("."),
            parts[0].to_owned(),
            String::new(),
            "..".to_owned(),
            format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        ] {
            let told = read(&key, other.clone());
            assert!(told.is_some(), "{other}");
        }
        assert!(standard == good || read(&key, standard).is_some());
    }
}

#[test]
fn a_context_of_another_code_or_pool_is_refused() {
    let key = Key::ed25519();
    for (name, value) in [("random", "R"), ("random", "r "), ("userPoolId", OTHER_POOL)] {
        let mut payload = payload();
        payload[name] = value.into();
        assert_eq!(read(&key, key.signs(&payload)), Some(ContextFlaw::OtherCode), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_expires_with_its_context() {
    let key = Key::ed25519();
    let world = World::with(Default::default(), |config| Config {
        context_keys: vec![key.jwk().to_string()],
        ..config
    })
    .await;
    world.client.warm_up().await.unwrap();
    let signed = |seconds: i64| {
        let code = world.web_code();
        let exp = (now() + TimeDelta::seconds(seconds)).timestamp();
        let payload = json!({ "random": code.random, "userPoolId": POOL, "exp": exp });
        let mut text: Value = serde_json::from_str(&code.text).unwrap();
        text["customData"] = json!({ "signedContext": key.signs(&payload) });
        (text.to_string(), exp)
    };
    let (over, _) = signed(-100);
    assert_eq!(world.client.read_text(over).err(), Some(Error::Expired));
    let (short, exp) = signed(40);
    let code = world.client.read_text(short).unwrap();
    assert_eq!(code.expires_at().map(|at| at.timestamp()), Some(exp));
    let (long, exp) = signed(100_000);
    let code = world.client.read_text(long).unwrap();
    assert!(code.expires_at().unwrap().timestamp() < exp);
    let login = world.client.scanned(&code).await.unwrap();
    assert!(login.code().has_verified_context());
    assert_eq!(login.confirm().await, Ok(()));
}

/// What one client has verified, another one verifies anew, with its own keys.
#[tokio::test(start_paused = true)]
async fn each_client_verifies_for_itself_and_sends_nothing_that_it_refuses() {
    let (key, other) = (Key::ed25519(), Key::ed25519());
    let world = World::new().await;
    let shown = world.web_code();
    let exp = (now() + TimeDelta::seconds(60)).timestamp();
    let payload = json!({ "random": shown.random, "userPoolId": POOL, "exp": exp });
    let mut text: Value = serde_json::from_str(&shown.text).unwrap();
    text["customData"] = json!({ "signedContext": key.signs(&payload) });
    let client = |context_keys: Vec<String>| {
        let config = Config { context_keys, ..config_for(&world.server) };
        Client::new(config, world.tokens.clone()).unwrap()
    };
    let knowing = client(vec![key.jwk().to_string()]);
    let code = knowing.read_text(text.to_string()).unwrap();
    let refused = client(vec![other.jwk().to_string()]).scanned(&code).await.err();
    assert_eq!(refused, Some(Error::ContextNotVerified { flaw: ContextFlaw::BadSignature }));
    assert_eq!(world.calls(), Vec::<String>::new());
    let login = client(Vec::new()).scanned(&code).await.unwrap();
    assert!(!login.code().has_verified_context());
    let login = knowing.scanned(&LoginCode::parse(text.to_string()).unwrap()).await.unwrap();
    assert!(login.code().has_verified_context());
}

#[test]
fn keys_that_cannot_be_used_are_refused() {
    let (ed25519, p256) = (Key::ed25519(), Key::p256());
    let with = |key: &Key, name: &str, value: Value| {
        let mut jwk = key.jwk();
        jwk[name] = value;
        vec![jwk.to_string()]
    };
    let made = |context_keys| {
        let config = Config { context_keys, ..Config::new(APP, POOL, "https://example.com") };
        Client::new(config, Says(|_| panic!("nobody asks for a token"))).map(drop)
    };
    for good in [
        with(&ed25519, "alg", "EdDSA".into()),
        with(&ed25519, "alg", "Ed25519".into()),
        with(&p256, "alg", "ES256".into()),
        with(&p256, "use", "sig".into()),
        vec![ed25519.named("a"), p256.named("b"), ed25519.jwk().to_string()],
    ] {
        assert_eq!(made(good.clone()), Ok(()), "{good:?}");
    }
    for bad in [
        with(&ed25519, "x", b64([0; 31]).into()),
        with(&ed25519, "x", "!".into()),
        with(&ed25519, "crv", "X25519".into()),
        with(&ed25519, "kty", "EC".into()),
        with(&ed25519, "d", b64([1; 32]).into()),
        with(&ed25519, "alg", "ES256".into()),
        with(&p256, "alg", "HS256".into()),
        with(&p256, "use", "enc".into()),
        with(&p256, "crv", "P-384".into()),
        with(&p256, "y", Value::Null),
        with(&p256, "kid", 7.into()),
        vec![json!({ "kty": "oct", "k": b64([1; 32]) }).to_string()],
        vec![r#"{"kty":"OKP","kty":"OKP"}"#.to_owned()],
        vec![ed25519.named("a"), p256.named("a")],
        vec![String::new()],
        vec!["-----BEGIN PUBLIC KEY-----".to_owned()],
    ] {
        let told = made(bad.clone()).unwrap_err();
        assert!(told.to_string().contains("the context keys"), "{bad:?}: {told}");
    }
}

/// What a server does in JavaScript, the phone verifies.
#[test]
fn the_example_for_web_pages_signs_what_is_verified() {
    for (key, pkcs8) in [Key::ed25519_and_pkcs8(), Key::p256_and_pkcs8()] {
        let folder = tempfile::tempdir().unwrap();
        let pem = folder.path().join("key.pem");
        let base64 = base64::engine::general_purpose::STANDARD.encode(pkcs8);
        std::fs::write(
            &pem,
            format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n"),
        )
        .unwrap();
        let mut node = Command::new("node")
            .arg(root().join("examples/sign_context.mjs"))
            .arg(&pem)
            .args(["key-1", r#"{"browser":"Firefox"}"#])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node, which tests/run installs");
        node.stdin.take().unwrap().write_all(text(&json!({})).as_bytes()).unwrap();
        let signed = String::from_utf8(node.wait_with_output().unwrap().stdout).unwrap();
        let code = client(vec![key.named("key-1")], true).read_text(signed).unwrap();
        assert_eq!(shown(&code), [pair("browser", "Firefox")]);
    }
}
