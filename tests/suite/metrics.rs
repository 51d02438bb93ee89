//! What is exported, what the page on metrics says, and what dashboard and alerts use are one.

use std::collections::BTreeSet;
use std::path::Path;

use e2e::{Pair, login_body, until};
use reqwest::Method;
use serde_json::{Value, json};

type Names = BTreeSet<String>;

const PREFIXES: [&str; 7] = [
    "auth_",
    "database_",
    "http_",
    "log_",
    "process_",
    "service_",
    "verifier_",
];

/// The heading below which a metric needs another engine than these tests run on.
const POSTGRES_ONLY: &str = "## With PostgreSQL only";

#[tokio::test]
async fn the_page_the_dashboard_and_the_alerts_name_what_is_exported_and_all_of_it() {
    let pair = Pair::start().await;
    let exported = exported(&pair).await;
    let strangers: Vec<_> = exported.iter().filter(|name| !is_ours(name)).collect();
    assert!(strangers.is_empty(), "add their prefix: {strangers:?}");

    let page = read("docs/metrics.md");
    let (everywhere, postgres) = page
        .split_once(POSTGRES_ONLY)
        .expect("the heading is there");
    let (documented, postgres) = (rows(everywhere), rows(postgres));
    assert_eq!(
        exported, documented,
        "exported on the left, docs/metrics.md on the right"
    );

    let known: Names = documented.union(&postgres).cloned().collect();
    for used in [dashboard(), alerts()] {
        let unknown: Vec<_> = used.difference(&known).collect();
        assert!(used.len() > 10 && unknown.is_empty(), "{unknown:?}");
    }
    let unseen: Vec<_> = known.difference(&dashboard()).cloned().collect();
    assert!(unseen.is_empty(), "on no panel: {unseen:?}");
}

/// After a login, a refresh, and a token that comes back twice: its verdict is kept from the second
/// visit on.
async fn exported(pair: &Pair) -> Names {
    let (auth, posts) = (pair.auth_url(), pair.posts_url());
    let login = format!("{auth}/api/login");
    let granted = pair
        .client
        .send(Method::POST, &login, None, Some(&login_body("jack")))
        .await;
    let refresh = json!({ "refresh_token": granted.json()["refresh_token"] });
    let url = format!("{auth}/api/refresh");
    pair.client
        .send(Method::POST, &url, None, Some(&refresh))
        .await;
    let granted = granted.json();
    for _ in 0..3 {
        let url = format!("{posts}/api/posts");
        pair.client
            .get(&url, granted["access_token"].as_str())
            .await;
    }
    let measured = async || {
        let found = scrape(pair).await;
        [
            "auth_keys",
            "service_check_ok",
            "verifier_key_set_age_seconds",
        ]
        .iter()
        .all(|name| found.contains(*name))
    };
    until("the first measurements are there", measured).await;
    scrape(pair).await
}

async fn scrape(pair: &Pair) -> Names {
    let mut found = Names::new();
    for program in [&pair.auth, &pair.posts] {
        let ops = program.as_ref().expect("it runs").ops;
        let page = pair
            .client
            .get(&format!("http://{ops}/metrics"), None)
            .await;
        let samples = page.text.lines().filter(|line| !line.starts_with('#'));
        found.extend(
            samples
                .filter_map(|line| line.split(['{', ' ']).next())
                .filter(|name| !name.is_empty())
                .map(base),
        );
    }
    found
}

/// The first cell of each row of the tables.
fn rows(page: &str) -> Names {
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned).collect()
}

fn dashboard() -> Names {
    let dashboard: Value =
        serde_json::from_str(&read("deploy/monitoring/dashboard.json")).expect("it is JSON");
    let panels = dashboard["panels"].as_array().expect("it has panels");
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .flat_map(|target| names(target["expr"].as_str().expect("it has an expression")))
        .collect()
}

fn alerts() -> Names {
    let rules = read("deploy/monitoring/alerts.yml");
    let expressions = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "));
    expressions.flat_map(names).collect()
}

/// The metrics in an expression; not what stands in quotes.
fn names(expression: &str) -> Vec<String> {
    let outside = expression.split('"').step_by(2);
    let words =
        outside.flat_map(|text| text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
    words.filter(|word| is_ours(word)).map(base).collect()
}

/// A histogram without the suffix of its series.
fn base(series: &str) -> String {
    let suffixes = ["_bucket", "_sum", "_count"];
    let base = suffixes
        .iter()
        .find_map(|suffix| series.strip_suffix(suffix));
    base.unwrap_or(series).to_owned()
}

fn is_ours(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
