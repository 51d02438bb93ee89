//! `posts` on PostgreSQL: the same posts in the same order as on SQLite, and what one query costs
//! both sides of the socket.

use std::{path::Path, rc::Rc};

use super::{
    lab::Lab,
    series::{Label, Series, Side, Turn},
};
use crate::{
    cluster::Cluster,
    failure::Result,
    findings::{Findings, Unit},
    process::Server,
    raw::PostgresQuery,
};

/// Jack's own posts are among this many.
const POSTS: u32 = 10_000;

/// Makes the schema and fills it: two posts of jack, and the rest of others around them.
pub(super) fn fill(lab: &Lab, cluster: &Cluster) -> Result<()> {
    lab.migrate_posts(&cluster.url())?;
    for (author, count) in [
        ("'a' || lpad((i / 100)::text, 8, '0')", POSTS / 2 - 1),
        ("'jack'", 2),
        ("'z' || lpad((i / 100)::text, 8, '0')", POSTS / 2 - 1),
    ] {
        cluster.execute(&insert(author, count))?;
    }
    cluster.execute("VACUUM ANALYZE posts")
}

/// Ids are of UUID version 7, a millisecond apart, as in the files of SQLite.
fn insert(author: &str, count: u32) -> String {
    format!(
        "INSERT INTO posts (author, id, title, body, created_at, updated_at, version)
         SELECT {author},
                (lpad(to_hex(1750000000000 + i), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
                convert_to('The title of a post', 'UTF8'),
                convert_to('Its body, which is as short as most are.', 'UTF8'),
                1750000000000 + i, 1750000000000 + i, 1
         FROM generate_series(0::bigint, {count} - 1) AS n(i)"
    )
}

/// The candidates of the common case.
pub(super) fn series(lab: &Lab, cluster: &Rc<Cluster>) -> Result<Vec<Series>> {
    let url = cluster.url();
    let plan = lab.plan.short_turns();
    let (fresh, repeated) = (Turn::fresh(plan), Turn::repeated(plan));
    let start = || lab.posts_at("posts-postgres", &url, &[]);
    let begin = |key: &str, text: &str, server: &Rc<Server>, traffic, turn| -> Result<Series> {
        let label = Label::new(key, text, Side::Ours);
        let series = Series::begin(label, server, traffic, turn)?;
        Ok(series.with_database(cluster))
    };
    Ok(vec![
        begin(
            "posts-postgres-fresh",
            "posts (PostgreSQL), fresh tokens",
            &start()?,
            lab.fresh_list(),
            fresh,
        )?,
        begin(
            "posts-postgres-repeated",
            "posts (PostgreSQL), 5,000 tokens in turn",
            &start()?,
            lab.repeated_list(),
            repeated,
        )?,
    ])
}

/// What one query costs the side that asks, and the server.
pub(super) struct QueryCosts {
    query: PostgresQuery,
    asking: Vec<f64>,
    answering: Vec<f64>,
}

impl QueryCosts {
    pub(super) fn begin(socket: &Path) -> Result<Self> {
        Ok(Self {
            query: PostgresQuery::prepare(socket)?,
            asking: Vec::new(),
            answering: Vec::new(),
        })
    }

    pub(super) fn measure(&mut self, lab: &Lab, cluster: &Cluster) -> Result<()> {
        let before = cluster.usage();
        let (asking, times) = lab.processors.on_server(|| self.query.measure())?;
        let answering = cluster.usage().since(&before);
        self.asking.push(asking);
        self.answering
            .push(answering.as_secs_f64() * 1e6 / f64::from(times));
        Ok(())
    }

    pub(super) fn report(self, findings: &mut Findings) {
        let text = "one PostgreSQL query for two posts, prepared, 32 in a pipeline";
        for (key, side, costs) in [
            ("postgres-query", "the side that asks", self.asking),
            ("postgres-server", "the server", self.answering),
        ] {
            findings.add(key, format!("{text}: {side}"), Unit::Microseconds, costs);
        }
    }
}
