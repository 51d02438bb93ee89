//! The chart: a bar for each candidate, shortest first.

use std::fmt::Write as _;

use crate::{findings::Findings, measure::Side};

/// One bar.
pub(crate) struct Bar {
    text: String,
    side: Side,
    value: f64,
}

/// Our candidates that everybody else has a counterpart of.
const OURS: [&str; 3] = ["guarded-fresh", "posts-fresh", "posts-repeated"];

const LEFT: f64 = 340.0;
const WIDTH: f64 = 460.0;
const ROW: f64 = 26.0;
const TOP: f64 = 64.0;

/// What the chart shows of the findings.
pub(crate) fn bars(findings: &Findings) -> Vec<Bar> {
    let shown = findings
        .series
        .iter()
        .filter(|series| match series.label.side {
            Side::Floor => series.label.key == "floor",
            Side::Ours => OURS.contains(&series.label.key.as_str()),
            Side::Peer => true,
        });
    let bar = shown.map(|series| Bar {
        text: series.label.text.clone(),
        side: series.label.side,
        value: series.cpu.median,
    });
    let mut bars: Vec<Bar> = bar.collect();
    bars.sort_by(|one, other| one.value.total_cmp(&other.value));
    bars
}

/// The chart as SVG, readable on a light and on a dark page.
pub(crate) fn draw(bars: &[Bar]) -> String {
    let longest = bars.iter().map(|bar| bar.value).fold(1.0, f64::max);
    let rows = bars.iter().map(|_| ROW).sum::<f64>();
    let (width, height) = (LEFT + WIDTH + 100.0, TOP + rows + 16.0);
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="26" font-size="17" font-weight="bold" fill="#1c1c1c">CPU time of one authenticated request, in microseconds</text>
<text x="16" y="46" fill="#5a5a5a">shorter is better, green is ours; posts reads its answer from a database, all others from an array</text>
"##
    );
    let mut top = TOP;
    for bar in bars {
        draw_bar(&mut svg, bar, top, bar.value / longest * WIDTH);
        top += ROW;
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_bar(svg: &mut String, bar: &Bar, top: f64, length: f64) {
    let (color, weight) = match bar.side {
        Side::Floor => ("#9a9a9a", "normal"),
        Side::Ours => ("#0b7a4b", "bold"),
        Side::Peer => ("#c9a26b", "normal"),
    };
    let (text, value) = (escaped(&bar.text), bar.value);
    let (middle, end) = (top + 15.0, LEFT + length.max(2.0));
    let (label_at, value_at, length) = (LEFT - 8.0, end + 6.0, end - LEFT);
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        r##"<text x="{label_at}" y="{middle}" text-anchor="end" font-weight="{weight}" fill="#1c1c1c">{text}</text>
<rect x="{LEFT}" y="{top}" width="{length:.1}" height="20" rx="2" fill="{color}"/>
<text x="{value_at:.1}" y="{middle}" font-weight="{weight}" fill="#1c1c1c">{value:.0}</text>
"##
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(text: &str, value: f64) -> Bar {
        let (text, side) = (text.to_owned(), Side::Peer);
        Bar { text, side, value }
    }

    #[test]
    fn the_longest_bar_fills_the_width_and_the_others_their_share() {
        let svg = draw(&[bar("a", 100.0), bar("b", 400.0)]);
        assert!(svg.contains(r#"width="115.0""#), "{svg}");
        assert!(svg.contains(r#"width="460.0""#), "{svg}");
    }

    #[test]
    fn texts_cannot_break_the_drawing() {
        assert!(draw(&[bar("a < b & c", 1.0)]).contains("a &lt; b &amp; c"));
    }
}
