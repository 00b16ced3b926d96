//! A confirm needs the user, when the app has a guard: what it consents to is sent, and nothing else.

use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use genauth::{Fault, FaultKind, Setup, Status};
use scan_login::{
    ApiVersion, Client, Config, ConfirmGuard, ConfirmRequest, Consent, Decision, Error, GuardError,
    LoginState, PendingLogin, UserToken, VerificationFailure, async_trait,
};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{ALICE, Says, World, outcome};

type Answer = Pin<Box<dyn Future<Output = Result<Consent, GuardError>> + Send>>;

/// A guard that a test writes out, and what it was asked.
#[derive(Clone)]
struct Guard {
    answer: Arc<dyn Fn(ConfirmRequest) -> Answer + Send + Sync>,
    asked: Arc<Mutex<Vec<ConfirmRequest>>>,
}

impl Guard {
    fn that<F>(answer: impl Fn(ConfirmRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Consent, GuardError>> + Send + 'static,
    {
        let answer: Arc<dyn Fn(ConfirmRequest) -> Answer + Send + Sync> =
            Arc::new(move |request| Box::pin(answer(request)));
        Self { answer, asked: Arc::default() }
    }

    fn that_approves() -> Self {
        Self::that(|request| async move { Ok(request.approve()) })
    }

    fn that_declines() -> Self {
        Self::that(|_| async { Err(GuardError::Declined) })
    }

    fn that_hangs() -> Self {
        Self::that(|_| pending())
    }

    fn asked(&self) -> Vec<ConfirmRequest> {
        self.asked.lock().unwrap().clone()
    }

    fn times(&self) -> usize {
        self.asked().len()
    }

    async fn is_asked(&self) {
        while self.times() == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl ConfirmGuard for Guard {
    async fn verify_user(&self, request: ConfirmRequest) -> Result<Consent, GuardError> {
        self.asked.lock().unwrap().push(request.clone());
        (self.answer)(request).await
    }
}

/// A world whose phone asks `guard`.
async fn guarded(guard: &Guard) -> World {
    guarded_with(guard, Setup::default(), |config| config).await
}

async fn guarded_with(
    guard: &Guard,
    setup: Setup,
    configure: impl FnOnce(Config) -> Config,
) -> World {
    let mut world = World::with(setup, configure).await;
    let (config, tokens) = (world.config(), world.tokens.clone());
    world.client = Client::with_guard(config, tokens, guard.clone()).unwrap();
    world
}

/// A server whose codes live for so long.
fn living(code_life: TimeDelta) -> Setup {
    let mut setup = Setup::default();
    setup.pools.iter_mut().for_each(|pool| pool.code_life = code_life);
    setup
}

fn failure(told: &Result<(), Error>) -> Option<VerificationFailure> {
    match told {
        Err(Error::UserNotVerified { failure, .. }) => Some(*failure),
        _ => None,
    }
}

async fn until(login: &PendingLogin, state: LoginState) {
    let mut progress = login.progress();
    while progress.state != state {
        progress = login.progress_after(progress).await.expect("the state is still to come");
    }
}

#[tokio::test(start_paused = true)]
async fn a_confirm_is_sent_when_the_guard_consents() {
    for api in [ApiVersion::V2, ApiVersion::V3] {
        let guard = Guard::that_approves();
        let world = guarded_with(&guard, Setup::default(), |config| Config { api, ..config }).await;
        let (login, random) = world.scanned().await;
        assert_eq!(guard.times(), 0);
        assert_eq!(login.confirm().await, Ok(()));
        assert_eq!(
            (login.state(), world.status(&random)),
            (LoginState::Confirmed, Status::Confirmed)
        );
        assert_eq!((guard.times(), world.calls().len()), (1, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn the_guard_is_asked_about_this_login_and_each_time_with_an_id_of_its_own() {
    let guard = Guard::that_declines();
    let world = guarded(&guard).await;
    let (first, _) = world.scanned().await;
    let (second, _) = world.scanned().await;
    for login in [&first, &second, &second] {
        assert_eq!(failure(&login.confirm().await), Some(VerificationFailure::Declined));
    }
    let asked = guard.asked();
    for (request, login) in asked.iter().zip([&first, &second, &second]) {
        assert_eq!(request.code(), login.code());
        assert_eq!(request.id().len(), 32);
    }
    assert_ne!(asked[0].id(), asked[1].id());
    assert_ne!(asked[1].id(), asked[2].id());
}

/// Everything that is no consent, and what the app is told of it.
#[tokio::test(start_paused = true)]
async fn whatever_else_the_guard_does_nothing_is_sent() {
    use VerificationFailure::{Declined, Failed, OtherRequest, TimedOut, TooOld};
    let earlier: Arc<Mutex<Option<ConfirmRequest>>> = Arc::default();
    let second = Duration::from_secs(1);
    let rows: [(&str, Guard, VerificationFailure); 8] = [
        ("declines", Guard::that_declines(), Declined),
        (
            "fails",
            Guard::that(|_| async { Err(GuardError::Failed { reason: "locked out".to_owned() }) }),
            Failed,
        ),
        ("panics", Guard::that(|_| async { panic!("canary") }), Failed),
        ("panics at once", Guard::that(|_| -> Answer { panic!("canary") }), Failed),
        ("hangs", Guard::that_hangs(), TimedOut),
        (
            "consents too late",
            Guard::that(move |request| async move {
                sleep(second * 121).await;
                Ok(request.approve())
            }),
            TimedOut,
        ),
        (
            "holds its consent back",
            Guard::that(move |request| async move {
                let consent = request.approve();
                sleep(second * 31).await;
                Ok(consent)
            }),
            TooOld,
        ),
        (
            "returns the consent to an earlier request",
            Guard::that(move |request| {
                let earlier = earlier.lock().unwrap().replace(request);
                async move { Ok(earlier.ok_or(GuardError::Declined)?.approve()) }
            }),
            OtherRequest,
        ),
    ];
    for (what, guard, expected) in rows {
        // A code that lives on, so that only the guard's time counts.
        let setup = living(TimeDelta::minutes(10));
        let world = guarded_with(&guard, setup, |config| config).await;
        let (login, _) = world.scanned().await;
        if expected == OtherRequest {
            let (other, _) = world.scanned().await;
            assert_eq!(failure(&other.confirm().await), Some(Declined));
        }
        let before = world.calls();
        let told = login.confirm().await;
        assert_eq!(failure(&told), Some(expected), "{what}: {told:?}");
        assert!(!format!("{told:?} {}", told.clone().unwrap_err()).contains("canary"));
        assert_eq!(world.calls(), before, "{what}");
        assert_eq!(login.state(), LoginState::Scanned);
        // It is still the user's to decline, and that asks nobody.
        let asked = guard.times();
        assert_eq!(login.cancel().await, Ok(()), "{what}");
        assert_eq!(guard.times(), asked);
    }
}

#[tokio::test(start_paused = true)]
async fn the_guards_time_is_not_part_of_the_timeout() {
    let guard = Guard::that(|request| async move {
        sleep(Duration::from_secs(60)).await;
        Ok(request.approve())
    });
    let timeout = Duration::from_secs(3);
    let configure = |config| Config { timeout, ..config };
    let world = guarded_with(&guard, Setup::default(), configure).await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::drop().on("confirm").after_effect());
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm", "check"]);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_expires_while_the_guard_is_asked_is_not_sent() {
    for answers in [true, false] {
        let guard = Guard::that(move |request| async move {
            let consent = request.approve();
            sleep(Duration::from_secs(if answers { 62 } else { 1_000 })).await;
            Ok(consent)
        });
        let setup = living(TimeDelta::minutes(1));
        let world = guarded_with(&guard, setup, |config| config).await;
        let (login, _) = world.scanned().await;
        let start = Instant::now();
        assert_eq!(login.confirm().await, Err(Error::Expired));
        assert!(start.elapsed() < Duration::from_secs(62), "{:?}", start.elapsed());
        assert_eq!(world.calls(), ["scanned"]);
        assert_eq!(login.state(), LoginState::Expired);
        // The user is not asked about a code that has expired.
        assert_eq!((login.confirm().await, guard.times()), (Err(Error::Expired), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn taps_at_the_same_time_share_one_question() {
    let guard = Guard::that(|request| async move {
        sleep(Duration::from_secs(5)).await;
        Ok(request.approve())
    });
    let world = guarded(&guard).await;
    let (login, _) = world.scanned().await;
    let late = async {
        sleep(Duration::from_secs(2)).await;
        login.confirm().await
    };
    assert_eq!(tokio::join!(login.confirm(), login.confirm(), late), (Ok(()), Ok(()), Ok(())));
    assert_eq!((guard.times(), world.calls()), (1, vec!["scanned".into(), "confirm".into()]));
    // What is done is not asked for.
    assert_eq!((login.confirm().await, guard.times()), (Ok(()), 1));
}

#[tokio::test(start_paused = true)]
async fn declining_withdraws_the_question() {
    let dropped = Arc::new(Semaphore::new(0));
    struct Tells(Arc<Semaphore>);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.add_permits(1);
        }
    }
    let guard = {
        let dropped = dropped.clone();
        Guard::that(move |_| {
            let tells = Tells(dropped.clone());
            async move {
                let _tells = tells;
                pending().await
            }
        })
    };
    let world = guarded(&guard).await;
    let (login, random) = world.scanned().await;
    let confirm = tokio::spawn({
        let login = login.clone();
        async move { login.confirm().await }
    });
    guard.is_asked().await;
    let start = Instant::now();
    assert_eq!(login.cancel().await, Ok(()));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let cancelled = Error::AlreadyDecided { decision: Decision::Cancel };
    assert_eq!(confirm.await.unwrap(), Err(cancelled));
    timeout(Duration::from_secs(5), dropped.acquire()).await.unwrap().unwrap().forget();
    assert_eq!((login.state(), world.status(&random)), (LoginState::Cancelled, Status::Cancelled));
    assert_eq!(world.calls(), ["scanned", "cancel"]);
}

/// A decline that fails leaves the login as it was: the user may decide again, and is asked again.
#[tokio::test(start_paused = true)]
async fn a_decline_that_does_not_get_through_lets_the_user_decide_again() {
    let guard = Guard::that_hangs();
    let world = guarded(&guard).await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::html(503).on("cancel").times(3));
    let (confirm, cancel) = tokio::join!(login.confirm(), async {
        guard.is_asked().await;
        login.cancel().await
    });
    assert_eq!(outcome(&confirm), "network_server_busy");
    assert_eq!(outcome(&cancel), "network_server_busy");
    assert_eq!(login.state(), LoginState::Scanned);
    assert!(timeout(Duration::from_secs(9), login.confirm()).await.is_err());
    assert_eq!(guard.times(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_confirm_that_was_consented_to_is_the_first_decision() {
    let guard = Guard::that_approves();
    let world = guarded(&guard).await;
    let (login, _) = world.scanned().await;
    world.server.inject(Fault::new(FaultKind::Delay(Duration::from_secs(2))).on("confirm"));
    let (confirm, cancel) = tokio::join!(login.confirm(), async {
        until(&login, LoginState::Confirming).await;
        login.cancel().await
    });
    let confirmed = Error::AlreadyDecided { decision: Decision::Confirm };
    assert_eq!((confirm, cancel), (Ok(()), Err(confirmed)));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
}

#[tokio::test(start_paused = true)]
async fn one_consent_is_good_for_all_that_one_confirm_sends() {
    let guard = Guard::that_approves();
    let world = guarded(&guard).await;
    let (login, _) = world.scanned().await;
    world.tokens.pocket().fresh = Ok(world.server.issue_token(ALICE));
    world.server.inject(Fault::json(401, json!({})).on("confirm"));
    world.server.inject(Fault::html(503).on("confirm"));
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!(world.calls(), ["scanned", "confirm", "confirm", "check", "confirm"]);
    assert_eq!(guard.times(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_grows_old_while_the_token_is_refreshed_sends_nothing_more() {
    let guard = Guard::that_approves();
    let mut world = guarded(&guard).await;
    let (old, fresh) = (world.server.issue_token(ALICE), world.server.issue_token(ALICE));
    let tokens = Slow { old: old.clone(), fresh };
    let consent_max_age = Duration::from_secs(2);
    let config = Config { consent_max_age, ..world.config() };
    world.client = Client::with_guard(config, tokens, guard.clone()).unwrap();
    let (login, random) = world.scanned().await;
    world.server.revoke_token(&old);
    assert_eq!(failure(&login.confirm().await), Some(VerificationFailure::TooOld));
    assert_eq!(world.calls(), ["scanned", "confirm"]);
    assert_eq!((login.state(), world.status(&random)), (LoginState::Scanned, Status::Scanned));
}

/// A wallet whose refresh takes three seconds.
struct Slow {
    old: String,
    fresh: String,
}

#[async_trait]
impl scan_login::TokenProvider for Slow {
    async fn token(&self, refresh: bool) -> Result<UserToken, scan_login::TokenError> {
        if refresh {
            sleep(Duration::from_secs(3)).await;
        }
        let token = if refresh { &self.fresh } else { &self.old };
        Ok(UserToken::new(token).with_user_id(ALICE))
    }
}

#[tokio::test(start_paused = true)]
async fn a_confirm_in_doubt_asks_the_server_first_and_then_the_user() {
    for was_done in [true, false] {
        let guard = Guard::that_approves();
        let world = guarded(&guard).await;
        let (login, random) = world.scanned().await;
        let lost = Fault::drop().on("confirm").times(9);
        world.server.inject(if was_done { lost.after_effect() } else { lost });
        world.server.inject(Fault::drop().on("check").times(99));
        assert_eq!(outcome(&login.confirm().await), "outcome_unknown");
        assert_eq!(login.state(), LoginState::OutcomeUnknown);
        world.server.clear_faults();

        let before = world.calls().len();
        assert_eq!(login.confirm().await, Ok(()));
        let (calls, asked): (&[&str], _) =
            if was_done { (&["check"], 1) } else { (&["check", "check", "confirm"], 2) };
        assert_eq!(world.calls()[before..], *calls);
        assert_eq!(guard.times(), asked);
        assert_eq!(world.server.code(&random).unwrap().decisions, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn progress_says_that_the_user_is_verified_and_the_server_can_be_asked_meanwhile() {
    let guard = Guard::that(|request| async move {
        sleep(Duration::from_secs(5)).await;
        Ok(request.approve())
    });
    let world = guarded(&guard).await;
    let (login, _) = world.scanned().await;
    let shown = async {
        let mut shown = vec![login.progress()];
        while let Some(next) = login.progress_after(shown[shown.len() - 1]).await {
            shown.push(next);
        }
        let mut states: Vec<_> = shown.into_iter().map(|progress| progress.state).collect();
        states.dedup();
        states
    };
    let refreshed = async {
        until(&login, LoginState::Verifying).await;
        let start = Instant::now();
        (login.refresh().await, start.elapsed() < Duration::from_secs(4))
    };
    let (shown, refreshed, confirmed) = tokio::join!(shown, refreshed, login.confirm());
    assert_eq!((refreshed, confirmed), ((Ok(LoginState::Verifying), true), Ok(())));
    let (verifying, confirming) = (LoginState::Verifying, LoginState::Confirming);
    assert_eq!(shown, [LoginState::Scanned, verifying, confirming, LoginState::Confirmed]);
}

/// The guard of one login hangs; another's login, and all other calls, go on.
#[tokio::test(start_paused = true)]
async fn a_guard_that_hangs_stops_no_other_call() {
    let hangs = Arc::new(Mutex::new(true));
    let guard = Guard::that({
        let hangs = hangs.clone();
        move |request| {
            let hangs = std::mem::replace(&mut *hangs.lock().unwrap(), false);
            async move { if hangs { pending().await } else { Ok(request.approve()) } }
        }
    });
    let world = guarded(&guard).await;
    let (stuck, _) = world.scanned().await;
    let first = tokio::spawn({
        let stuck = stuck.clone();
        async move { stuck.confirm().await }
    });
    guard.is_asked().await;
    let start = Instant::now();
    let (other, _) = world.scanned().await;
    assert_eq!(other.confirm().await, Ok(()));
    assert_eq!(stuck.refresh().await, Ok(LoginState::Verifying));
    assert_eq!(stuck.cancel().await, Ok(()));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(outcome(&first.await.unwrap()), "already_decided");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_stops_waiting_ends_neither_the_question_nor_the_confirm() {
    let guard = Guard::that(|request| async move {
        sleep(Duration::from_secs(5)).await;
        Ok(request.approve())
    });
    let world = guarded(&guard).await;
    let (login, random) = world.scanned().await;
    assert!(timeout(Duration::from_secs(1), login.confirm()).await.is_err());
    assert_eq!(login.confirm().await, Ok(()));
    assert_eq!((guard.times(), world.status(&random)), (1, Status::Confirmed));
}

#[tokio::test(start_paused = true)]
async fn the_user_is_not_changed_behind_the_guard() {
    let guard = Guard::that_approves();
    let world = guarded(&guard).await;
    let (login, _) = world.scanned().await;
    world.sign_in(crate::support::BOB);
    assert_eq!(login.confirm().await, Err(Error::UserChanged));
    assert_eq!(world.calls(), ["scanned"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_guard_needs_no_consent() {
    let world = World::new().await;
    let token = UserToken::new(world.server.issue_token(ALICE));
    let client = Client::new(world.config(), Says(move |_| Ok(token.clone()))).unwrap();
    let login = client.scanned(&world.read(&world.web_code())).await.unwrap();
    assert_eq!(login.confirm().await, Ok(()));
}
