//! Inputs that found something once, or lead to code of their own.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and names its input"
)]

use std::fs;
use std::path::Path;

use scan_login_fuzz_cases::CASES;

#[test]
fn every_input_that_is_kept_passes() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora");
    for (name, case) in CASES {
        let inputs = fs::read_dir(corpora.join(name)).unwrap();
        let mut run = 0;
        for file in inputs {
            let file = file.unwrap().path();
            println!("{}", file.display());
            case(&fs::read(file).unwrap());
            run += 1;
        }
        assert!(run >= 10, "{name} has {run} inputs");
    }
}
