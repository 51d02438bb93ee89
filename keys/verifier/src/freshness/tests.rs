use super::*;

fn freshness(max_age: Option<u64>, age: u64) -> Freshness {
    Freshness {
        max_age: max_age.map(Duration::from_secs),
        age: Duration::from_secs(age),
    }
}

#[test]
fn a_set_is_fresh_for_what_is_left_of_its_max_age_within_bounds() {
    let table = [
        (Some(60), 0, 60),
        (Some(60), 15, 45),
        (Some(60), 60, 1),
        (Some(60), 90, 1),
        (Some(0), 0, 1),
        (Some(3600), 0, 3600),
        (Some(u64::MAX), 0, 3600),
        (None, 0, 60),
        (None, 50, 60),
    ];
    for (max_age, age, seconds) in table {
        let interval = freshness(max_age, age).interval();
        assert_eq!(interval.as_secs(), seconds, "{max_age:?}, {age}");
    }
}

#[test]
fn an_answer_is_behind_by_its_max_age_or_its_age_and_the_lag_of_a_replica() {
    let table = [
        (Some(60), 0, 90),
        (Some(60), 60, 90),
        (Some(60), 61, 91),
        (Some(60), 7200, 7230),
        (Some(0), 0, 31),
        (Some(u64::MAX), 0, 3630),
        (None, 0, 90),
    ];
    for (max_age, age, seconds) in table {
        let behind = freshness(max_age, age).furthest_behind();
        assert_eq!(behind.as_secs(), seconds, "{max_age:?}, {age}");
    }
    assert_eq!(
        freshness(None, u64::MAX).furthest_behind().as_secs(),
        u64::MAX,
        "no overflow"
    );
}
