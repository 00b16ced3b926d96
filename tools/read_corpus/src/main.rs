//! Reads a folder of pictures and says how many of their QR codes were read, and how fast: the
//! measure of `scan_login::qr`, beside other decoders.
//!
//! The folder has a `manifest.jsonl`: a line a picture, with `set` (a folder), `file` (in it), and
//! `expected` (the texts of its codes; an empty list if it has none; null if they are not known).

mod decoder;
mod explain;
mod manifest;
mod page;
mod plot;
mod progress;
mod report;

use std::io::{Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;
use image::ImageReader;

use decoder::Kind;
use manifest::{Entry, Verdict};
use progress::Progress;
use report::{Outcome, Reading, Report};

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
    /// Also write index.html into this folder, one page to look at: reads by set and decoder, times by
    /// the size of the picture, and each picture that `ours` did not read, with what was seen of it.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
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
    let outcomes: Vec<_> = entries.iter().map(|_| OnceLock::new()).collect();
    let progress = Progress::of(entries.len());
    let (next, failures) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(entry), Some(outcome)) = (entries.get(at), outcomes.get(at)) else { break };
            match read(&arguments, entry) {
                Ok(read) => drop(outcome.set(read)),
                Err(reason) => {
                    failures.fetch_add(1, Ordering::Relaxed);
                    progress.say(&format!("{}/{}: {reason}", entry.set, entry.file));
                }
            }
            progress.done_one();
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(work);
        }
    });
    progress.end();
    let outcomes: Vec<_> = outcomes.into_iter().filter_map(OnceLock::into_inner).collect();
    print(&arguments, &outcomes).map_err(|error| error.to_string())?;
    if let Some(folder) = &arguments.report {
        let page = page::of(&arguments.decoder, &outcomes);
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(folder.join("index.html"), page))
            .map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
    }
    match failures.into_inner() {
        0 => Ok(()),
        count => Err(format!("{count} pictures could not be opened, and do not count")),
    }
}

fn print(arguments: &Arguments, outcomes: &[Outcome<'_>]) -> std::io::Result<()> {
    let mut out = stdout().lock();
    for (at, kind) in arguments.decoder.iter().enumerate() {
        let mut report = Report::default();
        for Outcome { entry, readings, .. } in outcomes {
            let Some(reading) = readings.get(at) else { continue };
            if arguments.list && !matches!(reading.verdict, Verdict::Right | Verdict::Nothing) {
                writeln!(out, "{kind}: {}/{}: {:?}", entry.set, entry.file, reading.verdict)?;
            }
            report.add(entry, reading);
        }
        report.print(&mut out, &kind.to_string(), arguments.json)?;
    }
    Ok(())
}

/// Has each decoder read one picture.
fn read<'a>(arguments: &Arguments, entry: &'a Entry) -> Result<Outcome<'a>, String> {
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
            let is_wanted = |text: &[u8]| entry.is_wanted(text);
            let attempt = decoder::read(*kind, &picture, arguments.as_frames, is_wanted)?;
            Ok(Reading {
                verdict: entry.judge(&attempt.texts),
                codes: entry.read_codes(&attempt.texts),
                milliseconds: attempt.milliseconds,
            })
        })
        .collect();
    let readings = readings?;
    let is_lost = arguments.decoder.iter().zip(&readings).any(|(kind, reading)| {
        matches!(kind, Kind::Ours) && !matches!(reading.verdict, Verdict::Right | Verdict::Nothing)
    });
    let wants_seen = arguments.report.is_some() && is_lost;
    Ok(Outcome {
        entry,
        megapixels: f64::from(picture.width()) * f64::from(picture.height()) / 1e6,
        readings,
        seen: if wants_seen { Some(explain::seen(&picture)?) } else { None },
    })
}
