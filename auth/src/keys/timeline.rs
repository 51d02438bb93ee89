//! The picture of the timeline: a row for each key, a column for each event, whatever the time
//! between two of them, so that a minute can be read beside a month.

use keystore::{KeyOverview, Life, Overview, State};
use token::Timestamp;

use super::moment::{clock_time, relative};

/// Columns of the plot; with the names before it the picture is 78 wide.
const WIDTH: usize = 56;

/// Characters of a key id that tell it from its neighbours.
const SHORT: usize = 8;

/// As many events as there are letters.
const MOST_EVENTS: usize = 26;

/// Something that happens on the timeline.
struct Event {
    at: Timestamp,
    what: String,
}

/// Draws the keys that live, and those revoked during their lives.
pub(super) fn draw(overview: &Overview) -> String {
    let keys = living(&overview.keys);
    let events = events(&keys, overview);
    let now = overview.now;
    let marker = PREFIX + column_of(now, &events) + 1;
    let above = [
        format!("{:>1$}", "now", marker + 1),
        format!("{:>marker$}", "▼"),
    ];
    let rows = keys.iter().map(|key| row(key, &events));
    let below = [axis(&events), LEGEND.to_owned(), String::new()];
    let happens = events.iter().zip('a'..).map(|(event, letter)| {
        let (time, relative) = (clock_time(event.at), relative(event.at, now));
        format!("{letter}  {time}  {relative:<12}  {}", event.what)
    });
    let lines = above.into_iter().chain(rows).chain(below).chain(happens);
    lines.map(|line| line + "\n").collect()
}

const LEGEND: &str = "\n· announced   ━ signs   ╌ verifies only   ✕ revoked   (not to scale)";

fn row(key: &KeyOverview, events: &[Event]) -> String {
    let row = format!(
        "{:SHORT$}  {:9}  {}",
        short(key),
        key.state,
        bar(&key.life, events)
    );
    row.trim_end().to_owned()
}

/// Before the plot: short id, state and the gaps.
const PREFIX: usize = SHORT + 2 + 9 + 2;

fn living(keys: &[KeyOverview]) -> Vec<&KeyOverview> {
    let first = keys
        .iter()
        .filter(|key| key.state != State::Revoked)
        .map(|key| key.life.published_at)
        .min();
    keys.iter()
        .filter(|key| key.life.revoked_at.is_none() || key.life.revoked_at >= first)
        .collect()
}

fn events(keys: &[&KeyOverview], overview: &Overview) -> Vec<Event> {
    let planned = overview.next_publication.map(|at| Event {
        at,
        what: "the schedule announces the next key".to_owned(),
    });
    let mut events: Vec<_> = keys.iter().flat_map(|key| events_of(key, keys)).collect();
    events.extend(planned);
    events.sort_by_key(|event| event.at);
    let mut merged: Vec<Event> = Vec::new();
    for event in events {
        match merged.last_mut().filter(|last| last.at == event.at) {
            Some(last) => last.what = format!("{}; {}", last.what, event.what),
            None => merged.push(event),
        }
    }
    let oldest = merged.len().saturating_sub(MOST_EVENTS);
    merged.split_off(oldest)
}

fn events_of(key: &KeyOverview, keys: &[&KeyOverview]) -> Vec<Event> {
    let (id, life) = (short(key), &key.life);
    let mut events = Vec::new();
    let mut event = |at: Option<Timestamp>, what: String| {
        let before_its_end = at.filter(|at| life.revoked_at.is_none_or(|end| *at <= end));
        events.extend(before_its_end.map(|at| Event { at, what }));
    };
    if life.published_at != life.activates_at {
        event(Some(life.published_at), format!("{id} announced"));
    }
    let before = keys
        .iter()
        .find(|other| other.life.retires_at == Some(life.activates_at));
    let in_place_of =
        before.map_or_else(String::new, |other| format!(", {} retires", short(other)));
    event(Some(life.activates_at), format!("{id} signs{in_place_of}"));
    event(life.leaves_at, format!("{id} leaves the set"));
    event(life.revoked_at, format!("{id} revoked"));
    events
}

/// The column at which event number `index` of `count` happens.
const fn column(index: usize, count: usize) -> usize {
    index * WIDTH / count
}

/// Between two events, now is as far as the time between them has passed.
fn column_of(now: Timestamp, events: &[Event]) -> usize {
    let count = events.len();
    let Some(last) = events.iter().rposition(|event| event.at <= now) else {
        return 0;
    };
    let (from, to) = (column(last, count), column(last + 1, count));
    let part = events.get(last + 1).map_or(0.5, |next| {
        let whole = next.at.since(events[last].at).as_secs_f64();
        now.since(events[last].at).as_secs_f64() / whole.max(f64::EPSILON)
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a column of a picture"
    )]
    let passed = (part * (to - from) as f64) as usize;
    from + passed.min((to - from).saturating_sub(1))
}

fn bar(life: &Life, events: &[Event]) -> String {
    let glyphs = (0..WIDTH).map(|at| {
        let since = (0..events.len()).rfind(|index| column(*index, events.len()) <= at);
        let begins = since.is_some_and(|index| column(index, events.len()) == at);
        since.map_or(' ', |index| glyph(life, events[index].at, begins))
    });
    let mut bar: String = glyphs.collect();
    if life.retires_at.is_none() && life.revoked_at.is_none() {
        bar.pop();
        bar.push('▶');
    }
    bar
}

fn glyph(life: &Life, at: Timestamp, begins: bool) -> char {
    if at < life.published_at {
        return ' ';
    }
    if life.revoked_at.is_some_and(|revoked_at| at >= revoked_at) {
        return if begins && life.revoked_at == Some(at) {
            '✕'
        } else {
            ' '
        };
    }
    match (Life {
        revoked_at: None,
        ..*life
    })
    .state(at)
    {
        State::Announced => '·',
        State::Active => '━',
        State::Retired => '╌',
        State::Gone | State::Revoked => ' ',
    }
}

fn axis(events: &[Event]) -> String {
    let mut letters = vec![' '; WIDTH];
    for (index, letter) in (0..events.len()).zip('a'..) {
        letters[column(index, events.len())] = letter;
    }
    let letters: String = letters.into_iter().collect();
    format!("{:PREFIX$}{}", "", letters.trim_end())
}

fn short(key: &KeyOverview) -> &str {
    key.kid.as_str().get(..SHORT).unwrap_or(key.kid.as_str())
}

#[cfg(test)]
mod tests;
