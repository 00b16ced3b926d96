//! Reads a folder of pictures and says how many of their QR codes were read, and how fast: the
//! measure of `scan_login::qr`, beside other decoders.
//!
//! The folder has a `manifest.jsonl`: a line a picture, with `set` (a folder), `file` (in it), and
//! `expected` (the texts of its codes; an empty list if it has none; null if they are not known).

mod decoder;
mod explain;
mod manifest;
mod report;

use std::io::{Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;
use image::ImageReader;

use decoder::Kind;
use manifest::{Entry, Verdict};
use report::Report;

#[derive(Parser)]
#[command(
    about = "Reads a folder of pictures, and says how many of their QR codes were read, and how fast."
)]
struct Arguments {
    /// The folder, with its manifest.jsonl.
    folder: PathBuf,
    /// What reads: one or more, which then take turns at each picture.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "ours")]
    decoder: Vec<Kind>,
    /// Print one JSON object for each decoder.
    #[arg(long)]
    json: bool,
    /// Show each picture to a camera scanner, four times in a row; `ours` only.
    #[arg(long)]
    as_frames: bool,
    /// How many pictures are read at once. More than one makes the times less comparable.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Only sets whose name contains this.
    #[arg(long)]
    set: Option<String>,
    /// Only files whose name contains this.
    #[arg(long)]
    file: Option<String>,
    /// Also draw what `ours` made of each picture, stage by stage, into a folder of its own in this one:
    /// what is dark, the finder patterns, the triples of them that were tried, the grid of modules of
    /// the one that came farthest. `summary.txt` says at which step each pass failed.
    #[arg(long, value_name = "DIR")]
    explain: Option<PathBuf>,
    /// Also print each picture that was not read as it should be.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(stderr(), "read_corpus: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let mut entries = manifest::read(&arguments.folder)?;
    let is_wanted = |name: &str, part: &Option<String>| {
        part.as_ref().is_none_or(|part| name.contains(part.as_str()))
    };
    entries.retain(|entry| {
        is_wanted(&entry.set, &arguments.set) && is_wanted(&entry.file, &arguments.file)
    });
    if entries.is_empty() {
        return Err("no picture of the manifest is wanted".to_owned());
    }
    let reports: Vec<Mutex<Report>> =
        arguments.decoder.iter().map(|_| Mutex::new(Report::default())).collect();
    let (next, failures) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(reason) = read(&arguments, entry, &reports) {
                failures.fetch_add(1, Ordering::Relaxed);
                let _ = writeln!(stderr(), "read_corpus: {}/{}: {reason}", entry.set, entry.file);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(work);
        }
    });
    for (kind, report) in arguments.decoder.iter().zip(reports) {
        let report = report.into_inner().map_err(|_| "a decoder panicked")?;
        let printed = report.print(&mut stdout().lock(), &kind.to_string(), arguments.json);
        printed.map_err(|error| error.to_string())?;
    }
    match failures.into_inner() {
        0 => Ok(()),
        count => Err(format!("{count} pictures could not be opened, and do not count")),
    }
}

/// Has each decoder read one picture.
fn read(arguments: &Arguments, entry: &Entry, reports: &[Mutex<Report>]) -> Result<(), String> {
    let path = arguments.folder.join(&entry.set).join(&entry.file);
    let picture = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|error| error.to_string())?
        .decode()
        .map_err(|error| error.to_string())?;
    let picture = decoder::brightness(&picture);
    if let Some(folder) = &arguments.explain {
        explain::explain(&picture, &folder.join(&entry.set).join(&entry.file))?;
    }
    let readings: Result<Vec<_>, String> = arguments
        .decoder
        .iter()
        .map(|kind| {
            decoder::read(*kind, &picture, arguments.as_frames, |text| entry.is_wanted(text))
        })
        .collect();
    for ((kind, report), reading) in arguments.decoder.iter().zip(reports).zip(readings?) {
        let verdict = entry.judge(&reading.texts);
        if arguments.list && !matches!(verdict, Verdict::Right | Verdict::Nothing) {
            writeln!(stdout(), "{kind}: {}/{}: {verdict:?}", entry.set, entry.file)
                .map_err(|error| error.to_string())?;
        }
        let mut report = report.lock().map_err(|_| "a decoder panicked")?;
        report.add(entry, verdict, reading.milliseconds);
    }
    Ok(())
}
