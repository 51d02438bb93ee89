use std::time::Duration;

use super::*;

fn with(change: impl Fn(&mut ScheduleSettings)) -> Result<Schedule, Vec<ScheduleProblem>> {
    let mut settings = ScheduleSettings::default();
    change(&mut settings);
    Schedule::new(settings)
}

#[test]
fn the_defaults_go_together() {
    let schedule = with(|_| {}).unwrap();
    assert_eq!(schedule.announcement(), Duration::from_hours(24));
    assert_eq!(schedule.least_wait(), Duration::from_secs(92));
    assert_eq!(schedule.retirement(), Duration::from_secs(930));
    assert_eq!(schedule.stale_if_error(), Duration::from_hours(1));
}

#[test]
fn every_broken_inequality_is_told_at_once() {
    let problems = with(|settings| {
        settings.announce_for = Duration::from_secs(89);
        settings.rotate_every = Some(Duration::from_secs(89));
        settings.token_ttl = Duration::ZERO;
        settings.leeway = Duration::from_secs(30);
    })
    .unwrap_err();
    let options: Vec<_> = problems.iter().map(ScheduleProblem::option).collect();
    assert_eq!(options, ["--token-ttl", "--announce-for", "--rotate-every"]);
}

#[test]
fn the_shortest_announcement_that_is_taken_still_lets_every_server_follow() {
    let schedule = with(|settings| settings.announce_for = Duration::from_secs(90)).unwrap();
    assert_eq!(schedule.announcement(), Duration::from_secs(92));
    assert_eq!(schedule.stale_if_error(), Duration::ZERO);
}

#[test]
fn a_duration_no_calendar_has_is_refused_and_overflows_nothing() {
    let problems = with(|settings| {
        settings.jwks_max_age = Duration::MAX;
        settings.leeway = Duration::MAX;
    })
    .unwrap_err();
    assert!(problems.contains(&ScheduleProblem::TooLong {
        option: "--jwks-max-age"
    }));
    assert!(problems.contains(&ScheduleProblem::TooLong { option: "--leeway" }));
}

#[test]
fn a_problem_names_durations_as_they_are_set() {
    let told = |problem: &ScheduleProblem| problem.to_string();
    let problems = with(|settings| {
        settings.announce_for = Duration::from_millis(1_500);
        settings.rotate_every = Some(Duration::from_millis(1));
    });
    let problems: Vec<_> = problems.unwrap_err().iter().map(told).collect();
    assert!(problems[0].starts_with("1500ms is too short") && problems[0].contains("(90s)"));
    let problems = with(|settings| settings.rotate_every = Some(Duration::from_hours(24)));
    let problem = told(&problems.unwrap_err()[0]);
    assert!(problem.starts_with("24h is too short") && problem.contains("(24h)"));
}
