//! The codes, tokens and tickets, and what may become of them. Knows nothing of HTTP.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::choices;
use crate::setup::{App, PayloadShape, Pool, Setup, User};

/// The state of a login code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// Nobody has scanned it.
    Pending,
    /// A user has scanned it and may decide.
    Scanned,
    /// The user agreed.
    Confirmed,
    /// The user declined.
    Cancelled,
    /// It expired before a decision.
    Expired,
    /// The user must show a second factor to the web page.
    MfaRequired,
    /// The login failed on the server.
    Failed,
}

/// A login code, and what was done with it.
#[derive(Clone, Debug)]
pub struct Code {
    /// Its id.
    pub random: String,
    /// The text in the picture.
    pub text: String,
    /// Its state.
    pub status: Status,
    /// The id of the user who scanned it.
    pub scanned_by: Option<String>,
    /// What the web page exchanges for the user.
    pub ticket: Option<String>,
    /// How many times it became confirmed or cancelled: never more than once, if all is well.
    pub decisions: u32,
    /// When it became confirmed or cancelled, if a phone did that.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it expires, by the server's clock.
    pub expires_at: DateTime<Utc>,
    pub(crate) pool_id: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// What a phone does with a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    Scan,
    Confirm,
    Cancel,
}

/// An answer that is not a success.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) text: &'static str,
}

pub(crate) struct Store {
    pub(crate) setup: Setup,
    codes: HashMap<String, Code>,
    /// Token to user id.
    tokens: HashMap<String, String>,
    tickets: HashMap<String, Ticket>,
    started: (Instant, DateTime<Utc>),
    offset: TimeDelta,
    /// How every code stood, and since when.
    history: HashMap<String, Vec<(DateTime<Utc>, Code)>>,
    check_lag: TimeDelta,
}

struct Ticket {
    user_id: String,
    expires_at: DateTime<Utc>,
}

impl Store {
    pub(crate) fn new(setup: Setup, time: DateTime<Utc>) -> Self {
        Self {
            setup,
            codes: HashMap::new(),
            tokens: HashMap::new(),
            tickets: HashMap::new(),
            started: (Instant::now(), time),
            offset: TimeDelta::zero(),
            history: HashMap::new(),
            check_lag: TimeDelta::zero(),
        }
    }

    /// The server's time. It passes as the runtime's clock does, and so can be virtual.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let (instant, time) = self.started;
        let passed = TimeDelta::from_std(instant.elapsed()).unwrap_or_default();
        time + passed + self.offset
    }

    pub(crate) fn set_offset(&mut self, offset: TimeDelta) {
        self.offset = offset;
    }

    pub(crate) fn set_check_lag(&mut self, lag: TimeDelta) {
        self.check_lag = lag;
    }

    pub(crate) fn pool(&self, id: &str) -> Option<&Pool> {
        self.setup.pools.iter().find(|pool| pool.id == id)
    }

    pub(crate) fn app(&self, id: &str) -> Option<(&Pool, &App)> {
        let apps =
            self.setup.pools.iter().flat_map(|pool| pool.apps.iter().map(move |app| (pool, app)));
        apps.into_iter().find(|(_, app)| app.id == id)
    }

    pub(crate) fn user(&self, id: &str) -> Option<(&Pool, &User)> {
        let of = |pool| move |user| (pool, user);
        let users = self.setup.pools.iter().flat_map(|pool| pool.users.iter().map(of(pool)));
        users.into_iter().find(|(_, user)| user.id == id)
    }

    pub(crate) fn issue_token(&mut self, user_id: &str) -> String {
        let token = random_text(48);
        self.tokens.insert(token.clone(), user_id.to_owned());
        token
    }

    pub(crate) fn revoke_token(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    pub(crate) fn make_code(&mut self, pool_id: &str, custom_data: Option<Value>) -> Option<Code> {
        let pool = self.pool(pool_id)?;
        let (life, now) = (pool.code_life, self.now());
        let random = random_text(30);
        let mut payload = Map::from_iter([
            ("scene".to_owned(), json!("APP_AUTH")),
            ("random".to_owned(), json!(random)),
            ("userPoolId".to_owned(), json!(pool_id)),
            ("createdAt".to_owned(), json!(iso(now))),
        ]);
        match self.setup.payload {
            PayloadShape::ExpireAt => payload.insert("expireAt".to_owned(), json!(iso(now + life))),
            PayloadShape::ExpiresIn => {
                payload.insert("expiresIn".to_owned(), json!(life.num_seconds()))
            }
            PayloadShape::NoExpiry => None,
        };
        if let Some(custom_data) = custom_data {
            payload.insert("customData".to_owned(), custom_data);
        }
        let text = Value::Object(payload).to_string();
        if text.len() > choices::max_text(&self.setup) {
            return None;
        }
        let code = Code {
            random: random.clone(),
            text,
            status: Status::Pending,
            scanned_by: None,
            ticket: None,
            decisions: 0,
            decided_at: None,
            pool_id: pool_id.to_owned(),
            created_at: now,
            expires_at: now + life,
        };
        self.codes.insert(random.clone(), code.clone());
        self.remember(&random);
        Some(code)
    }

    /// The code in its current state.
    pub(crate) fn code(&self, random: &str) -> Option<Code> {
        Some(as_of(self.now(), self.codes.get(random)?.clone()))
    }

    /// The code as `check` shows it.
    pub(crate) fn checked_code(&self, random: &str) -> Option<Code> {
        let code = self.code(random)?;
        let seen_at = self.now() - self.check_lag;
        let history = self.history.get(random)?;
        let seen = history.iter().rev().find(|(since, _)| *since <= seen_at).or(history.first());
        Some(seen.map_or(code, |(_, seen)| as_of(seen_at, seen.clone())))
    }

    /// Notes how a code stands now.
    fn remember(&mut self, random: &str) {
        if let Some(code) = self.codes.get(random).cloned() {
            let now = self.now();
            self.history.entry(random.to_owned()).or_default().push((now, code));
        }
    }

    pub(crate) fn set_status(&mut self, random: &str, status: Status) {
        if let Some(code) = self.codes.get_mut(random) {
            code.status = status;
        }
        self.remember(random);
    }

    pub(crate) fn forget_code(&mut self, random: &str) {
        self.codes.remove(random);
    }

    pub(crate) fn user_of_token(&self, token: Option<&str>) -> Result<String, Refusal> {
        token.and_then(|token| self.tokens.get(token)).cloned().ok_or(NOT_LOGGED_IN)
    }

    /// Scans, confirms or cancels, for the user that the token belongs to.
    pub(crate) fn act(
        &mut self,
        act: Act,
        random: &str,
        token: Option<&str>,
    ) -> Result<(), Refusal> {
        let user_id = self.user_of_token(token)?;
        let code = self.code(random).ok_or(choices::INVALID_CODE)?;
        let (pool, _) = self.user(&user_id).ok_or(NOT_LOGGED_IN)?;
        if pool.id != code.pool_id {
            return Err(Refusal { code: self.setup.foreign_user_code, text: "用户不存在" });
        }
        let ticket_life = pool.ticket_life;
        let scanned_by = code.scanned_by.as_deref();
        match act {
            Act::Scan => choices::may_scan(code.status, scanned_by, &user_id, self.setup.rescan)?,
            Act::Confirm | Act::Cancel => {
                choices::may_decide(code.status, scanned_by, &user_id, self.setup.redecide)?;
            }
        }
        let now = self.now();
        let expires_at = now + ticket_life;
        let Some(code) = self.codes.get_mut(random) else { return Err(choices::INVALID_CODE) };
        match act {
            Act::Scan => {
                code.status = Status::Scanned;
                code.scanned_by = Some(user_id);
            }
            Act::Confirm => {
                let ticket = random_text(32);
                code.status = Status::Confirmed;
                code.decisions += 1;
                code.decided_at = Some(now);
                code.ticket = Some(ticket.clone());
                self.tickets.insert(ticket, Ticket { user_id, expires_at });
            }
            Act::Cancel => {
                code.status = Status::Cancelled;
                code.decisions += 1;
                code.decided_at = Some(now);
            }
        }
        self.remember(random);
        Ok(())
    }

    /// The user that a ticket stands for.
    pub(crate) fn exchange(&mut self, ticket: &str) -> Result<(Pool, User), Refusal> {
        let now = self.now();
        let known = self.tickets.get(ticket).filter(|ticket| ticket.expires_at > now);
        let user_id = known.ok_or(choices::INVALID_TICKET)?.user_id.clone();
        if choices::TICKETS_ARE_SINGLE_USE {
            self.tickets.remove(ticket);
        }
        let (pool, user) = self.user(&user_id).ok_or(choices::INVALID_TICKET)?;
        Ok((pool.clone(), user.clone()))
    }
}

/// An open code has expired once its time is over.
fn as_of(now: DateTime<Utc>, code: Code) -> Code {
    let open = matches!(code.status, Status::Pending | Status::Scanned);
    let status = if open && code.expires_at <= now { Status::Expired } else { code.status };
    Code { status, ..code }
}

/// A time as the server writes it: UTC with milliseconds.
pub(crate) fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn random_text(length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

/// Code and text as documented (PROTOCOL 4.4).
const NOT_LOGGED_IN: Refusal =
    Refusal { code: 2020, text: "尚未登录，无权限访问此请求" };
