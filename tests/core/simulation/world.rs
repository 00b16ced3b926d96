//! One run: a server, two phones, the network between them, and what happens to them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use genauth::{Fault, Genauth, Status};
use scan_login::simulation::enter;
use scan_login::{
    Client, Config, Decision, Error, LoginCode, LoginState, PendingLogin, TokenError,
    TokenProvider, UserToken, async_trait,
};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::inputs::bad_input;
use crate::model::{Model, Played, REFUSED, Told};
use crate::network::{Link, Process, ProcessWorld};
use crate::plan::{CODES, Call, PHONES, Patience, Plan, Setting, Step, Trouble, What};

/// What there is besides the phones.
pub(crate) struct Sim {
    pub(crate) server: Genauth,
    pub(crate) links: [Link; PHONES],
    pub(crate) chance: Mutex<Rng>,
    setting: Setting,
    state: Mutex<State>,
    started: Instant,
    slept_millis: AtomicI64,
}

#[derive(Default)]
struct State {
    model: Model,
    report: Report,
    /// How many requests were looked at.
    seen: usize,
}

/// What a run came to.
#[derive(Default)]
pub(crate) struct Report {
    /// What happened, in order.
    pub(crate) trace: Vec<String>,
    pub(crate) wrong: Vec<String>,
    pub(crate) after_refusal: u64,
    pub(crate) calls: u64,
    pub(crate) requests: u64,
    pub(crate) bad_inputs: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) verdicts: BTreeMap<&'static str, u64>,
}

struct Phone {
    process: Arc<Process>,
    client: Client,
    wallet: Wallet,
    logins: Arc<Mutex<[Option<PendingLogin>; CODES]>>,
    running: Vec<JoinHandle<()>>,
    refreshing: Option<JoinHandle<()>>,
}

impl Sim {
    fn new(seed: u64, setting: Setting) -> Arc<Self> {
        // Of other chance than the plan, so that a changed plan leaves the network as it is.
        let mut chance = Rng::with_seed(!seed);
        // Not at a whole second.
        let time = DateTime::from_timestamp_millis(1_800_000_000_000 + chance.i64(0..100_000_000));
        let time = time.unwrap_or_default();
        Arc::new(Self {
            server: Genauth::without_socket(setting.setup.clone(), time),
            links: [Link::new(chance.fork()), Link::new(chance.fork())],
            chance: Mutex::new(chance),
            setting,
            state: Mutex::default(),
            started: Instant::now(),
            slept_millis: AtomicI64::new(0),
        })
    }

    /// The true time, which the server's clock shows.
    pub(crate) fn time(&self) -> DateTime<Utc> {
        self.server.now()
    }

    pub(crate) fn slept(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.slept_millis.load(Relaxed))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn trace(&self, what: impl FnOnce(&mut String)) {
        let passed =
            self.started.elapsed() + Duration::from_millis(self.slept_millis.load(Relaxed) as u64);
        let mut line = format!("{:9.3}  ", passed.as_secs_f64());
        what(&mut line);
        self.state().report.trace.push(line);
    }

    pub(crate) fn count_fault(&self, name: &'static str) {
        *self.state().report.faults.entry(name).or_default() += 1;
    }

    /// A process has put something on the wire.
    pub(crate) fn note_written(&self, process: usize, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let path = text.split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default().to_owned();
        self.trace(|line| {
            let _ = write!(line, "process {process} sends {path}, {} bytes", bytes.len());
        });
        let now = self.time();
        self.state().model.is_written(process, &text, now);
    }

    /// Takes over what the server has now.
    fn look(&self) {
        let mut state = self.state();
        let state = &mut *state;
        for request in self.server.requests_from(state.seen) {
            state.seen += 1;
            state.model.note_request(&request);
        }
        for played in &mut state.model.codes {
            match self.server.code(&played.truth.random) {
                Some(truth) => played.truth = truth,
                None => played.is_forgotten = true,
            }
        }
        state.model.judge_codes();
    }

    fn judge(&self, told: &Told<'_>) {
        self.look();
        let now = self.time();
        let mut state = self.state();
        let name = told.result.as_ref().err().map_or("ok", Error::code);
        *state.report.verdicts.entry(name).or_default() += 1;
        state.model.judge(told, &self.setting, now);
    }

    fn issue(&self, user: &'static str) -> String {
        let token = self.server.issue_token(user);
        self.state().model.tokens.insert(token.clone(), user);
        token
    }
}

/// What a process of the app knows of its user. Clones are the same wallet.
#[derive(Clone)]
struct Wallet(Arc<Mutex<Pocket>>);

struct Pocket {
    process: Arc<Process>,
    token: String,
    fresh: Result<String, TokenError>,
    user: &'static str,
    /// Who was signed in since the process began.
    users: Vec<&'static str>,
    trouble: Option<Trouble>,
}

impl Wallet {
    fn pocket(&self) -> MutexGuard<'_, Pocket> {
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

struct Run {
    sim: Arc<Sim>,
    phones: Vec<Phone>,
    codes: Vec<LoginCode>,
    processes: usize,
    calls: u64,
}

impl Run {
    fn new(seed: u64, setting: Setting) -> Self {
        let sim = Sim::new(seed, setting);
        let mut codes = Vec::new();
        for _ in 0..CODES {
            let truth = sim.server.make_code(POOL, Some(json!({})));
            codes.push(LoginCode::parse(&truth.text).unwrap());
            sim.state().model.codes.push(Played { truth, is_forgotten: false });
        }
        let mut run = Self { sim, phones: Vec::new(), codes, processes: 0, calls: 0 };
        for phone in 0..PHONES {
            let user = run.sim.setting.users[phone];
            let started = run.started(phone, user);
            run.phones.push(started);
        }
        if run.sim.setting.is_older_v3 {
            let unknown = Fault::html(404).on("set-qrcode-status").times(u32::MAX);
            run.sim.server.inject(unknown);
        }
        run
    }

    /// A new process of the app.
    fn started(&mut self, phone: usize, user: &'static str) -> Phone {
        let sim = self.sim.clone();
        let number = self.processes;
        self.processes += 1;
        let clock_error = sim.setting.clock_errors[phone];
        let is_dead = AtomicBool::new(false);
        let process = Arc::new(Process { sim: sim.clone(), phone, number, is_dead, clock_error });
        let wallet = Wallet(Arc::new(Mutex::new(Pocket {
            process: process.clone(),
            token: sim.issue(user),
            fresh: Ok(sim.issue(user)),
            user,
            users: vec![user],
            trouble: None,
        })));
        enter(Some(Arc::new(ProcessWorld(process.clone()))));
        let config = Config {
            api: sim.setting.apis[phone],
            timeout: sim.setting.timeout,
            allow_insecure_loopback: true,
            ..Config::new(format!("app-{number}"), POOL, sim.server.url())
        };
        let client = Client::new(config, wallet.clone()).unwrap();
        let logins = Arc::default();
        Phone { process, client, wallet, logins, running: Vec::new(), refreshing: None }
    }

    async fn take(&mut self, step: Step) {
        self.sim.trace(|line| {
            let _ = match &step {
                Step::Server(name, how, _) => write!(line, "server: {name} {how}"),
                step => write!(line, "{step:?}"),
            };
        });
        match step {
            Step::Call(call) => self.call(call).await,
            Step::WarmUp(phone) => {
                let client = self.phones[phone].client.clone();
                let warmed = self.bounded(client.warm_up()).await;
                if self.sim.setting.is_calm && warmed.is_err() {
                    self.wrong(format!("warm_up on a good network: {warmed:?}"));
                }
            }
            Step::SignIn(phone, user) => {
                let (token, fresh) = (self.sim.issue(user), self.sim.issue(user));
                let mut pocket = self.phones[phone].wallet.pocket();
                (pocket.token, pocket.fresh, pocket.user) = (token, Ok(fresh), user);
                pocket.users.retain(|known| *known != user);
                pocket.users.push(user);
            }
            Step::TokenExpires(phone, may_be_renewed) => {
                self.sim.count_fault("token");
                self.sim.state().model.token_trouble |= !may_be_renewed;
                let mut pocket = self.phones[phone].wallet.pocket();
                self.sim.server.revoke_token(&pocket.token);
                pocket.fresh = if may_be_renewed {
                    Ok(self.sim.issue(pocket.user))
                } else {
                    Err(TokenError::SignedOut)
                };
            }
            Step::Wallet(phone, trouble) => {
                self.sim.count_fault("token");
                self.sim.state().model.token_trouble = true;
                self.phones[phone].wallet.pocket().trouble = Some(trouble);
            }
            Step::Pause(time) => sleep(time).await,
            Step::Sleep(time, connections) => {
                self.sim.count_fault("sleep");
                self.sim.slept_millis.fetch_add(time.num_milliseconds(), Relaxed);
                self.sim.server.set_clock_offset(self.sim.slept());
                if let Some(end) = connections {
                    self.sim.links.iter().for_each(|link| link.end_all(end));
                }
            }
            Step::Restart(phone) => {
                self.sim.count_fault("death");
                let user = self.phones[phone].wallet.pocket().user;
                self.phones[phone].process.die();
                let Phone { running, refreshing, .. } = &self.phones[phone];
                running.iter().chain(refreshing).for_each(JoinHandle::abort);
                self.phones[phone] = self.started(phone, user);
            }
            Step::NetworkChanged(phone) => self.phones[phone].client.network_changed(),
            Step::Server(name, _, faults) => {
                self.sim.count_fault(name);
                self.sim.state().model.is_busy |= name == "busy";
                self.sim.state().model.has_wrong_dates |= name == "wrong date";
                faults.into_iter().for_each(|fault| self.sim.server.inject(fault));
            }
            Step::Lag(lag) => {
                self.sim.count_fault("lag");
                self.sim.state().model.lags |= !lag.is_zero();
                self.sim.server.set_check_lag(lag);
            }
            Step::Forget(code) => {
                self.sim.count_fault("forgotten");
                self.sim.look();
                let random = self.codes_random(code);
                self.sim.server.forget_code(&random);
            }
            Step::Cut(phone, cut) => self.sim.links[phone].rules().cut = Some(cut),
            Step::Refused(phone, times) => {
                self.sim.count_fault("refused");
                self.sim.links[phone].rules().refused = times;
            }
            Step::Unanswered(phone, times) => {
                self.sim.count_fault("unanswered");
                self.sim.links[phone].rules().unanswered = times;
            }
            Step::Slow(phone, millis) => {
                self.sim.count_fault("slow");
                self.sim.links[phone].rules().latency = millis / 2..millis;
            }
            Step::BadInput(phone, kind) => self.bad_input(phone, kind).await,
        }
        self.sim.look();
        for phone in 0..PHONES {
            for code in 0..CODES {
                self.look_at_state(phone, code);
            }
        }
    }

    fn codes_random(&self, code: usize) -> String {
        self.sim.state().model.codes[code].truth.random.clone()
    }

    fn wrong(&self, what: String) {
        self.sim.state().model.wrong.push(what);
    }

    /// A call ends within its timeout.
    async fn bounded<T>(&self, call: impl Future<Output = T>) -> T {
        bounded(&self.sim, call).await
    }

    async fn call(&mut self, call: Call) {
        let phone = &mut self.phones[call.phone];
        let login = phone.logins.lock().unwrap()[call.code].clone();
        if call.what != What::Scan && login.is_none() {
            return;
        }
        let caller = Caller {
            sim: self.sim.clone(),
            client: phone.client.clone(),
            wallet: phone.wallet.clone(),
            logins: phone.logins.clone(),
            process: phone.process.number,
            code: self.codes[call.code].clone(),
            login,
            number: self.calls,
        };
        self.calls += 1;
        // Two that wait for the same are woken in no certain order, and both would go on.
        if let Some(refreshing) = phone.refreshing.take().filter(|_| call.what == What::Refresh) {
            let _ = refreshing.await;
        }
        let running = tokio::spawn(caller.make(call));
        if call.alone {
            let _ = running.await;
            return;
        }
        match call.what {
            What::Refresh => phone.refreshing = Some(running),
            What::Scan | What::Decide(_) => phone.running.push(running),
        }
        let pause = self.sim.chance.lock().unwrap().u64(..200);
        sleep(Duration::from_millis(pause)).await;
    }

    fn look_at_state(&self, phone: usize, code: usize) {
        let Phone { process, wallet, logins, .. } = &self.phones[phone];
        let Some(login) = logins.lock().unwrap()[code].clone() else { return };
        let state = login.state();
        let users = wallet.pocket().users.clone();
        let (began, result) = (self.sim.time(), Ok(Some(state)));
        let what = What::Refresh;
        let told =
            Told { process: process.number, users: &users, code, what, began, result: &result };
        let left = login.remaining();
        let mut state_of_run = self.sim.state();
        state_of_run.model.judge_state(state, &told, began);
        state_of_run.model.judge_remaining(left, &told, began);
    }

    async fn bad_input(&self, phone: usize, kind: usize) {
        let Phone { client, process, .. } = &self.phones[phone];
        self.sim.state().report.bad_inputs += 1;
        let now = self.sim.time();
        let (text, expected) = bad_input(kind, &format!("{REFUSED}{}", process.number), POOL, now);
        let refused = client.read_text(&text);
        let name = refused.as_ref().err().map_or("ok", Error::code);
        if name != expected {
            self.wrong(format!(
                "{:?} is {name}, and not {expected}",
                String::from_utf8_lossy(&text)
            ));
        }
        // An app can come by a code that it has not checked.
        if let Ok(code) = LoginCode::parse(&text) {
            let scanned = polled(1, client.scanned(&code)).await;
            if !matches!(&scanned, Some(Err(error)) if error.code() == expected) {
                self.wrong(format!(
                    "a code that is {expected} is not refused at once: {scanned:?}"
                ));
            }
        }
    }

    /// On a good network every login comes to an end, and the phone knows it.
    async fn end(&mut self) {
        self.sim.trace(|line| line.push_str("the end: all is well from now on"));
        self.sim.server.clear_faults();
        self.sim.server.set_check_lag(TimeDelta::zero());
        self.sim.links.iter().for_each(Link::heal);
        // What is under way comes to its end.
        sleep(self.sim.setting.timeout + Duration::from_secs(30)).await;
        for phone in 0..PHONES {
            for code in 0..CODES {
                self.settle(phone, code).await;
            }
            self.fresh_login(phone).await;
        }
        self.sim.look();
    }

    async fn settle(&mut self, phone: usize, code: usize) {
        let Phone { process, wallet, logins, .. } = &self.phones[phone];
        let number = process.number;
        let Some(login) = logins.lock().unwrap()[code].clone() else { return };
        wallet.pocket().trouble = None;
        let own = self.sim.state().model.scanned_as(number, code);
        let own = own.unwrap_or_else(|| wallet.pocket().user);
        self.take(Step::SignIn(phone, own)).await;
        let call = |what| Call { phone, code, what, patience: Patience::ToTheEnd, alone: true };
        self.take(Step::Call(call(What::Decide(Decision::Cancel)))).await;
        self.take(Step::Call(call(What::Refresh))).await;
        if !self.is_settled(&login, code) {
            // Only a code that somebody else has, or that is forgotten, does not come to its end at once.
            let is_open = self.sim.state().model.is_own_and_open(number, code);
            if is_open {
                self.wrong(format!("code {code} is not settled: {:?}", login.state()));
            }
            sleep(Duration::from_secs(200)).await;
            self.take(Step::Call(call(What::Refresh))).await;
            let is_forgotten = self.sim.state().model.codes[code].is_forgotten;
            if !self.is_settled(&login, code) && !is_forgotten {
                self.wrong(format!("code {code} has no end: {:?}", login.state()));
            }
        }
    }

    /// Whether nothing more can be learned. A decision that was sent to a code which then expired may have been
    /// made first, for all that a server says.
    fn is_settled(&self, login: &PendingLogin, code: usize) -> bool {
        let is_unknown = login.state() == LoginState::OutcomeUnknown;
        self.sim.look();
        let status = self.sim.state().model.codes[code].truth.status;
        login.state().is_final() || is_unknown && status == Status::Expired
    }

    /// Whatever has happened, the next login goes well.
    async fn fresh_login(&mut self, phone: usize) {
        self.phones[phone].wallet.pocket().trouble = None;
        let user = self.phones[phone].wallet.pocket().user;
        self.take(Step::SignIn(phone, user)).await;
        let truth = self.sim.server.make_code(POOL, None);
        let client = self.phones[phone].client.clone();
        let code = client.read_text(&truth.text);
        let told = async {
            let login = client.scanned(&code?).await?;
            login.confirm().await
        };
        let told = told.await;
        let truth = self.sim.server.code(&truth.random).unwrap();
        if told != Ok(()) || truth.decisions != 1 {
            self.wrong(format!(
                "a login on a good network is told {told:?}, and is {:?}",
                truth.status
            ));
        }
    }
}

/// Who makes a call, and looks at what it is told.
struct Caller {
    sim: Arc<Sim>,
    client: Client,
    wallet: Wallet,
    logins: Arc<Mutex<[Option<PendingLogin>; CODES]>>,
    process: usize,
    code: LoginCode,
    login: Option<PendingLogin>,
    /// Among all calls.
    number: u64,
}

impl Caller {
    async fn make(self, call: Call) {
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
            let Call { code, what, .. } = call;
            sim.judge(&Told { process: *process, users, code, what, began, result });
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
        sim.state().report.calls += 1;
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

async fn bounded<T>(sim: &Sim, call: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let result = call.await;
    let took = began.elapsed();
    if took > sim.setting.timeout + ROUNDING {
        sim.state().model.wrong.push(format!("a call took {took:?}"));
    }
    result
}

/// Polls a future at most so many times, and then drops it. `None` if it did not end.
async fn polled<T>(times: usize, future: impl Future<Output = T>) -> Option<T> {
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

/// Makes the run of a plan, in virtual time.
pub(crate) fn run(seed: u64, plan: Plan) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let sim = runtime.block_on(async {
        let mut run = Run::new(seed, plan.setting);
        for step in plan.steps {
            run.take(step).await;
        }
        run.end().await;
        run.sim.clone()
    });
    drop(runtime);
    enter(None);
    let mut state = sim.state();
    let mut report = std::mem::take(&mut state.report);
    report.requests = state.seen as u64;
    report.wrong = std::mem::take(&mut state.model.wrong);
    report.after_refusal = state.model.after_refusal;
    report
}

const POOL: &str = "65a1b2c3d4e5f60718293a4b";
/// Timers count whole milliseconds.
const ROUNDING: Duration = Duration::from_millis(10);
