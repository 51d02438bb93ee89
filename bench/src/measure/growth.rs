//! Whether costs stay flat as work grows: rows in the table, connections held open.

use std::{path::Path, rc::Rc};

use super::{
    answer::answer,
    database::database,
    lab::{LIST, Lab},
    series::{Label, Series, Side, Turn},
};
use crate::{
    failure::{Failure, Result},
    findings::{Findings, Unit},
    load::{Capture, Rotation, Turns},
    plan::CONNECTIONS,
    process::Server,
    say,
    statistics::as_f64,
};

/// Posts that jack has of his own: fifty pages of twenty.
const OWN: u32 = 1_000;
const FIRST_PAGE: &str = "/api/posts?limit=20";

pub(crate) fn growth(lab: &Lab, findings: &mut Findings) -> Result<()> {
    let many = lab.plan.many_posts;
    say!("growth: filling a table with {many} posts");
    let few_posts = lab.posts("few", &database(lab, "few.db", OWN, 10_000)?, &[])?;
    let many_posts = lab.posts("many", &database(lab, "many.db", OWN, many)?, &[])?;
    let mut all = Vec::new();
    // With one token there is less to make warm than with thousands.
    let turn = Turn {
        lead_in: 1_000,
        ..Turn::repeated(lab.plan.short_turns())
    };
    for (key, server, rows) in [("few", &few_posts, 10_000), ("many", &many_posts, many)] {
        let last = last_page(lab, server)?;
        for (page, path) in [("first", FIRST_PAGE), ("last", &last)] {
            let text = format!("posts, {page} page of 20 in {rows} rows");
            let label = Label::new(format!("{key}-{page}"), text, Side::Ours);
            all.push(Series::begin(label, server, lab.one_token(path), turn)?);
        }
    }
    take_all_turns(lab, "rows", all, findings);
    connections(lab, &answer(lab)?, findings)
}

fn take_all_turns(lab: &Lab, what: &str, mut all: Vec<Series>, findings: &mut Findings) {
    let rounds = lab.plan.short_turns().rounds;
    for round in 1..=rounds {
        say!("growth, {what}, round {round} of {rounds}");
        Series::take_turns(&mut all, findings);
    }
    findings
        .series
        .extend(all.iter().filter_map(Series::sum_up));
}

/// Walks the list to its last page, as a client does: by the link to the next one.
fn last_page(lab: &Lab, server: &Server) -> Result<String> {
    let mut path = FIRST_PAGE.to_owned();
    for _ in 0..OWN {
        let mut asking = Rotation::get(&path, lab.token(), Turns::Endless);
        let mut answer = Capture::of(&mut asking);
        server.ask(&mut answer)?;
        match next_link(&answer.head) {
            Some(next) => path = next,
            None => return Ok(path),
        }
    }
    Err(Failure::new("the list has no end"))
}

/// Path and query of the link with the relation `next` (RFC 8288).
fn next_link(head: &str) -> Option<String> {
    let is_link = |line: &&str| line.to_ascii_lowercase().starts_with("link:");
    let links = head.lines().find(is_link)?.split_once(':')?.1;
    let next = links
        .split(',')
        .find(|link| link.contains(r#"rel="next""#))?;
    let target = next.split_once('<')?.1.split_once('>')?.0;
    let path = target.find("/api/")?;
    Some(target[path..].to_owned())
}

/// Thousands of connections at once, each used in its turn; a few beside thousands that nobody
/// uses; a few alone; and a single one. One program after the other, because the connections of
/// both are more than a process may open.
fn connections(lab: &Lab, answer: &Path, findings: &mut Findings) -> Result<()> {
    let database = database(lab, "connections.db", 2, 10_000)?;
    let floor = || lab.candidate("floor", answer);
    server_connections(lab, "floor", "bare axum", Side::Floor, floor, findings)?;
    let posts = || lab.posts("connections", &database, &[]);
    server_connections(lab, "posts", "posts", Side::Ours, posts, findings)
}

fn server_connections(
    lab: &Lab,
    key: &str,
    name: &str,
    side: Side,
    start: impl Fn() -> Result<Rc<Server>>,
    findings: &mut Findings,
) -> Result<()> {
    let many = lab.plan.many_connections;
    let series = |server: &Rc<Server>, end: &str, text: String, connections: usize| {
        let label = Label::new(format!("{key}-{end}"), format!("{name}, {text}"), side);
        begin(lab, server, label, connections)
    };
    let (quiet, server) = (start()?, start()?);
    let single = "1 connection, one request at a time".to_owned();
    let single = series(&quiet, "one-connection", single, 1)?;
    let alone = format!("{CONNECTIONS} connections");
    let alone = series(&quiet, "few-connections", alone, CONNECTIONS)?;
    let beside = format!("{CONNECTIONS} connections beside {many} that are open");
    let beside = series(&server, "beside-connections", beside, CONNECTIONS)?;
    let before = server.resident_memory();
    let in_turn = format!("{many} connections, each in its turn");
    let in_turn = series(&server, "many-connections", in_turn, many)?;
    let all = vec![single, alone, beside, in_turn];
    let grown = server.resident_memory().saturating_sub(before) / 1024;
    let each = as_f64(usize::try_from(grown).unwrap_or(usize::MAX)) / as_f64(many);
    let text = format!("{name}, resident memory for each of {many} idle connections");
    findings.add(&format!("{key}-connection"), text, Unit::Kibibytes, [each]);
    take_all_turns(lab, "connections", all, findings);
    Ok(())
}

/// The warm-up gives every connection one request.
fn begin(lab: &Lab, server: &Rc<Server>, label: Label, connections: usize) -> Result<Series> {
    let turn = Turn {
        connections,
        in_flight: connections.min(CONNECTIONS),
        warm_up: connections,
        open: None,
        ..Turn::repeated(lab.plan.short_turns())
    };
    Series::begin(label, server, lab.one_token(LIST), turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_told_from_others() {
        let head = "HTTP/1.1 200 OK\r\nlink: </api/posts?cursor=a>; rel=\"prev\", \
                    <http://127.0.0.1:1/api/posts?cursor=b&limit=20>; rel=\"next\"\r\n\r\n";
        assert_eq!(
            next_link(head).as_deref(),
            Some("/api/posts?cursor=b&limit=20")
        );
        assert_eq!(next_link(&head.replace("next", "last")), None);
        assert_eq!(next_link("HTTP/1.1 200 OK\r\n\r\n"), None);
    }
}
