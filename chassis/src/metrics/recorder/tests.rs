use std::hash::{Hash, Hasher};

use metrics::{
    Key, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
    with_local_recorder,
};

use super::{Numbers, OwnHash};

fn counted(count: impl FnOnce()) -> String {
    let numbers = Numbers::default();
    with_local_recorder(&numbers, count);
    numbers.render()
}

#[test]
fn a_key_is_found_by_the_hash_that_it_brings() {
    let key = Key::from_name("requests");
    let mut hash = OwnHash::default();
    key.hash(&mut hash);
    assert_eq!(hash.finish(), key.get_hash());
}

#[test]
fn a_series_is_found_again_by_its_name_and_labels() {
    let text = counted(|| {
        describe_counter!("asked_total", "How often");
        for route in ["/b", "/a", "/b"] {
            counter!("asked_total", "route" => route).increment(2);
        }
        describe_gauge!("open", "Now");
        gauge!("open").set(1.5);
        gauge!("open").decrement(1.0);
    });
    let expected = "# HELP asked_total How often\n\
                    # TYPE asked_total counter\n\
                    asked_total{route=\"/a\"} 2\n\
                    asked_total{route=\"/b\"} 4\n\n\
                    # HELP open Now\n\
                    # TYPE open gauge\n\
                    open 0.5\n\n";
    assert_eq!(text, expected);
}

#[test]
fn each_bucket_holds_all_up_to_its_bound_and_the_bound_itself() {
    let text = counted(|| {
        describe_histogram!("took_seconds", "Time");
        let times = histogram!("took_seconds", "route" => "/");
        for seconds in [0.00005, 0.001, 0.0011, 7.0] {
            times.record(seconds);
        }
    });
    for line in [
        r#"took_seconds_bucket{route="/",le="0.0001"} 1"#,
        r#"took_seconds_bucket{route="/",le="0.0005"} 1"#,
        r#"took_seconds_bucket{route="/",le="0.001"} 2"#,
        r#"took_seconds_bucket{route="/",le="0.0025"} 3"#,
        r#"took_seconds_bucket{route="/",le="5"} 3"#,
        r#"took_seconds_bucket{route="/",le="+Inf"} 4"#,
        r#"took_seconds_sum{route="/"} 7.00215"#,
        r#"took_seconds_count{route="/"} 4"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn a_histogram_without_labels_has_bounds_alone() {
    let text = counted(|| histogram!("took_seconds").record(0.2));
    assert!(
        text.starts_with("# TYPE took_seconds histogram\n"),
        "{text}"
    );
    assert!(
        text.contains("took_seconds_bucket{le=\"0.5\"} 1\n"),
        "{text}"
    );
    assert!(text.contains("took_seconds_sum 0.2\n"), "{text}");
}

#[test]
fn no_label_and_no_help_can_end_its_line() {
    let text = counted(|| {
        describe_counter!("odd_total", "one\ntwo \\ three");
        counter!("odd_total", "name" => "a\"b\\c\nd").increment(1);
    });
    assert!(
        text.contains(r"# HELP odd_total one\ntwo \\ three"),
        "{text}"
    );
    assert!(text.contains(r#"odd_total{name="a\"b\\c\nd"} 1"#), "{text}");
}

#[test]
fn threads_lose_nothing_of_what_they_count() {
    let numbers = Numbers::default();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                with_local_recorder(&numbers, || {
                    for _ in 0..1_000 {
                        counter!("done_total").increment(1);
                        histogram!("took_seconds").record(0.25);
                    }
                });
            });
        }
    });
    let text = numbers.render();
    assert!(text.contains("done_total 4000\n"), "{text}");
    assert!(text.contains("took_seconds_count 4000\n"), "{text}");
    assert!(text.contains("took_seconds_sum 1000\n"), "{text}");
}
