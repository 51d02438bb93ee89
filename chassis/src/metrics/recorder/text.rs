//! The text form of Prometheus, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use metrics::{Key, SharedString};

use super::buckets::Snapshot;
use super::{Numbers, Table};

/// Series by name, and by their labels as text, so that two scrapes have one order.
type Sorted<T> = BTreeMap<String, BTreeMap<String, Arc<T>>>;

impl Numbers {
    /// What a scrape shows.
    pub(in crate::metrics) fn render(&self) -> String {
        let tables = &*self.0;
        let help = tables.help.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = Page {
            text: String::new(),
            help: &help,
        };
        page.family("counter", &tables.counters, |page, name, labels, value| {
            page.line(name, "", labels, value.load(Ordering::Relaxed));
        });
        page.family("gauge", &tables.gauges, |page, name, labels, value| {
            let value = f64::from_bits(value.load(Ordering::Relaxed));
            page.line(name, "", labels, value);
        });
        page.family(
            "histogram",
            &tables.histograms,
            |page, name, labels, value| {
                page.histogram(name, labels, &value.snapshot());
            },
        );
        page.text
    }
}

struct Page<'a> {
    text: String,
    help: &'a BTreeMap<String, SharedString>,
}

impl Page<'_> {
    fn family<T>(
        &mut self,
        kind: &str,
        table: &Table<T>,
        show: impl Fn(&mut Self, &str, &str, &T),
    ) {
        for (name, series) in table.sorted() {
            self.head(&name, kind);
            for (labels, value) in series {
                show(self, &name, &labels, &value);
            }
            self.text.push('\n');
        }
    }

    // Writing to a string cannot fail, here and below.
    fn head(&mut self, name: &str, kind: &str) {
        if let Some(help) = self.help.get(name) {
            let help = help.replace('\\', r"\\").replace('\n', r"\n");
            let _ = writeln!(self.text, "# HELP {name} {help}");
        }
        let _ = writeln!(self.text, "# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, suffix: &str, labels: &str, value: impl Display) {
        let _ = if labels.is_empty() {
            writeln!(self.text, "{name}{suffix} {value}")
        } else {
            writeln!(self.text, "{name}{suffix}{{{labels}}} {value}")
        };
    }

    fn histogram(&mut self, name: &str, labels: &str, values: &Snapshot) {
        let comma = if labels.is_empty() { "" } else { "," };
        let mut bucket = |bound: &dyn Display, count| {
            let labels = format!(r#"{labels}{comma}le="{bound}""#);
            self.line(name, "_bucket", &labels, count);
        };
        for (bound, count) in &values.up_to {
            bucket(bound, *count);
        }
        bucket(&"+Inf", values.count);
        self.line(name, "_sum", labels, values.sum);
        self.line(name, "_count", labels, values.count);
    }
}

impl<T> Table<T> {
    fn sorted(&self) -> Sorted<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut sorted = Sorted::new();
        for (key, series) in known.iter() {
            let family = sorted.entry(key.name().to_owned()).or_default();
            family.insert(labels(key), Arc::clone(series));
        }
        sorted
    }
}

/// `route="/api/posts",method="GET"`
fn labels(key: &Key) -> String {
    let label = |label: &metrics::Label| format!(r#"{}="{}""#, label.key(), escaped(label.value()));
    let all: Vec<String> = key.labels().map(label).collect();
    all.join(",")
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', r"\n")
}
