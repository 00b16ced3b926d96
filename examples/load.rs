//! Makes many logins through one client, and prints what they cost. `cargo run --example load -- --help` tells more.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::{Parser, value_parser};
use futures_util::{StreamExt, stream};
use genauth::{Genauth, Options, Setup, Status, stopped};
use qrcode::QrCode;
use scan_login::chrono::TimeDelta;
use scan_login::{
    Client, Config, Error, Frame, FrameResult, TokenError, TokenProvider, UserToken, async_trait,
};

/// Makes many logins through one client against a stand-in server on loopback, and prints what they cost.
///
/// A login is "scanned" and "confirm". The phone is a process of its own, so that memory, handles and threads are its
/// alone. The server says in the end whether each code was confirmed, once: what was not is lost, and the exit code is 1.
#[derive(Parser)]
#[command(name = "load")]
struct Arguments {
    /// How many logins each row makes
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=100_000))]
    logins: u32,

    /// How many logins are under way at once: a row for each
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_values_t = [1, 100, 1000])]
    #[arg(value_parser = value_parser!(u32).range(1..=2000))]
    at_once: Vec<u32>,

    /// In place of the rows: frames and logins one after another for so many minutes, up to 240, and whether memory,
    /// handles and threads stay what they are
    #[arg(long, value_name = "MINUTES", num_args = 0..=1, default_missing_value = "20", value_parser = minutes)]
    endure: Option<Duration>,

    /// Is the phone; the other process starts it.
    #[arg(long, hide = true, value_name = "URL")]
    phone_of: Option<String>,
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes = text.parse().ok().filter(|minutes: &f64| (0.01..=240.0).contains(minutes));
    minutes
        .map(|minutes| Duration::from_secs_f64(minutes * 60.0))
        .ok_or("0.01 to 240 minutes".to_owned())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    let done = runtime.block_on(async {
        match &arguments.phone_of {
            Some(url) => phone(&arguments, url).await,
            None => tokio::select! {
                done = both_sides(&arguments) => done,
                _ = stopped(false) => Err("stopped".to_owned()),
            },
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => failed(&reason),
    }
}

fn failed(reason: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "load: {reason}");
    ExitCode::FAILURE
}

type Done<T = ()> = Result<T, String>;

fn text(error: impl ToString) -> String {
    error.to_string()
}

/// Plays the server, and starts the phone.
async fn both_sides(arguments: &Arguments) -> Done {
    match arguments.endure {
        Some(time) => endure(time).await,
        None => {
            say(
                "at once   logins   lost   p50      p99      seconds   connections/login   memory (peak)   handles   threads",
            );
            for at_once in &arguments.at_once {
                row(arguments.logins, *at_once).await?;
            }
            Ok(())
        }
    }
}

async fn server() -> Done<Genauth> {
    let mut setup = Setup::default();
    for pool in &mut setup.pools {
        pool.code_life = TimeDelta::hours(6);
    }
    Genauth::start(Options { setup, ..Options::default() }).await.map_err(text)
}

async fn row(logins: u32, at_once: u32) -> Done {
    let server = server().await?;
    let mut phone = Phone::start(
        &server,
        &["--logins", &logins.to_string(), "--at-once", &at_once.to_string()],
    )?;
    let mut codes = Vec::new();
    for _ in 0..logins {
        let code = server.make_code(POOL, None);
        phone.tell(&code.text)?;
        codes.push(code.random);
    }
    let (mut phone, told) = tokio::task::spawn_blocking(move || {
        let told = phone.hear();
        (phone, told)
    })
    .await
    .map_err(text)?;
    let told = told?;
    phone.child.wait().map_err(text)?;
    let confirmed = |random: &&String| {
        let code = server.code(random);
        code.is_some_and(|code| code.status == Status::Confirmed && code.decisions == 1)
    };
    let lost = codes.len() - codes.iter().filter(confirmed).count();
    let connections = server.connections() as f64 / f64::from(logins);
    let told: Vec<_> = told.split_whitespace().collect();
    let [p50, p99, seconds, memory, peak, handles, threads] = told[..] else {
        return Err(format!("the phone said {told:?}"));
    };
    say(&format!(
        "{at_once:7}   {logins:6}   {lost:4}   {p50:7}  {p99:7}  {seconds:7}   {connections:17.4}   {:13}   {handles:>7}   {threads:>7}",
        format!("{memory} ({peak}) MB"),
    ));
    if lost == 0 { Ok(()) } else { Err(format!("{lost} logins were lost")) }
}

/// The other process.
struct Phone {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Phone {
    fn start(server: &Genauth, arguments: &[&str]) -> Done<Self> {
        let mut child = Command::new(std::env::current_exe().map_err(text)?)
            .args(["--phone-of", &server.url()])
            .args(arguments)
            .env(TOKEN, server.issue_token("user-alice"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(text)?;
        let (stdin, stdout) = child.stdin.take().zip(child.stdout.take()).ok_or("no pipes")?;
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    fn tell(&mut self, line: &str) -> Done {
        writeln!(self.stdin, "{line}").map_err(text)
    }

    fn hear(&mut self) -> Done<String> {
        let mut line = String::new();
        self.stdout.read_line(&mut line).map_err(text)?;
        if line.is_empty() {
            Err("the phone has ended".to_owned())
        } else {
            Ok(line.trim().to_owned())
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn endure(time: Duration) -> Done {
    let server = server().await?;
    let seconds = time.as_secs_f64().to_string();
    let minutes = (time.as_secs_f64() / 60.0).to_string();
    let mut phone = Phone::start(&server, &["--endure", &minutes])?;
    say("seconds   logins    frames   memory     handles   threads");
    let handle = tokio::runtime::Handle::current();
    let told = tokio::task::spawn_blocking(move || {
        let _inside = handle.enter();
        loop {
            match phone.hear()?.split_once(' ') {
                Some(("code", _)) => phone.tell(&server.make_code(POOL, None).text)?,
                Some(("row", row)) => say(row),
                Some(("end", told)) => return Ok(told.to_owned()),
                other => return Err(format!("the phone said {other:?} within {seconds} s")),
            }
        }
    });
    let told: String = told.await.map_err(text)??;
    say(&told);
    if told.starts_with("flat") { Ok(()) } else { Err("what should be flat is not".to_owned()) }
}

async fn phone(arguments: &Arguments, url: &str) -> Done {
    let token = std::env::var(TOKEN).map_err(text)?;
    let config = Config {
        allow_insecure_loopback: true,
        // A thousand at once wait for each other, which is no fault of the network.
        timeout: Duration::from_secs(120),
        ..Config::new(APP, POOL, url)
    };
    let client = Client::new(config, Token(token)).map_err(text)?;
    match arguments.endure {
        Some(time) => Endurance::new(client).run(time).await,
        None => {
            let at_once = arguments.at_once.first().copied().unwrap_or(1);
            log_in_all(&client, arguments.logins, at_once as usize).await
        }
    }
}

async fn log_in_all(client: &Client, logins: u32, at_once: usize) -> Done {
    let mut codes = Vec::new();
    for line in io::stdin().lock().lines().take(logins as usize) {
        codes.push(line.map_err(text)?);
    }
    let began = Instant::now();
    let times = stream::iter(codes).map(|code| async move {
        let began = Instant::now();
        log_in(client, &code).await.map(|()| began.elapsed())
    });
    let mut peak = Process::now()?;
    let mut times = times.buffer_unordered(at_once);
    let mut took = Vec::new();
    while let Some(time) = times.next().await {
        match time {
            Ok(time) => took.push(time),
            Err(error) => {
                let _ = writeln!(io::stderr(), "load: a login failed: {error}");
            }
        }
        if took.len().is_multiple_of(64) {
            peak = peak.most(Process::now()?);
        }
    }
    drop(times);
    let seconds = began.elapsed().as_secs_f64();
    took.sort_unstable();
    let part = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or_default();
    let now = Process::now()?;
    say(&format!(
        "{:.2}ms {:.2}ms {seconds:.1} {:.1} {:.1} {} {}",
        part(50).as_secs_f64() * 1e3,
        part(99).as_secs_f64() * 1e3,
        now.megabytes,
        peak.megabytes.max(now.megabytes),
        peak.handles.max(now.handles),
        peak.threads.max(now.threads),
    ));
    Ok(())
}

async fn log_in(client: &Client, code: &str) -> Result<(), Error> {
    let code = client.read_text(code)?;
    client.scanned(&code).await?.confirm().await
}

/// Frames and logins, one after another.
struct Endurance {
    client: Client,
    logins: u64,
    frames: u64,
}

impl Endurance {
    fn new(client: Client) -> Self {
        Self { client, logins: 0, frames: 0 }
    }

    async fn run(mut self, time: Duration) -> Done {
        // A client keeps the logins of about a thousand codes, which is no leak.
        while self.logins < 1_200 {
            let code = next_code()?;
            log_in(&self.client, &code).await.map_err(text)?;
            self.logins += 1;
        }
        self.login_by_frames().await?;
        let began = Instant::now();
        let first = Process::now()?;
        let mut rows = 0;
        self.row(began, first);
        while began.elapsed() < time {
            self.login_by_frames().await?;
            if began.elapsed() > time * (rows + 1) / 10 {
                rows += 1;
                self.row(began, Process::now()?);
            }
        }
        let last = Process::now()?;
        let is_flat = last.megabytes < first.megabytes * 1.1 + 4.0
            && last.handles <= first.handles + 4
            && last.threads <= first.threads;
        let verdict = if is_flat { "flat" } else { "not flat" };
        say(&format!("end {verdict}: {first} at the beginning, {last} at the end"));
        Ok(())
    }

    fn row(&self, began: Instant, now: Process) {
        let seconds = began.elapsed().as_secs_f64();
        say(&format!(
            "row {seconds:7.1}   {:6}   {:7}   {:6.1} MB   {:7}   {:7}",
            self.logins, self.frames, now.megabytes, now.handles, now.threads
        ));
    }

    /// A camera that sees nothing for some frames, and then the code.
    async fn login_by_frames(&mut self) -> Done {
        let text_of_code = next_code()?;
        let shown = luma_of(&text_of_code)?;
        let nothing = noise(self.logins);
        let mut scanner = self.client.frame_scanner();
        for number in 0..200 {
            let luma = if number < 5 { &nothing } else { &shown };
            let frame = Frame::new(luma, WIDTH, HEIGHT, WIDTH as usize, 1).map_err(text)?;
            self.frames += 1;
            let seen = scanner.scan(frame).map_err(text)?;
            if let FrameResult::Found { code, .. } = seen {
                let login = self.client.scanned(&code).await.map_err(text)?;
                login.confirm().await.map_err(text)?;
                self.logins += 1;
                return Ok(());
            }
        }
        Err("200 frames with a code, and it was not found".to_owned())
    }
}

fn next_code() -> Done<String> {
    say("code please");
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(text)?;
    if line.is_empty() {
        Err("there are no more codes".to_owned())
    } else {
        Ok(line.trim().to_owned())
    }
}

/// A frame that shows the code, three pixels a module.
fn luma_of(text_of_code: &str) -> Done<Vec<u8>> {
    let code = QrCode::new(text_of_code).map_err(text)?;
    let size = code.width();
    let mut luma = vec![230; (WIDTH * HEIGHT) as usize];
    for (at, color) in code.to_colors().into_iter().enumerate() {
        let (x, y) = (at % size * 3 + 100, at / size * 3 + 100);
        for row in y..y + 3 {
            if let Some(pixels) =
                luma.get_mut(row * WIDTH as usize + x..row * WIDTH as usize + x + 3)
            {
                pixels.fill(color.select(25, 230));
            }
        }
    }
    Ok(luma)
}

/// A frame of noise, another one for each number.
fn noise(number: u64) -> Vec<u8> {
    let mut state = number | 1;
    let next = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..WIDTH * HEIGHT).map(next).collect()
}

/// What this process has of the system.
#[derive(Clone, Copy)]
struct Process {
    megabytes: f64,
    handles: usize,
    threads: usize,
}

impl Process {
    fn now() -> Done<Self> {
        let status =
            std::fs::read_to_string("/proc/self/status").map_err(|_| "this needs Linux's /proc")?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse::<u32>().ok())
                .unwrap_or_default()
        };
        let handles = std::fs::read_dir("/proc/self/fd").map_err(text)?.count();
        Ok(Self {
            megabytes: f64::from(number("VmRSS:")) / 1024.0,
            handles,
            threads: number("Threads:") as usize,
        })
    }

    fn most(self, other: Self) -> Self {
        Self {
            megabytes: self.megabytes.max(other.megabytes),
            handles: self.handles.max(other.handles),
            threads: self.threads.max(other.threads),
        }
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} MB, {} handles, {} threads", self.megabytes, self.handles, self.threads)
    }
}

struct Token(String);

#[async_trait]
impl TokenProvider for Token {
    async fn token(&self, _refresh: bool) -> Result<UserToken, TokenError> {
        Ok(UserToken::new(self.0.clone()).with_user_id("user-alice"))
    }
}

fn say(line: &str) {
    // Whoever reads it may have gone.
    let _ = writeln!(io::stdout(), "{line}");
}

const TOKEN: &str = "SCAN_LOGIN_TOKEN";
const POOL: &str = "65a1b2c3d4e5f60718293a4b";
const APP: &str = "65a1b2c3d4e5f60718293a01";
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
