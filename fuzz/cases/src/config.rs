//! Any base URL, certificates and pins.

use std::collections::HashSet;

use chrono::DateTime;
use scan_login::{Client, Config, Error, Pins, TokenError, TokenProvider, UserToken, async_trait};
use url::Url;

/// Paragraphs: the base URL, and then `insecure`, `until SECONDS`, `pin HASH` and certificates, in any order.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut paragraphs = text.split("\n\n");
    let mut config = Config::new("app", "pool", paragraphs.next().unwrap_or_default());
    for paragraph in paragraphs {
        match paragraph.split_once(' ') {
            Some(("pin", hash)) => pins(&mut config).sha256.push(hash.to_owned()),
            Some(("until", seconds)) => {
                let time =
                    seconds.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
                pins(&mut config).until = time;
            }
            _ if paragraph == "insecure" => config.allow_insecure_loopback = true,
            _ => config.root_certificates.push(paragraph.to_owned()),
        }
    }
    match Client::new(config.clone(), Nobody) {
        Ok(_) => assert_is_good(&config),
        Err(error) => assert!(matches!(error, Error::Config { .. }), "{error:?}"),
    }
}

fn pins(config: &mut Config) -> &mut Pins {
    config.pins.get_or_insert_with(|| Pins { sha256: Vec::new(), until: None })
}

/// What was taken says what it means, without any mending.
fn assert_is_good(config: &Config) {
    let written = config.base_url.to_ascii_lowercase();
    let url = Url::parse(&written).expect("a URL");
    let (scheme, rest) = written.split_once("://").expect("a scheme");
    let host = url.host_str().expect("a host");
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    assert!(
        authority == host || authority.strip_prefix(host).is_some_and(|port| port.starts_with(':')),
        "{written}"
    );
    let is_loopback = host.starts_with("127.") || host == "[::1]";
    assert!(
        scheme == "https" || scheme == "http" && config.allow_insecure_loopback && is_loopback,
        "{written}"
    );
    assert!(
        config.root_certificates.iter().all(|text| text.contains("-----BEGIN CERTIFICATE-----"))
    );
    if let Some(pins) = &config.pins {
        assert!(pins.sha256.iter().all(|pin| pin.len() == 44));
        assert!(pins.sha256.iter().collect::<HashSet<_>>().len() >= 2);
    }
}

struct Nobody;

#[async_trait]
impl TokenProvider for Nobody {
    async fn token(&self, _refresh: bool) -> Result<UserToken, TokenError> {
        Err(TokenError::SignedOut)
    }
}
