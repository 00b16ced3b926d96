use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use genauth::{Genauth, Pool};
use scan_login::{
    BindingPin, Claim, Client, Config, Error, Frame, FrameResult, FrameScanner, ImageFlaw,
    ImagePoint, Language, LoginCode, LoginState, PendingLogin, TokenError, TokenProvider,
    UserToken, async_trait,
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

/// The app on the phone of a signed-in user.
pub(crate) struct Phone {
    client: Client,
    /// The same, where codes need a PIN.
    bound: Client,
    /// The PIN that the app shows, if codes need one.
    pin: Mutex<Option<BindingPin>>,
    screen: Mutex<Screen>,
}

/// What the app shows of a code. Late results of an earlier one go to a screen that is no longer shown.
#[derive(Clone, Default)]
pub(crate) struct Screen(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    corners: Vec<[ImagePoint; 4]>,
    code: Option<LoginCode>,
    login: Option<PendingLogin>,
    trouble: Option<Error>,
}

impl Phone {
    /// The phone of the pool's first user.
    pub(crate) async fn new(server: &Genauth, pool: &Pool) -> Result<Self, String> {
        let (app, user) = pool.apps.first().zip(pool.users.first()).ok_or("the pool is empty")?;
        let config = Config {
            allow_insecure_loopback: true,
            timeout: TIMEOUT,
            ..Config::new(&app.id, &pool.id, server.url())
        };
        let client = |config| {
            let session = Session(server.issue_token(&user.id));
            Client::new(config, session).map_err(|error| error.to_string())
        };
        let bound = client(Config { require_binding_pin: true, ..config.clone() })?;
        let client = client(config)?;
        // From then on the server's time is known, and no expired code makes a request.
        client.warm_up().await.map_err(|error| error.to_string())?;
        Ok(Self { client, bound, pin: Mutex::default(), screen: Mutex::default() })
    }

    /// Shows nothing.
    pub(crate) fn put_away(&self) -> Screen {
        let screen = Screen::default();
        lock(&self.screen).clone_from(&screen);
        screen
    }

    /// From now on, codes need a new PIN, or none.
    pub(crate) async fn need_pin(&self, is_needed: bool) {
        let screen = self.put_away();
        let pin = if is_needed { self.bound.binding_pin().await.map(Some) } else { Ok(None) };
        match pin {
            Ok(pin) => *lock(&self.pin) = pin,
            Err(error) => screen.content().trouble = Some(error),
        }
    }

    fn client(&self) -> &Client {
        if lock(&self.pin).is_some() { &self.bound } else { &self.client }
    }

    /// Reads the code in a picture, and marks it scanned.
    pub(crate) async fn look(&self, picture: Bytes) {
        let screen = self.put_away();
        if let Err(error) = self.scan(picture, &screen).await {
            screen.content().trouble = Some(error);
        }
    }

    async fn scan(&self, picture: Bytes, screen: &Screen) -> Result<(), Error> {
        let client = self.client();
        let scanner = client.frame_scanner();
        let seen = spawn_blocking(move || watch(scanner, &picture));
        let code = screen.found(seen.await.map_err(|_| Error::Internal)?)?;
        screen.content().code = Some(code.clone());
        let login = client.scanned(&code).await?;
        screen.content().login = Some(login);
        Ok(())
    }

    /// Tells the server what the user decided.
    pub(crate) async fn decide(&self, agreed: bool) {
        let screen = lock(&self.screen).clone();
        let Some(login) = screen.content().login.clone() else { return };
        screen.content().trouble = None;
        let decided = if agreed { login.confirm().await } else { login.cancel().await };
        screen.content().trouble = decided.err();
    }

    /// What the app shows, as the page draws it, with the requests that were made for it.
    pub(crate) fn shown(&self, requests: Vec<Value>) -> Value {
        let screen = lock(&self.screen).clone();
        let screen = screen.content();
        let corners: Vec<_> =
            screen.corners.iter().map(|corners| corners.map(|at| [at.x, at.y])).collect();
        json!({
            "state": screen.state(),
            "secondsLeft": screen.seconds_left(),
            "pin": lock(&self.pin).as_ref().map(|pin| pin.digits.clone()),
            "corners": corners,
            "code": screen.code.as_ref().map(fields),
            "trouble": screen.trouble.as_ref().map(|error| json!({
                "code": error.code(),
                "text": {
                    "en": error.user_text(Language::English),
                    "zh": error.user_text(Language::SimplifiedChinese),
                },
                "detail": error.to_string(),
            })),
            "requests": requests,
        })
    }
}

impl Screen {
    /// The code that was found, if one can be used. Keeps where codes were seen.
    fn found(&self, seen: Result<FrameResult, Error>) -> Result<LoginCode, Error> {
        let (code, corners) = match seen {
            Ok(FrameResult::Found { code, corners }) => (Ok(code), vec![corners]),
            Ok(
                FrameResult::CodeSeenButUnread { corners }
                | FrameResult::TooSmall { corners }
                | FrameResult::Blurred { corners },
            ) => (Err(Error::NoCode), vec![corners]),
            Ok(FrameResult::StillInView | FrameResult::TooDark | FrameResult::NothingSeen) => {
                (Err(Error::NoCode), Vec::new())
            }
            Err(Error::SeveralLoginCodes { corners }) => {
                (Err(Error::SeveralLoginCodes { corners: corners.clone() }), corners)
            }
            Err(error) => (Err(error), Vec::new()),
        };
        self.content().corners = corners;
        code
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        lock(&self.0)
    }
}

impl Content {
    fn state(&self) -> &'static str {
        match (&self.login, &self.trouble, &self.code) {
            (Some(login), ..) => match login.state() {
                LoginState::Scanned => "scanned",
                LoginState::Verifying => "verifying",
                LoginState::Confirming => "confirming",
                LoginState::Cancelling => "cancelling",
                LoginState::Confirmed => "confirmed",
                LoginState::Cancelled => "cancelled",
                LoginState::OutcomeUnknown => "unknown",
                LoginState::Expired => "expired",
                LoginState::CodeGone | LoginState::TakenByAnotherUser => "gone",
            },
            (None, Some(_), _) => "refused",
            (None, None, Some(_)) => "read",
            (None, None, None) => "looking",
        }
    }

    /// The time left to decide, in seconds, rounded up.
    fn seconds_left(&self) -> Option<u64> {
        let left = self.login.as_ref().filter(|login| login.state() == LoginState::Scanned)?;
        left.remaining().map(|left| left.as_millis().div_ceil(1000) as u64)
    }
}

/// Shows the picture to the scanner frame after frame, as a camera in front of it does.
fn watch(mut scanner: FrameScanner, picture: &[u8]) -> Result<FrameResult, Error> {
    #[expect(clippy::disallowed_methods, reason = "the page is our own")]
    let picture = image::load_from_memory(picture).map_err(|_| ImageFlaw::UnknownFormat)?;
    let luma = picture.into_luma8();
    let (width, height) = luma.dimensions();
    let frame = Frame::new(&luma, width, height, width as usize, 1)?;
    for _ in 1..MAX_FRAMES {
        if let found @ FrameResult::Found { .. } = scanner.scan(frame)? {
            return Ok(found);
        }
    }
    scanner.scan(frame)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is known of a code that passed the checks.
fn fields(code: &LoginCode) -> Value {
    let claims = code.claims().into_iter().map(|Claim { name, value }| format!("{name}: {value}"));
    json!({
        "userPool": code.user_pool_id(),
        "created": code.created_at().map(|at| at.to_rfc3339()),
        "expires": code.expires_at().map(|at| at.to_rfc3339()),
        "claims": claims.collect::<Vec<_>>(),
    })
}

/// The app's own session.
struct Session(String);

#[async_trait]
impl TokenProvider for Session {
    async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
        if refresh { Err(TokenError::SignedOut) } else { Ok(UserToken::new(&self.0)) }
    }
}

const MAX_FRAMES: usize = 10;
// Short, so that nobody waits long to see what it leads to; an app keeps to the default.
const TIMEOUT: Duration = Duration::from_secs(6);
