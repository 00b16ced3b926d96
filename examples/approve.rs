//! Approves a login on the command line: picture in, web page signed in.
//!
//! Without arguments it plays both sides against a stand-in server; with arguments it approves a
//! login of a real host. `cargo run --example approve -- --help` tells more.

use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Parser, ValueEnum, value_parser};
use genauth::{Genauth, Options, Setup, WebPage};
use scan_login::{
    ApiVersion, Claim, Client, Config, Error, LoginCode, PendingLogin, TokenError, TokenProvider,
    UserToken, async_trait,
};
use serde_json::json;
use tempfile::NamedTempFile;

/// Approves a login: reads the code in a picture, marks it scanned, and confirms or cancels.
///
/// Without --image or --text it starts a stand-in server in this process, has it make a code, and
/// shows both sides of the login. With one of them it works against a real host, and then needs
/// --host, --app-id, --user-pool-id and the signed-in user's token: in the environment variable
/// SCAN_LOGIN_TOKEN, or in a file.
#[derive(Parser)]
#[command(name = "approve", group = ArgGroup::new("code").requires_all(["host", "app_id", "user_pool_id"]))]
struct Arguments {
    /// The picture of the login code: PNG, JPEG, WebP, GIF or BMP
    #[arg(long, value_name = "FILE", group = "code")]
    image: Option<PathBuf>,

    /// The text of the login code
    #[arg(long, value_name = "TEXT", group = "code")]
    text: Option<String>,

    /// The host of the API, such as https://example.genauth.ai
    #[arg(long, value_name = "URL", requires = "code")]
    host: Option<String>,

    /// The id of the app that the user is signed in to
    #[arg(long, value_name = "ID", requires = "code")]
    app_id: Option<String>,

    /// The id of the user pool that the user belongs to
    #[arg(long, value_name = "ID", requires = "code")]
    user_pool_id: Option<String>,

    /// The environment variable that holds the user's token
    #[arg(long, value_name = "NAME", default_value = "SCAN_LOGIN_TOKEN", requires = "code")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    token_env: String,

    /// A file that holds the user's token, in place of the environment variable
    #[arg(long, value_name = "FILE", requires = "code")]
    token_file: Option<PathBuf>,

    /// What to do with the login [default: ask; without --image or --text: confirm]
    #[arg(long, value_enum)]
    decision: Option<Choice>,

    /// The generation of the API
    #[arg(long, value_enum, default_value_t = Api::V2, requires = "code")]
    api: Api,

    /// How long a call may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15, requires = "code")]
    #[arg(value_parser = value_parser!(u64).range(1..=600))]
    timeout: u64,

    /// A certificate to trust in place of the bundled ones, as PEM
    #[arg(long, value_name = "FILE", requires = "code")]
    root_certificate: Option<PathBuf>,

    /// Allow http to a loopback address
    #[arg(long, requires = "code")]
    allow_insecure_loopback: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Choice {
    Confirm,
    Cancel,
    Ask,
}

#[derive(Clone, Copy, ValueEnum)]
enum Api {
    V2,
    V2Unversioned,
    V3,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&format!("cannot start threads: {error}")),
    };
    let outcome = runtime.block_on(async {
        if arguments.image.is_some() || arguments.text.is_some() {
            approve(arguments).await
        } else {
            play_both_sides(arguments.decision.unwrap_or(Choice::Confirm)).await
        }
    });
    // Without waiting for a picture that takes too long, or for an answer that nobody types.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => complain(&reason),
    }
}

fn complain(reason: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "approve: {reason}");
    ExitCode::FAILURE
}

/// Approves a login of a real host.
async fn approve(arguments: Arguments) -> Result<(), String> {
    let login = unless_stopped(scan(&arguments)).await?;
    decide(&login, arguments.decision.unwrap_or(Choice::Ask)).await
}

/// Reads the code that the arguments name, and marks it scanned.
async fn scan(arguments: &Arguments) -> Result<PendingLogin, String> {
    let token = match &arguments.token_file {
        Some(file) => text_of(file)?,
        None => std::env::var(&arguments.token_env).map_err(|error| {
            format!("no token in {}, and no --token-file: {error}", arguments.token_env)
        })?,
    };
    // With --image or --text there are these three, or clap would have complained.
    let [app_id, user_pool_id, host] =
        [&arguments.app_id, &arguments.user_pool_id, &arguments.host]
            .map(|argument| argument.as_deref().unwrap_or_default());
    let mut config = Config {
        api: match arguments.api {
            Api::V2 => ApiVersion::V2,
            Api::V2Unversioned => ApiVersion::V2Unversioned,
            Api::V3 => ApiVersion::V3,
        },
        timeout: Duration::from_secs(arguments.timeout),
        allow_insecure_loopback: arguments.allow_insecure_loopback,
        ..Config::new(app_id, user_pool_id, host)
    };
    if let Some(file) = &arguments.root_certificate {
        config.root_certificates.push(text_of(file)?);
    }
    let client = Client::new(config, FixedToken(token.trim().to_owned())).map_err(as_options)?;

    let code = match (&arguments.image, &arguments.text) {
        (Some(file), _) => {
            let read = client.read_image(contents(file)?).await;
            read.map_err(|error| format!("{file:?}: {}", said(error)))?
        }
        (None, text) => client.read_text(text.as_deref().unwrap_or_default()).map_err(said)?,
    };
    let login = client.scanned(&code).await.map_err(|error| match error {
        Error::Network { .. } => format!("{host}: {}", said(error)),
        _ => said(error),
    })?;
    step("phone", "marked the code scanned");
    describe(&login);
    Ok(login)
}

/// Plays the phone, the web page and the web site's server against a stand-in.
async fn play_both_sides(choice: Choice) -> Result<(), String> {
    let setup = Setup::default();
    let pool = setup.pools.first().cloned().ok_or("the stand-in has no user pool")?;
    let (app, user) = pool.apps.first().zip(pool.users.first()).ok_or("the pool is empty")?;
    let server = Genauth::start(Options::default()).await.map_err(|error| error.to_string())?;
    step("server", &format!("a stand-in listens at {}", server.url()));

    let config =
        Config { allow_insecure_loopback: true, ..Config::new(&app.id, &pool.id, server.url()) };
    let client = Client::new(config, FixedToken(server.issue_token(&user.id))).map_err(said)?;

    let page = WebPage::new(&server.url(), &app.id);
    let custom_data = json!({ "from": "the approve example" });
    let (random, url) = page.gene(custom_data).await.map_err(failed("make a code"))?;
    let picture = page.picture(&url).await.map_err(failed("get the picture of the code"))?;

    // It can be looked at while this runs, and is removed at the end, however that comes about.
    let file = keep_for_now(&picture)
        .map_err(|error| format!("cannot write the picture of the code: {error}"))?;
    step("web page", &format!("shows a code; its picture is {}", file.path().display()));
    let login = unless_stopped(async {
        let code: LoginCode = client.read_image(contents(file.path())?).await.map_err(said)?;
        step("phone", "read the code in the picture");
        let login = client.scanned(&code).await.map_err(said)?;
        step("phone", "marked the code scanned");
        describe(&login);
        let seen = page.check(&random).await.map_err(failed("poll"))?;
        let (status, nickname) = (seen.status, seen.user_info.nickname);
        step("web page", &format!("polls: status {status}, scanned by {nickname}"));
        Ok(login)
    })
    .await?;

    decide(&login, choice).await?;
    let seen = page.check(&random).await.map_err(failed("poll"))?;
    step("web page", &format!("polls: status {}", seen.status));
    if let Some(ticket) = seen.ticket {
        let exchanged = page.exchange(&ticket, &pool.secret).await;
        let user = exchanged.map_err(failed("exchange the ticket"))?;
        let (nickname, email) = (user.nickname, user.email);
        step("web server", &format!("exchanged the ticket: {nickname}, {email}, is signed in"));
    }
    Ok(())
}

/// A file that holds the picture, until it is dropped.
fn keep_for_now(picture: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("login-code-").suffix(".png").tempfile()?;
    file.write_all(picture)?;
    Ok(file)
}

/// Stops on Ctrl-C. For what can be interrupted: a decision that may be on its way is completed.
async fn unless_stopped<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    tokio::select! {
        outcome = work => outcome,
        _ = tokio::signal::ctrl_c() => Err("stopped before a decision was made".to_owned()),
    }
}

fn describe(login: &PendingLogin) {
    let code = login.code();
    let left = login
        .remaining()
        .map_or("no time limit".to_owned(), |left| format!("{} seconds left", left.as_secs()));
    step("phone", &format!("user pool {}, {left}", code.user_pool_id()));
    // Anyone can have written them. What would take over the terminal is left out.
    for Claim { name, value } in code.claims() {
        step("phone", &format!("the code claims {name}: {value}"));
    }
    for warning in code.warnings() {
        step("phone", &format!("the code is weak: {warning:?}"));
    }
}

async fn decide(login: &PendingLogin, choice: Choice) -> Result<(), String> {
    let agreed = match choice {
        Choice::Confirm => true,
        Choice::Cancel => false,
        Choice::Ask => match ask().await {
            Some(agreed) => agreed,
            None => {
                // The web page should not wait for an answer that will not come.
                login.cancel().await.map_err(said)?;
                return Err("no answer was given, and the login was cancelled".to_owned());
            }
        },
    };
    if agreed {
        login.confirm().await.map_err(said)?;
        step("phone", "confirmed");
    } else {
        login.cancel().await.map_err(said)?;
        step("phone", "cancelled");
    }
    Ok(())
}

/// Asks for yes or no; anything but a clear yes is a no. `None` when the input ends, or on Ctrl-C.
async fn ask() -> Option<bool> {
    step("", "Did you start this yourself? If not, decline.");
    let _ = write!(io::stdout(), "Sign in there? Type yes to confirm, no to decline: ");
    let _ = io::stdout().flush();
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).ok().filter(|read| *read > 0).map(|_| answer)
    });
    let answer = tokio::select! {
        answer = answer => answer.ok()??,
        _ = tokio::signal::ctrl_c() => return None,
    };
    Some(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

struct FixedToken(String);

#[async_trait]
impl TokenProvider for FixedToken {
    async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
        // A command line has no way to get a fresh one.
        if refresh { Err(TokenError::SignedOut) } else { Ok(UserToken::new(self.0.clone())) }
    }
}

/// Prints a step. A closed output must not stop a login halfway.
fn step(who: &str, what: &str) {
    let _ = writeln!(io::stdout(), "{who:<11} {what}");
}

/// The bytes of a regular file, up to what the library accepts.
fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let read = || {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| format!("cannot read {path:?}: {error}"))
}

fn text_of(path: &Path) -> Result<String, String> {
    String::from_utf8(contents(path)?).map_err(|_| format!("cannot read {path:?}: it is not text"))
}

fn said(error: Error) -> String {
    format!("{error} ({})", error.code())
}

/// What is wrong with the configuration, in the words of the command line.
fn as_options(error: Error) -> String {
    OPTIONS.iter().fold(said(error), |text, (setting, option)| text.replace(setting, option))
}

fn failed(what: &str) -> impl Fn(io::Error) -> String {
    move |error| format!("the web page cannot {what}: {error}")
}

const OPTIONS: [(&str, &str); 5] = [
    ("the app id", "--app-id"),
    ("the user pool id", "--user-pool-id"),
    ("the base URL", "--host"),
    ("the root certificates hold", "--root-certificate holds"),
    ("insecure loopback is not allowed", "--allow-insecure-loopback is not set"),
];

// One byte more than the library takes by default, so that it can say so.
const MAX_FILE: u64 = (20 << 20) + 1;
