use std::sync::mpsc;

use super::*;

fn settings(threads: usize, jobs_per_thread: usize) -> HasherSettings {
    HasherSettings {
        parameters: Parameters {
            memory: 64,
            passes: 1,
            lanes: 1,
        },
        threads: NonZero::new(threads).unwrap(),
        jobs_per_thread,
        patience: Duration::ZERO,
        keep_memory: Duration::ZERO,
    }
}

fn password(typed: &str) -> Password {
    Password::parse(typed).unwrap()
}

#[tokio::test]
async fn a_right_password_is_told_from_a_wrong_one() {
    let hasher = Hasher::start(settings(1, 8)).unwrap();
    let stored = hasher.hash(password("correct horse")).await.unwrap();
    let right = hasher
        .verify(password("correct horse"), Some(stored.clone()))
        .await
        .unwrap();
    assert!(matches!(right, Verdict::Right { upgrade: None }));
    let wrong = hasher
        .verify(password("battery staple"), Some(stored))
        .await
        .unwrap();
    assert!(matches!(wrong, Verdict::Wrong));
}

#[tokio::test]
async fn a_user_who_does_not_exist_costs_one_hash_and_is_never_right() {
    let hasher = Hasher::start(settings(1, 8)).unwrap();
    let verdict = hasher.verify(password("anything"), None).await.unwrap();
    assert!(matches!(verdict, Verdict::Wrong));
    assert_eq!(hasher.hashes_run(), 1);
}

#[tokio::test]
async fn a_hash_with_other_parameters_is_made_anew_when_its_password_is_known() {
    let old = Hasher::start(settings(1, 8)).unwrap();
    let stored = old.hash(password("correct horse")).await.unwrap();
    let parameters = Parameters {
        memory: 128,
        passes: 2,
        lanes: 1,
    };
    let new = Hasher::start(HasherSettings {
        parameters,
        ..settings(1, 8)
    })
    .unwrap();
    let verdict = new
        .verify(password("correct horse"), Some(stored))
        .await
        .unwrap();
    let Verdict::Right {
        upgrade: Some(upgraded),
    } = verdict
    else {
        panic!("no new hash")
    };
    assert!(upgraded.is_made_with(parameters));
}

#[tokio::test]
async fn a_job_holds_its_place_until_it_is_done_even_when_its_caller_has_left() {
    let hasher = Hasher::start(settings(1, 1)).unwrap();
    let (release, held) = mpsc::channel::<()>();
    let (begun, has_begun) = oneshot::channel();
    let caller = hasher.run(move |_| {
        let _ = begun.send(());
        let _ = held.recv();
        Ok(())
    });
    tokio::select! {
        _ = caller => panic!("the job cannot end yet"),
        _ = has_begun => {}
    }
    assert!(matches!(
        hasher.hash(password("correct horse")).await,
        Err(HashError::Busy)
    ));
    release.send(()).unwrap();
    let _place = hasher.places.acquire().await.unwrap();
}

#[tokio::test]
async fn more_jobs_than_places_are_refused_not_queued() {
    let hasher = Hasher::start(settings(1, 2)).unwrap();
    let (release, held) = mpsc::channel::<()>();
    let blocking = hasher.run(move |_| {
        let _ = held.recv();
        Ok(())
    });
    let waiting = hasher.hash(password("second in line"));
    let refused = async {
        let third = hasher.hash(password("third in line")).await;
        release.send(()).unwrap();
        third
    };
    let (blocked, second, third) = tokio::join!(biased; blocking, waiting, refused);
    assert!(blocked.is_ok() && second.is_ok());
    assert!(matches!(third, Err(HashError::Busy)));
}

#[test]
fn a_thread_keeps_its_memory_from_job_to_job_and_gives_it_back_when_none_comes() {
    let mut engine = Engine::new(settings(1, 1).parameters).unwrap();
    let queue: Arc<Queue<Job>> = Arc::default();
    let sender = Sender::new(Arc::clone(&queue));
    let hash = || -> Job {
        Box::new(|engine: &mut Engine| {
            engine.hash(&password("correct horse")).unwrap();
        })
    };
    assert!(engine.is_at_rest());
    for _ in 0..2 {
        sender.send(hash());
        sender.send(hash());
        assert!(step(&mut engine, &queue, Duration::MAX));
        assert!(!engine.is_at_rest());
        assert!(step(&mut engine, &queue, Duration::MAX));
        assert!(step(&mut engine, &queue, Duration::ZERO));
        assert!(engine.is_at_rest());
    }
    drop(sender);
    assert!(!step(&mut engine, &queue, Duration::MAX));
}

/// Called in turn, each of many threads would give its memory back between two of its jobs, and
/// every login would pay for taking it again.
#[test]
fn of_the_threads_that_wait_the_one_that_came_last_is_called() {
    let queue = Arc::new(Queue::default());
    let sender = Sender::new(Arc::clone(&queue));
    let (answer, called) = mpsc::channel();
    let threads: Vec<_> = (0..3)
        .map(|number| {
            let (own, answer) = (Arc::clone(&queue), answer.clone());
            let thread = std::thread::spawn(move || {
                while let Next::Job(job) = own.next(None) {
                    answer.send(number).unwrap();
                    end_of(&job);
                }
            });
            until(|| queue.waiting() == number + 1);
            thread
        })
        .collect();
    for _ in 0..10 {
        let (end, job) = mpsc::channel();
        sender.send(job);
        assert_eq!(called.recv().unwrap(), 2);
        drop(end);
        until(|| queue.waiting() == 3);
    }
    let (end, job) = mpsc::channel();
    let (other_end, other_job) = mpsc::channel();
    sender.send(job);
    sender.send(other_job);
    let mut both = [called.recv().unwrap(), called.recv().unwrap()];
    both.sort_unstable();
    assert_eq!(both, [1, 2]);
    drop((end, other_end, sender));
    for thread in threads {
        thread.join().unwrap();
    }
}

/// A job lasts until the test lets go of its other end.
fn end_of(job: &mpsc::Receiver<()>) {
    job.recv().unwrap_err();
}

fn until(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}

#[test]
fn jobs_sent_before_the_end_are_done_before_it() {
    let queue = Arc::new(Queue::default());
    let sender = Sender::new(Arc::clone(&queue));
    sender.send(1);
    drop(sender);
    assert!(matches!(queue.next(None), Next::Job(1)));
    assert!(matches!(queue.next(None), Next::Ended));
}
