//! Everything that a run has found out.

use std::fmt::Display;

use crate::{
    failure::{Failure, Result},
    measure::{Measured, Profile},
    say,
    statistics::Summary,
};

/// Filled by the measurements, read by the report.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) series: Vec<Measured>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) profiles: Vec<Profile>,
    /// What could not be measured, and why.
    pub(crate) skipped: Vec<String>,
    /// Whether anything of ours is among that.
    pub(crate) incomplete: bool,
}

/// A single number, measured several times.
pub(crate) struct Figure {
    /// Names it in verdicts and in the CSV file.
    pub(crate) key: String,
    /// Names it in tables.
    pub(crate) text: String,
    pub(crate) unit: Unit,
    pub(crate) value: Summary,
    /// In the order in which they were measured.
    pub(crate) each: Vec<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Microseconds,
    Milliseconds,
    Mebibytes,
    Kibibytes,
    /// How many times as much.
    Factor,
}

impl Unit {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::Mebibytes => "MiB",
            Self::Kibibytes => "KiB",
            Self::Factor => "×",
        }
    }
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        key: &str,
        text: impl Into<String>,
        unit: Unit,
        values: impl IntoIterator<Item = f64>,
    ) {
        let each: Vec<f64> = values.into_iter().collect();
        if let Some(value) = Summary::of(each.iter().copied()) {
            let (key, text) = (key.to_owned(), text.into());
            self.figures.push(Figure {
                key,
                text,
                unit,
                value,
                each,
            });
        }
    }

    /// Notes why something of ours could not be measured; what else there is goes on.
    pub(crate) fn miss(&mut self, what: impl Display, failure: &Failure) {
        say!("{what}: {failure}");
        self.skipped.push(format!("{what}: {failure}"));
        self.incomplete = true;
    }

    /// What was made, unless it failed.
    pub(crate) fn made<T>(&mut self, what: impl Display, made: Result<T>) -> Option<T> {
        made.map_err(|failure| self.miss(what, &failure)).ok()
    }

    pub(crate) fn series(&self, key: &str) -> Option<&Measured> {
        self.series.iter().find(|series| series.label.key == key)
    }

    /// Microseconds of CPU time a request of the series costs.
    pub(crate) fn cpu(&self, key: &str) -> Option<f64> {
        Some(self.series(key)?.cpu.median)
    }

    pub(crate) fn p99(&self, key: &str) -> Option<f64> {
        Some(self.series(key)?.p99.median)
    }

    pub(crate) fn figure(&self, key: &str) -> Option<f64> {
        Some(self.figure_of(key)?.value.median)
    }

    pub(crate) fn figure_of(&self, key: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.key == key)
    }
}
