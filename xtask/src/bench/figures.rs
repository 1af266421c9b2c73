//! Samples brought together: the smallest, middle and largest of each thing measured.

use std::collections::BTreeMap;

use record::{Clock, Name, Operation, Pseudowire, Sample};
use serde::Serialize;

/// A situation: what time was measured by, among what sessions, among how many.
pub(super) type Situation = (Clock, Pseudowire, u32);

/// All figures of one kernel.
#[derive(Debug, Default)]
pub(super) struct Figures(BTreeMap<(Situation, Operation, Name), Vec<f64>>);

/// What all rounds together say. Nanoseconds, of which each is an instruction where instructions
/// are counted; KiB of memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub(super) least: f64,
    pub(super) median: f64,
    pub(super) most: f64,
}

/// A figure with all that it is of, as it is written to a file.
#[derive(Debug, Serialize)]
struct Row {
    clock: Clock,
    pseudowire: Pseudowire,
    sessions: u32,
    operation: Operation,
    contender: Name,
    least: f64,
    median: f64,
    most: f64,
    rounds: usize,
}

impl Figures {
    /// Takes a sample in.
    pub(super) fn add(&mut self, clock: Clock, sample: Sample) {
        let Sample { contender, pseudowire, sessions, operation, value } = sample;
        let key = ((clock, pseudowire, sessions), operation, contender);
        self.0.entry(key).or_default().push(value);
    }

    /// The situations that were measured.
    pub(super) fn situations(&self) -> Vec<Situation> {
        let mut situations: Vec<_> = self.0.keys().map(|(situation, ..)| *situation).collect();
        situations.dedup();
        situations
    }

    /// What was measured of `who`.
    pub(super) fn of(&self, at: Situation, operation: Operation, who: Name) -> Option<Figure> {
        self.0.get(&(at, operation, who)).map(|samples| Figure::of(samples))
    }

    /// The figure as a multiple of the floor's: of medians where instructions are counted, of the
    /// least times elsewhere, as what disturbs a measurement of time only lengthens it.
    pub(super) fn ratio(&self, at: Situation, operation: Operation, who: Name) -> Option<f64> {
        let (clock, ..) = at;
        let value = |figure: Figure| match clock {
            Clock::Processor => figure.median,
            Clock::Wall => figure.least,
        };
        let floor = self.of(at, operation, who.floor())?;
        Some(value(self.of(at, operation, who)?) / value(floor))
    }

    /// The figures as JSON.
    pub(super) fn to_json(&self) -> serde_json::Result<String> {
        let row = |(((clock, pseudowire, sessions), operation, contender), samples): (
            &(Situation, Operation, Name),
            &Vec<f64>,
        )| {
            let Figure { least, median, most } = Figure::of(samples);
            Row {
                clock: *clock,
                pseudowire: *pseudowire,
                sessions: *sessions,
                operation: *operation,
                contender: *contender,
                least: least.round(),
                median: median.round(),
                most: most.round(),
                rounds: samples.len(),
            }
        };
        let rows: Vec<Row> = self.0.iter().map(row).collect();
        serde_json::to_string_pretty(&rows)
    }
}

impl Figure {
    fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |n: usize| sorted.get(n).copied().unwrap_or(f64::NAN);
        Self {
            least: at(0),
            median: at(sorted.len().saturating_sub(1) / 2),
            most: at(sorted.len().saturating_sub(1)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const AT: Situation = (Clock::Processor, Pseudowire::Ppp, 1000);

    pub(in crate::bench) fn figures(values: &[(Name, f64)]) -> Figures {
        let mut figures = Figures::default();
        for &(contender, value) in values {
            let (clock, pseudowire, sessions) = AT;
            let operation = Operation::Get;
            figures.add(clock, Sample { contender, pseudowire, sessions, operation, value });
        }
        figures
    }

    #[test]
    fn the_middle_of_the_rounds_counts() {
        let figure = Figure::of(&[3.0, 1.0, 2.0]);
        assert_eq!(figure, Figure { least: 1.0, median: 2.0, most: 3.0 });
        assert_eq!(Figure::of(&[2.0, 1.0]).median.to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn each_is_compared_with_its_own_floor() {
        let figures = figures(&[(Name::Floor, 10.0), (Name::Conn, 11.0), (Name::FloorBatch, 5.0)]);
        let ratio = figures.ratio(AT, Operation::Get, Name::Conn).unwrap();
        assert!((ratio - 1.1).abs() < 1e-9);
        assert_eq!(figures.ratio(AT, Operation::Get, Name::Batch), None);
    }
}
