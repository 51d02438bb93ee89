//! Guessing is slowed: by name, by address, and not at others' expense.

use serde_json::json;

use crate::harness::World;

const PROXY: &str = "--trusted-proxies=127.0.0.0/8";

#[tokio::test]
async fn the_sixth_failure_in_a_row_is_the_first_that_is_refused() {
    let world = World::start().await;
    for _ in 0..5 {
        world.log_in("jack", "wrong").await.expect(401);
    }
    let answer = world.log_in("jack", "wrong").await.expect(429);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn the_wait_doubles_and_retry_after_is_true() {
    let world = World::start().await;
    for _ in 0..5 {
        world.log_in("jack", "wrong").await.expect(401);
    }
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let answer = world.log_in("jack", "jack_password").await.expect(429);
        assert_eq!(answer.header("retry-after"), wait.to_string());
        world.advance(wait - 1);
        world.log_in("jack", "jack_password").await.expect(429);
        world.advance(1);
        world.log_in("jack", "wrong").await.expect(401);
    }
}

#[tokio::test]
async fn a_success_forgives_the_failures_before_it() {
    let world = World::start().await;
    for _ in 0..3 {
        for _ in 0..4 {
            world.log_in("jack", "wrong").await.expect(401);
        }
        world.jack().await;
    }
}

#[tokio::test]
async fn names_that_nobody_has_are_slowed_alike() {
    let world = World::start().await;
    for name in ["nobody", "not a name"] {
        for _ in 0..5 {
            world.log_in(name, "wrong").await.expect(401);
        }
        world.log_in(name, "wrong").await.expect(429);
    }
}

#[tokio::test]
async fn another_case_of_a_name_is_no_new_name() {
    let world = World::start().await;
    for name in ["jack", "Jack", "JACK", "jAck", "jaCk"] {
        world.log_in(name, "wrong").await.expect(401);
    }
    world.log_in("jacK", "wrong").await.expect(429);
}

#[tokio::test]
async fn an_address_has_thirty_failures_a_minute() {
    let world = World::start().await;
    for number in 0..30 {
        world
            .log_in(&format!("nobody{number}"), "wrong")
            .await
            .expect(401);
    }
    let answer = world.log_in("jack", "jack_password").await.expect(429);
    assert_eq!(answer.header("retry-after"), "60");
    world.advance(60);
    world.jack().await;
}

#[tokio::test]
async fn successes_do_not_count_against_an_address() {
    let world = World::start().await;
    for _ in 0..40 {
        world.jack().await;
    }
    for number in 0..30 {
        world
            .log_in(&format!("nobody{number}"), "wrong")
            .await
            .expect(401);
    }
    world.jack_is_refused().await;
}

#[tokio::test]
async fn an_account_of_ones_own_buys_no_more_guesses() {
    let world = World::start().await;
    for number in 0..30 {
        world
            .log_in(&format!("nobody{number}"), "wrong")
            .await
            .expect(401);
        if number < 29 {
            world.log_in("robert", "robert_password").await.expect(200);
        }
    }
    world.jack_is_refused().await;
}

#[tokio::test]
async fn guessing_from_many_addresses_runs_few_hashes_and_leaves_the_session_alone() {
    let world = World::start_with(&[PROXY]).await;
    let session = world
        .log_in_from("203.0.113.7", "jack", "jack_password")
        .await
        .expect(200);
    let before = world.hashes_run();
    for attempt in 0..1000 {
        let address = format!("198.51.100.{}", attempt % 100);
        let status = world.log_in_from(&address, "jack", "guess").await.status;
        assert!(status == 401 || status == 429, "{status}");
    }
    assert_eq!(
        world.hashes_run() - before,
        5,
        "five are free, and no time has passed"
    );
    let token = session.member("refresh_token");
    world.refresh(&token).await.expect(200);
}

/// Thirty failures under one spelling of where they come from close the gate to whoever else is
/// counted with them, and to nobody else.
#[tokio::test]
async fn who_counts_as_one_address_is_told_by_the_nearest_proxy_that_is_trusted() {
    const XFF: &str = "x-forwarded-for";
    const FWD: &str = "forwarded";
    type Spelling = fn(usize) -> String;
    let table: [(&str, Spelling, &str, &str); 6] = [
        // What stands to the left was written by whoever is being told of.
        (
            XFF,
            |n| format!("198.51.100.{n}, 203.0.113.7"),
            "203.0.113.7",
            "198.51.100.1",
        ),
        (
            XFF,
            |n| format!("10.0.0.{n}, 203.0.113.7, 127.0.0.9"),
            "203.0.113.7",
            "10.0.0.1",
        ),
        (
            XFF,
            |n| format!("2001:db8:0:1::{n:x}"),
            "2001:db8:0:1:ffff::1",
            "2001:db8:0:2::1",
        ),
        (
            XFF,
            |_| "::ffff:203.0.113.7".to_owned(),
            "203.0.113.7",
            "203.0.113.8",
        ),
        (
            FWD,
            |n| format!("for=198.51.100.{n}, for=203.0.113.7;proto=https"),
            "for=203.0.113.7",
            "for=198.51.100.1",
        ),
        (
            FWD,
            |n| format!("for=\"[2001:db8:0:1::{n:x}]:{n}\""),
            "for=\"[2001:db8:0:1::ffff]\"",
            "for=\"[2001:db8:0:2::1]\"",
        ),
    ];
    for (header, spelling, same, other) in table {
        let world = World::start_with(&[PROXY]).await;
        for number in 1..=30 {
            let (from, name) = (spelling(number), format!("nobody{number}"));
            let answer = world
                .log_in_forwarded((header, &from), &name, "wrong")
                .await;
            assert_eq!(answer.status.as_u16(), 401, "{header}: {from}");
        }
        for (from, status) in [(same, 429), (other, 200)] {
            let answer = world
                .log_in_forwarded((header, from), "jack", "jack_password")
                .await;
            assert_eq!(answer.status.as_u16(), status, "{header}: {from}");
        }
    }
}

#[tokio::test]
async fn a_forwarding_header_of_whoever_is_not_trusted_is_not_read() {
    for options in [&[][..], &["--trusted-proxies=192.0.2.0/24"]] {
        let world = World::start_with(options).await;
        for number in 0..30 {
            let address = format!("198.51.100.{number}");
            let name = format!("nobody{number}");
            world
                .log_in_from(&address, &name, "wrong")
                .await
                .expect(401);
        }
        for forwarded in [
            ("x-forwarded-for", "198.51.100.200"),
            ("forwarded", "for=198.51.100.200"),
        ] {
            let answer = world
                .log_in_forwarded(forwarded, "jack", "jack_password")
                .await;
            answer.expect(429);
        }
    }
}

#[tokio::test]
async fn a_restart_forgets_no_failure() {
    let world = World::start().await;
    for _ in 0..5 {
        world.log_in("jack", "wrong").await.expect(401);
    }
    let world = world.restart(&[]).await;
    world.log_in("jack", "jack_password").await.expect(429);
}

#[tokio::test]
async fn the_limits_are_options() {
    let world = World::start_with(&["--free-failures=1", "--address-failures=3"]).await;
    world.log_in("jack", "wrong").await.expect(401);
    world.log_in("jack", "wrong").await.expect(429);
    world.log_in("nobody1", "wrong").await.expect(401);
    world.log_in("nobody2", "wrong").await.expect(401);
    let answer = world.log_in("nobody3", "wrong").await.expect(429);
    assert_eq!(answer.header("retry-after"), "60");
}

#[tokio::test]
async fn many_logins_at_once_with_the_right_password_all_succeed() {
    let world = std::sync::Arc::new(World::start().await);
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let world = std::sync::Arc::clone(&world);
        logins.spawn(async move { world.log_in("jack", "jack_password").await.status.as_u16() });
    }
    let statuses = logins.join_all().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
}

#[tokio::test]
async fn many_wrong_logins_at_once_run_no_more_hashes_than_in_a_row() {
    let world = std::sync::Arc::new(World::start_with(&["--address-failures=1000"]).await);
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let world = std::sync::Arc::clone(&world);
        logins.spawn(async move { world.log_in("jack", "wrong").await.status.as_u16() });
    }
    let statuses = logins.join_all().await;
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((refused, world.hashes_run()), (95, 5));
}

/// What takes time, or shows from outside, is the same for whoever cannot log in: the hashes, the
/// counts, and the answer.
#[tokio::test]
async fn unknown_wrong_and_disabled_are_counted_alike() {
    let world = World::start_with(&[PROXY]).await;
    let (store, lina) = (&world.service.store, "lina".parse().unwrap());
    let disabled = auth::user::UserState::Disabled;
    assert!(store.set_user_state(&lina, disabled).await.unwrap());
    for (place, name) in ["jack", "nobody", "lina"].into_iter().enumerate() {
        let address = format!("198.51.100.{place}");
        let mut seen = Vec::new();
        for _ in 0..7 {
            let before = world.hashes_run();
            let answer = world.log_in_from(&address, name, "wrong").await;
            let waits = answer.header("retry-after").to_owned();
            seen.push((answer.status.as_u16(), world.hashes_run() - before, waits));
        }
        let free = vec![(401, 1, String::new()); 5];
        let slowed = vec![(429, 0, "1".to_owned()); 2];
        assert_eq!(seen, [free, slowed].concat(), "{name}");
    }
}

#[tokio::test]
async fn old_failures_are_removed() {
    let world = World::start().await;
    world.log_in("nobody", "wrong").await.expect(401);
    world.advance(86_400);
    let before = world.service.now();
    assert_eq!(
        world
            .service
            .store
            .forget_old_failures(before)
            .await
            .unwrap(),
        2
    );
}

impl World {
    async fn jack_is_refused(&self) {
        let body = json!({ "username": "jack", "password": "jack_password" });
        self.post("/api/login", &body).await.expect(429);
    }
}
