//! The stand-in server on the command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::TimeDelta;
use clap::{Parser, ValueEnum};
use genauth::{Certificate, Genauth, Options, PayloadShape, Setup};

/// A stand-in for the GenAuth server: the calls of the scan-code login, in memory, on 127.0.0.1.
///
/// Prints its address, the ids of the sample app and its user pool, and a token of the user alice,
/// then serves until Ctrl-C. The address opened in a browser is a login page.
#[derive(Parser)]
#[command(name = "genauth", version, after_long_help = PATHS)]
struct Arguments {
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8765)]
    port: u16,

    /// Serve HTTPS, and write the certificate of the authority to trust to this file
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,

    /// How long a login code is valid, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=2_678_400))]
    code_life: u32,

    /// How the text in the codes says when it expires
    #[arg(long, value_enum, default_value_t = Payload::ExpiresIn)]
    payload: Payload,

    /// Let web pages exchange tickets, not only web sites' servers
    #[arg(long)]
    browser_exchange: bool,

    /// Have web pages paint a logo over the middle of the code
    #[arg(long)]
    custom_logo: bool,

    /// Stop when the standard input ends, too: with the program that started this one
    #[arg(long)]
    until_stdin_ends: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Payload {
    ExpireAt,
    ExpiresIn,
    NoExpiry,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "genauth: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), String> {
    let mut setup = Setup {
        payload: match arguments.payload {
            Payload::ExpireAt => PayloadShape::ExpireAt,
            Payload::ExpiresIn => PayloadShape::ExpiresIn,
            Payload::NoExpiry => PayloadShape::NoExpiry,
        },
        custom_logo: arguments.custom_logo,
        ..Setup::default()
    };
    for pool in &mut setup.pools {
        pool.code_life = TimeDelta::seconds(arguments.code_life.into());
        pool.browser_exchange = arguments.browser_exchange;
    }
    let pool = setup.pools.first().cloned().ok_or("no user pool")?;
    let (app, user) = pool.apps.first().zip(pool.users.first()).ok_or("no app or user")?;

    let certificate = arguments.tls.as_ref().map(|_| Certificate::Good);
    let server = Genauth::start(Options { setup, port: arguments.port, certificate })
        .await
        .map_err(|error| error.to_string())?;
    if let Some(file) = &arguments.tls {
        std::fs::write(file, server.root_certificate())
            .map_err(|error| format!("cannot write {file:?}: {error}"))?;
    }
    say(&format!("address: {}", server.url()));
    say(&format!("app id: {}", app.id));
    say(&format!("user pool id: {}", pool.id));
    say(&format!("token of {}: {}", user.username, server.issue_token(&user.id)));
    if let Some(file) = &arguments.tls {
        say(&format!("root certificate: {}", file.display()));
    }
    say("Ctrl-C stops the server.");
    genauth::stopped(arguments.until_stdin_ends).await.map_err(|error| error.to_string())
}

/// What tests in other languages do to the server; `control.rs` has the parameters' defaults.
const PATHS: &str = "\
Paths for tests, which answer with plain text:
  POST   /_genauth/codes?pool=ID                  make a login code, and get its random
                        [&custom_data=JSON]
  GET    /_genauth/codes/RANDOM/text              what is in the code; also: status, decisions,
                                                  jpeg (a picture), plane (a camera frame:
                                                  1280x720, a byte per pixel, row stride 1344)
  POST   /_genauth/tokens?user=ID                 get a token; ID is user-alice, user-bob, user-carol
  POST   /_genauth/faults?kind=KIND               make answers fail; KIND is drop, delay or reply
                         [&on=PATH_END][&times=N][&after_effect=true][&millis=N][&status=N][&body=JSON]
  DELETE /_genauth/faults                         end all faults
  GET    /_genauth/requests[?holding=TEXT]        how many requests there were
  POST   /_genauth/clock?offset_seconds=N         set the server's clock off";

/// Prints a line. The server continues if the output is closed.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
