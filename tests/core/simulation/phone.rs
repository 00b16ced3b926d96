//! A phone: the app's process, its user's token, and the calls that it makes.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use scan_login::{
    ApiVersion, Client, Decision, Error, LoginCode, LoginState, PendingLogin, TokenError,
    TokenProvider, UserToken, async_trait,
};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::model::Told;
use crate::network::Process;
use crate::plan::{CODES, Call, Patience, Trouble, What};
use crate::sim::Sim;

pub(crate) struct Phone {
    pub(crate) process: Arc<Process>,
    pub(crate) client: Client,
    pub(crate) wallet: Wallet,
    pub(crate) logins: Arc<Mutex<[Option<PendingLogin>; CODES]>>,
    pub(crate) running: Vec<JoinHandle<()>>,
    pub(crate) refreshing: Option<JoinHandle<()>>,
}

/// What a process of the app knows of its user. Clones are the same wallet.
#[derive(Clone)]
pub(crate) struct Wallet(pub(crate) Arc<Mutex<Pocket>>);

pub(crate) struct Pocket {
    pub(crate) process: Arc<Process>,
    pub(crate) token: String,
    pub(crate) fresh: Result<String, TokenError>,
    pub(crate) user: &'static str,
    /// Who was signed in since the process began.
    pub(crate) users: Vec<&'static str>,
    pub(crate) trouble: Option<Trouble>,
}

impl Wallet {
    pub(crate) fn pocket(&self) -> MutexGuard<'_, Pocket> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl TokenProvider for Wallet {
    async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
        // A real provider goes to a store or a server.
        tokio::task::yield_now().await;
        let trouble = self.pocket().trouble.take();
        match trouble {
            Some(Trouble::Fails) => {
                return Err(TokenError::Failed { reason: "in trouble".to_owned() });
            }
            Some(Trouble::Takes(time)) => sleep(time).await,
            None => {}
        }
        if self.pocket().process.is_dead.load(Relaxed) {
            std::future::pending::<()>().await;
        }
        let mut pocket = self.pocket();
        if refresh {
            pocket.token = pocket.fresh.clone()?;
        }
        Ok(UserToken::new(pocket.token.clone()).with_user_id(pocket.user))
    }
}
/// Who makes a call, and looks at what it is told.
pub(crate) struct Caller {
    pub(crate) sim: Arc<Sim>,
    pub(crate) client: Client,
    pub(crate) wallet: Wallet,
    pub(crate) logins: Arc<Mutex<[Option<PendingLogin>; CODES]>>,
    pub(crate) process: usize,
    pub(crate) code: LoginCode,
    pub(crate) login: Option<PendingLogin>,
    pub(crate) api: ApiVersion,
    /// Among all calls.
    pub(crate) number: u64,
}

impl Caller {
    pub(crate) async fn make(self, call: Call) {
        let Self { sim, process, .. } = &self;
        let began = sim.time();
        let running = Running::begin(sim.clone(), *process, call);
        let made = bounded(sim, made(call, &self.client, self.login.as_ref(), &self.code));
        let result = match call.patience {
            Patience::ToTheEnd => Some(made.await),
            Patience::Polls(polls) => polled(polls, made).await,
            Patience::Millis(millis) => timeout(Duration::from_millis(millis), made).await.ok(),
        };
        drop(running);
        let ended = sim.started.elapsed();
        let told = result.as_ref().map(|result| match result {
            Ok((_, state)) => Ok(*state),
            Err(error) => Err(error.clone()),
        });
        if let Some(Ok((Some(login), _))) = result {
            self.logins.lock().unwrap()[call.code] = Some(login);
        }
        if let Some(result) = &told {
            let users = &self.wallet.pocket().users.clone();
            let (Call { code, what, .. }, api) = (call, self.api);
            sim.judge(&Told { process: *process, users, api, code, what, began, result });
        } else {
            sim.state().model.dealing(*process, call.code).is_left = true;
        }
        // Those that end at the same time do so in no certain order. What follows has one.
        sleep(Duration::from_millis(1 + self.number % 50)).await;
        sim.trace(|line| {
            let _ = write!(line, "process {process}: {:?} of code {}", call.what, call.code);
            let _ = match told {
                None => write!(line, " is not waited for"),
                Some(Ok(Some(state))) => write!(line, " is told {state:?}"),
                Some(Ok(None)) => write!(line, " is told ok"),
                Some(Err(error)) => write!(line, " is told {error:?}"),
            };
            let _ = write!(line, ", at {:.3}", ended.as_secs_f64());
        });
    }
}

/// A call that is under way. It ends when this is dropped.
struct Running {
    sim: Arc<Sim>,
    process: usize,
    code: usize,
}

impl Running {
    fn begin(sim: Arc<Sim>, process: usize, call: Call) -> Self {
        sim.state().report.counts.calls += 1;
        sim.state().model.begins(process, call.code, call.what);
        Self { sim, process, code: call.code }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.sim.state().model.ends(self.process, self.code);
    }
}

async fn made(
    call: Call,
    client: &Client,
    login: Option<&PendingLogin>,
    code: &LoginCode,
) -> Result<(Option<PendingLogin>, Option<LoginState>), Error> {
    match (call.what, login) {
        (What::Decide(Decision::Confirm), Some(login)) => {
            login.confirm().await.map(|()| (None, None))
        }
        (What::Decide(Decision::Cancel), Some(login)) => {
            login.cancel().await.map(|()| (None, None))
        }
        (What::Refresh, Some(login)) => login.refresh().await.map(|state| (None, Some(state))),
        _ => client.scanned(code).await.map(|login| (Some(login), None)),
    }
}

/// A call ends within its timeout.
pub(crate) async fn bounded<T>(sim: &Sim, call: impl Future<Output = T>) -> T {
    let began = Instant::now();
    // What never ends would stop the run, in which there is no other time than this one.
    let result = timeout(MAX_CALL, call).await.expect("a call ends");
    let took = began.elapsed();
    if took > sim.setting.timeout + ROUNDING {
        sim.state().model.wrong.push(format!("a call took {took:?}"));
    }
    result
}

/// Polls a future at most so many times, and then drops it. `None` if it did not end.
pub(crate) async fn polled<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
/// Longer than any timeout.
const MAX_CALL: Duration = Duration::from_secs(600);
/// Timers count whole milliseconds.
const ROUNDING: Duration = Duration::from_millis(10);
