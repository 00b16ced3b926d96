//! How far a login has come, as an app shows it.

use std::time::Duration;

use chrono::TimeDelta;
use genauth::{Fault, FaultKind};
use scan_login::{LoginState, PendingLogin, Progress};

use crate::support::World;

/// All that an app shows, to the end of the login.
async fn shown(login: &PendingLogin) -> Vec<Progress> {
    let mut progress = login.progress();
    let mut shown = vec![progress];
    while let Some(next) = login.progress_after(progress).await {
        progress = next;
        shown.push(progress);
    }
    shown
}

#[tokio::test(start_paused = true)]
async fn progress_counts_the_seconds_down_and_ends_when_the_code_expires() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    let shown = shown(&login).await;
    let (last, waiting) = shown.split_last().unwrap();
    assert_eq!(*last, Progress { state: LoginState::Expired, remaining_seconds: Some(0) });
    let seconds: Vec<u64> = waiting.iter().map(|shown| shown.remaining_seconds.unwrap()).collect();
    assert!((118..=120).contains(&seconds[0]), "{seconds:?}");
    // The time here runs past the phone's clock, and is judged anew when the two are too far apart.
    assert!(
        seconds.windows(2).all(|pair| (1..=2).contains(&pair[1].abs_diff(pair[0]))),
        "{seconds:?}"
    );
    assert!((115..125).contains(&seconds.len()), "{seconds:?}");
    assert!(waiting.iter().all(|shown| shown.state == LoginState::Scanned));
    assert_eq!(world.calls(), ["scanned"]);
}

/// The clocks are known to a second or so: by them, a fresh code would have more than its life.
#[tokio::test(start_paused = true)]
async fn no_more_is_left_than_the_whole_life_of_a_code() {
    for ahead in [60, 3600] {
        let world = World::new().await;
        world.server.set_clock_offset(TimeDelta::seconds(ahead));
        let web_code = world.web_code();
        world.server.set_clock_offset(TimeDelta::zero());
        let login = world.client.scanned(&world.read(&web_code)).await.unwrap();
        assert_eq!(login.remaining(), Some(Duration::from_secs(120)), "{ahead}");
        assert_eq!(login.progress().remaining_seconds, Some(120), "{ahead}");
    }
}

#[tokio::test(start_paused = true)]
async fn progress_tells_of_a_decision_when_it_begins_and_ends() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::new(FaultKind::Delay(Duration::from_secs(2))).on("confirm"));
    let (shown, confirmed) = tokio::join!(shown(&login), login.confirm());
    confirmed.unwrap();
    let mut states: Vec<LoginState> = shown.iter().map(|shown| shown.state).collect();
    states.dedup();
    assert_eq!(states, [LoginState::Scanned, LoginState::Confirming, LoginState::Confirmed]);
    assert!(shown.windows(2).all(|pair| pair[0] != pair[1]), "{shown:?}");
}

#[tokio::test(start_paused = true)]
async fn progress_goes_on_while_the_outcome_is_unknown() {
    let world = World::new().await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm").after_effect());
    world.server.inject(Fault::drop().on("check").times(99));
    login.confirm().await.unwrap_err();
    let unknown = login.progress();
    assert_eq!(unknown.state, LoginState::OutcomeUnknown);
    world.server.clear_faults();
    let (shown, refreshed) = tokio::join!(shown(&login), login.refresh());
    assert_eq!(refreshed, Ok(LoginState::Confirmed));
    assert_eq!(shown.last().unwrap().state, LoginState::Confirmed);
}
