//! Approves a login on the command line: picture in, web page signed in.
//!
//! Without arguments it plays both sides against a stand-in server; with arguments it approves a
//! login of a real host. `cargo run --example approve -- --help` tells more.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use genauth::{Genauth, Options, Setup, WebPage};
use scan_login::{
    ApiVersion, Client, Config, Error, LoginCode, PendingLogin, TokenError, TokenProvider,
    UserToken, async_trait,
};
use serde_json::json;

/// Approves a login: reads the code in a picture, marks it scanned, and confirms or cancels.
///
/// Without --image or --text it starts a stand-in server in this process, has it make a code, and
/// shows both sides of the login. With one of them it works against a real host, and then needs
/// --host, --app-id, --user-pool-id and the signed-in user's token: in the environment variable
/// SCAN_LOGIN_TOKEN, or in a file.
#[derive(Parser)]
#[command(name = "approve")]
struct Arguments {
    /// The picture of the login code: PNG, JPEG, WebP, GIF or BMP
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    image: Option<PathBuf>,

    /// The text of the login code
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,

    /// The host of the API, such as https://example.genauth.ai
    #[arg(long, value_name = "URL")]
    host: Option<String>,

    /// The id of the app that the user is signed in to
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,

    /// The id of the user pool that the user belongs to
    #[arg(long, value_name = "ID")]
    user_pool_id: Option<String>,

    /// The environment variable that holds the user's token
    #[arg(long, value_name = "NAME", default_value = "SCAN_LOGIN_TOKEN")]
    token_env: String,

    /// A file that holds the user's token, in place of the environment variable
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// What to do with the login [default: ask; without --image or --text: confirm]
    #[arg(long, value_enum)]
    decision: Option<Choice>,

    /// The generation of the API
    #[arg(long, value_enum, default_value_t = Api::V2)]
    api: Api,

    /// How long a call may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    timeout: u64,

    /// A certificate to trust in place of the bundled ones, as PEM
    #[arg(long, value_name = "FILE")]
    root_certificate: Option<PathBuf>,

    /// Allow http to a loopback address
    #[arg(long)]
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

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match (arguments.image.is_some() || arguments.text.is_some(), &arguments.host) {
        (true, _) => approve(arguments).await,
        (false, None) => play_both_sides(arguments.decision.unwrap_or(Choice::Confirm)).await,
        (false, Some(_)) => usage("--host goes with --image or --text"),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("approve: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Approves a login of a real host.
async fn approve(arguments: Arguments) -> Result<(), String> {
    let (Some(host), Some(app_id), Some(user_pool_id)) =
        (&arguments.host, &arguments.app_id, &arguments.user_pool_id)
    else {
        return usage("--image and --text need --host, --app-id and --user-pool-id");
    };
    let token = match &arguments.token_file {
        Some(file) => std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?,
        None => std::env::var(&arguments.token_env).map_err(|_| {
            format!("no token: set {}, or name a file with --token-file", arguments.token_env)
        })?,
    };
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
        let pem = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        config.root_certificates.push(pem);
    }
    let client = Client::new(config, FixedToken(token.trim().to_owned())).map_err(said)?;

    let code = match (&arguments.image, &arguments.text) {
        (Some(file), _) => {
            let picture = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
            client.read_image(picture).await.map_err(said)?
        }
        (None, text) => client.read_text(text.as_deref().unwrap_or_default()).map_err(said)?,
    };
    let login = client.scanned(&code).await.map_err(said)?;
    step("phone", "marked the code scanned");
    describe(&login);
    decide(&login, arguments.decision.unwrap_or(Choice::Ask)).await
}

/// Plays the phone, the web page and the web site's server against a stand-in.
async fn play_both_sides(choice: Choice) -> Result<(), String> {
    let setup = Setup::default();
    let pool = setup.pools.first().cloned().ok_or("the stand-in has no user pool")?;
    let (app, user) = pool.apps.first().zip(pool.users.first()).ok_or("the pool is empty")?;
    let server = Genauth::start(Options::default()).await.map_err(|error| error.to_string())?;
    step("server", &format!("a stand-in listens at {}", server.url()));

    let page = WebPage::new(&server.url(), &app.id);
    let custom_data = json!({ "from": "the approve example" });
    let (random, url) = page.gene(custom_data).await.map_err(failed)?;
    let picture = page.picture(&url).await.map_err(failed)?;
    let file = std::env::temp_dir().join(format!("login-code-{}.png", std::process::id()));
    std::fs::write(&file, &picture)
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    step("web page", &format!("shows a code; its picture is {}", file.display()));

    let config =
        Config { allow_insecure_loopback: true, ..Config::new(&app.id, &pool.id, server.url()) };
    let client = Client::new(config, FixedToken(server.issue_token(&user.id))).map_err(said)?;
    let picture = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
    let code: LoginCode = client.read_image(picture).await.map_err(said)?;
    step("phone", "read the code in the picture");
    let login = client.scanned(&code).await.map_err(said)?;
    step("phone", "marked the code scanned");
    describe(&login);
    let seen = page.check(&random).await.map_err(failed)?;
    let (status, nickname) = (seen.status, seen.user_info.nickname);
    step("web page", &format!("polls: status {status}, scanned by {nickname}"));

    decide(&login, choice).await?;
    let seen = page.check(&random).await.map_err(failed)?;
    step("web page", &format!("polls: status {}", seen.status));
    if let Some(ticket) = seen.ticket {
        let user = page.exchange(&ticket, &pool.secret).await.map_err(failed)?;
        let (nickname, email) = (user.nickname, user.email);
        step("web server", &format!("exchanged the ticket: {nickname}, {email}, is signed in"));
    }
    Ok(())
}

fn describe(login: &PendingLogin) {
    let code = login.code();
    let left = login
        .remaining()
        .map_or("no time limit".to_owned(), |left| format!("{} seconds left", left.as_secs()));
    step("phone", &format!("user pool {}, {left}", code.user_pool_id()));
    if let Some(custom_data) = code.custom_data() {
        step("phone", &format!("the code claims {custom_data}"));
    }
}

async fn decide(login: &PendingLogin, choice: Choice) -> Result<(), String> {
    let agreed = match choice {
        Choice::Confirm => true,
        Choice::Cancel => false,
        Choice::Ask => ask()?,
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

/// Asks for yes or no. Anything but a clear yes is a no.
fn ask() -> Result<bool, String> {
    print!("Did you start this login, and do you want to sign in there? [y/N] ");
    io::stdout().flush().map_err(failed)?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).map_err(failed)? == 0 {
        return Err("no decision was given; --decision says it beforehand".to_owned());
    }
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

struct FixedToken(String);

#[async_trait]
impl TokenProvider for FixedToken {
    async fn token(&self, refresh: bool) -> Result<UserToken, TokenError> {
        // A command line has no way to get a fresh one.
        if refresh { Err(TokenError::SignedOut) } else { Ok(UserToken::new(self.0.clone())) }
    }
}

fn step(who: &str, what: &str) {
    println!("{who:<11} {what}");
}

fn usage(reason: &str) -> Result<(), String> {
    Arguments::command().error(ErrorKind::MissingRequiredArgument, reason).exit()
}

fn said(error: Error) -> String {
    format!("{error} ({})", error.code())
}

fn failed(error: io::Error) -> String {
    error.to_string()
}

fn unreadable(file: &std::path::Path, error: &io::Error) -> String {
    format!("cannot read {}: {error}", file.display())
}
