//! Wall clocks that are set while an issuer runs.

use super::*;

#[tokio::test]
async fn a_clock_set_back_an_hour_loses_no_key_and_keeps_every_promise() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let next = bench.keystore().rotate_now().await.unwrap();
    bench.pass(92);
    keys.follow().await.unwrap();
    let before = bench.clock.now();
    bench.clock.set_wall(before - Duration::from_hours(1));
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), next.kid);
    // A process that starts then knows no better, and sees the same.
    assert_eq!(signing(&bench.live().await), next.kid);
    assert_eq!(published(&keys).len(), 2);
}

#[tokio::test]
async fn while_the_clock_is_behind_the_schedule_stands_still_and_operators_do_not() {
    let bench = Bench::new();
    let keys = bench.live().await;
    bench.pass(29 * 86_400 - 1);
    let due = bench.clock.now() + Duration::from_secs(1);
    bench.clock.set_wall(due - Duration::from_hours(1));
    bench.pass(3_599);
    keys.rotate_when_due().await.unwrap();
    assert_eq!(bench.states().await.len(), 1, "announced before its time");
    let next = bench.keystore().rotate_now().await.unwrap();
    keys.follow().await.unwrap();
    bench.pass(92);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), next.kid);
    // Behind the last activation, which has happened.
    bench
        .clock
        .set_wall(bench.clock.now() - Duration::from_hours(1));
    let overview = bench.keystore().overview().await.unwrap();
    assert_eq!(overview.ahead_of_clock, Duration::from_hours(1));
    bench.keystore().revoke(&next.kid).await.unwrap();
    keys.follow().await.unwrap();
    let active = signing(&keys);
    assert!(active != next.kid && !published(&keys).contains(&next.kid));
    let following = bench.keystore().rotate_now().await.unwrap();
    keys.follow().await.unwrap();
    assert_eq!(published(&keys)[..2], [active, following.kid.clone()]);
    // The clock has caught up, and the wait has passed.
    bench.pass(3_600 + 92);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), following.kid);
}

#[tokio::test]
async fn a_clock_set_forward_an_hour_keeps_a_retired_key_for_what_was_left_of_its_time() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let old = signing(&keys);
    bench.keystore().rotate_now().await.unwrap();
    bench.pass(92);
    keys.follow().await.unwrap();
    bench.pass(400);
    keys.follow().await.unwrap();
    bench
        .clock
        .set_wall(bench.clock.now() + Duration::from_hours(1));
    keys.follow().await.unwrap();
    // 930 seconds in all.
    bench.pass(529);
    keys.follow().await.unwrap();
    assert!(published(&keys).contains(&old));
    bench.pass(1);
    keys.follow().await.unwrap();
    assert!(!published(&keys).contains(&old));
}

#[tokio::test]
async fn a_clock_set_forward_an_hour_shortens_no_wait() {
    let bench = Bench::new();
    let keys = bench.live().await;
    let old = signing(&keys);
    let next = bench.keystore().rotate_now().await.unwrap();
    bench.pass(10);
    keys.follow().await.unwrap();
    bench
        .clock
        .set_wall(bench.clock.now() + Duration::from_hours(1));
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), old);
    bench.pass(81);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), old);
    bench.pass(1);
    keys.follow().await.unwrap();
    assert_eq!(signing(&keys), next.kid);
    assert!(published(&keys).contains(&old));
}
