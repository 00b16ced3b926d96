//! What there is besides the phones, and what is known of the run.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use genauth::Genauth;
use scan_login::Error;
use tokio::time::Instant;

use crate::model::{Model, Told};
use crate::network::Link;
use crate::plan::{PHONES, Setting};
use crate::report::Report;

/// The server, the network, time and chance.
pub(crate) struct Sim {
    pub(crate) server: Genauth,
    pub(crate) links: [Link; PHONES],
    pub(crate) chance: Mutex<Rng>,
    pub(crate) setting: Setting,
    state: Mutex<State>,
    pub(crate) started: Instant,
    slept_millis: AtomicI64,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) model: Model,
    pub(crate) report: Report,
    /// How many requests were looked at.
    seen: usize,
}

impl Sim {
    pub(crate) fn new(seed: u64, setting: Setting) -> Arc<Self> {
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

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn trace(&self, what: impl FnOnce(&mut String)) {
        let passed =
            self.started.elapsed() + Duration::from_millis(self.slept_millis.load(Relaxed) as u64);
        let mut line = format!("{:9.3}  ", passed.as_secs_f64());
        what(&mut line);
        self.state().report.trace.push(line);
    }

    pub(crate) fn count_fault(&self, name: &'static str) {
        *self.state().report.counts.faults.entry(name).or_default() += 1;
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
    pub(crate) fn look(&self) {
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

    pub(crate) fn judge(&self, told: &Told<'_>) {
        self.look();
        let now = self.time();
        let mut state = self.state();
        let name = told.result.as_ref().err().map_or("ok", Error::code);
        *state.report.counts.verdicts.entry(name).or_default() += 1;
        state.model.judge(told, &self.setting, now);
    }

    pub(crate) fn issue(&self, user: &'static str) -> String {
        let token = self.server.issue_token(user);
        self.state().model.tokens.insert(token.clone(), user);
        token
    }

    /// All phones sleep.
    pub(crate) fn sleep(&self, time: TimeDelta) {
        self.slept_millis.fetch_add(time.num_milliseconds(), Relaxed);
        self.server.set_clock_offset(self.slept());
    }

    /// What the run came to.
    pub(crate) fn report(&self) -> Report {
        let mut state = self.state();
        let mut report = std::mem::take(&mut state.report);
        report.wrong = std::mem::take(&mut state.model.wrong);
        report.counts.requests = state.seen as u64;
        report.counts.wrong = report.wrong.len() as u64;
        report.counts.after_refusal = state.model.after_refusal;
        report
    }
}
