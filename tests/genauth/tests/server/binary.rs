//! The `genauth` program.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::http::send;

fn genauth(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genauth"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running server and what it printed. It is ended when it is dropped.
struct Running(Child, HashMap<String, String>);

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = genauth(arguments).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = HashMap::new();
        for line in lines.map_while(Result::ok) {
            match line.split_once(": ") {
                Some((name, value)) => printed.insert(name.to_owned(), value.to_owned()),
                None => break,
            };
        }
        Self(child, printed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn it_prints_what_a_phone_needs_serves_and_stops_on_ctrl_c() {
    let mut server = Running::start(&["--port", "0", "--code-life", "30"]);
    let printed = &server.1;
    let (url, token) = (&printed["address"], &printed["token of alice"]);
    let app = format!("x-authing-app-id: {}", printed["app id"]);
    let body = r#"{"scene":"APP_AUTH"}"#;
    let made = send(url, "POST /api/v2/qrcode/gene", &[&app], body).await.json();
    assert_eq!(made["data"]["expiresIn"], 30);
    let body = format!("{{\"random\":{}}}", made["data"]["random"]);
    let token = format!("authorization: {token}");
    let scanned = send(url, "POST /api/v2/qrcode/scanned", &[&token], &body).await.json();
    assert_eq!(scanned["code"], 200);

    let pid = server.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert!(server.0.wait().unwrap().success());
}

#[test]
fn it_serves_https_and_writes_the_certificate_to_trust() {
    let file = std::env::temp_dir().join(format!("genauth-test-{}.pem", std::process::id()));
    let server = Running::start(&["--port", "0", "--tls", file.to_str().unwrap()]);
    assert!(server.1["address"].starts_with("https://127.0.0.1:"));
    let pem = std::fs::read_to_string(&file).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
    std::fs::remove_file(file).unwrap();
}

#[test]
fn it_explains_itself_and_complains_in_one_line() {
    let help = genauth(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for part in ["--code-life", "Ctrl-C", "/_genauth/faults?kind=KIND"] {
        assert!(help.contains(part), "{part} is not in {help}");
    }

    let first = Running::start(&["--port", "0"]);
    let (_, port) = first.1["address"].rsplit_once(':').unwrap();
    let second = genauth(&["--port", port]).output().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(said.starts_with(&format!("genauth: cannot listen on 127.0.0.1:{port}: ")), "{said}");
    assert!(said.contains("--port 0"), "{said}");
    assert_eq!(said.lines().count(), 1);

    let unwritable = genauth(&["--port", "0", "--tls", "/no/such/root.pem"]).output().unwrap();
    let said = String::from_utf8(unwritable.stderr).unwrap();
    assert_eq!(unwritable.status.code(), Some(1));
    assert!(said.starts_with("genauth: cannot write \"/no/such/root.pem\": "), "{said}");

    assert_eq!(genauth(&["--port", "many"]).output().unwrap().status.code(), Some(2));
}

#[tokio::test]
async fn the_paths_in_its_help_exist() {
    let help = String::from_utf8(genauth(&["--help"]).output().unwrap().stdout).unwrap();
    let server = Running::start(&["--port", "0"]);
    let (url, pool) = (&server.1["address"], &server.1["user pool id"]);
    let made = send(url, &format!("POST /_genauth/codes?pool={pool}"), &[], "").await;
    let random = String::from_utf8(made.body).unwrap();
    let mut paths = 0;
    for line in help.lines().map(str::trim).filter(|line| line.contains(" /_genauth/")) {
        let mut words = line.split_whitespace();
        let (method, path) = words.next().zip(words.next()).unwrap();
        // One that exists asks for its parameters.
        let path = path.split(['?', '[']).next().unwrap().replace("RANDOM", &random);
        let status = send(url, &format!("{method} {path}"), &[], "").await.status;
        assert!(status == 200 || status == 400, "{method} {path}: {status}");
        paths += 1;
    }
    assert_eq!(paths, 7);
    let unknown = send(url, "POST /_genauth/unknown", &[], "").await.status;
    assert_eq!(unknown, 404);
}

#[test]
fn it_serves_on_though_nobody_reads_what_it_says() {
    let mut server = genauth(&["--port", "0", "--until-stdin-ends"]);
    let mut server = server.stdin(Stdio::piped()).spawn().unwrap();
    drop((server.stdout.take(), server.stderr.take()));
    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
}

#[test]
fn it_stops_with_the_program_that_started_it() {
    let mut server = genauth(&["--port", "0", "--until-stdin-ends"]);
    let mut server = server.stdin(Stdio::piped()).spawn().unwrap();
    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
}
