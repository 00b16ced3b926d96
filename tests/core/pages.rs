//! The README and the pages of `docs/` say what is so.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use scan_login::Config;

use crate::support::root;

/// Code of apps in Kotlin, Java and Swift is, but for its indentation, part of the samples that the
/// tests of the bindings compile and run. (Code in Rust is run as tests of the documentation.)
#[test]
fn the_code_of_the_pages_is_that_of_the_samples() {
    let samples: Vec<_> = files(&root().join("bindings"), &["java", "kt", "swift"])
        .into_iter()
        .filter(|file| {
            let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
            folder.eq_ignore_ascii_case("samples")
        })
        .map(|file| without_indentation(&fs::read_to_string(file).unwrap()))
        .collect();
    let mut shown = 0;
    for (page, text) in pages() {
        for language in ["java", "kotlin", "swift"] {
            for block in text.split(&format!("```{language}\n")).skip(1) {
                let code = without_indentation(block.split("```").next().unwrap());
                let is_sample = samples.iter().any(|sample| sample.contains(code.trim_end()));
                assert!(is_sample, "{}:\n{code}", page.display());
                shown += 1;
            }
        }
    }
    assert!(shown > 1);
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for (page, text) in pages() {
        for link in text.split("](").skip(1) {
            let (target, _) = link.split_once(')').unwrap();
            let (file, section) = target.split_once('#').unwrap_or((target, ""));
            if file.contains("://") {
                continue;
            }
            let file =
                if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let leads_somewhere = if section.is_empty() {
                file.exists()
            } else {
                let text = fs::read_to_string(&file).unwrap_or_default();
                text.lines().any(|line| line.starts_with('#') && anchor(line) == section)
            };
            if !leads_somewhere {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn the_page_for_rust_lists_every_setting() {
    let page = fs::read_to_string(root().join("docs/rust.md")).unwrap();
    let (_, table) = page.split_once("| setting |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let documented: Vec<_> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    let config = format!("{:#?}", Config::new("", "", ""));
    let settings: Vec<_> = config
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(':'))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with(' '))
        .collect();
    assert_eq!(documented, settings);
}

/// The last cell of each requirement names tests, as `module::test`, and files, or says why there are
/// none.
#[test]
fn the_tests_that_the_security_page_names_exist() {
    let rows = requirements("SECURITY.md", "| S");
    assert!(rows.len() > 30);
    for row in rows {
        let proof = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        // Where somebody else must keep it, the words say who.
        let is_by_others = proof.contains("**by the app**") || proof.contains("**by the server**");
        assert!(proof.contains('`') || is_by_others, "{row}");
        assert!(!proof.contains("missing"), "{row}");
    }
}

/// What the library does has a test.
#[test]
fn the_tests_that_the_page_on_rfc_10027_names_exist() {
    let rows = requirements("docs/rfc10027.md", "| ");
    assert!(rows.len() > 15);
    for row in rows {
        let who = row.split(" | ").nth(1).unwrap();
        assert!(row.contains("::") || !who.contains("library"), "{row}");
    }
}

/// The rows of a page's tables that begin like this. What they name exists.
fn requirements(page: &str, beginning: &str) -> Vec<String> {
    let tests = tests();
    let page = fs::read_to_string(root().join(page)).unwrap();
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with(beginning)).collect();
    for row in &rows {
        let names = row.split('`').skip(1).step_by(2);
        for name in names.filter(|name| name.contains("::") || name.contains('/')) {
            let exists = tests.contains(name) || root().join(name).is_file();
            assert!(exists, "{name} does not exist: {row}");
        }
    }
    rows.into_iter().map(str::to_owned).collect()
}

/// All tests in Rust, as `module::test`.
fn tests() -> HashSet<String> {
    let mut tests = HashSet::new();
    for folder in ["bindings", "fuzz", "src", "tests", "tools", "uniffi"] {
        for file in files(&root().join(folder), &["rs"]) {
            let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut is_next = false;
            for line in fs::read_to_string(&file).unwrap().lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_next = true;
                } else if let Some((_, rest)) = line.split_once("fn ")
                    && is_next
                {
                    tests.extend(rest.split('(').next().map(|name| format!("{module}::{name}")));
                    is_next = false;
                }
            }
        }
    }
    tests
}

/// The Markdown pages for people, and what they say.
fn pages() -> Vec<(PathBuf, String)> {
    let mut pages = files(&root().join("docs"), &["md"]);
    for entry in fs::read_dir(root()).unwrap() {
        pages.extend(
            Some(entry.unwrap().path()).filter(|path| path.extension() == Some("md".as_ref())),
        );
    }
    pages.into_iter().map(|page| (page.clone(), fs::read_to_string(page).unwrap())).collect()
}

/// The files below a folder that have one of the extensions.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if extensions.iter().any(|extension| path.extension() == Some(extension.as_ref())) {
            found.push(path);
        }
    }
    found
}

fn without_indentation(code: &str) -> String {
    code.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// A heading's name in links, as forges make it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
