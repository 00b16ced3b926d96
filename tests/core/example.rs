//! The examples, as a person at a terminal meets them.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use genauth::{Genauth, Options, Status};
use image::ImageFormat;
use serde_json::json;
use tempfile::TempDir;

use crate::support::pictures::{cat, encode, png_header};
use crate::support::{ALICE, APP, OTHER_POOL, POOL, root};

fn example(name: &str) -> Command {
    // `cargo test` and `cargo nextest run` build them, without `-p`, and put them beside these tests.
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.extend(["examples", name]);
    assert!(path.exists(), "{path:?} is missing: cargo build --examples");
    Command::new(path)
}

fn approve() -> Command {
    let mut command = example("approve");
    command.env_remove("SCAN_LOGIN_TOKEN").stdin(Stdio::null());
    command
}

/// The arguments for a server.
fn at(server: &Genauth) -> Command {
    let mut command = approve();
    command.args(["--host", &server.url(), "--app-id", APP, "--user-pool-id", POOL]);
    command.arg("--allow-insecure-loopback");
    command.env("SCAN_LOGIN_TOKEN", server.issue_token(ALICE));
    command
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// It failed with one clear line, no panic and no backtrace.
fn complained(output: &Output) -> String {
    complained_as("approve", output)
}

fn complained_as(name: &str, output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    text.strip_prefix(&format!("{name}: ")).expect("its name").trim_end().to_owned()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("scan-login-test-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Nothing is left of the picture of its own code.
fn is_empty(folder: &TempDir) -> bool {
    folder.path().read_dir().unwrap().next().is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_arguments_it_shows_a_whole_login() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = approve();
    command.env("TMPDIR", folder.path());
    let output = run(command).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    for line in [
        "phone       marked the code scanned",
        "web page    polls: status 1, scanned by Alice",
        "phone       confirmed",
        "web page    polls: status 2",
        "web server  exchanged the ticket: Alice, alice@example.com, is signed in",
    ] {
        assert!(shown.contains(line), "{line} is not in {shown}");
    }
    assert!(is_empty(&folder));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_picture_can_be_looked_at_until_it_ends_also_when_it_is_stopped() {
    for signal in [Some("-INT"), None] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = approve();
        command.args(["--decision", "ask"]).env("TMPDIR", folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut shown = String::new();
        while !shown.contains("decline.") {
            assert!(stdout.read_line(&mut shown).unwrap() > 0, "{shown}");
        }
        let picture = shown.lines().find_map(|line| line.split_once("its picture is ")).unwrap().1;
        assert!(image::open(picture).is_ok(), "{shown}");

        match signal {
            Some(signal) => {
                let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
                assert!(kill.unwrap().success());
            }
            None => drop(child.stdin.take()),
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(complained(&output), "no answer was given, and the login was cancelled");
        assert!(is_empty(&folder));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_stopped_before_the_decision_is_not_decided() {
    let server = Genauth::start(Options::default()).await.unwrap();
    let code = server.make_code(POOL, None);
    server.inject(genauth::Fault::hang().on("/scanned"));
    let mut command = at(&server);
    command.args(["--text", &code.text, "--decision", "confirm"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let asked = tokio::time::timeout(Duration::from_secs(10), async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    });
    asked.await.unwrap();
    assert!(
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success()
    );
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(complained(&output), "stopped before a decision was made");
    assert!(server.requests().iter().all(|request| !request.path.ends_with("/confirm")));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_the_picture_that_it_cannot_write() {
    let mut command = approve();
    command.env("TMPDIR", "/no/such/folder");
    let said = complained(&run(command).await);
    assert!(said.starts_with("cannot write the picture of the code: "), "{said}");
    assert!(said.contains("/no/such/folder/login-code-"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_what_it_was_told_though_nobody_reads_what_it_says() {
    let server = Genauth::start(Options::default()).await.unwrap();
    let code = server.make_code(POOL, None);
    let mut command = at(&server);
    command.args(["--text", &code.text, "--decision", "confirm"]);
    command.stdout(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let status = tokio::task::spawn_blocking(move || command.status().unwrap()).await.unwrap();
    assert!(status.success());
    assert_eq!(server.code(&code.random).unwrap().status, Status::Confirmed);

    // As with `| head -1`.
    let folder = tempfile::tempdir().unwrap();
    let mut command = approve();
    command.stdout(Stdio::piped()).env("TMPDIR", folder.path());
    let status = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        child.wait().unwrap()
    });
    assert!(status.await.unwrap().success());
    assert!(is_empty(&folder));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_code_claims_does_not_reach_the_terminal_as_it_stands() {
    let server = Genauth::start(Options::default()).await.unwrap();
    let code = server.make_code(POOL, Some(json!({ "where": "\u{202e}\u{9b}31m\nat home" })));
    let mut command = at(&server);
    command.args(["--text", &code.text, "--decision", "cancel"]);
    let shown = String::from_utf8(run(command).await.stdout).unwrap();
    assert!(shown.contains("the code claims where: 31m at home\n"), "{shown}");
    assert!(!shown.contains(['\u{202e}', '\u{9b}']), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_approves_a_login_from_a_picture_and_declines_one_from_a_text() {
    let server = Genauth::start(Options::default()).await.unwrap();
    let code = server.make_code(POOL, Some(json!({ "from": "here" })));
    let picture = file("code.png", &genauth::png(code.text.as_bytes()));
    let token = file("token", format!("{}\n", server.issue_token(ALICE)).as_bytes());
    let mut command = at(&server);
    command.env_remove("SCAN_LOGIN_TOKEN").arg("--token-file").arg(&token);
    command.arg("--image").arg(&picture).args(["--decision", "confirm"]);
    assert!(run(command).await.status.success());
    assert_eq!(server.code(&code.random).unwrap().status, Status::Confirmed);

    let code = server.make_code(POOL, None);
    let mut command = at(&server);
    command.args(["--text", &code.text, "--decision", "cancel"]);
    // A proxy that the environment names is not asked.
    command.env("HTTP_PROXY", "http://127.0.0.1:9").env("http_proxy", "http://127.0.0.1:9");
    command.env("ALL_PROXY", "http://127.0.0.1:9");
    assert!(run(command).await.status.success());
    assert_eq!(server.code(&code.random).unwrap().status, Status::Cancelled);
    for file in [picture, token] {
        std::fs::remove_file(file).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_terminals_of_the_readme_approve_a_login() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, session) = readme.split_once("```console two terminals\n").unwrap();
    let (session, _) = session.split_once("```").unwrap();
    // What is typed begins with a dollar, or with spaces where a command goes on.
    let (typed, printed): (Vec<_>, Vec<_>) =
        session.lines().partition(|line| line.starts_with("$ ") || line.starts_with("    "));
    let server = Genauth::start(Options::default()).await.unwrap();
    let approve = approve().get_program().to_str().unwrap().to_owned();
    let script = typed
        .iter()
        .map(|line| line.trim_start_matches("$ "))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("http://127.0.0.1:8765", &server.url())
        .replace("cargo run --example approve --", &approve);
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("bash");
    command.args(["-euc", &script]).current_dir(folder.path()).stdin(Stdio::null());
    let output = run(command).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.ends_with(&printed.join("\n")), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_and_takes_only_a_clear_yes() {
    let server = Genauth::start(Options::default()).await.unwrap();
    for (answer, expected) in [
        ("y\n", Status::Confirmed),
        ("YES\n", Status::Confirmed),
        ("\n", Status::Cancelled),
        ("maybe\n", Status::Cancelled),
    ] {
        let code = server.make_code(POOL, None);
        let mut command = at(&server);
        command.args(["--text", &code.text]).stdin(Stdio::piped()).stdout(Stdio::null());
        let status = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
            child.wait().unwrap()
        });
        assert!(status.await.unwrap().success());
        assert_eq!(server.code(&code.random).unwrap().status, expected, "{answer:?}");
    }
    // The web page is not left waiting for an answer that does not come.
    let code = server.make_code(POOL, None);
    let mut command = at(&server);
    command.args(["--text", &code.text]);
    assert!(complained(&run(command).await).contains("no answer was given"));
    assert_eq!(server.code(&code.random).unwrap().status, Status::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_one_clear_line() {
    let server = Genauth::start(Options::default()).await.unwrap();
    let good = server.make_code(POOL, None);
    let theirs = server.make_code(OTHER_POOL, None);
    server.set_clock_offset(chrono::TimeDelta::days(-1));
    let old = server.make_code(POOL, None);
    server.set_clock_offset(chrono::TimeDelta::zero());
    let empty = file("empty.png", b"");
    let words = file("words.png", b"not a picture");
    let cat = file("cat.jpg", &encode(cat(), ImageFormat::Jpeg));
    let huge = file("huge.png", &png_header(20_000, 10_000));
    for (arguments, expected) in [
        (["--text", &theirs.text], "belongs to another user pool"),
        (["--text", &old.text], "the login code has expired (expired)"),
        (["--text", "https://example.com"], "this is not a login code: it is not JSON"),
        (["--image", "/no/such/file.png"], "cannot read \"/no/such/file.png\""),
        (
            ["--image", empty.to_str().unwrap()],
            "empty.png\": the image cannot be read: it is empty",
        ),
        (["--image", words.to_str().unwrap()], "it is not a PNG, JPEG, WebP, GIF or BMP"),
        (["--image", cat.to_str().unwrap()], "no QR code was found in the image (no_code)"),
        (
            ["--image", huge.to_str().unwrap()],
            "the image cannot be read: it is larger than allowed",
        ),
        (["--image", "/"], "cannot read \"/\": it is not a regular file"),
        (["--image", "/dev/zero"], "it is not a regular file"),
        (["--image", "a\nb"], "cannot read \"a\\nb\""),
    ] {
        let mut command = at(&server);
        command.args(arguments);
        let said = complained(&run(command).await);
        assert!(said.contains(expected), "{said}");
    }

    let mut command = at(&server);
    command.args(["--text", &good.text]).env_remove("SCAN_LOGIN_TOKEN");
    assert!(complained(&run(command).await).starts_with("no token in SCAN_LOGIN_TOKEN"));
    let mut command = at(&server);
    command.args(["--text", &good.text]).env("SCAN_LOGIN_TOKEN", "stale");
    assert_eq!(complained(&run(command).await), "the user is not signed in (signed_out)");

    server.inject(genauth::Fault::hang().times(9));
    let mut command = at(&server);
    command.args(["--text", &good.text, "--timeout", "2"]);
    assert!(complained(&run(command).await).contains("did not answer in time"));
    let mut command = at(&server);
    command.args(["--text", &good.text, "--timeout", "2"]);
    let url = server.url();
    drop(server);
    let said = complained(&run(command).await);
    assert!(said.starts_with(&format!("{url}: the server could not be reached")), "{said}");
    for file in [empty, words, cat, huge] {
        std::fs::remove_file(file).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_are_explained() {
    for (arguments, named) in [
        (&["--image", "a.png"][..], "--host <URL>"),
        (&["--text", "b", "--host", "https://example.com"], "--app-id <ID>"),
        (&["--host", "https://example.com"], "--image <FILE>|--text <TEXT>"),
        (&["--image", "a.png", "--text", "b"], "cannot be used with '--text <TEXT>'"),
        (&["--decision", "perhaps"], "--decision"),
        (&["--token", "secret"], "--token"),
        // Without a code these would change nothing.
        (&["--user-pool-id", "x"], "--image <FILE>|--text <TEXT>"),
        (&["--api", "v3"], "--image <FILE>|--text <TEXT>"),
        (&["--text", "b", "--timeout", "0"], "0 is not in 1..=600"),
        (&["--text", "b", "--token-env", ""], "--token-env"),
    ] {
        let mut command = approve();
        command.args(arguments);
        let output = run(command).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("error: ") && said.contains("try '--help'"), "{said}");
        assert!(said.contains(named), "{named} is not in {said}");
    }
    let mut command = approve();
    command.arg("--help");
    assert!(run(command).await.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_called_as_on_the_command_line() {
    let certificate = file("no-certificate.pem", b"not a certificate");
    let certificate_option = ["--root-certificate", certificate.to_str().unwrap()];
    for (host, app_id, more, expected) in [
        ("http://example.com", APP, &[][..], "--host must begin with https://"),
        ("http://127.0.0.1:9", APP, &[], "--allow-insecure-loopback is not set"),
        ("https://example.com", "a b", &[], "--app-id is empty or holds more than"),
        (
            "https://example.com",
            APP,
            &certificate_option,
            "--root-certificate holds a text without",
        ),
    ] {
        let mut command = approve();
        command.args(["--text", "x", "--host", host, "--app-id", app_id, "--user-pool-id", POOL]);
        command.args(more).env("SCAN_LOGIN_TOKEN", "token");
        let said = complained(&run(command).await);
        assert!(said.contains(expected), "{said}");
    }
    std::fs::remove_file(certificate).unwrap();
}

/// What the demo does in a browser is tested in tests/web.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_explains_itself_and_complains_in_one_line() {
    let mut help = example("demo");
    help.arg("--help");
    let help = String::from_utf8(run(help).await.stdout).unwrap();
    for option in ["--port", "--open", "Ctrl-C"] {
        assert!(help.contains(option), "{option} is not in {help}");
    }

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut demo = example("demo");
    demo.args(["--port", &port]);
    let said = complained_as("demo", &run(demo).await);
    assert!(said.starts_with(&format!("cannot listen on 127.0.0.1:{port}: ")), "{said}");
    assert!(said.contains("--port 0"), "{said}");

    let mut demo = example("demo");
    demo.args(["--port", "many"]);
    assert_eq!(run(demo).await.status.code(), Some(2));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_opens_a_browser_if_told_to_and_serves_on_without_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let mut demo = example("demo");
        demo.args(["--port", "0", "--open", "--until-stdin-ends"]).env("PATH", folder.path());
        demo.stdin(Stdio::null());
        run(demo)
    };
    let output = open().await;
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("demo: cannot run xdg-open: "), "{said}");

    let (opener, opened) = (folder.path().join("xdg-open"), folder.path().join("opened"));
    std::fs::write(&opener, format!("#!/bin/sh\necho \"$1\" > {opened:?}\n")).unwrap();
    std::fs::set_permissions(&opener, PermissionsExt::from_mode(0o755)).unwrap();
    let output = open().await;
    let said = String::from_utf8(output.stdout).unwrap();
    let address = said.lines().next().unwrap().strip_prefix("address: ").unwrap().to_owned();
    let told = || std::fs::read_to_string(&opened).unwrap_or_default();
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while !told().ends_with('\n') {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "the browser was not opened");
    assert_eq!(told().trim_end(), address);
}

/// The small versions of what `load` is for.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn load_loses_no_login_and_leaves_nothing_behind() {
    let mut command = example("load");
    command.args(["--logins", "60", "--at-once", "1,20"]);
    let output = run(command).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    let rows: Vec<Vec<_>> =
        shown.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    let [alone, together] = &rows[..] else { panic!("{shown}") };
    assert_eq!(
        (alone[..3].join(" "), together[..3].join(" ")),
        ("1 60 0".into(), "20 60 0".into())
    );
    // They share connections, if nothing else is under way.
    assert!(alone[6].parse::<f64>().unwrap() < 0.2, "{shown}");

    let mut command = example("load");
    command.args(["--endure", "0.02"]);
    let output = run(command).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && shown.contains("flat: "), "{shown}");

    let mut command = example("load");
    command.args(["--logins", "0"]);
    assert_eq!(run(command).await.status.code(), Some(2));
}
