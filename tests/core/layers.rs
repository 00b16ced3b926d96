//! What may use what inside the core, as its source files say.

use std::fs;
use std::path::Path;

/// The reader of QR codes can be used without the rest of the core: moved to a crate of its own, it
/// compiles.
#[test]
fn the_reader_of_qr_codes_uses_nothing_else_of_the_crate() {
    assert!(uses_nothing_else("src/qr", "crate::qr") > 20);
}

/// The decoder knows modules and nothing of how they were found.
#[test]
fn the_decoder_uses_nothing_else_of_the_reader() {
    assert!(uses_nothing_else("src/qr/decode", "crate::qr::decode") > 4);
}

/// Checks every file below `folder`, the module `module`, and says how many there are.
fn uses_nothing_else(folder: &str, module: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut checked = 0;
    let mut folders = vec![(folder, 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push((path, depth + 1));
                continue;
            }
            // `mod.rs` is the folder's own module, any other file one inside it.
            let depth = if path.ends_with("mod.rs") { depth } else { depth + 1 };
            for line in fs::read_to_string(&path).unwrap().lines() {
                assert!(stays_inside(line, module, depth), "{}: {line}", path.display());
            }
            checked += 1;
        }
    }
    checked
}

/// Whether the paths of a line of code stay inside the module, of which the file is `depth` levels
/// below.
fn stays_inside(line: &str, module: &str, depth: usize) -> bool {
    // Inside the braces of a module, such as `mod tests`, one more `super` stays in the file.
    let depth = if line.starts_with(' ') { depth + 1 } else { depth };
    let absolute = line.match_indices("crate::").all(|(at, _)| line[at..].starts_with(module));
    absolute && !line.contains(&"super::".repeat(depth + 1))
}

#[test]
fn a_path_that_leaves_the_module_is_seen() {
    let cases = [
        ("use super::plane::Plane;", 1, true),
        ("use super::plane::Plane;", 0, false),
        ("use super::super::error::Error;", 1, false),
        ("use super::super::plane::Plane;", 2, true),
        ("    use super::*;", 0, true),
        ("    use super::super::Error;", 0, false),
        ("use crate::qr::Frame;", 1, true),
        ("/// As [`Error`](crate::Error) says.", 1, false),
    ];
    for (line, depth, stays) in cases {
        assert_eq!(stays_inside(line, "crate::qr", depth), stays, "{line}");
    }
}
