//! The chart: a bar for each candidate, shortest first.

use std::fmt::Write as _;

use crate::{
    findings::Findings,
    measure::{Label, Measured, Side},
    verdict,
};

/// One bar.
pub(crate) struct Bar {
    text: String,
    side: Side,
    value: f64,
    /// What a peer costs when `posts` with new tokens costs 1, round by round.
    times: Option<f64>,
}

/// Our candidates that everybody else has a counterpart of, in words for who has not read on.
const OURS: [(&str, &str); 3] = [
    ("guarded-fresh", "our verifier alone, new tokens"),
    ("posts-fresh", "posts, new tokens"),
    ("posts-repeated", "posts, tokens seen before"),
];

const GREEN: &str = "#0b7a4b";
const TAN: &str = "#c9a26b";
const GREY: &str = "#9a9a9a";
const BLACK: &str = "#1c1c1c";
const FAINT: &str = "#5a5a5a";

const LEFT: f64 = 340.0;
const WIDTH: f64 = 420.0;
const ROW: f64 = 26.0;
const TOP: f64 = 84.0;

/// What the chart shows of the findings.
pub(crate) fn bars(findings: &Findings) -> Vec<Bar> {
    let posts = findings.series("posts-fresh");
    let bar = |series: &Measured| {
        let Label { key, text, side } = &series.label;
        let ours = OURS.iter().find(|(ours, _)| ours == key);
        let shown = match side {
            Side::Floor => (key == "floor").then_some(text.as_str()),
            Side::Ours => ours.map(|(_, words)| *words),
            Side::Peer => Some(text.as_str()),
            Side::PeerAside => None,
        };
        let value = series.cpu.median;
        let posts = posts.filter(|_| *side == Side::Peer);
        Some(Bar {
            text: shown?.to_owned(),
            side: *side,
            value,
            times: posts.and_then(|posts| verdict::ratio(series, posts)),
        })
    };
    let mut bars: Vec<Bar> = findings.series.iter().filter_map(bar).collect();
    bars.sort_by(|one, other| one.value.total_cmp(&other.value));
    bars
}

/// The chart as SVG, readable on a light and on a dark page.
pub(crate) fn draw(bars: &[Bar]) -> String {
    let longest = bars.iter().map(|bar| bar.value).fold(1.0, f64::max);
    let rows = bars.iter().map(|_| ROW).sum::<f64>();
    let (width, height) = (LEFT + WIDTH + 160.0, TOP + rows + 36.0);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>What one authenticated request costs, in microseconds of processor time</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="28" font-size="19" font-weight="bold" fill="{BLACK}">What one authenticated request costs</text>
<text x="16" y="48" fill="{FAINT}">microseconds of processor time: shorter is better</text>
"##
    );
    let legend = [(GREEN, "ours"), (TAN, "others"), (GREY, "no check at all")];
    for ((color, text), left) in legend.into_iter().zip([16.0, 82.0, 160.0]) {
        draw_legend(&mut svg, color, text, left);
    }
    let mut top = TOP;
    for bar in bars {
        draw_bar(&mut svg, bar, top, bar.value / longest * WIDTH);
        top += ROW;
    }
    let bottom = top + 20.0;
    // Writing to a string cannot fail.
    let _ = writeln!(
        svg,
        r#"<text x="16" y="{bottom}" fill="{FAINT}">posts asks a database, all others answer from an array in memory; “× posts” compares with new tokens</text>
</svg>"#
    );
    svg
}

fn draw_legend(svg: &mut String, color: &str, text: &str, left: f64) {
    let beside = left + 18.0;
    let _ = writeln!(
        svg,
        r#"<rect x="{left}" y="59" width="12" height="12" rx="2" fill="{color}"/>
<text x="{beside}" y="70" fill="{BLACK}">{text}</text>"#
    );
}

fn draw_bar(svg: &mut String, bar: &Bar, top: f64, length: f64) {
    let (color, weight) = match bar.side {
        Side::Floor => (GREY, "normal"),
        Side::Ours => (GREEN, "bold"),
        Side::Peer | Side::PeerAside => (TAN, "normal"),
    };
    let (text, value) = (escaped(&bar.text), value(bar));
    let (middle, end) = (top + 15.0, LEFT + length.max(2.0));
    let (label_at, value_at, length) = (LEFT - 8.0, end + 6.0, end - LEFT);
    let _ = write!(
        svg,
        r#"<text x="{label_at}" y="{middle}" text-anchor="end" font-weight="{weight}" fill="{BLACK}">{text}</text>
<rect x="{LEFT}" y="{top}" width="{length:.1}" height="20" rx="2" fill="{color}"/>
<text x="{value_at:.1}" y="{middle}" font-weight="{weight}" fill="{BLACK}">{value}</text>
"#
    );
}

fn value(bar: &Bar) -> String {
    match bar.times {
        Some(times) => format!("{:.0} µs, {times:.1} × posts", bar.value),
        None => format!("{:.0} µs", bar.value),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(text: &str, value: f64) -> Bar {
        let (text, side) = (text.to_owned(), Side::Peer);
        let times = Some(value / 50.0);
        Bar {
            text,
            side,
            value,
            times,
        }
    }

    #[test]
    fn the_longest_bar_fills_the_width_and_the_others_their_share() {
        let svg = draw(&[bar("a", 100.0), bar("b", 400.0)]);
        assert!(svg.contains(r#"width="105.0""#), "{svg}");
        assert!(svg.contains(r#"width="420.0""#), "{svg}");
        assert!(svg.contains(">400 µs, 8.0 × posts<"), "{svg}");
    }

    #[test]
    fn texts_cannot_break_the_drawing() {
        assert!(draw(&[bar("a < b & c", 1.0)]).contains("a &lt; b &amp; c"));
    }
}
