//! A PIN that the user carries from the phone to the web page: codes that were made without it make no
//! request (PROTOCOL 15.2).

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use genauth::{Code, Fault, FaultKind, Setup, Status};
use proptest::prelude::*;
use scan_login::{BindingFlaw, Config, Error, FrameResult, LoginCode};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::support::drawing::frame;
use crate::support::pictures::drawn;
use crate::support::{POOL, World, outcome, run};

async fn world() -> World {
    World::with(Setup::default(), |config| Config { require_binding_pin: true, ..config }).await
}

/// A PIN, after the time that a person takes to type it.
async fn typed_pin(world: &World) -> String {
    let pin = world.client.binding_pin().await.unwrap();
    advance(Duration::from_secs(5)).await;
    pin.digits
}

/// What a web page makes whose visitor typed this.
fn code_with(world: &World, pin: &str) -> Code {
    world.server.make_code(POOL, Some(json!({ "device": "a browser", "bindingPin": pin })))
}

fn refused<T>(flaw: BindingFlaw) -> Result<T, Error> {
    Err(Error::NotBound { flaw })
}

/// Another number of six digits.
fn other(pin: &str, by: u32) -> String {
    format!("{:06}", (pin.parse::<u32>().unwrap() + by) % 1_000_000)
}

#[tokio::test(start_paused = true)]
async fn a_code_with_the_pin_is_approved_and_its_pin_is_no_claim() {
    let world = world().await;
    let pin = world.client.binding_pin().await.unwrap();
    assert_eq!(pin.valid_for, Duration::from_secs(300));
    assert!(pin.digits.len() == 6 && pin.digits.bytes().all(|digit| digit.is_ascii_digit()));
    assert!(!format!("{pin:?} {pin:#?}").contains(&pin.digits));

    advance(Duration::from_secs(5)).await;
    let code = code_with(&world, &pin.digits);
    let read = world.client.read_text(&code.text).unwrap();
    let claims: Vec<_> = read.claims().into_iter().map(|claim| claim.name).collect();
    assert_eq!(claims, ["device"]);
    assert!(!format!("{read:?} {read:#?}").contains(&pin.digits));
    let login = world.client.scanned(&read).await.unwrap();
    login.confirm().await.unwrap();
    assert_eq!(world.status(&code.random), Status::Confirmed);
    assert_eq!(world.calls(), ["public-config", "scanned", "confirm"]);
}

/// The attacker starts a login and shows its code to the user of this phone, in whatever way. All that the
/// attacker lacks is the PIN.
#[tokio::test(start_paused = true)]
async fn a_relayed_code_of_an_attacker_makes_no_request() {
    use BindingFlaw::{MadeBeforePin, MissingPin, NoPin, WrongPin};

    let world = world().await;
    let before_any = world.web_code();
    assert_eq!(world.client.read_text(&before_any.text), refused(NoPin), "none was issued");
    let pin = typed_pin(&world).await;
    let with = |custom_data: Value| world.server.make_code(POOL, Some(custom_data)).text;
    let mut forged: Value = serde_json::from_str(&code_with(&world, &pin).text).unwrap();
    forged["createdAt"] = json!("2020-01-01T00:00:00Z");
    forged.as_object_mut().unwrap().remove("expiresIn");
    let mut undated = forged.clone();
    undated.as_object_mut().unwrap().remove("createdAt");
    for (text, flaw) in [
        (before_any.text, MissingPin),
        (world.web_code().text, MissingPin),
        (with(Value::Null), MissingPin),
        (with(json!(pin)), MissingPin),
        (with(json!([pin])), MissingPin),
        (with(json!({ "bindingpin": pin })), MissingPin),
        (with(json!({ "nested": { "bindingPin": pin } })), MissingPin),
        // Numbers lose the zeros that a PIN may begin with.
        (with(json!({ "bindingPin": pin.parse::<u32>().unwrap() })), MissingPin),
        (with(json!({ "bindingPin": [pin, other(&pin, 1)] })), MissingPin),
        (with(json!({ "bindingPin": "" })), WrongPin),
        (with(json!({ "bindingPin": format!(" {pin}") })), WrongPin),
        (with(json!({ "bindingPin": format!("{pin}0") })), WrongPin),
        (with(json!({ "bindingPin": other(&pin, 1) })), WrongPin),
        // With the right one: it was made before, or does not say when.
        (forged.to_string(), MadeBeforePin),
        (undated.to_string(), MadeBeforePin),
    ] {
        assert_eq!(world.client.read_text(&text), refused(flaw), "{text}");
        let picture = genauth::png(text.as_bytes());
        assert_eq!(world.client.read_image(picture).await, refused(flaw), "{text}");
        let code = LoginCode::parse(&text).unwrap();
        let scanned = world.client.scanned(&code).await;
        assert_eq!(scanned.err(), Some(Error::NotBound { flaw }), "{text}");
    }
    assert_eq!(world.calls(), ["public-config"]);
    // The user's own login goes on.
    let code = code_with(&world, &pin);
    world.client.scanned(&world.read(&code)).await.unwrap().confirm().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn two_pins_in_one_code_are_none() {
    let world = world().await;
    let pin = typed_pin(&world).await;
    let text = code_with(&world, &pin).text;
    let field = format!("\"bindingPin\":\"{pin}\"");
    assert!(text.contains(&field), "{text}");
    let twice = text.replace(&field, &format!("{field},\"bindingPin\":\"{}\"", other(&pin, 1)));
    assert_eq!(world.client.read_text(twice), refused(BindingFlaw::MissingPin));
    // The vendor documents custom data as a text (PROTOCOL 14).
    let object = json!({ "bindingPin": pin }).to_string();
    let as_text = world.server.make_code(POOL, Some(json!(object)));
    assert_eq!(outcome(&world.client.read_text(as_text.text)), "ok");
}

/// Whoever shows one code after the other has few guesses; the same code in many frames is one.
#[tokio::test(start_paused = true)]
async fn after_five_guesses_the_pin_is_void() {
    let world = world().await;
    let pin = typed_pin(&world).await;
    let guess = |by| code_with(&world, &other(&pin, by)).text;
    let seen = guess(1);
    let (picture, mut scanner) = (drawn(&seen), world.client.frame_scanner());
    for _ in 0..40 {
        let shown = scanner.scan(frame(&picture));
        assert!(!matches!(shown, Ok(FrameResult::Found { .. })), "{shown:?}");
        assert_eq!(world.client.read_text(&seen), refused(BindingFlaw::WrongPin));
    }
    for by in 2..=5 {
        assert_eq!(outcome(&world.client.read_text(code_with(&world, &pin).text)), "ok", "{by}");
        assert_eq!(world.client.read_text(guess(by)), refused(BindingFlaw::WrongPin));
    }
    for text in [guess(6), seen, code_with(&world, &pin).text, world.web_code().text] {
        assert_eq!(world.client.read_text(&text), refused(BindingFlaw::NoPin), "{text}");
    }
    assert_eq!(world.calls(), ["public-config"]);

    let pin = typed_pin(&world).await;
    assert_eq!(outcome(&world.client.read_text(code_with(&world, &pin).text)), "ok");
}

#[tokio::test(start_paused = true)]
async fn a_pin_is_good_for_one_code() {
    let world = world().await;
    let pin = typed_pin(&world).await;
    let [first, second] = [&pin, &pin].map(|pin| world.read(&code_with(&world, pin)));
    // Reading uses nothing up. Of two at once, one gets it.
    let (one, two) = tokio::join!(world.client.scanned(&first), world.client.scanned(&second));
    let (used, login, error) = match (one, two) {
        (Ok(login), Err(error)) => (first, login, error),
        (Err(error), Ok(login)) => (second, login, error),
        both => panic!("{both:?}"),
    };
    assert_eq!(error, Error::NotBound { flaw: BindingFlaw::NoPin });
    assert_eq!(world.calls(), ["public-config", "scanned"]);

    // The same code is the same login, also when the PIN is over, or a new one was issued.
    advance(Duration::from_secs(60)).await;
    world.client.scanned(&used).await.unwrap();
    world.client.binding_pin().await.unwrap();
    world.client.scanned(&used).await.unwrap();
    login.confirm().await.unwrap();
    assert_eq!(outcome(&world.client.scanned(&used).await), "already_decided");
    assert_eq!(
        world.client.read_text(code_with(&world, &pin).text),
        refused(BindingFlaw::WrongPin)
    );
}

#[tokio::test(start_paused = true)]
async fn a_pin_is_void_after_five_minutes_and_when_another_is_issued() {
    let world = world().await;
    let (old, pin) = (typed_pin(&world).await, typed_pin(&world).await);
    if old != pin {
        let text = code_with(&world, &old).text;
        assert_eq!(world.client.read_text(text), refused(BindingFlaw::WrongPin));
    }
    advance(Duration::from_secs(290)).await;
    let code = code_with(&world, &pin);
    assert_eq!(outcome(&world.client.read_text(&code.text)), "ok");
    advance(Duration::from_secs(6)).await;
    assert_eq!(world.client.read_text(&code.text), refused(BindingFlaw::NoPin));
    let code = LoginCode::parse(&code.text).unwrap();
    assert_eq!(outcome(&world.client.scanned(&code).await), "not_bound");
    assert_eq!(world.calls(), ["public-config", "public-config"]);
}

/// The PIN of one phone is nothing to another, and a process that ended has taken its own along.
#[tokio::test(start_paused = true)]
async fn each_client_has_its_own_pin() {
    let world = world().await;
    let pin = typed_pin(&world).await;
    let other = world.restarted();
    let code = code_with(&world, &pin).text;
    assert_eq!(other.read_text(&code), refused(BindingFlaw::NoPin));
    assert_eq!(outcome(&world.client.clone().read_text(&code)), "ok");
}

/// What decides is the server's clock when the PIN was issued, at the latest that it may have been.
#[tokio::test(start_paused = true)]
async fn a_code_that_may_be_older_than_the_pin_is_refused_whatever_the_clocks_say() {
    for offset in [TimeDelta::zero(), TimeDelta::days(1), -TimeDelta::days(1)] {
        let world = world().await;
        world.server.set_clock_offset(offset);
        world
            .server
            .inject(Fault::new(FaultKind::Delay(Duration::from_secs(3))).on("public-config"));
        let pin = world.client.binding_pin().await.unwrap().digits;
        let code: Value = serde_json::from_str(&code_with(&world, &pin).text).unwrap();
        let now: DateTime<Utc> = code["createdAt"].as_str().unwrap().parse().unwrap();
        // It was issued between the request and the answer, of which the time is known to the second.
        for (seconds, expected) in
            [(-60, "not_bound"), (-4, "not_bound"), (0, "not_bound"), (5, "ok")]
        {
            let mut code = code.clone();
            code["createdAt"] = json!((now + TimeDelta::seconds(seconds)).to_rfc3339());
            let read = world.client.read_text(code.to_string());
            assert_eq!(outcome(&read), expected, "{offset} {seconds}");
            if expected != "ok" {
                assert_eq!(read, refused(BindingFlaw::MadeBeforePin));
            }
        }
    }
}

/// A gateway with a clock of its own answered when the PIN was issued: with the next PIN all is well.
#[tokio::test(start_paused = true)]
async fn one_wrong_date_costs_a_pin_and_no_more() {
    for error in [TimeDelta::minutes(3), TimeDelta::hours(-1), TimeDelta::hours(25)] {
        let world = world().await;
        world.server.inject(Fault::new(FaultKind::WrongDate(error)).on("public-config"));
        let pin = typed_pin(&world).await;
        let read = world.client.read_text(code_with(&world, &pin).text);
        let is_ahead = error > TimeDelta::zero();
        assert_eq!(outcome(&read), if is_ahead { "not_bound" } else { "ok" }, "{error}");
        let pin = typed_pin(&world).await;
        let code = code_with(&world, &pin);
        let login = world.client.scanned(&world.read(&code)).await.unwrap();
        assert_eq!(login.confirm().await, Ok(()), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pin_is_issued_only_where_it_is_required_and_the_servers_time_is_known() {
    let world = World::new().await;
    assert_eq!(outcome(&world.client.binding_pin().await), "config");
    let code = code_with(&world, "000000");
    assert_eq!(outcome(&world.client.read_text(code.text)), "ok", "it is nothing to this client");

    let world = self::world().await;
    world.server.inject(Fault::drop().times(u32::MAX));
    let failed = world.client.binding_pin().await;
    assert_eq!(outcome(&failed), "network_interrupted");
    assert!(failed.unwrap_err().is_retryable());
    world.server.clear_faults();
    let text = code_with(&world, "000000").text;
    assert_eq!(world.client.read_text(text), refused(BindingFlaw::NoPin));
}

#[tokio::test(start_paused = true)]
async fn no_two_pins_in_a_row_are_alike() {
    let world = world().await;
    let mut pins = HashSet::new();
    let mut digits = [[0_u32; 10]; 6];
    for _ in 0..600 {
        let pin = world.client.binding_pin().await.unwrap().digits;
        for (place, digit) in pin.bytes().enumerate() {
            digits[place][usize::from(digit - b'0')] += 1;
        }
        pins.insert(pin);
    }
    // Of 600 in a million, 0.2 are alike by chance. A digit comes 60 times, give or take 7.
    assert!(pins.len() > 590, "{}", pins.len());
    assert!(digits.as_flattened().iter().all(|count| (15..=120).contains(count)), "{digits:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A relay model. The attacker does what an attacker without the PIN can, in any order: has codes made with
    /// guesses, shows codes that were made before, shows the same again, shows many. The user, in between, issues
    /// PINs and makes logins of their own.
    #[test]
    fn no_code_of_an_attacker_is_marked_scanned(
        steps in prop::collection::vec((0..6_u8, 1..999_999_u32), 1..25),
    ) {
        run(async {
            let world = world().await;
            let (mut pin, mut theirs) = (None, vec![world.web_code().text]);
            let mut own = HashSet::new();
            for (step, number) in steps {
                match step {
                    0 => pin = Some(typed_pin(&world).await),
                    1 => theirs.push(world.web_code().text),
                    // An attacker who guesses right by chance is none that the model is about.
                    2 => {
                        let guess = pin.as_ref().map_or("000000".to_owned(), |pin| other(pin, number));
                        theirs.push(code_with(&world, &guess).text);
                    }
                    3 => advance(Duration::from_secs(u64::from(number % 200))).await,
                    4 => if let Some(pin) = &pin {
                        let code = code_with(&world, pin);
                        let read = LoginCode::parse(&code.text).unwrap();
                        if world.client.scanned(&read).await.is_ok() {
                            own.insert(code.random);
                        }
                    }
                    _ => {
                        let text = &theirs[number as usize % theirs.len()];
                        assert!(world.client.read_text(text).is_err());
                        let code = LoginCode::parse(text).unwrap();
                        assert!(world.client.scanned(&code).await.is_err());
                    }
                }
            }
            for request in world.server.requests() {
                let is_own = own.iter().any(|random| request.body.contains(random.as_str()));
                assert!(is_own || request.path.ends_with("/public-config"), "{request:?}");
            }
        });
    }
}
