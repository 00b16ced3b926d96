use std::path::Path;

use encoding_rs::{Encoding, GB18030, SHIFT_JIS, UTF_8, WINDOWS_1252};
use serde::Deserialize;

/// A picture.
#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) set: String,
    pub(crate) file: String,
    expected: Option<Vec<String>>,
}

/// What is to be said of what was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// One of the expected texts; any, where the texts are not known.
    Right,
    /// Another text.
    Wrong,
    /// Nothing was read, though there is a code.
    Unread,
    /// Something was read, though there is no code.
    False,
    /// Nothing was read, and there is no code.
    Nothing,
}

pub(crate) fn read(folder: &Path) -> Result<Vec<Entry>, String> {
    let path = folder.join("manifest.jsonl");
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let entries: Result<Vec<Entry>, _> = text.lines().map(serde_json::from_str).collect();
    entries.map_err(|error| format!("{}: {error}", path.display()))
}

impl Entry {
    /// How many codes the picture has, as far as is known.
    pub(crate) fn codes(&self) -> usize {
        match &self.expected {
            Some(texts) => texts.len(),
            None => usize::from(!self.is_negative()),
        }
    }

    /// How many of its codes the texts are of, as far as is known.
    pub(crate) fn read_codes(&self, texts: &[Vec<u8>]) -> usize {
        let is_read = |text: &&String| texts.iter().any(|bytes| says(bytes, text));
        match &self.expected {
            Some(expected) => expected.iter().filter(is_read).count(),
            None => texts.len().min(self.codes()),
        }
    }

    /// Whether a text is one of those that are looked for: any, where they are not known.
    pub(crate) fn is_wanted(&self, bytes: &[u8]) -> bool {
        let mut expected = self.expected.iter().flatten();
        self.expected.is_none() || expected.any(|text| says(bytes, text))
    }

    pub(crate) fn judge(&self, texts: &[Vec<u8>]) -> Verdict {
        match (self.is_negative(), texts) {
            (true, []) => Verdict::Nothing,
            (true, _) => Verdict::False,
            (false, []) => Verdict::Unread,
            (false, texts) => {
                let is_right = texts.iter().any(|bytes| self.is_wanted(bytes));
                if is_right { Verdict::Right } else { Verdict::Wrong }
            }
        }
    }

    fn is_negative(&self) -> bool {
        match &self.expected {
            Some(texts) => texts.is_empty(),
            None => self.set.contains("falsepositives"),
        }
    }
}

/// Whether the bytes are the text, in one of the encodings that codes come in.
fn says(bytes: &[u8], text: &str) -> bool {
    let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    let is = |encoding: &'static Encoding| {
        let (read, _, failed) = encoding.decode(bytes);
        !failed && lines(&read) == lines(text)
    };
    [UTF_8, SHIFT_JIS, GB18030, WINDOWS_1252].into_iter().any(is)
}
