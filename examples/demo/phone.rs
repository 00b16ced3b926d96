use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use genauth::{Genauth, Pool};
use scan_login::{
    Client, Config, Error, Frame, FrameResult, FrameScanner, ImageFlaw, ImagePoint, Language,
    LoginCode, LoginState, PendingLogin, TokenError, TokenProvider, UserToken, async_trait,
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

/// The app on the phone of a signed-in user.
pub(crate) struct Phone {
    client: Client,
    screen: Mutex<Screen>,
}

/// What the app shows.
#[derive(Default)]
struct Screen {
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
            ..Config::new(&app.id, &pool.id, server.url())
        };
        let session = Session(server.issue_token(&user.id));
        let client = Client::new(config, session).map_err(|error| error.to_string())?;
        // From then on the server's time is known, and no expired code makes a request.
        client.warm_up().await.map_err(|error| error.to_string())?;
        Ok(Self { client, screen: Mutex::default() })
    }

    /// Shows nothing.
    pub(crate) fn put_away(&self) {
        *self.screen() = Screen::default();
    }

    /// Reads the code in a picture, and marks it scanned.
    pub(crate) async fn look(&self, picture: Bytes) {
        self.put_away();
        if let Err(error) = self.scan(picture).await {
            self.screen().trouble = Some(error);
        }
    }

    async fn scan(&self, picture: Bytes) -> Result<(), Error> {
        let scanner = self.client.frame_scanner();
        let seen = spawn_blocking(move || watch(scanner, &picture));
        let code = self.found(seen.await.map_err(|_| Error::Internal)?)?;
        self.screen().code = Some(code.clone());
        let login = self.client.scanned(&code).await?;
        self.screen().login = Some(login);
        Ok(())
    }

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
        self.screen().corners = corners;
        code
    }

    /// Tells the server what the user decided.
    pub(crate) async fn decide(&self, agreed: bool) {
        let Some(login) = self.screen().login.clone() else { return };
        let decided = if agreed { login.confirm().await } else { login.cancel().await };
        self.screen().trouble = decided.err();
    }

    /// What the app shows, as the page draws it, with the requests that were made for it.
    pub(crate) fn shown(&self, requests: Vec<Value>) -> Value {
        let screen = self.screen();
        let corners: Vec<_> =
            screen.corners.iter().map(|corners| corners.map(|at| [at.x, at.y])).collect();
        json!({
            "state": screen.state(),
            "secondsLeft": screen.seconds_left(),
            "corners": corners,
            "code": screen.code.as_ref().map(fields),
            "trouble": screen.trouble.as_ref().map(|error| json!({
                "code": error.code(), "text": error.user_text(Language::English), "detail": error.to_string(),
            })),
            "requests": requests,
        })
    }

    fn screen(&self) -> MutexGuard<'_, Screen> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Screen {
    fn state(&self) -> &'static str {
        match (&self.login, &self.trouble, &self.code) {
            (Some(login), ..) => match login.state() {
                LoginState::Scanned => "scanned",
                LoginState::Confirming => "confirming",
                LoginState::Cancelling => "cancelling",
                LoginState::Confirmed => "confirmed",
                LoginState::Cancelled => "cancelled",
                LoginState::OutcomeUnknown => "unknown",
                LoginState::Expired => "expired",
                LoginState::CodeGone => "code_gone",
                LoginState::TakenByAnotherUser => "taken_by_another_user",
            },
            (None, Some(_), _) => "refused",
            (None, None, Some(_)) => "read",
            (None, None, None) => "looking",
        }
    }

    /// The time to decide, in whole seconds begun.
    fn seconds_left(&self) -> Option<u64> {
        let left = self.login.as_ref().filter(|login| login.state() == LoginState::Scanned)?;
        left.remaining().map(|left| left.as_millis().div_ceil(1000) as u64)
    }
}

/// Shows the picture to the scanner frame after frame, as a camera does that is held before it.
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

/// What is known of a code that passed the checks.
fn fields(code: &LoginCode) -> Value {
    json!({
        "userPool": code.user_pool_id(),
        "created": code.created_at().map(|at| at.to_rfc3339()),
        "expires": code.expires_at().map(|at| at.to_rfc3339()),
        "claims": code.custom_data(),
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
