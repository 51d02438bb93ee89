use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn cadence() -> Cadence {
    Cadence::new(3600 * SECOND, 10 * SECOND)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// How long after that second the next refresh is due.
fn since(cadence: &Cadence, start: u64) -> Duration {
    cadence.due().saturating_sub(seconds(start))
}

#[test]
fn both_budgets_are_open_at_first() {
    let mut cadence = cadence();
    assert_eq!(cadence.due(), Duration::ZERO);
    assert!(cadence.search_begins(Duration::ZERO));
}

#[test]
fn a_refresh_comes_ahead_of_the_end_of_the_interval() {
    for (interval, earliest, latest) in [(60, 45, 54), (3600, 2700, 3240)] {
        for jitter in [0.0, 0.5, 1.0] {
            let mut cadence = cadence();
            cadence.succeeded(seconds(100), seconds(interval), jitter);
            let wait = since(&cadence, 100);
            assert!(
                wait >= seconds(earliest) && wait <= seconds(latest),
                "{interval}: {wait:?}"
            );
        }
    }
    let mut cadence = cadence();
    cadence.succeeded(Duration::ZERO, SECOND, 0.0);
    assert_eq!(cadence.due(), Duration::from_millis(750));
}

#[test]
fn jitter_moves_a_refresh_later() {
    let due = |jitter| {
        let mut cadence = cadence();
        cadence.succeeded(Duration::ZERO, seconds(100), jitter);
        cadence.due()
    };
    assert_eq!((due(0.0), due(1.0)), (seconds(75), seconds(90)));
}

#[test]
fn a_set_is_refreshed_before_it_is_stale_whatever_its_max_age() {
    let mut cadence = Cadence::new(seconds(10), seconds(10));
    cadence.succeeded(Duration::ZERO, seconds(3600), 1.0);
    assert_eq!(cadence.due(), seconds(9));
}

#[test]
fn failures_double_the_wait_up_to_the_usual_interval() {
    let mut cadence = cadence();
    cadence.succeeded(Duration::ZERO, seconds(20), 0.0);
    let waits = (0..40).map(|_| {
        cadence.refresh_failed(seconds(100), 0.0);
        since(&cadence, 100).as_millis()
    });
    let waits: Vec<_> = waits.collect();
    assert_eq!(waits[..7], [500, 1000, 2000, 4000, 8000, 16_000, 20_000]);
    assert!(waits[7..].iter().all(|&wait| wait == 20_000));
}

#[test]
fn no_wait_is_longer_than_half_a_minute_after_a_failure() {
    let mut cadence = cadence();
    cadence.succeeded(Duration::ZERO, seconds(3600), 0.0);
    (0..40).for_each(|_| cadence.refresh_failed(Duration::ZERO, 0.0));
    assert_eq!(cadence.due(), seconds(30));
}

#[test]
fn jitter_moves_the_attempt_after_a_failure_earlier() {
    let mut cadence = cadence();
    cadence.refresh_failed(Duration::ZERO, 1.0);
    assert_eq!(cadence.due(), Duration::from_millis(425));
}

#[test]
fn an_issuer_that_was_never_there_is_asked_every_five_seconds() {
    let mut cadence = cadence();
    (0..40).for_each(|_| cadence.refresh_failed(Duration::ZERO, 0.0));
    assert_eq!(cadence.due(), seconds(5));
}

#[test]
fn success_ends_the_back_off() {
    let mut cadence = cadence();
    (0..5).for_each(|_| cadence.refresh_failed(Duration::ZERO, 0.0));
    cadence.succeeded(Duration::ZERO, seconds(60), 0.0);
    cadence.refresh_failed(Duration::ZERO, 0.0);
    assert_eq!(cadence.due(), Duration::from_millis(500));
}

#[test]
fn while_a_refresh_runs_no_other_is_due() {
    let mut cadence = cadence();
    cadence.refresh_begins(seconds(100));
    assert!(cadence.due() > seconds(100) + TOTAL_LIMIT);
}

#[test]
fn searches_are_min_refetch_apart_from_start_to_start() {
    let mut cadence = cadence();
    assert!(cadence.search_begins(seconds(100)));
    assert!(!cadence.search_begins(seconds(100)));
    assert!(!cadence.search_begins(seconds(109)));
    assert!(cadence.search_begins(seconds(110)));
    assert!(!cadence.search_begins(seconds(119)));
}

#[test]
fn neither_budget_pays_for_the_other() {
    let mut cadence = cadence();
    cadence.refresh_begins(seconds(100));
    cadence.refresh_failed(seconds(100), 0.0);
    assert!(cadence.search_begins(seconds(100)));
    let due = cadence.due();
    assert!(!cadence.search_begins(seconds(101)));
    assert_eq!(cadence.due(), due);
}

#[test]
fn a_refresh_that_is_lost_backs_off_as_one_that_failed() {
    let mut cadence = cadence();
    for millis in [500, 1000, 2000] {
        cadence.refresh_begins(seconds(100));
        cadence.attempt_lost(seconds(100), 0.0);
        assert_eq!(since(&cadence, 100), Duration::from_millis(millis));
    }
}

#[test]
fn a_search_that_is_lost_is_no_failed_refresh() {
    let ends: [fn(&mut Cadence); 2] = [
        |cadence| cadence.succeeded(seconds(100), seconds(60), 0.0),
        |cadence| cadence.refresh_failed(seconds(100), 0.0),
    ];
    for end in ends {
        let mut cadence = cadence();
        cadence.refresh_begins(seconds(100));
        end(&mut cadence);
        let due = cadence.due();
        assert!(cadence.search_begins(seconds(101)));
        cadence.attempt_lost(seconds(101), 0.0);
        assert_eq!(cadence.due(), due);
    }
}
