use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::json;

use crate::explain::Seen;
use crate::manifest::{Entry, Verdict};

/// What came of one picture.
pub(crate) struct Outcome<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) megapixels: f64,
    /// By each decoder.
    pub(crate) readings: Vec<Reading>,
    /// If somebody wants to know it, and `ours` did not read it.
    pub(crate) seen: Option<Seen>,
}

pub(crate) struct Reading {
    pub(crate) verdict: Verdict,
    /// How many of the picture's codes were read.
    pub(crate) codes: usize,
    pub(crate) milliseconds: f64,
}

/// What one decoder made of all pictures.
#[derive(Default)]
pub(crate) struct Report {
    sets: BTreeMap<String, Set>,
}

#[derive(Clone, Default)]
struct Set {
    codes: usize,
    read: usize,
    right: usize,
    wrong: usize,
    unread: usize,
    false_: usize,
    milliseconds: Vec<f64>,
}

impl Report {
    pub(crate) fn add(&mut self, entry: &Entry, reading: &Reading) {
        let set = self.sets.entry(entry.set.clone()).or_default();
        set.codes += entry.codes();
        set.read += reading.codes;
        match reading.verdict {
            Verdict::Right => set.right += 1,
            Verdict::Wrong => set.wrong += 1,
            Verdict::Unread => set.unread += 1,
            Verdict::False => set.false_ += 1,
            Verdict::Nothing => {}
        }
        set.milliseconds.push(reading.milliseconds);
    }

    pub(crate) fn print(
        mut self,
        out: &mut impl Write,
        decoder: &str,
        json: bool,
    ) -> io::Result<()> {
        for set in self.sets.values_mut() {
            set.milliseconds.sort_by(f64::total_cmp);
        }
        if json {
            let sets: Vec<_> = self.sets.iter().map(|(name, set)| set.to_json(name)).collect();
            let report = json!({ "decoder": decoder, "sets": sets, "peak_mb": peak_mb() });
            return writeln!(out, "{report}");
        }
        writeln!(out, "{decoder}")?;
        writeln!(
            out,
            "{:24} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8} {:>8} {:>8}",
            "set",
            "images",
            "codes",
            "read",
            "right",
            "wrong",
            "unread",
            "false",
            "p50 ms",
            "p95 ms",
            "max ms"
        )?;
        let mut total = Set::default();
        for (name, set) in &self.sets {
            set.print(out, name)?;
            total.add(set);
        }
        total.milliseconds.sort_by(f64::total_cmp);
        total.print(out, "all")?;
        if let Some(peak) = peak_mb() {
            writeln!(out, "peak memory of the process: {peak:.0} MB")?;
        }
        Ok(())
    }
}

impl Set {
    fn add(&mut self, other: &Self) {
        self.codes += other.codes;
        self.read += other.read;
        self.right += other.right;
        self.wrong += other.wrong;
        self.unread += other.unread;
        self.false_ += other.false_;
        self.milliseconds.extend(&other.milliseconds);
    }

    fn print(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        writeln!(
            out,
            "{name:24} {:6} {:6} {:6} {:6} {:6} {:6} {:6} {:8.2} {:8.2} {:8.2}",
            self.milliseconds.len(),
            self.codes,
            self.read,
            self.right,
            self.wrong,
            self.unread,
            self.false_,
            self.percentile(50),
            self.percentile(95),
            self.percentile(100)
        )
    }

    fn to_json(&self, name: &str) -> serde_json::Value {
        json!({
            "set": name,
            "images": self.milliseconds.len(),
            "codes": self.codes,
            "read": self.read,
            "right": self.right,
            "wrong": self.wrong,
            "unread": self.unread,
            "false": self.false_,
            "p50_ms": self.percentile(50),
            "p95_ms": self.percentile(95),
            "max_ms": self.percentile(100),
        })
    }

    fn percentile(&self, percent: usize) -> f64 {
        percentile(&self.milliseconds, percent)
    }
}

/// Of sorted numbers, by the nearest rank; of none, 0.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// The most memory that the process has used, in megabytes, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1e3)
}
