//! One page to look at, which needs nothing but itself.

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::decoder::Kind;
use crate::manifest::Verdict;
use crate::plot::{Bars, Dot, Dots};
use crate::report::{Outcome, percentile};

/// The page, as HTML.
pub(crate) fn of(decoders: &[Kind], outcomes: &[Outcome<'_>]) -> String {
    let names: Vec<String> = decoders.iter().map(Kind::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>QR codes read</title>\n\
         <style>{STYLE}</style>\n<h1>QR codes read</h1>\n<p>{} pictures by {}.</p>\n",
        outcomes.len(),
        names.join(", ")
    );
    reads(&mut page, &names, outcomes);
    times(&mut page, &names, outcomes);
    unread(&mut page, outcomes);
    page
}

/// What each decoder read of each set.
fn reads(page: &mut String, names: &[&str], outcomes: &[Outcome<'_>]) {
    let mut sets: BTreeMap<&str, Vec<&Outcome<'_>>> = BTreeMap::new();
    for outcome in outcomes {
        sets.entry(&outcome.entry.set).or_default().push(outcome);
    }
    let _ = write!(
        page,
        "<h2>Reads</h2>\n<p>Pictures of which a right text was read, of those with a code; then what else \
         came: texts that are wrong, or read where there is no code.</p>\n\
         <table><tr><th>set<th>pictures<th>with a code"
    );
    for name in names {
        let _ = write!(page, "<th>{name}<th>");
    }
    let all: Vec<_> = outcomes.iter().collect();
    let sets = sets.into_iter().chain([("all", all)]);
    for (set, outcomes) in sets {
        let positives = outcomes.iter().filter(|outcome| outcome.entry.codes() > 0).count();
        let _ = write!(page, "\n<tr><td>{}<td>{}<td>{positives}", escaped(set), outcomes.len());
        for at in 0..names.len() {
            let count = |verdict| {
                let verdicts = outcomes.iter().filter_map(|outcome| outcome.readings.get(at));
                verdicts.filter(|reading| reading.verdict == verdict).count()
            };
            let (right, wrong, false_) =
                (count(Verdict::Right), count(Verdict::Wrong), count(Verdict::False));
            let share = (100 * right).checked_div(positives).unwrap_or_default();
            let _ = write!(
                page,
                "<td><span class=\"bar\" style=\"--share:{share}%\">{right}</span><td>"
            );
            if wrong + false_ > 0 {
                let _ = write!(page, "<b>{wrong} wrong, {false_} false</b>");
            }
        }
    }
    page.push_str("\n</table>\n");
}

/// How long each decoder took, by the size of the picture.
fn times(page: &mut String, names: &[&str], outcomes: &[Outcome<'_>]) {
    page.push_str(
        "<h2>Times</h2>\n<p>Milliseconds of processor time: bars end at the median, lines at 95 %.</p>\n",
    );
    for is_read in [true, false] {
        let what = if is_read { "read" } else { "not read, or without a code" };
        let _ = writeln!(page, "<h3>Pictures {what}</h3>");
        let class = |at: usize, (least, most): (f64, f64)| {
            let of = |outcome: &&Outcome<'_>| (least..most).contains(&outcome.megapixels);
            let readings =
                outcomes.iter().filter(of).filter_map(|outcome| outcome.readings.get(at));
            let mut times: Vec<f64> = readings
                .filter(|reading| (reading.verdict == Verdict::Right) == is_read)
                .map(|reading| reading.milliseconds)
                .collect();
            times.sort_by(f64::total_cmp);
            (!times.is_empty()).then(|| (percentile(&times, 50), percentile(&times, 95)))
        };
        let values = CLASSES.map(|size| (0..names.len()).map(|at| class(at, size)).collect());
        let bars = Bars {
            groups: CLASSES.map(name).to_vec(),
            series: names.to_vec(),
            values: values.to_vec(),
        };
        page.push_str(&bars.svg());
        ratios(page, names, outcomes, is_read);
    }
    page.push_str("<h3>Each picture</h3>\n<p>Hollow where it was not read.</p>\n");
    let dots = outcomes.iter().flat_map(|outcome| {
        outcome.readings.iter().enumerate().map(|(series, reading)| Dot {
            series,
            megapixels: outcome.megapixels,
            milliseconds: reading.milliseconds,
            is_read: reading.verdict == Verdict::Right,
        })
    });
    page.push_str(&Dots { series: names.to_vec(), dots: dots.collect() }.svg());
}

/// How many times as long as the others the first decoder took for the pictures that it read, or did not.
fn ratios(page: &mut String, names: &[&str], outcomes: &[Outcome<'_>], is_read: bool) {
    let Some((first, others)) = names.split_first().filter(|(_, others)| !others.is_empty()) else {
        return;
    };
    let _ = write!(page, "<table><tr><th>{first}, as a ratio to");
    for other in others {
        let _ = write!(page, "<th>{other}, median<th>95 %");
    }
    page.push_str("<th>pictures");
    for size in CLASSES {
        let (least, most) = size;
        let of: Vec<_> = outcomes
            .iter()
            .filter(|outcome| (least..most).contains(&outcome.megapixels))
            .filter_map(|outcome| outcome.readings.split_first())
            .filter(|(first, _)| (first.verdict == Verdict::Right) == is_read)
            .collect();
        let _ = write!(page, "\n<tr><td>{}", name(size));
        for other in 0..others.len() {
            let ratio = |(first, others): &(&crate::report::Reading, &[crate::report::Reading])| {
                Some(first.milliseconds / others.get(other)?.milliseconds)
            };
            let mut ratios: Vec<f64> = of.iter().filter_map(ratio).collect();
            ratios.sort_by(f64::total_cmp);
            let _ = match ratios.as_slice() {
                [] => write!(page, "<td><td>"),
                ratios => {
                    write!(
                        page,
                        "<td>{:.2}<td>{:.2}",
                        percentile(ratios, 50),
                        percentile(ratios, 95)
                    )
                }
            };
        }
        let _ = write!(page, "<td>{}", of.len());
    }
    page.push_str("\n</table>\n");
}

/// What was seen of the pictures that were not read.
fn unread(page: &mut String, outcomes: &[Outcome<'_>]) {
    let unread: Vec<_> =
        outcomes.iter().filter_map(|outcome| Some((outcome, outcome.seen.as_ref()?))).collect();
    let _ = write!(
        page,
        "<h2>Not read: {}</h2>\n<p>Of each, the pass that came the farthest: where it looked for modules (red where \
         it found dark, blue where light), or the triples of finder patterns that it tried. Below, how far \
         each pass came.</p>\n",
        unread.len()
    );
    for (outcome, seen) in unread {
        let _ = writeln!(
            page,
            "<figure><img alt=\"\" loading=\"lazy\" src=\"data:image/jpeg;base64,{}\"><figcaption><b>{}/{}</b>, {:.1} \
             MP<pre>{}</pre></figcaption></figure>",
            BASE64_STANDARD.encode(&seen.drawing),
            escaped(&outcome.entry.set),
            escaped(&outcome.entry.file),
            outcome.megapixels,
            escaped(&seen.summary)
        );
    }
}

fn name((least, most): (f64, f64)) -> String {
    match (least, most) {
        (0.0, _) => format!("below {most} MP"),
        (_, f64::INFINITY) => format!("from {least} MP"),
        _ => format!("{least} to {most} MP"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// In megapixels: a screenshot of a code, a preview, a large preview, a photograph.
const CLASSES: [(f64, f64); 4] = [(0.0, 0.3), (0.3, 1.0), (1.0, 3.0), (3.0, f64::INFINITY)];
const STYLE: &str = "
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
td, th { padding: .2em .7em; border-bottom: 1px solid #ddd; text-align: left; }
.bar { display: block; min-width: 5em; padding: 0 .3em;
  background: linear-gradient(to right, #cfe3f1 var(--share), transparent var(--share)); }
svg { width: 100%; font-size: 12px; fill: #444; } .grid { stroke: #ddd; }
figure { display: flex; flex-wrap: wrap; gap: 1em; margin: 1.5em 0; } figure img { max-width: 100%; }
pre { font-size: 12px; white-space: pre-wrap; max-width: 34em; } b { color: #900; } figcaption b { color: inherit; }
";
