//! A built library, and where libraries are found: given one by one, or in an archive that is made already.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Error, Result, bail};
use zip::ZipArchive;

use crate::gate;
use crate::platform::Platform;

#[derive(Clone)]
pub(crate) struct Library {
    pub(crate) platform: Platform,
    /// As someone who looks for it knows it.
    pub(crate) told: String,
    pub(crate) file: String,
    pub(crate) data: Vec<u8>,
}

impl FromStr for Library {
    type Err = Error;

    fn from_str(argument: &str) -> Result<Self> {
        let Some((platform, path)) = argument.split_once('=') else {
            bail!("{argument} is not PLATFORM=FILE");
        };
        let data = fs::read(path).with_context(|| path.to_owned())?;
        // Whatever it was called: it is packed under our name.
        Ok(Self { platform: platform.parse()?, told: path.to_owned(), file: OURS.to_owned(), data })
    }
}

impl Library {
    /// Whether it is this project's, of which more is asked than of others that an app brings along.
    pub(crate) fn is_ours(&self) -> bool {
        self.file.contains(OURS)
    }

    /// A line that says what it is, if it may be packed.
    pub(crate) fn check(&self) -> Result<String> {
        self.unless(gate::refusals(self))
    }

    /// The same, if it may be published.
    pub(crate) fn check_for_release(&self) -> Result<String> {
        let mut refusals = gate::refusals(self);
        refusals.extend(gate::refusals_for_release(self));
        self.unless(refusals)
    }

    fn unless(&self, refusals: Vec<String>) -> Result<String> {
        if !refusals.is_empty() {
            bail!("{} is refused for {}: {}", self.told, self.platform, refusals.join("; "));
        }
        Ok(format!("{}: good for {}, {} bytes", self.told, self.platform, self.data.len()))
    }
}

/// The libraries that an argument of `check` names.
pub(crate) fn found(argument: &str) -> Result<Vec<Library>> {
    if argument.contains('=') {
        return Ok(vec![argument.parse()?]);
    }
    let path = Path::new(argument);
    let files = if path.is_dir() { of_folder(path)? } else { of_zip(path)? };
    let mut libraries = Vec::new();
    for (name, data) in files {
        let mut parts = name.rsplit('/');
        let file = parts.next().unwrap_or_default().to_owned();
        let folder = parts.next().unwrap_or_default();
        if [".so", ".a", ".dylib", ".dll"].iter().any(|end| file.ends_with(end)) {
            let told = format!("{argument}: {name}");
            let platform = folder.parse().with_context(|| told.clone())?;
            libraries.push(Library { platform, told, file, data });
        }
    }
    if !libraries.iter().any(Library::is_ours) {
        bail!("there is no {OURS} in {argument}");
    }
    Ok(libraries)
}

fn of_folder(path: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for platform in fs::read_dir(path)? {
        let platform = platform?;
        if platform.file_type()?.is_dir() {
            for file in fs::read_dir(platform.path())? {
                let file = file?;
                if file.file_type()?.is_file() {
                    let name = format!(
                        "{}/{}",
                        platform.file_name().display(),
                        file.file_name().display()
                    );
                    files.push((name, fs::read(file.path())?));
                }
            }
        }
    }
    files.sort();
    Ok(files)
}

fn of_zip(path: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let told = || path.display().to_string();
    let mut zip = ZipArchive::new(File::open(path).with_context(told)?).with_context(told)?;
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).with_context(told)?;
        let mut data = Vec::new();
        entry.read_to_end(&mut data).with_context(told)?;
        files.push((entry.name()?.into_owned(), data));
    }
    files.sort();
    Ok(files)
}

const OURS: &str = "scan_login_ffi";
