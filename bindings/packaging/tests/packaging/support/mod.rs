//! Compiles small libraries with what `bindings/toolchains android apple` gets, and asks `check` about them.

pub(crate) mod android;
pub(crate) mod apple;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(crate) struct Workshop(TempDir);

impl Workshop {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, data: &[u8]) -> PathBuf {
        fs::write(self.path(name), data).unwrap();
        self.path(name)
    }

    /// Runs a tool of the cross root, in this folder, and tells what it printed.
    pub(crate) fn run(&self, command: &str) -> String {
        let tool = cache().join("in-cross");
        assert!(tool.exists(), "bindings/toolchains android gets what these tests need");
        let output = Command::new(tool)
            .args(command.split_whitespace())
            .current_dir(&self.0)
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Where bindings/toolchains puts what it gets.
pub(crate) fn cache() -> PathBuf {
    env::var_os("SCAN_LOGIN_CACHE").map_or_else(
        || {
            let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
            cache.unwrap_or_else(|| env::home_dir().unwrap().join(".cache")).join("scan-login")
        },
        PathBuf::from,
    )
}

/// Runs the program, and tells what it printed, or what it failed with.
pub(crate) fn packaging(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_packaging")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// What `check` has against a library: one reason after another, or nothing.
pub(crate) fn check(argument: &str) -> Result<String, Vec<String>> {
    packaging(&["check", argument]).map_err(|refused| {
        let first = refused.lines().next().unwrap();
        let reasons = first.split_once(": ").map_or("", |(_, reasons)| reasons);
        reasons.split("; ").map(str::to_owned).collect()
    })
}

pub(crate) fn of(platform: &str, path: &Path) -> String {
    format!("{platform}={}", path.display())
}
