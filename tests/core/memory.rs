//! What of the web page's tokens is left in the memory of the app's process.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::process::Command;

use genauth::{Fault, Genauth, Options};
use scan_login::{ApiVersion, Client, Config};
use serde_json::json;

use crate::secrets::check_with_tokens;
use crate::support::{ALICE, APP, POOL, Wallet};

const CANARY: &str = "eyJhbGciOiJIUzI1NiJ9.memory-canary-of-the-web-page";
/// What the canary is told to the child with, so that it is not there before it comes by network.
const MASK: u8 = 0x5a;

/// The phone is a process of its own, which looks through its memory after a confirm whose answer
/// was lost. What is left is what the HTTP client has read last, until it reads more.
#[tokio::test]
async fn no_copy_of_a_token_in_check_is_made_beside_the_networks_own_buffer() {
    let server = Genauth::start(Options::default()).await.unwrap();
    let code = server.make_code(POOL, None);
    server.inject(Fault::drop().on("confirm"));
    let answer = check_with_tokens(ApiVersion::V2, &json!(2), CANARY);
    let times = answer.to_string().matches(CANARY).count();
    server.inject(Fault::json(200, answer).on("check").times(9));
    let masked: String = CANARY.bytes().map(|byte| format!("{:02x}", byte ^ MASK)).collect();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "memory::the_phone", "--ignored", "--nocapture", "--test-threads=1"])
        .env("PHONE_URL", server.url())
        .env("PHONE_TOKEN", server.issue_token(ALICE))
        .env("PHONE_CODE", &code.text)
        .env("PHONE_CANARY", masked);
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let number = |name: &str| -> usize {
        let (_, rest) = said.split_once(name).unwrap_or_else(|| panic!("{said}"));
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    let (control, copies) = (number("control:"), number("copies:"));
    println!("{times} in the answer, {copies} in the memory");
    assert_eq!(control, 1, "the search finds what is there");
    assert!(copies <= times, "{copies} copies of {times} tokens");
}

#[test]
#[ignore = "the other process of the test above"]
fn the_phone() {
    let var = |name| std::env::var(name).unwrap_or_default();
    // Started by hand, with all tests that are ignored.
    if var("PHONE_URL").is_empty() {
        return;
    }
    let hex = var("PHONE_CANARY");
    let masked: Vec<u8> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (client, login) = runtime.block_on(async {
        let config =
            Config { allow_insecure_loopback: true, ..Config::new(APP, POOL, var("PHONE_URL")) };
        let client = Client::new(config, Wallet::holding(var("PHONE_TOKEN"), ALICE)).unwrap();
        let code = client.read_text(var("PHONE_CODE")).unwrap();
        let login = client.scanned(&code).await.unwrap();
        login.confirm().await.unwrap();
        (client, login)
    });
    let copies = found_in_memory(&masked);
    // One that is there is found.
    let control: Vec<u8> = b"control".iter().chain(&masked).map(|byte| byte ^ 0xff).collect();
    let masked_control: Vec<u8> = control.iter().map(|byte| byte ^ MASK).collect();
    println!("\ncopies: {copies} \ncontrol: {} ", found_in_memory(&masked_control));
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
