#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| scan_login_fuzz_cases::run("context", input));
