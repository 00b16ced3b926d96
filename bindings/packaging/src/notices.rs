//! The notices that licences ask for, of all that is linked in: crates, Rust's standard library, and LLVM's unwinder.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cargo_metadata::Package;

use crate::dependencies::{Dependencies, repository};

/// Each text once, with the crates that it is for, sorted by the first of them.
pub(crate) fn text(std: &Path) -> Result<String> {
    let ours = Dependencies::of(&repository().join("uniffi/Cargo.toml"), "scan-login-ffi", "")?;
    let std = Dependencies::of(&std.join("sysroot/Cargo.toml"), "std", "backtrace,panic-unwind")?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut table = BTreeSet::new();
    for package in ours
        .packages
        .values()
        .filter(|package| package.source.is_some())
        .chain(std.packages.values())
    {
        let licence = package
            .license
            .as_deref()
            .with_context(|| format!("{} names no licence", package.name))?;
        let name = format!("{} {}", package.name, package.version);
        for text in texts_of(package, licence)? {
            texts.entry(text).or_default().insert(name.clone());
        }
        table.insert(format!("{name}: {licence}"));
    }
    texts.entry(LLVM.to_owned()).or_default().insert("LLVM's unwinder, on Android".to_owned());
    table.insert("LLVM's unwinder, on Android: Apache-2.0 WITH LLVM-exception".to_owned());

    let mut notices = String::from(HEAD);
    for line in &table {
        writeln!(notices, "    {line}")?;
    }
    let mut texts: Vec<_> = texts.iter().map(|(text, names)| (names, text)).collect();
    texts.sort();
    for (names, text) in texts {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        write!(notices, "\n{RULE}\n{}\n\n{}\n", names.join(", "), text.trim())?;
    }
    Ok(notices)
}

/// The licence files of a crate: that of the MIT licence alone, if that is one of those to choose from.
fn texts_of(package: &Package, licence: &str) -> Result<Vec<String>> {
    let folder = package.manifest_path.parent().context("a manifest without a folder")?;
    let mut files = Vec::new();
    // Or those of its workspace, which is not far above it.
    for folder in folder.ancestors().take(3) {
        if files.is_empty() {
            files = notices_in(folder.as_std_path())?;
        }
    }
    let choices: Vec<_> =
        licence.split(" OR ").flat_map(|choice| choice.split('/')).map(str::trim).collect();
    if choices.contains(&"MIT") && files.iter().any(|(name, _)| name.starts_with("LICENSE-MIT")) {
        files.retain(|(name, _)| name.starts_with("LICENSE-MIT") || name.starts_with("NOTICE"));
    }
    if files.is_empty() {
        // The crate brings no text along: the standard one of a licence that it names.
        let Some((_, text)) = STANDARD.iter().find(|(name, _)| choices.contains(name)) else {
            bail!(
                "{} {} has no licence file, and there is no standard text for {licence}",
                package.name,
                package.version
            );
        };
        return Ok(vec![(*text).to_owned()]);
    }
    // Differences of white space are none.
    let read = |path| {
        Ok(fs::read_to_string(path)?.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
    };
    files.into_iter().map(|(_, path)| read(path)).collect()
}

/// Files by name in capitals, in order.
fn notices_in(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().display().to_string().to_uppercase();
        if NOTICES.iter().any(|start| name.starts_with(start)) && entry.file_type()?.is_file() {
            files.push((name, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

const NOTICES: [&str; 6] = ["COPYING", "COPYRIGHT", "LICENCE", "LICENSE", "NOTICE", "UNLICENSE"];
const HEAD: &str = "\
scan-login has parts that others wrote. Their names, versions and licences, and below the texts of the licences.
The sources of each, those under the MPL-2.0 among them, are on crates.io, under name and version; they are unchanged.

";
const RULE: &str =
    "================================================================================";
const STANDARD: [(&str, &str); 2] = [
    ("Apache-2.0", include_str!("../licences/Apache-2.0.txt")),
    ("MPL-2.0", include_str!("../licences/MPL-2.0.txt")),
];
const LLVM: &str = include_str!("../licences/LLVM.txt");
