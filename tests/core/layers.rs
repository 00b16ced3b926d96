//! What may use what inside the core, as its source files say.

use std::fs;
use std::path::PathBuf;

use crate::support::root;

/// No circle, no arrow upwards.
#[test]
fn modules_use_only_those_below_them_in_the_list_of_the_architecture() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, list) = page.split_once("```text modules\n").unwrap();
    let floors: Vec<Vec<_>> = list
        .lines()
        .take_while(|line| *line != "```")
        .map(|line| line.split(' ').collect())
        .collect();
    let floor_of = |module: &str| floors.iter().position(|floor| floor.contains(&module));
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules: Vec<_> =
        lib.lines().filter_map(|line| line.split_once("mod ")?.1.strip_suffix(';')).collect();
    assert_eq!(modules.len(), floors.concat().len());

    for module in modules {
        let floor = floor_of(module).unwrap_or_else(|| panic!("{module} is not in the list"));
        for (file, depth) in files_of(module) {
            for line in fs::read_to_string(&file).unwrap().lines() {
                // What a comment names is not used.
                if line.trim_start().starts_with("//") {
                    continue;
                }
                assert!(!climbs_out(line, depth), "{}: {line}", file.display());
                for used in used_modules(line).filter(|used| *used != module) {
                    let is_below = floor_of(used).is_some_and(|below| below > floor);
                    assert!(is_below, "{module} must not use {used}: {}: {line}", file.display());
                }
            }
        }
    }
}

/// The reader of QR codes can be used without the rest of the core: moved to a crate of its own, it
/// compiles.
#[test]
fn the_reader_of_qr_codes_uses_nothing_else_of_the_crate() {
    assert!(uses_nothing_else("qr") > 20);
}

/// The decoder knows modules and nothing of how they were found.
#[test]
fn the_decoder_uses_nothing_else_of_the_reader() {
    assert!(uses_nothing_else("qr/decode") > 4);
}

/// Checks every file of a module, comments included, and says how many there are.
fn uses_nothing_else(module: &str) -> usize {
    let path = format!("crate::{}", module.replace('/', "::"));
    let files = files_of(module);
    for (file, depth) in &files {
        for line in fs::read_to_string(file).unwrap().lines() {
            assert!(stays_inside(line, &path, *depth), "{}: {line}", file.display());
        }
    }
    files.len()
}

/// The source files of a module, and how many levels each is below it.
fn files_of(module: &str) -> Vec<(PathBuf, usize)> {
    let folder = root().join("src").join(module);
    if !folder.is_dir() {
        return vec![(folder.with_extension("rs"), 0)];
    }
    let mut files = Vec::new();
    let mut folders = vec![(folder, 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // `mod.rs` is the folder's own module, any other file one inside it.
            match path.is_dir() {
                true => folders.push((path, depth + 1)),
                false if path.ends_with("mod.rs") => files.push((path, depth)),
                false => files.push((path, depth + 1)),
            }
        }
    }
    files
}

/// The modules that a line's paths from the crate's root begin with.
fn used_modules(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.split("crate::")
        .skip(1)
        .map(move |path| path.split(|c| !is_part(c)).next().unwrap_or(path))
}

/// Whether the paths of a line of code stay inside the module, of which the file is `depth` levels
/// below.
fn stays_inside(line: &str, module: &str, depth: usize) -> bool {
    let absolute = line.match_indices("crate::").all(|(at, _)| line[at..].starts_with(module));
    absolute && !climbs_out(line, depth)
}

/// Whether a path of a line goes up and out of the module, of which the file is `depth` levels below.
fn climbs_out(line: &str, depth: usize) -> bool {
    // Inside the braces of a module, such as `mod tests`, one more `super` stays in the file.
    let depth = if line.starts_with(' ') { depth + 1 } else { depth };
    line.contains(&"super::".repeat(depth + 1))
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

#[test]
fn the_modules_that_a_line_uses_are_seen() {
    let used = |line| used_modules(line).collect::<Vec<_>>();
    assert_eq!(used("use crate::login_code::LoginCode;"), ["login_code"]);
    assert_eq!(used("    crate::qr::read(crate::config::LIMITS)"), ["qr", "config"]);
    // What the crate exports again has no module, and is on no floor.
    assert_eq!(used("use crate::{Client, Error};"), [""]);
    assert!(used("use self::flow::Login;").is_empty());
}
