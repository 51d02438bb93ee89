//! A resealing at its worst: sealing-key files that lag behind it or run ahead of it, rotations,
//! revocations and restarts, in any order. Whole keystores with real keys: what a server signs
//! with is what it could open.

use proptest::prelude::*;

use super::*;

mod server;
mod world;

use world::World;

#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(Duration),
    Rotate,
    RotateNow,
    /// The active key, while another is announced.
    Revoke,
    /// With a new sealing key, which the operator's file has above the old ones.
    Reseal,
    /// A server gets the operator's file: the new sealing key and the old ones.
    GiveAll(usize),
    /// A server gets the newest sealing key alone.
    GiveNewest(usize),
    /// A server gets the sealing key of the next resealing, above those it has.
    GiveNext(usize),
    Restart(usize),
}

/// Afterwards no server can open the active key.
const LEFT_BEHIND: [Event; 3] = [Event::Reseal, Event::Rotate, Event::Revoke];

/// Half of the histories begin with servers that are left behind: what they do to a ring that
/// they cannot open is seldom drawn else.
fn histories() -> impl Strategy<Value = Vec<Event>> {
    let left_behind = events().prop_map(|events| [LEFT_BEHIND.to_vec(), events].concat());
    prop_oneof![events(), left_behind]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let server = || 0..world::SERVERS;
    prop::collection::vec(
        prop_oneof![
            6 => (0_u64..20_000).prop_map(|millis| Event::Pass(Duration::from_millis(millis))),
            3 => Just(Event::Rotate),
            2 => Just(Event::RotateNow),
            1 => Just(Event::Revoke),
            3 => Just(Event::Reseal),
            2 => server().prop_map(Event::GiveAll),
            1 => server().prop_map(Event::GiveNewest),
            1 => server().prop_map(Event::GiveNext),
            1 => server().prop_map(Event::Restart),
        ],
        1..20,
    )
}

proptest! {
    // A failure prints its smallest case; no file is kept of it. Such a case costs as much as dozens
    // of those without cryptography.
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(ProptestConfig::default().cases / 16)
    })]

    /// What must hold at every moment is checked by [`World`] whenever a server has looked.
    #[test]
    fn no_order_of_resealing_and_rotating_makes_two_keys_sign_or_loses_one(events in histories()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for event in events {
                world.happen(event).await;
            }
            world.come_to_rest().await;
        });
    }
}
