//! What the configuration can refuse beside what is wrong everywhere: where a code comes from, and how
//! long it lives. What is refused makes no request.

use std::time::Duration;

use genauth::{PayloadShape, Setup};
use proptest::prelude::*;
use scan_login::{Client, CodeFlaw, CodeSource, Config, Error, FrameResult, LoginCode};
use serde_json::json;

use crate::support::drawing::frame;
use crate::support::pictures::drawn;
use crate::support::{World, outcome, run};

const ORIGIN: &str = "https://login.example.com";
const SOURCES: [CodeSource; 4] =
    [CodeSource::Camera, CodeSource::Image, CodeSource::Text, CodeSource::Link];

async fn allowing(allowed_sources: Vec<CodeSource>) -> World {
    let are_links_allowed = allowed_sources.contains(&CodeSource::Link);
    let allowed_link_origins = are_links_allowed.then(|| ORIGIN.to_owned()).into_iter().collect();
    World::with(Setup::default(), |config| Config {
        allowed_sources,
        allowed_link_origins,
        ..config
    })
    .await
}

fn link(text: &str) -> String {
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("{ORIGIN}/scan#login_code={encoded}")
}

/// Has the code read in every way that leads to a source.
async fn read_from(
    client: &Client,
    source: CodeSource,
    text: &str,
) -> Vec<Result<LoginCode, Error>> {
    let picture = drawn(text);
    match source {
        CodeSource::Camera => {
            let mut scanner = client.frame_scanner();
            let mut results = (0..9).map(|_| scanner.scan(frame(&picture)));
            let read = results.find_map(|result| match result {
                Ok(FrameResult::Found { code, .. }) => Some(Ok(code)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            });
            vec![read.expect("a code that can be read")]
        }
        CodeSource::Image => {
            let (encoded, (width, height)) = (genauth::png(text.as_bytes()), picture.dimensions());
            let luma = picture.into_raw();
            vec![
                client.read_image(encoded).await,
                client.read_frame(luma, width, height, width as usize, 1).await,
            ]
        }
        CodeSource::Text => vec![client.read_text(text)],
        CodeSource::Link => vec![client.read_link(link(text))],
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_knows_where_it_was_read_and_a_source_can_be_refused() {
    for refused in SOURCES {
        let world =
            allowing(SOURCES.into_iter().filter(|source| *source != refused).collect()).await;
        let all = allowing(SOURCES.to_vec()).await;
        let text = world.web_code().text;
        for source in SOURCES {
            for read in read_from(&all.client, source, &text).await {
                assert_eq!(read.unwrap().source(), source);
            }
            for read in read_from(&world.client, source, &text).await {
                if source == refused {
                    assert_eq!(read.err(), Some(Error::SourceNotAllowed { found: refused }));
                } else {
                    assert_eq!(read.unwrap().source(), source);
                }
            }
        }
        assert_eq!(world.calls(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn by_default_all_is_allowed_but_links() {
    let world = World::new().await;
    let text = world.web_code().text;
    for source in SOURCES {
        for read in read_from(&world.client, source, &text).await {
            let expected = if source == CodeSource::Link { "source_not_allowed" } else { "ok" };
            assert_eq!(outcome(&read), expected, "{source:?}");
        }
    }
    // Whatever a link says: it is not even looked at.
    assert_eq!(outcome(&world.client.read_link("javascript:alert(1)")), "source_not_allowed");
    assert_eq!(world.calls(), [""; 0]);
}

/// A code keeps its source on its way to `scanned`, from another client and as text, and a code that
/// was taken from one source is not taken from another.
#[tokio::test(start_paused = true)]
async fn a_code_of_a_refused_source_is_not_marked_scanned() {
    let (all, world) = (allowing(SOURCES.to_vec()).await, World::new().await);
    let text = world.web_code().text;
    let linked = all.client.read_link(link(&text)).unwrap();
    let handed_on = LoginCode::parse_from(linked.source(), linked.text()).unwrap();
    assert_eq!(handed_on, linked);
    let refused = || Some(Error::SourceNotAllowed { found: CodeSource::Link });
    for code in [&linked, &handed_on] {
        assert_eq!(world.client.scanned(code).await.err(), refused());
    }
    assert_eq!(world.calls(), [""; 0]);

    let code = world.client.read_text(&text).unwrap();
    assert_eq!(code, linked, "it says the same");
    let login = world.client.scanned(&code).await.unwrap();
    assert_eq!(login.code().source(), CodeSource::Text);
    assert_eq!(world.client.scanned(&linked).await.err(), refused());
    assert_eq!(world.calls(), ["scanned"]);
}

/// PROTOCOL 15.1.
#[tokio::test(start_paused = true)]
async fn a_link_carries_a_code_only_from_an_allowed_origin() {
    let world = allowing(SOURCES.to_vec()).await;
    let text = world.web_code().text;
    let link = link(&text);
    let (_, value) = link.split_once("login_code=").unwrap();
    let read = |link: &str| world.client.read_link(link);
    for good in [
        link.clone(),
        format!("{ORIGIN}#login_code={value}"),
        format!("{ORIGIN}?login_code={value}"),
        format!("{ORIGIN}:443/a/b?utm_source=mail&login_code={value}#top"),
        format!("HTTPS://LOGIN.example.com/?a=b#login_code={value}&c"),
        format!("{ORIGIN}/a@b?mail=me@example.com#login_code={value}"),
    ] {
        let code = read(&good).unwrap_or_else(|error| panic!("{good}: {error}"));
        assert_eq!(code.text(), text, "{good}");
    }
    let missing = CodeFlaw::MissingField { field: "login_code".to_owned() };
    let twice = CodeFlaw::MalformedField { field: "login_code".to_owned() };
    for (bad, flaw) in [
        (String::new(), CodeFlaw::ForeignLink),
        (text.clone(), CodeFlaw::ForeignLink),
        (link.replace("https://", "http://"), CodeFlaw::ForeignLink),
        (link.replace("https://", "app://"), CodeFlaw::ForeignLink),
        (link.replace("https://", "https:"), CodeFlaw::ForeignLink),
        (link.replace("https://", "https:\\\\"), CodeFlaw::ForeignLink),
        (link.replace("https://", "https:///"), CodeFlaw::ForeignLink),
        (link.replace("login.example", "evil.example"), CodeFlaw::ForeignLink),
        (link.replace("login.example", "a.login.example"), CodeFlaw::ForeignLink),
        (link.replace(".com", ".com.evil.example"), CodeFlaw::ForeignLink),
        (link.replace(".com", ".com."), CodeFlaw::ForeignLink),
        (link.replace(".com", ".com:8443"), CodeFlaw::ForeignLink),
        (link.replace(".com", ".com@evil.example"), CodeFlaw::ForeignLink),
        (link.replace("https://", "https://user@"), CodeFlaw::ForeignLink),
        (link.replace(".com", "%2ecom"), CodeFlaw::ForeignLink),
        (format!(" {link}"), CodeFlaw::ForeignLink),
        (format!("{ORIGIN}/scan?login_code={text} "), CodeFlaw::ForeignLink),
        (ORIGIN.to_owned(), missing.clone()),
        (link.replace("login_code", "Login_code"), missing.clone()),
        (format!("{ORIGIN}/login_code={value}"), missing),
        (format!("{link}&login_code={value}"), twice.clone()),
        (format!("{ORIGIN}?login_code={value}#login_code={value}"), twice),
        (format!("{ORIGIN}#login_code="), CodeFlaw::NotJson),
        (format!("{ORIGIN}#login_code={ORIGIN}"), CodeFlaw::NotJson),
        (format!("{link}&a={}", "a".repeat(16 << 10)), CodeFlaw::TooLong),
    ] {
        assert_eq!(read(&bad).err(), Some(flaw.into()), "{bad}");
    }
    assert_eq!(world.calls(), [""; 0]);
}

proptest! {
    /// An origin that is allowed, and anything around it: what is read is a code of that origin.
    #[test]
    fn no_link_of_another_origin_carries_a_code(
        before in prop_oneof![Just("https://".to_owned()), "(https?:)?[/\\\\]{0,3}[a-z.@%]{0,9}"],
        after in prop_oneof![Just(String::new()), "[:@.?#/\\\\%a-z0-9]{0,9}"],
        path in "\\PC{0,9}",
    ) {
        run(async {
            let world = allowing(SOURCES.to_vec()).await;
            let link = link(&world.web_code().text);
            let (_, value) = link.split_once('#').unwrap();
            let link = format!("{before}login.example.com{after}{path}#{value}");
            if world.client.read_link(&link).is_ok() {
                let rest = link.strip_prefix("https://login.example.com").expect(&link);
                let rest = rest.strip_prefix(":443").unwrap_or(rest);
                assert!(rest.starts_with(['/', '?', '#']), "{link}");
            }
            assert_eq!(world.calls(), [""; 0]);
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_lives_longer_than_configured_is_refused() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    for (max_code_life, outcomes) in [
        (Duration::from_secs(31 * 86_400), ["ok", "ok", "ok", "ok"]),
        (minutes(10), ["ok", "ok", "life_too_long", "life_too_long"]),
        (minutes(2), ["ok", "life_too_long", "life_too_long", "life_too_long"]),
        (Duration::from_secs(119), ["life_too_long"; 4]),
    ] {
        let strict = |config| Config { max_code_life, ..config };
        for payload in [PayloadShape::ExpireAt, PayloadShape::ExpiresIn] {
            let world = World::with(Setup { payload, ..Setup::default() }, strict).await;
            let two_minutes = world.web_code().text;
            let code: serde_json::Value = serde_json::from_str(&two_minutes).unwrap();
            let created: chrono::DateTime<chrono::Utc> =
                code["createdAt"].as_str().unwrap().parse().unwrap();
            let living = |life: Duration| {
                let mut code = code.clone();
                let fields = code.as_object_mut().unwrap();
                fields.remove("expireAt");
                fields.insert("expiresIn".to_owned(), json!(life.as_secs()));
                code.to_string()
            };
            let mut without_creation = code.clone();
            let fields = without_creation.as_object_mut().unwrap();
            fields.remove("createdAt");
            fields.remove("expiresIn");
            let expires = created + minutes(2);
            fields.insert("expireAt".to_owned(), json!(expires.to_rfc3339()));
            let texts = [
                two_minutes,
                living(minutes(10)),
                living(minutes(10) + Duration::from_secs(1)),
                without_creation.to_string(),
            ];
            for (text, expected) in texts.iter().zip(outcomes) {
                let read = world.client.read_text(text);
                assert_eq!(outcome(&read), expected, "{max_code_life:?} {text}");
                let scanned = world.client.scanned(&LoginCode::parse(text).unwrap()).await;
                if expected != "ok" {
                    assert_eq!(outcome(&scanned), expected, "{max_code_life:?} {text}");
                }
            }
            let accepted = outcomes.iter().filter(|outcome| **outcome == "ok").count();
            assert!(world.calls().len() <= accepted * 2, "{:?}", world.calls());
            assert_eq!(world.calls().is_empty(), accepted == 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_without_expiry_is_refused_only_when_lives_are_limited() {
    for (max_code_life, expected) in [
        (Duration::from_secs(31 * 86_400), "ok"),
        (Duration::from_secs(30 * 86_400), "life_too_long"),
    ] {
        let setup = Setup { payload: PayloadShape::NoExpiry, ..Setup::default() };
        let world = World::with(setup, |config| Config { max_code_life, ..config }).await;
        assert_eq!(outcome(&world.client.read_text(world.web_code().text)), expected);
        assert_eq!(world.calls(), [""; 0]);
    }
}
