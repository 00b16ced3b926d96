use std::io::{IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says on standard error how many pictures are done: in one line that changes, if that is a terminal;
/// otherwise, if there are many, in ten lines.
pub(crate) struct Progress {
    total: usize,
    done: AtomicUsize,
    is_terminal: bool,
}

impl Progress {
    pub(crate) fn of(total: usize) -> Self {
        Self { total, done: AtomicUsize::new(0), is_terminal: stderr().is_terminal() }
    }

    pub(crate) fn done_one(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let tenths = |done: usize| 10 * done / self.total;
        if self.is_terminal {
            let _ = write!(stderr(), "\r{done} of {} pictures", self.total);
        } else if self.total >= MANY && tenths(done) > tenths(done - 1) {
            let _ = writeln!(stderr(), "{done} of {} pictures", self.total);
        }
    }

    /// A complaint, in a line of its own.
    pub(crate) fn say(&self, complaint: &str) {
        let start = if self.is_terminal { "\r\x1b[K" } else { "" };
        let _ = writeln!(stderr(), "{start}read_corpus: {complaint}");
    }

    pub(crate) fn end(&self) {
        if self.is_terminal {
            let _ = writeln!(stderr());
        }
    }
}

const MANY: usize = 50;
