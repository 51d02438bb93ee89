//! The time of a refused login tells nothing of who has an account.

use std::time::Duration;

use e2e::{Client, Program, full_run};
use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

const TRIES: usize = 100;

/// Times are compared in the long run only, for which the machine must have nothing else to do.
/// That each costs one hash and the same writes, the tests of auth show on any machine.
#[tokio::test]
async fn unknown_wrong_and_disabled_take_the_same_time() {
    if !full_run() {
        eprintln!("SKIPPED: times are compared by scripts/test --full");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let options = [
        "--demo",
        "--free-failures=1000000",
        "--address-failures=1000000",
    ];
    let auth = Program::serve("auth", folder.path(), &options);
    let (client, url) = (Client::new(), format!("{}/api/login", auth.url()));
    // The first answer says that the users of the demo are there.
    client.login(&auth.url(), "lina").await;
    let mut disable = Program::command("auth", folder.path());
    let disabled = disable.args(["users", "disable", "lina"]).output();
    assert!(disabled.expect("auth can be started").status.success());
    let mut took = ["jack", "nobody", "lina"].map(|name| (name, Vec::new()));
    for number in 0..3 * TRIES {
        let (name, times) = &mut took[(number + number / 3) % 3];
        let body = json!({ "username": name, "password": "a wrong password" });
        let asked = Instant::now();
        let answer = client.send(Method::POST, &url, None, Some(&body)).await;
        times.push(asked.elapsed());
        assert_eq!(answer.status, 401, "{}", answer.text);
    }
    let medians = took.map(|(name, times)| (name, median(times)));
    let times = medians.map(|(_, median)| median);
    let (shortest, longest) = (times.iter().min(), times.iter().max());
    let (shortest, longest) = (shortest.expect("three"), longest.expect("three"));
    eprintln!("{medians:?}");
    assert!(*longest < *shortest * 11 / 10, "{medians:?}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
