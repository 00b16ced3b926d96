//! What of tokens is left in the memory of the app's process: of the user's, and of the web page's.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::process::Command;

use genauth::{Fault, Genauth, Options};
use scan_login::{ApiVersion, Client, Config, TokenError, TokenProvider, UserToken, async_trait};
use serde_json::json;

use crate::secrets::check_with_tokens;
use crate::support::{ALICE, APP, POOL};

const CANARY: &str = "eyJhbGciOiJIUzI1NiJ9.memory-canary-of-the-web-page";
/// What secrets are told to the child with, so that they are not there before they are used.
const MASK: u8 = 0x5a;

/// The phone is a process of its own, which looks through its memory after a confirm whose answer
/// was lost. What is left is what the HTTP client has read and written last, until it reads and
/// writes more: of the user's token, the header's value.
#[tokio::test]
async fn no_copy_of_a_token_is_left_beside_the_networks_own_buffers() {
    let server = Genauth::start(Options::default()).await.unwrap();
    let code = server.make_code(POOL, None);
    server.inject(Fault::drop().on("confirm"));
    let answer = check_with_tokens(ApiVersion::V2, &json!(2), CANARY);
    let times = answer.to_string().matches(CANARY).count();
    server.inject(Fault::json(200, answer).on("check").times(9));
    let masked = |secret: &str| -> String {
        secret.bytes().map(|byte| format!("{:02x}", byte ^ MASK)).collect()
    };
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "memory::the_phone", "--ignored", "--nocapture", "--test-threads=1"])
        .env("PHONE_URL", server.url())
        .env("PHONE_TOKEN", masked(&server.issue_token(ALICE)))
        .env("PHONE_CODE", &code.text)
        .env("PHONE_CANARY", masked(CANARY));
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let number = |name: &str| -> usize {
        let (_, rest) = said.split_once(name).unwrap_or_else(|| panic!("{said}"));
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    let (control, copies) = (number("control:"), number("copies:"));
    let (tokens, headers) = (number("tokens:"), number("headers:"));
    println!(
        "{times} in the answer, {copies} in the memory; {tokens} of the user's, {headers} of them in headers"
    );
    assert_eq!(control, 1, "the search finds what is there");
    assert!(copies <= times, "{copies} copies of {times} tokens");
    assert_eq!(tokens, headers, "only the HTTP client has copies");
}

/// An app that keeps its token where it cannot be found.
struct Vault(Vec<u8>);

#[async_trait]
impl TokenProvider for Vault {
    async fn token(&self, _refresh: bool) -> Result<UserToken, TokenError> {
        let mut token = String::with_capacity(self.0.len());
        token.extend(self.0.iter().map(|byte| char::from(byte ^ MASK)));
        Ok(UserToken::new(token).with_user_id(ALICE))
    }
}

#[test]
#[ignore = "the other process of the test above"]
fn the_phone() {
    let var = |name| std::env::var(name).unwrap_or_default();
    // Started by hand, with all tests that are ignored.
    if var("PHONE_URL").is_empty() {
        return;
    }
    let bytes = |hex: String| -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        (0..hex.len() / 2).map(byte).collect()
    };
    let (masked, token) = (bytes(var("PHONE_CANARY")), bytes(var("PHONE_TOKEN")));
    let vault = Vault(token.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (client, login) = runtime.block_on(async {
        let config =
            Config { allow_insecure_loopback: true, ..Config::new(APP, POOL, var("PHONE_URL")) };
        let client = Client::new(config, vault).unwrap();
        let code = client.read_text(var("PHONE_CODE")).unwrap();
        let login = client.scanned(&code).await.unwrap();
        login.confirm().await.unwrap();
        (client, login)
    });
    let copies = found_in_memory(&masked);
    let header: Vec<u8> = b"Bearer ".iter().map(|byte| byte ^ MASK).chain(token.clone()).collect();
    let (tokens, headers) = (found_in_memory(&token), found_in_memory(&header));
    // One that is there is found.
    let control: Vec<u8> = b"control".iter().chain(&masked).map(|byte| byte ^ 0xff).collect();
    let masked_control: Vec<u8> = control.iter().map(|byte| byte ^ MASK).collect();
    println!("\ncopies: {copies} \ntokens: {tokens} \nheaders: {headers} ");
    println!("control: {} ", found_in_memory(&masked_control));
    drop((client, login, control));
}

/// How often what is masked is in this process's memory without its mask.
fn found_in_memory(masked: &[u8]) -> usize {
    const CHUNK: usize = 1 << 16;
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut buffer = vec![0; CHUNK + masked.len()];
    let own = buffer.as_ptr() as u64..buffer.as_ptr() as u64 + buffer.len() as u64;
    let mut found = 0;
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut words = line.split_whitespace();
        let (from, to) = words.next().unwrap().split_once('-').unwrap();
        let bound = |text| u64::from_str_radix(text, 16).unwrap();
        let (from, to) = (bound(from), bound(to));
        if !words.next().unwrap().starts_with("rw") {
            continue;
        }
        for at in (from..to).step_by(CHUNK) {
            let length = buffer.len().min((to - at) as usize);
            let read = memory
                .seek(SeekFrom::Start(at))
                .and_then(|_| memory.read(&mut buffer[..length]))
                .unwrap_or(0);
            // The first may be in the overlap, which belongs to the next chunk.
            for start in 0..read.saturating_sub(masked.len() - 1).min(CHUNK) {
                let is_own = own.contains(&(at + start as u64));
                let bytes = &buffer[start..start + masked.len()];
                if !is_own && bytes.iter().zip(masked).all(|(byte, masked)| byte ^ MASK == *masked)
                {
                    found += 1;
                }
            }
            buffer.fill(0);
        }
    }
    found
}
