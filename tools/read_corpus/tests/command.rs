//! The command, as a person at a terminal meets it.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use image::{GrayImage, Luma};
use qrcode::QrCode;

fn read_corpus(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_read_corpus")).args(arguments).output().unwrap()
}

/// A folder with a code, one that nobody can read, and a picture without one.
fn corpus() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("drawn");
    fs::create_dir(&set).unwrap();
    let code = QrCode::new("a text").unwrap().render::<Luma<u8>>().module_dimensions(4, 4).build();
    let spoilt = GrayImage::from_fn(code.width(), code.height(), |x, y| {
        let middle = x.abs_diff(y) < 12 && x + y > code.width();
        if middle { Luma([255]) } else { *code.get_pixel(x, y) }
    });
    code.save(set.join("code.png")).unwrap();
    spoilt.save(set.join("spoilt.png")).unwrap();
    GrayImage::from_pixel(64, 64, Luma([255])).save(set.join("blank.png")).unwrap();
    let manifest = r#"{"set":"drawn","file":"code.png","expected":["a text"]}
{"set":"drawn","file":"spoilt.png","expected":["a text"]}
{"set":"drawn","file":"blank.png","expected":[]}
"#;
    fs::write(folder.path().join("manifest.jsonl"), manifest).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn it_counts_what_each_decoder_reads() {
    let corpus = corpus();
    let output = read_corpus(&[text(corpus.path()), "--json", "--decoder", "ours,rqrr"]);
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    let reports: Vec<serde_json::Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (report, decoder) in reports.iter().zip(["ours", "rqrr"]) {
        assert_eq!(report["decoder"], decoder);
        let set = &report["sets"][0];
        let counts = ["images", "codes", "right", "wrong", "unread", "false"].map(|of| &set[of]);
        assert_eq!(counts.map(|count| count.as_u64().unwrap()), [3, 2, 1, 0, 1, 0], "{decoder}");
    }
    assert_eq!(reports.len(), 2);
}

#[test]
fn it_draws_each_stage_and_names_the_step_that_failed() {
    let corpus = corpus();
    let drawn = corpus.path().join("stages");
    let folder = text(corpus.path());
    let output = read_corpus(&[folder, "--explain", text(&drawn), "--file", "code"]);
    assert!(output.status.success());
    assert!(!drawn.join("drawn/blank.png").exists());
    let summary = |file: &str| fs::read_to_string(drawn.join("drawn").join(file)).unwrap();
    let read = summary("code.png/summary.txt");
    assert!(
        read.starts_with("1 Base, Hybrid: 116x116, 3 finder patterns, 1 triples, read: a text\n"),
        "{read}"
    );
    for stage in ["1-binarized", "2-finder-patterns", "3-triples", "4-grid", "5-modules"] {
        let path = drawn.join(format!("drawn/code.png/1-base-hybrid-{stage}.png"));
        assert!(image::image_dimensions(&path).is_ok(), "{path:?}");
    }

    read_corpus(&[folder, "--explain", text(&drawn), "--file", "spoilt"]);
    let spoilt = summary("spoilt.png/summary.txt");
    assert!(spoilt.lines().next().unwrap().contains("failed at: "), "{spoilt}");
}

#[test]
fn it_writes_a_page_that_needs_nothing_else() {
    let corpus = corpus();
    let report = corpus.path().join("report");
    let output =
        read_corpus(&[text(corpus.path()), "--decoder", "ours,rqrr", "--report", text(&report)]);
    assert!(output.status.success());
    let page = fs::read_to_string(report.join("index.html")).unwrap();
    for part in [
        // What was read, how fast, and the one that was not.
        "<tr><td>drawn<td>3<td>2<td>",
        "<th>rqrr, median<th>95 %",
        "<h2>Not read: 1</h2>",
        "<b>drawn/spoilt.png</b>",
        "1 Base, Hybrid: 116x116, ",
        "src=\"data:image/jpeg;base64,/9j/",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<svg").count(), 3);
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert_eq!(page.matches("<img").count(), 1);
    for outside in ["http:", "https:", "<script", "<link", "src=\"/", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn it_says_how_far_it_is() {
    let corpus = corpus();
    let line = r#"{"set":"drawn","file":"blank.png","expected":[]}"#;
    let manifest = format!("{line}\n").repeat(100);
    fs::write(corpus.path().join("manifest.jsonl"), manifest).unwrap();
    let output = read_corpus(&[text(corpus.path()), "--json"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let expected: String = (1..=10).map(|tenth| format!("{tenth}0 of 100 pictures\n")).collect();
    assert_eq!(said, expected);
}

#[test]
fn it_complains_in_one_line() {
    let corpus = corpus();
    for (arguments, complaint) in [
        (vec!["/nowhere"], "read_corpus: /nowhere/manifest.jsonl: "),
        (vec![text(corpus.path()), "--set", "no such"], "read_corpus: no picture of the manifest"),
    ] {
        let output = read_corpus(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.starts_with(complaint), "{said}");
    }
}
