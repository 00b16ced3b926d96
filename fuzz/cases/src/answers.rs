//! Any answers to a confirm, and to the question what became of it: a line with the generation of the API and the two
//! HTTP statuses (`V2 200 200`), the body of the one, an empty line, and the body of the other.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use scan_login::simulation::{self, Connecting, World};
use scan_login::{
    ApiVersion, Client, Config, Error, LoginState, TokenError, TokenProvider, UserToken,
    async_trait,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

pub(crate) fn run(input: &[u8]) {
    let Some((api, answers)) = read(input) else { return };
    simulation::enter(Some(Arc::new(answers.clone())));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(confirm(api, &answers));
    simulation::enter(None);
}

async fn confirm(api: ApiVersion, answers: &Answers) {
    let config = Config { api, ..Config::new("app", "pool", "https://example.com") };
    let client = Client::new(config, Alice).unwrap();
    let code =
        client.read_text(r#"{"scene":"APP_AUTH","random":"r","userPoolId":"pool"}"#).unwrap();
    let login = client.scanned(&code).await.unwrap();
    let told = login.confirm().await;
    let by_answer = answers.confirm.is_success();
    let (is_confirmed, is_cancelled) = (answers.check.has_status(2), answers.check.has_status(3));
    match &told {
        Ok(()) => assert!(by_answer || is_confirmed, "{answers:?}"),
        Err(Error::AlreadyDecided { .. }) => assert!(is_cancelled, "{answers:?}"),
        Err(Error::Config { .. } | Error::Internal | Error::UserChanged) => panic!("{told:?}"),
        Err(error) => assert!(!error.to_string().chars().any(char::is_control), "{error:?}"),
    }
    let state = login.state();
    assert_eq!(state == LoginState::Confirmed, told.is_ok(), "{state:?} {told:?}");
}

fn read(input: &[u8]) -> Option<(ApiVersion, Answers)> {
    let (head, bodies) = split(input, b"\n")?;
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    let api = match words.next()? {
        "V2" => ApiVersion::V2,
        "V3" => ApiVersion::V3,
        _ => return None,
    };
    let mut status = || words.next()?.parse().ok().filter(|status| (200..600).contains(status));
    let (confirm, check) = split(bodies, b"\n\n").unwrap_or((bodies, b""));
    let confirm = Answer { status: status()?, body: confirm.to_vec() };
    Some((api, Answers { confirm, check: Answer { status: status()?, body: check.to_vec() } }))
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..start], &bytes[start + at.len()..]))
}

#[derive(Clone, Debug)]
struct Answers {
    confirm: Answer,
    check: Answer,
}

#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Answer {
    /// Whether a benevolent reader could take it for a success.
    fn is_success(&self) -> bool {
        let Some(body) = self.json() else { return false };
        ["code", "apiCode", "statusCode"].iter().any(|name| number(&body[*name]) == Some(200.0))
    }

    /// Whether a benevolent reader could find this status in it.
    fn has_status(&self, status: u8) -> bool {
        let word = if status == 2 { "AUTHORIZED" } else { "CANCELLED" };
        self.is_success()
            && self.json().is_some_and(|body| {
                let said = &body["data"]["status"];
                number(said) == Some(status.into()) || said == word
            })
    }

    fn json(&self) -> Option<Value> {
        let body = serde_json::from_slice(&self.body).ok().filter(Value::is_object);
        body.filter(|_| self.status < 300)
    }

    fn raw(&self) -> Vec<u8> {
        let Self { status, body } = self;
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

impl World for Answers {
    fn connect(&self) -> Connecting {
        let (near, far) = duplex(1 << 16);
        tokio::spawn(serve(far, self.clone()));
        Box::pin(async { Ok(near) })
    }

    fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn slept(&self) -> TimeDelta {
        TimeDelta::zero()
    }

    fn random(&self) -> u8 {
        0
    }
}

async fn serve(mut connection: DuplexStream, answers: Answers) {
    let scanned = Answer { status: 200, body: br#"{"code":200,"statusCode":200}"#.to_vec() };
    let mut request = Vec::new();
    loop {
        let mut read = [0; 4096];
        match connection.read(&mut read).await {
            Ok(length) if length > 0 => request.extend_from_slice(&read[..length]),
            _ => return,
        }
        let text = String::from_utf8_lossy(&request).to_lowercase();
        // A question has no body; an action's is an object.
        let is_question = text.starts_with("get");
        if !text.contains("\r\n\r\n") || !(is_question || text.ends_with('}')) {
            continue;
        }
        let answer = match text.contains("confirm") {
            _ if is_question => &answers.check,
            true => &answers.confirm,
            false => &scanned,
        };
        if connection.write_all(&answer.raw()).await.is_err() {
            return;
        }
        request.clear();
    }
}

struct Alice;

#[async_trait]
impl TokenProvider for Alice {
    async fn token(&self, _refresh: bool) -> Result<UserToken, TokenError> {
        Ok(UserToken::new("token").with_user_id("alice"))
    }
}
