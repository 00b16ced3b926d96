//! A phone and the server that it talks to.

pub(crate) mod drawing;
pub(crate) mod pictures;
pub(crate) mod relay;

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use genauth::{Certificate, Code, Genauth, Options, Recorded, Setup, Status};
use scan_login::{
    Client, Config, Error, LoginCode, PendingLogin, TokenError, TokenProvider, UserToken,
    async_trait,
};
use serde_json::json;

/// The first pool of the stand-in's setup, its app and its users.
pub(crate) const POOL: &str = "65a1b2c3d4e5f60718293a4b";
pub(crate) const APP: &str = "65a1b2c3d4e5f60718293a01";
pub(crate) const ALICE: &str = "user-alice";
pub(crate) const BOB: &str = "user-bob";
pub(crate) const OTHER_POOL: &str = "65a1b2c3d4e5f60718293c5d";
pub(crate) const CAROL: &str = "user-carol";

/// A phone with alice signed in, and a server of its own.
pub(crate) struct World {
    pub(crate) server: Genauth,
    pub(crate) client: Client,
    pub(crate) tokens: Wallet,
    client_config: Config,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default(), |config| config).await
    }

    /// A phone that waits as long as it can, however busy the machine that the tests run on.
    pub(crate) async fn patient() -> Self {
        let timeout = Duration::from_secs(600);
        Self::with(Setup::default(), |config| Config { timeout, ..config }).await
    }

    pub(crate) async fn with(setup: Setup, configure: impl FnOnce(Config) -> Config) -> Self {
        Self::at(Options { setup, ..Options::default() }, configure).await
    }

    pub(crate) async fn with_tls() -> Self {
        Self::with_tls_and(|config| config).await
    }

    pub(crate) async fn with_tls_and(configure: impl FnOnce(Config) -> Config) -> Self {
        let certificate = Some(Certificate::Good);
        Self::at(Options { certificate, ..Options::default() }, configure).await
    }

    async fn at(options: Options, configure: impl FnOnce(Config) -> Config) -> Self {
        let server = Genauth::start(options).await.expect("loopback has a free port");
        let tokens = Wallet::holding(server.issue_token(ALICE), ALICE);
        let config = configure(config_for(&server));
        let client = Client::new(config.clone(), tokens.clone()).expect("a good configuration");
        Self { server, client, tokens, client_config: config }
    }

    /// The same phone after the app's process died: what the server knows is all that is left.
    pub(crate) fn restarted(&self) -> Client {
        let config = self.client_config.clone();
        Client::new(config, self.tokens.clone()).expect("a good configuration")
    }

    pub(crate) fn config(&self) -> Config {
        self.client_config.clone()
    }

    /// Has another user sign in.
    pub(crate) fn sign_in(&self, user_id: &str) {
        let mut pocket = self.tokens.pocket();
        pocket.token = Ok(self.server.issue_token(user_id));
        pocket.user_id = Some(user_id.to_owned());
    }

    /// A fresh code of the phone's pool, as the web page shows it.
    pub(crate) fn web_code(&self) -> Code {
        self.server.make_code(POOL, Some(json!({})))
    }

    pub(crate) fn read(&self, code: &Code) -> LoginCode {
        self.client.read_text(&code.text).expect("a good code")
    }

    /// A code that the phone has marked scanned.
    pub(crate) async fn scanned(&self) -> (PendingLogin, String) {
        let code = self.web_code();
        let login = self.client.scanned(&self.read(&code)).await.expect("scanned");
        (login, code.random)
    }

    pub(crate) fn status(&self, random: &str) -> Status {
        self.server.code(random).expect("a code of the server").status
    }

    /// The last words of the paths that were asked for, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.server.requests().into_iter().map(last_word).collect()
    }

    /// The same for a code that was made a moment ago.
    pub(crate) fn calls_of(&self, random: &str) -> Vec<String> {
        let of_code =
            |request: &Recorded| request.body.contains(random) || request.query.contains(random);
        self.server.last_requests(99, of_code).into_iter().map(last_word).collect()
    }
}

fn last_word(request: Recorded) -> String {
    request.path.rsplit('/').next().unwrap_or_default().to_owned()
}

pub(crate) fn config_for(server: &Genauth) -> Config {
    let roots = Some(server.root_certificate().to_owned()).filter(|pem| !pem.is_empty());
    Config {
        allow_insecure_loopback: true,
        root_certificates: roots.into_iter().collect(),
        ..Config::new(APP, POOL, server.url())
    }
}

/// A token provider that tests can look into. Clones are the same wallet.
#[derive(Clone)]
pub(crate) struct Wallet(Arc<Mutex<Pocket>>);

pub(crate) struct Pocket {
    pub(crate) token: Result<String, TokenError>,
    pub(crate) user_id: Option<String>,
    /// What a refresh puts in the token's place.
    pub(crate) fresh: Result<String, TokenError>,
    pub(crate) asked: u32,
    pub(crate) refreshes: u32,
}

impl Wallet {
    pub(crate) fn holding(token: String, user_id: &str) -> Self {
        Self(Arc::new(Mutex::new(Pocket {
            token: Ok(token),
            user_id: Some(user_id.to_owned()),
            fresh: Err(TokenError::SignedOut),
            asked: 0,
            refreshes: 0,
        })))
    }

    pub(crate) fn pocket(&self) -> std::sync::MutexGuard<'_, Pocket> {
        self.0.lock().expect("no test panics while it holds the wallet")
    }
}

#[async_trait]
impl TokenProvider for Wallet {
    async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
        // A real provider goes to a store or a server.
        tokio::task::yield_now().await;
        let mut pocket = self.pocket();
        pocket.asked += 1;
        if refresh {
            pocket.refreshes += 1;
            pocket.token = pocket.fresh.clone();
        }
        let token = UserToken::new(pocket.token.clone()?);
        Ok(match &pocket.user_id {
            Some(user_id) => token.with_user_id(user_id),
            None => token,
        })
    }
}

/// A token provider that a test writes out: what it says, by whether it is asked for a fresh token.
pub(crate) struct Says<F>(pub(crate) F);

#[async_trait]
impl<F> TokenProvider for Says<F>
where
    F: Fn(bool) -> Result<UserToken, TokenError> + Send + Sync + 'static,
{
    async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
        self.0(refresh)
    }
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

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The error's stable name, or `ok`.
pub(crate) fn outcome<T>(result: &Result<T, Error>) -> &'static str {
    result.as_ref().err().map_or("ok", Error::code)
}

/// Runs a story of a property test, in virtual time.
pub(crate) fn run(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(story);
}
