use futures_util::task::noop_waker_ref;

use super::*;

fn has_to_go(arrival: &Arrival) -> bool {
    arrival.has_to_go(&Context::from_waker(noop_waker_ref()))
}

#[test]
fn the_one_that_has_been_at_it_for_the_longest_goes_first() {
    let arrivals = Arc::new(Arrivals::new(30));
    let all = [10, 10, 10].map(|bytes| arrivals.enter(bytes));
    assert!(!all.iter().any(has_to_go));
    let newcomer = arrivals.enter(15);
    assert_eq!(all.each_ref().map(has_to_go), [true, true, false]);
    all[2].grow(6);
    assert!(has_to_go(&all[2]) && !has_to_go(&newcomer));
}

#[test]
fn what_has_gone_holds_nothing() {
    let arrivals = Arc::new(Arrivals::new(30));
    let (displaced, left) = (arrivals.enter(20), arrivals.enter(5));
    let newcomer = arrivals.enter(20);
    assert!(has_to_go(&displaced));
    displaced.grow(100);
    assert_eq!(arrivals.held().bytes, 25);
    drop((displaced, left, newcomer));
    let held = arrivals.held();
    assert_eq!((held.bytes, held.guests.len()), (0, 0));
}

#[test]
fn one_that_is_too_large_by_itself_goes() {
    let arrivals = Arc::new(Arrivals::new(30));
    assert!(has_to_go(&arrivals.enter(31)));
    assert!(!has_to_go(&arrivals.enter(30)));
}
