//! What must not be shipped, and why. A gate says all that is wrong, not only the first.

use std::env;

use crate::library::Library;
use crate::platform::Platform;

mod android;
mod apple;
mod jvm;

/// Why a library must not be shipped: empty, if it may.
pub(crate) fn refusals(library: &Library) -> Vec<String> {
    match &library.platform {
        Platform::Android(abi) => android::refusals(&library.data, abi, library.is_ours()),
        Platform::Apple(apple) => apple::refusals(&library.data, apple),
        Platform::Jvm(jvm) => jvm::refusals(&library.data, jvm),
    }
}

/// Why a library must not be published, though it may be tried: that of a debug build for the JVM, as tests have it.
pub(crate) fn refusals_for_release(library: &Library) -> Vec<String> {
    match &library.platform {
        Platform::Jvm(_) => jvm::refusals_for_release(&library.data),
        Platform::Android(_) | Platform::Apple(_) => Vec::new(),
    }
}

/// Whether a symbol is one of those that the bindings call, or that tell what there is to call.
fn is_our_export(name: &str) -> bool {
    ["ffi_scan_login_ffi_", "uniffi_scan_login_ffi_", "UNIFFI_META_"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// The names in a reviewed list: the last word of each line that is no comment.
fn reviewed(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(' ').next_back())
}

/// The first folder of a builder's machine that is named, as panics and debug information would name it.
fn folder_of_a_machine(data: &[u8]) -> Option<String> {
    let here = [env::current_dir().ok(), env::var_os("CARGO_HOME").map(Into::into)];
    let mut folders: Vec<Vec<u8>> =
        ["/home/", "/root/", "/Users/", "/tmp/", "C:\\Users\\"].map(Vec::from).into();
    folders
        .extend(here.into_iter().flatten().map(|path| path.into_os_string().into_encoded_bytes()));
    folders.iter().filter(|folder| folder.len() > 1).find_map(|folder| {
        let at = data.windows(folder.len()).position(|window| window == folder)?;
        let named = data
            .get(at..)?
            .iter()
            .take_while(|byte| byte.is_ascii_graphic())
            .take(80)
            .copied()
            .collect();
        String::from_utf8(named).ok()
    })
}

/// At most some of what is wrong, so that it stays readable.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    match names.get(..8) {
        Some(first) if names.len() > 8 => {
            format!("{} and {} more", first.join(" "), names.len() - 8)
        }
        _ => names.join(" "),
    }
}
