//! The crates that are linked into what is shipped, as cargo resolves them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_metadata::{CargoOpt, MetadataCommand, Package};

/// Crates, and for each those that it uses.
pub(crate) struct Dependencies {
    pub(crate) packages: BTreeMap<Crate, Package>,
    pub(crate) uses: BTreeMap<Crate, BTreeSet<Crate>>,
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
}

impl Dependencies {
    /// Those of a package with some features, on all platforms that it is shipped for. Macros run in the compiler, and stay
    /// out.
    pub(crate) fn of(manifest: &Path, package: &str, features: &str) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .features(CargoOpt::AllFeatures)
            .env("RUSTC_BOOTSTRAP", "1")
            .other_options(["--locked".to_owned()])
            .exec()?;
        let mut all: BTreeMap<_, _> = metadata
            .packages
            .into_iter()
            .map(|package| {
                (
                    Crate { name: package.name.to_string(), version: package.version.to_string() },
                    package,
                )
            })
            .collect();
        let mut this = Self { packages: BTreeMap::new(), uses: BTreeMap::new() };
        for target in TARGETS {
            this.add(&tree(manifest, package, features, target)?)?;
        }
        for used in this.uses.keys() {
            let package = all.remove(used).with_context(|| {
                format!("cargo metadata does not know {} {}", used.name, used.version)
            })?;
            this.packages.insert(used.clone(), package);
        }
        Ok(this)
    }

    /// Adds what `cargo tree` printed: each line begins with how deep it is.
    fn add(&mut self, tree: &str) -> Result<()> {
        let mut path: Vec<Crate> = Vec::new();
        for line in tree.lines().filter(|line| !line.is_empty()) {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let (depth, told) = line.split_at(digits);
            let mut words = told.split(' ');
            let (Some(name), Some(version)) =
                (words.next(), words.next().and_then(|version| version.strip_prefix('v')))
            else {
                bail!("cargo tree printed: {line}");
            };
            let used = Crate { name: name.to_owned(), version: version.to_owned() };
            path.truncate(depth.parse()?);
            if let Some(user) = path.last() {
                self.uses.entry(user.clone()).or_default().insert(used.clone());
            }
            self.uses.entry(used.clone()).or_default();
            path.push(used);
        }
        Ok(())
    }
}

fn tree(manifest: &Path, package: &str, features: &str, target: &str) -> Result<String> {
    let output = Command::new("cargo")
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "depth",
            "--format",
            "{p}",
        ])
        .args(["--package", package, "--features", features, "--target", target, "--manifest-path"])
        .arg(manifest)
        .env("RUSTC_BOOTSTRAP", "1")
        .output()?;
    if !output.status.success() {
        bail!("cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One for each way in which the platforms differ.
const TARGETS: [&str; 5] = [
    "aarch64-linux-android",
    "armv7-linux-androideabi",
    "aarch64-apple-ios",
    "aarch64-apple-darwin",
    "x86_64-unknown-linux-gnu",
];
