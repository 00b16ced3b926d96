//! What a client can be configured with.

use std::time::Duration;

use scan_login::{Client, CodeSource, Config, Error, ImageLimits, Pins};

use crate::support::{APP, POOL, Wallet};

fn made(config: Config) -> Result<(), String> {
    let client = Client::new(config, Wallet::holding("token".to_owned(), "user"));
    client.map(drop).map_err(|error| match error {
        Error::Config { reason } => reason,
        other => panic!("not a configuration error: {other}"),
    })
}

#[test]
fn only_plain_https_urls_of_a_host_are_taken() {
    for url in [
        "https://example.genauth.ai",
        "https://example.genauth.ai/",
        "https://EXAMPLE.genauth.ai",
        "HTTPS://example.genauth.ai",
        "https://example.genauth.ai:8443",
        "https://example.genauth.ai:443",
        "https://xn--fiqs8s.example",
        "https://intranet",
        "https://localhost:8443",
        "https://10.0.0.5",
        "https://127.0.0.1:1",
        "https://[::1]",
        "https://[2001:db8::1]:8443",
        "https://_under.example",
    ] {
        assert_eq!(made(Config::new(APP, POOL, url)), Ok(()), "{url}");
    }
    for url in [
        "",
        "example.genauth.ai",
        "//example.genauth.ai",
        "https:",
        "https://",
        "https:///",
        "https:example.com",
        "https:/example.com",
        "https:///example.com",
        "https:\\\\example.com",
        "https:/\\example.com",
        "https://example.com\\@evil.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/plain,hi",
        "ws://example.com",
        "http://example.com",
        "http://10.0.0.5",
        "http://127.0.0.1",
        "http://[::1]",
        "http://localhost",
        " https://example.com",
        "https://example.com ",
        "https://exa mple.com",
        "https://exam\tple.com",
        "https://example.com\n",
        "https://exam\u{0}ple.com",
        "https://example.com\u{200b}",
        "https://中国.example",
        "https://ｅxample.com",
        "https://exa%6dple.com",
        "https://ex%2fample.com",
        "https://example.com.",
        "https://.example.com.",
        "https://user@example.com",
        "https://user:password@example.com",
        "https://@example.com",
        "https://:@example.com",
        "https://example.com@evil.com",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:-1",
        "https://example.com:80a",
        "https://example.com:",
        "https://:443",
        "https://example.com/api",
        "https://example.com//",
        "https://example.com/..",
        "https://example.com?",
        "https://example.com?a=b",
        "https://example.com/?a=b",
        "https://example.com#",
        "https://example.com/#a",
        "https://0x7f.1",
        "https://0177.0.0.1",
        "https://2130706433",
        "https://127.1",
        "https://127.0.0.1.",
        "https://[::1",
        "https://::1",
        "https://[::1]x",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[fe80::1%25eth0]",
        "https://example..com",
        "https://exam<ple.com",
        "https:/s://s",
        "https:s://s",
    ] {
        let reason = made(Config::new(APP, POOL, url)).expect_err(url);
        assert!(reason.starts_with("the base URL "), "{url}: {reason}");
    }
}

#[test]
fn a_base_url_without_its_scheme_is_told_that() {
    for url in ["", "example.com", "localhost:8765", "file:///x", "//example.com", "ftp://x/y"] {
        let reason = made(Config::new(APP, POOL, url)).expect_err(url);
        assert_eq!(reason, "the base URL must begin with https://", "{url}");
    }
}

#[test]
fn http_is_for_loopback_addresses_and_only_on_demand() {
    let insecure =
        |url: &str| made(Config { allow_insecure_loopback: true, ..Config::new(APP, POOL, url) });
    for url in ["http://127.0.0.1", "http://127.9.9.9:8080", "http://[::1]:8080"] {
        assert_eq!(insecure(url), Ok(()), "{url}");
    }
    for url in [
        "http://localhost",
        "http://example.com",
        "http://0x7f.1",
        "http://127.1",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::ffff:127.0.0.1]",
        "http://127.0.0.1.nip.io",
    ] {
        assert!(insecure(url).is_err(), "{url}");
    }
}

#[test]
fn other_settings_that_cannot_work_are_named() {
    let good = || Config::new(APP, POOL, "https://example.com");
    let pin = || "A".repeat(43) + "=";
    let reserve = "B".repeat(42) + "A=";
    let no_limits = ImageLimits::default();
    let limited = |image_limits| Config { image_limits, ..good() };
    let pins = |sha256| Some(Pins { sha256, until: None });
    for (config, name) in [
        (Config { app_id: String::new(), ..good() }, "the app id"),
        (Config { app_id: "a b".to_owned(), ..good() }, "the app id"),
        (Config { app_id: "a/../b".to_owned(), ..good() }, "the app id"),
        (Config { user_pool_id: "a\r\nb".to_owned(), ..good() }, "the user pool id"),
        (Config { user_pool_id: String::new(), ..good() }, "the user pool id"),
        (Config { header_prefix: "x authing".to_owned(), ..good() }, "the header prefix"),
        (Config { timeout: Duration::ZERO, ..good() }, "the timeout"),
        (Config { timeout: Duration::MAX, ..good() }, "the timeout"),
        (
            Config { consent_max_age: Duration::from_millis(999), ..good() },
            "the consent's maximum age",
        ),
        (
            Config { consent_max_age: Duration::from_secs(301), ..good() },
            "the consent's maximum age",
        ),
        (
            Config { root_certificates: vec!["no PEM".to_owned()], ..good() },
            "the root certificates",
        ),
        (Config { pins: pins(vec![]), ..good() }, "the pins"),
        (Config { header_prefix: String::new(), ..good() }, "the header prefix is empty"),
        (
            Config { header_prefix: "x-authing-".to_owned(), ..good() },
            "the header prefix is empty, or",
        ),
        (
            Config { header_prefix: "-x".to_owned(), ..good() },
            "the header prefix is empty, or begins",
        ),
        (limited(ImageLimits { max_bytes: 0, ..no_limits }), "the image limits"),
        (limited(ImageLimits { max_pixels: 0, ..no_limits }), "the image limits"),
        (limited(ImageLimits { max_memory: 0, ..no_limits }), "the image limits"),
        (Config { pins: pins(vec![pin()]), ..good() }, "the pins are fewer than two"),
        // One pin, and no reserve.
        (Config { pins: pins(vec![pin(), pin()]), ..good() }, "the pins are the same one, twice"),
        (
            Config { pins: pins(vec![pin(), format!("sha256/{reserve}")]), ..good() },
            "the pins hold one that begins with `sha256/`",
        ),
        (
            Config { pins: pins(vec![pin(), "short=".to_owned()]), ..good() },
            "the pins hold one that is no SHA-256 hash",
        ),
        (Config { max_code_life: Duration::ZERO, ..good() }, "the code life"),
        (Config { max_code_life: Duration::from_secs(31 * 86_400 + 1), ..good() }, "the code life"),
        (Config { allowed_sources: Vec::new(), ..good() }, "the allowed sources"),
        // Each of the two needs the other.
        (Config { allowed_sources: vec![CodeSource::Link], ..good() }, "the link origins"),
        (
            Config { allowed_link_origins: vec!["https://a.example".to_owned()], ..good() },
            "the link origins",
        ),
    ] {
        let reason = made(config).expect_err(name);
        assert!(reason.starts_with(name), "{name}: {reason}");
    }
    assert_eq!(made(Config { pins: pins(vec![pin(), reserve]), ..good() }), Ok(()));
}

#[test]
fn a_link_origin_is_https_a_host_and_a_port() {
    let with = |origin: &str| {
        made(Config {
            allowed_sources: vec![CodeSource::Link],
            allowed_link_origins: vec!["https://good.example".to_owned(), origin.to_owned()],
            ..Config::new(APP, POOL, "https://example.com")
        })
    };
    for origin in ["https://a.example", "https://A.example/", "https://a.example:8443"] {
        assert_eq!(with(origin), Ok(()), "{origin}");
    }
    for origin in [
        "",
        "a.example",
        "*.example",
        "http://a.example",
        "http://127.0.0.1",
        "app://a.example",
        "https://a.example/scan",
        "https://a.example?",
        "https://a.example#",
        "https://user@a.example",
        "https://a.example.",
        "https://中国.example",
    ] {
        let reason = with(origin).expect_err(origin);
        assert!(reason.starts_with("the link origin "), "{origin}: {reason}");
    }
}
