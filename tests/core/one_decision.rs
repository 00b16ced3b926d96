//! Whatever the taps, the threads and the network do: one decision, once, and the truth about it.

use std::time::Duration;

use genauth::{Fault, FaultKind, Setup, Status};
use proptest::prelude::*;
use scan_login::{ApiVersion, Config, Decision, Error, LoginState};

use crate::support::{World, run};

/// A tap on one of the two buttons, some time after the start.
#[derive(Clone, Debug)]
struct Tap {
    decision: Decision,
    after: Duration,
}

fn taps() -> impl Strategy<Value = Vec<Tap>> {
    let decision = prop_oneof![Just(Decision::Confirm), Just(Decision::Cancel)];
    let tap = (decision, 0_u64..4)
        .prop_map(|(decision, seconds)| Tap { decision, after: Duration::from_secs(seconds * 5) });
    prop::collection::vec(tap, 1..8)
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let kind = prop_oneof![
        Just(Fault::drop()),
        Just(Fault::hang()),
        Just(Fault::html(502)),
        Just(Fault::new(FaultKind::Truncated)),
        Just(Fault::new(FaultKind::Delay(Duration::from_secs(3)))),
    ];
    // It says that nothing was done.
    let busy = Just(Fault::json(429, serde_json::json!({})).on("confirm"));
    let place = prop_oneof![Just("confirm"), Just("cancel"), Just("check")];
    let fault = (kind, place, any::<bool>()).prop_map(|(fault, place, after_effect)| {
        let fault = fault.on(place);
        if after_effect { fault.after_effect() } else { fault }
    });
    prop::collection::vec(prop_oneof![6 => fault, 1 => busy], 0..6)
}

/// Makes the taps, each in a task of its own; what each was told.
async fn tap_all(
    login: &scan_login::PendingLogin,
    taps: Vec<Tap>,
) -> Vec<(Decision, Result<(), Error>)> {
    let tasks: Vec<_> = taps
        .into_iter()
        .map(|Tap { decision, after }| {
            let login = login.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                let result = match decision {
                    Decision::Confirm => login.confirm().await,
                    Decision::Cancel => login.cancel().await,
                };
                (decision, result)
            })
        })
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap());
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn on_a_good_network_the_first_tap_is_the_only_request(taps in taps()) {
        run(async {
            let world = World::new().await;
            let (login, random) = world.scanned().await;
            let first = taps.iter().min_by_key(|tap| tap.after).unwrap().decision;
            for (decision, told) in tap_all(&login, taps).await {
                let expected = if decision == first {
                    Ok(())
                } else {
                    Err(Error::AlreadyDecided { decision: first })
                };
                assert_eq!(told, expected);
            }
            assert_eq!(world.calls().len(), 2);
            let expected = match first {
                Decision::Confirm => Status::Confirmed,
                Decision::Cancel => Status::Cancelled,
            };
            assert_eq!(world.status(&random), expected);
        });
    }

    #[test]
    fn on_a_bad_network_what_is_told_is_true(
        taps in taps(),
        faults in faults(),
        v3 in any::<bool>(),
    ) {
        run(async {
            let api = if v3 { ApiVersion::V3 } else { ApiVersion::V2 };
            let setup = |config| Config { api, timeout: Duration::from_secs(6), ..config };
            let world = World::with(Setup::default(), setup).await;
            let (login, random) = world.scanned().await;
            for fault in faults {
                world.server.inject(fault);
            }
            let told = tap_all(&login, taps).await;
            let code = world.server.code(&random).unwrap();
            assert!(code.decisions <= 1);

            for (decision, told) in told {
                // What is told is as the server has it at the end: no answer comes through so late
                // that it could have changed since.
                let claimed = match told {
                    Ok(()) => Some(decision),
                    Err(Error::AlreadyDecided { decision }) => Some(decision),
                    Err(Error::Network { .. } | Error::OutcomeUnknown { .. }) => None,
                    Err(error) => panic!("{error:?}"),
                };
                match claimed {
                    Some(Decision::Confirm) => assert_eq!(code.status, Status::Confirmed),
                    Some(Decision::Cancel) => assert_eq!(code.status, Status::Cancelled),
                    None => {}
                }
            }
            match login.state() {
                LoginState::Confirmed => assert_eq!(code.status, Status::Confirmed),
                LoginState::Cancelled => assert_eq!(code.status, Status::Cancelled),
                LoginState::Scanned => assert_eq!(code.status, Status::Scanned),
                LoginState::OutcomeUnknown => {}
                other => panic!("{other:?}"),
            }

            // On a good network again, the login can be brought to an end that both sides agree on.
            world.server.clear_faults();
            let last = login.cancel().await;
            let code = world.server.code(&random).unwrap();
            assert!(code.decisions <= 1);
            match (last, login.state()) {
                (Ok(()), LoginState::Cancelled) => assert_eq!(code.status, Status::Cancelled),
                (Err(Error::AlreadyDecided { .. }), LoginState::Confirmed) => {
                    assert_eq!(code.status, Status::Confirmed);
                }
                other => panic!("{other:?}"),
            }
        });
    }
}
