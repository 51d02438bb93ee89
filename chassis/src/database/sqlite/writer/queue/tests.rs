use std::sync::mpsc;
use std::thread;

use futures_util::FutureExt;
use futures_util::future::join_all;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::*;
use crate::database::DatabaseError;

/// A job that does nothing, and whoever waits for it.
#[derive(Default)]
struct Nothing(Option<oneshot::Sender<()>>);

impl Job for Nothing {
    fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    fn run(&mut self, _: &Connection) -> bool {
        true
    }

    fn finish(self: Box<Self>, _: Result<(), DatabaseError>) {}
}

fn nothing() -> Box<dyn Job> {
    Box::<Nothing>::default()
}

/// Takes jobs on a thread of its own, and tells how many there were each time.
fn taking(exit: Exit, most: usize) -> mpsc::Receiver<usize> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        while let Some(jobs) = exit.take(most) {
            tell.send(jobs.len()).unwrap();
        }
    });
    told
}

fn until_the_thread_sleeps(entrance: &Entrance) {
    loop {
        let line = entrance.0.line();
        assert!(!line.is_closed, "the thread has ended");
        if line.is_thread_asleep {
            return;
        }
        drop(line);
        thread::yield_now();
    }
}

#[tokio::test]
async fn jobs_that_come_together_are_taken_together() {
    let (entrance, exit) = queue();
    let taken = taking(exit, usize::MAX);
    for _ in 0..50 {
        until_the_thread_sleeps(&entrance);
        let sent = join_all((0..8).map(|_| entrance.send(nothing()))).await;
        assert!(sent.iter().all(Result::is_ok));
        assert_eq!(taken.recv(), Ok(8));
    }
}

#[tokio::test]
async fn jobs_of_tasks_that_are_ready_at_the_same_time_are_taken_together() {
    let (entrance, exit) = queue();
    let (entrance, taken) = (Arc::new(entrance), taking(exit, usize::MAX));
    for _ in 0..50 {
        until_the_thread_sleeps(&entrance);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let entrance = Arc::clone(&entrance);
            tasks.spawn(async move { entrance.send(nothing()).await.is_ok() });
        }
        assert_eq!(tasks.join_all().await, [true; 8]);
        assert_eq!(taken.recv(), Ok(8));
    }
}

#[tokio::test]
async fn no_more_are_taken_than_may_share_a_commit() {
    let (entrance, exit) = queue();
    for _ in 0..5 {
        assert!(entrance.send(nothing()).await.is_ok());
    }
    let taken = taking(exit, 2);
    drop(entrance);
    assert_eq!(taken.iter().collect::<Vec<_>>(), [2, 2, 1]);
}

#[tokio::test]
async fn who_finds_no_place_waits_for_one() {
    let (entrance, exit) = queue();
    for _ in 0..PLACES {
        assert!(entrance.send(nothing()).await.is_ok());
    }
    let mut waits = Box::pin(entrance.send(nothing()));
    assert!((&mut waits).now_or_never().is_none());
    assert_eq!(exit.take(1).map(|jobs| jobs.len()), Some(1));
    assert!(waits.await.is_ok());
}

#[tokio::test]
async fn a_caller_that_leaves_before_it_called_keeps_no_other_from_being_heard() {
    let (entrance, exit) = queue();
    let taken = taking(exit, usize::MAX);
    until_the_thread_sleeps(&entrance);
    assert!(entrance.send(nothing()).now_or_never().is_none());
    assert!(entrance.send(nothing()).await.is_ok());
    assert_eq!(taken.recv(), Ok(2));
}

#[tokio::test]
async fn who_comes_when_the_thread_is_gone_is_told() {
    let (entrance, exit) = queue();
    drop(exit);
    assert!(entrance.send(nothing()).await.is_err());
}

#[tokio::test]
async fn what_waits_when_the_thread_goes_is_let_go() {
    let (entrance, exit) = queue();
    let (answer, outcome) = oneshot::channel();
    assert!(entrance.send(Box::new(Nothing(Some(answer)))).await.is_ok());
    drop(exit);
    assert!(outcome.await.is_err());
}
