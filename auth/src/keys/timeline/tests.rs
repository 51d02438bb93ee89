use std::time::Duration;

use token::Kid;

use super::*;

const START: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn at(hours: u64) -> Timestamp {
    START + Duration::from_hours(hours)
}

fn key(kid: &str, state: State, life: Life) -> KeyOverview {
    KeyOverview {
        kid: Kid::new(kid).unwrap(),
        state,
        life,
        bits: 2048,
    }
}

/// One key retires at 48 h and leaves at 49 h; its successor was announced at 24 h.
fn rotating(now: Timestamp, states: [State; 2]) -> Overview {
    let first = Life {
        retires_at: Some(at(48)),
        leaves_at: Some(at(49)),
        ..Life::beginning(START, START)
    };
    let second = Life::beginning(at(24), at(48));
    let [a, b] = states;
    Overview {
        now,
        ahead_of_clock: Duration::ZERO,
        keys: vec![
            key("first-key-0000", a, first),
            key("second-key-000", b, second),
        ],
        next_publication: None,
    }
}

#[test]
fn the_picture_shows_who_signs_when() {
    let picture = draw(&rotating(at(36), [State::Active, State::Announced]));
    let expected = "
                                         now
                                          ▼
first-ke  active     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌
second-k  announced                ··············━━━━━━━━━━━━━━━━━━━━━━━━━━━▶
                     a             b             c             d

· announced   ━ signs   ╌ verifies only   ✕ revoked   (not to scale)

a  2027-01-15 08:00:00Z  1d 12h ago    first-ke signs
b  2027-01-16 08:00:00Z  12h ago       second-k announced
c  2027-01-17 08:00:00Z  in 12h        second-k signs, first-ke retires
d  2027-01-17 09:00:00Z  in 13h        first-ke leaves the set
";
    assert_eq!(format!("\n{picture}"), expected);
}

#[test]
fn a_revoked_key_ends_with_a_cross() {
    let mut overview = rotating(at(36), [State::Revoked, State::Active]);
    overview.keys[0].life.revoked_at = Some(at(36));
    overview.keys[1].life.activates_at = at(36);
    let picture = draw(&overview);
    assert!(
        picture.contains("first-ke  revoked    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━✕"),
        "{picture}"
    );
    assert!(picture.contains("first-ke revoked"), "{picture}");
}

#[test]
fn no_line_is_wider_than_a_terminal_however_many_keys_there_are() {
    let mut overview = rotating(at(36), [State::Active, State::Announced]);
    for more in 1..40 {
        let life = Life::beginning(at(24 + more), at(48 + more));
        overview.keys.push(key(
            &format!("{more:02}-further-key"),
            State::Announced,
            life,
        ));
    }
    for hours in [0, 24, 36, 48, 60, 99] {
        overview.now = at(hours);
        for line in draw(&overview).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
