//! Zip files that come out the same whenever and wherever they are written: sorted, and without times.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

#[derive(Default)]
pub(crate) struct Archive(BTreeMap<String, Vec<u8>>);

impl Archive {
    pub(crate) fn put(&mut self, name: &str, data: impl Into<Vec<u8>>) -> Result<()> {
        if self.0.insert(name.to_owned(), data.into()).is_some() {
            bail!("{name} would be in the archive twice");
        }
        Ok(())
    }

    /// A file, or what is in a folder and below it, under a name; that of a folder may be empty.
    pub(crate) fn put_path(&mut self, name: &str, path: &Path) -> Result<()> {
        let told = || path.display().to_string();
        if !path.is_dir() {
            return self.put(name, fs::read(path).with_context(told)?);
        }
        for entry in fs::read_dir(path).with_context(told)? {
            let entry = entry?;
            let below = entry.file_name().display().to_string();
            let below = if name.is_empty() { below } else { format!("{name}/{below}") };
            self.put_path(&below, &entry.path())?;
        }
        Ok(())
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, data) in &self.0 {
            zip.start_file(name.as_str(), options)?;
            zip.write_all(data)?;
        }
        Ok(zip.finish()?.into_inner())
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, self.bytes()?).with_context(|| path.display().to_string())
    }

    /// Writes it as a folder, in place of what is there.
    pub(crate) fn unpack(&self, folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        for (name, data) in &self.0 {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, data).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }
}
