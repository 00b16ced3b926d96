//! What runs came to.

use std::collections::BTreeMap;

/// What happened in a run, and what was wrong with it.
#[derive(Default)]
pub(crate) struct Report {
    /// In order.
    pub(crate) trace: Vec<String>,
    pub(crate) wrong: Vec<String>,
    pub(crate) counts: Counts,
}

#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) seeds: u64,
    pub(crate) calls: u64,
    pub(crate) requests: u64,
    pub(crate) refused_inputs: u64,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) verdicts: BTreeMap<&'static str, u64>,
    pub(crate) wrong: u64,
    pub(crate) panics: u64,
    pub(crate) after_refusal: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.calls += other.calls;
        self.requests += other.requests;
        self.refused_inputs += other.refused_inputs;
        self.wrong += other.wrong;
        self.panics += other.panics;
        self.after_refusal += other.after_refusal;
        add_all(&mut self.faults, other.faults);
        add_all(&mut self.verdicts, other.verdicts);
    }
}

fn add_all(to: &mut BTreeMap<&'static str, u64>, from: BTreeMap<&'static str, u64>) {
    for (name, count) in from {
        *to.entry(name).or_default() += count;
    }
}
