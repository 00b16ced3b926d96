//! One run: what happens to the phones, one thing after another, and how it ends.

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use genauth::{Fault, Status};
use scan_login::simulation::enter;
use scan_login::{
    Client, Config, Decision, Error, LoginCode, LoginState, PendingLogin, TokenError,
};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::inputs::bad_input;
use crate::model::{Played, REFUSED, Told};
use crate::network::{Link, Process, ProcessWorld};
use crate::phone::{Caller, Phone, Pocket, Wallet, bounded, polled};
use crate::plan::{CODES, Call, PHONES, Patience, Plan, Setting, Step, What};
use crate::report::Report;
use crate::sim::Sim;

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
    sim.report()
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
                let warmed = bounded(&self.sim, client.warm_up()).await;
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
                self.sim.sleep(time);
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
                self.sim.state().model.has_wrong_dates |=
                    matches!(name, "wrong date" | "from a cache");
                self.sim.state().model.has_copies |= name == "repeated";
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
            api: self.sim.setting.apis[call.phone],
            number: self.calls,
        };
        self.calls += 1;
        // Two that wait for the same are woken in no certain order, and both would go on.
        if call.what == What::Refresh
            && let Some(refreshing) = phone.refreshing.take()
        {
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
        let told = Told {
            process: process.number,
            users: &users,
            api: self.sim.setting.apis[phone],
            code,
            what: What::Refresh,
            began: self.sim.time(),
            result: &Ok(Some(state)),
        };
        let (left, slept) = (login.remaining(), self.sim.slept().to_std().unwrap_or_default());
        let mut state_of_run = self.sim.state();
        state_of_run.model.judge_state(state, &told, told.began);
        state_of_run.model.judge_remaining(left, &told, told.began, slept);
    }

    async fn bad_input(&self, phone: usize, kind: usize) {
        let Phone { client, process, .. } = &self.phones[phone];
        self.sim.state().report.counts.refused_inputs += 1;
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
            let login = bounded(&self.sim, client.scanned(&code?)).await?;
            bounded(&self.sim, login.confirm()).await
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
const POOL: &str = "65a1b2c3d4e5f60718293a4b";
