//! Any text as a signed context, alone and in the place of one of a genuine context's parts, and a genuine one with any of
//! its bytes changed: only the genuine one is verified.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use scan_login::{Client, Config, Error, TokenError, TokenProvider, UserToken, async_trait};
use serde_json::json;

pub(crate) fn run(input: &[u8]) {
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let jwk =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key.public_key()) });
    let keys = vec![jwk.to_string()];
    let config = Config { context_keys: keys, ..Config::new("app", "pool", "https://example.com") };
    let client = Client::new(config, Nobody).unwrap();

    let payload = json!({ "random": "r", "userPoolId": "pool", "exp": 32_503_680_000_u64, "claims": { "who": "me" } });
    let [header, payload] =
        [json!({ "alg": "EdDSA" }), payload].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(format!("{header}.{payload}").as_bytes()));
    let parts = [header, payload, signature];
    let genuine = parts.join(".");
    assert_eq!(is_verified(&client, &genuine), Some(true));

    if let Ok(text) = std::str::from_utf8(input) {
        assert_ne!(is_verified(&client, text), Some(true));
        for at in 0..parts.len() {
            let mut parts = parts.clone();
            parts[at] = text.to_owned();
            let forged = parts.join(".");
            assert!(forged == genuine || is_verified(&client, &forged) != Some(true), "{forged}");
        }
    }
    let mut changed = genuine.clone().into_bytes();
    for change in input.chunks_exact(2) {
        let at = usize::from(change[0]) % changed.len();
        changed[at] = change[1] & 0x7f;
    }
    let changed = String::from_utf8(changed).unwrap();
    assert!(changed == genuine || is_verified(&client, &changed) != Some(true), "{changed}");
}

/// `None` if the code is refused.
fn is_verified(client: &Client, context: &str) -> Option<bool> {
    let code = json!({
        "scene": "APP_AUTH", "random": "r", "userPoolId": "pool", "customData": { "signedContext": context },
    });
    match client.read_text(code.to_string()) {
        Ok(code) => Some(code.has_verified_context()),
        Err(Error::ContextNotVerified { .. } | Error::NotALoginCode { .. }) => None,
        Err(error) => panic!("{error:?}"),
    }
}

struct Nobody;

#[async_trait]
impl TokenProvider for Nobody {
    async fn token(&self, _refresh: bool) -> Result<UserToken, TokenError> {
        Err(TokenError::SignedOut)
    }
}
