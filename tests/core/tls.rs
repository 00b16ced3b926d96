//! HTTPS: whom the client trusts.

use chrono::{TimeDelta, Utc};
use genauth::{Certificate, Genauth, Options, Status};
use scan_login::{Client, Config, Error, Pins};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{ALICE, APP, POOL, Wallet, config_for, outcome};

async fn server(certificate: Certificate) -> Genauth {
    let options = Options { certificate: Some(certificate), ..Options::default() };
    Genauth::start(options).await.unwrap()
}

/// What comes of marking a code of this server scanned.
async fn scanned(server: &Genauth, config: Config) -> Result<(), Error> {
    let client = Client::new(config, Wallet::holding(server.issue_token(ALICE), ALICE))?;
    let code = server.make_code(POOL, None);
    let login = client.scanned(&client.read_text(&code.text)?).await?;
    login.confirm().await?;
    assert_eq!(server.code(&code.random).unwrap().status, Status::Confirmed);
    Ok(())
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_configured() {
    let server = server(Certificate::Good).await;
    assert!(server.url().starts_with("https://"));
    assert_eq!(scanned(&server, config_for(&server)).await, Ok(()));
}

#[tokio::test]
async fn certificates_that_do_not_hold_are_refused() {
    let good = server(Certificate::Good).await;
    let expired = server(Certificate::Expired).await;
    let other_host = server(Certificate::OtherHost).await;
    let unknown = Config { root_certificates: Vec::new(), ..config_for(&good) };
    let foreign = Config {
        root_certificates: vec![expired.root_certificate().to_owned()],
        ..config_for(&good)
    };
    for (name, server, config) in [
        ("unknown authority", &good, unknown),
        ("another authority", &good, foreign),
        ("expired", &expired, config_for(&expired)),
        ("another host", &other_host, config_for(&other_host)),
    ] {
        assert_eq!(outcome(&scanned(server, config).await), "network_tls", "{name}");
        assert!(server.requests().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_only_tls_1_1_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let old = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).await.unwrap();
        // A ServerHello of version 3.2 (RFC 4346, 7.4.1.3): record, handshake, version, random, no
        // session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
        let mut answer = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
        answer.extend([7; 32]);
        answer.extend([0, 0, 0x2f, 0]);
        stream.write_all(&answer).await.unwrap();
        // Until the client hangs up.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let client =
        Client::new(Config::new(APP, POOL, url), Wallet::holding("token".to_owned(), ALICE));
    assert_eq!(outcome(&client.unwrap().warm_up().await), "network_tls");
    old.await.unwrap();
}

#[tokio::test]
async fn plain_http_where_https_is_expected_is_refused() {
    let plain = Genauth::start(Options::default()).await.unwrap();
    let url = plain.url().replace("http:", "https:");
    let config = Config { base_url: url, ..config_for(&plain) };
    assert_eq!(outcome(&scanned(&plain, config).await), "network_tls");
    assert!(plain.requests().is_empty());
}

#[tokio::test]
async fn pins_are_held_to_until_they_expire() {
    let server = server(Certificate::Good).await;
    let (other, another) = ("A".repeat(43) + "=", "B".repeat(42) + "A=");
    let day = TimeDelta::days(1);
    for (sha256, until, expected) in [
        (vec![server.pin().to_owned(), other.clone()], None, "ok"),
        (vec![other.clone(), server.pin().to_owned()], Some(Utc::now() + day), "ok"),
        (vec![other.clone(), another.clone()], None, "pin_mismatch"),
        (vec![other.clone(), another.clone()], Some(Utc::now() + day), "pin_mismatch"),
        (vec![other.clone(), another.clone()], Some(Utc::now() - day), "ok"),
    ] {
        let before = server.requests().len();
        let pins = Some(Pins { sha256, until });
        let result = scanned(&server, Config { pins, ..config_for(&server) }).await;
        assert_eq!(outcome(&result), expected);
        assert_eq!(server.requests().len() - before, if expected == "ok" { 2 } else { 0 });
    }
}

#[tokio::test]
async fn a_pin_does_not_stand_in_for_a_good_certificate() {
    let server = server(Certificate::Expired).await;
    let pins =
        Some(Pins { sha256: vec![server.pin().to_owned(), "A".repeat(43) + "="], until: None });
    let result = scanned(&server, Config { pins, ..config_for(&server) }).await;
    assert_eq!(outcome(&result), "network_tls");
}
