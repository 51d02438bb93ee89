use std::convert::Infallible;

use super::*;

fn code(code: ExitCode) -> String {
    format!("{code:?}")
}

#[tokio::test]
async fn a_soft_stop_waits_for_tasks_and_succeeds() {
    let lifecycle = Lifecycle::new();
    let (stopping, (sender, finished)) = (lifecycle.stopping(), tokio::sync::oneshot::channel());
    let told = stopping.clone();
    lifecycle.spawn("worker", async move {
        told.cancelled().await;
        tokio::task::yield_now().await;
        let _ = sender.send(());
        Ok::<(), Infallible>(())
    });
    stopping.cancel();
    assert_eq!(code(lifecycle.run().await), code(ExitCode::SUCCESS));
    finished.await.unwrap();
}

#[tokio::test]
async fn a_task_that_fails_ends_the_process_with_failure() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("worker", async { Err("disk on fire") });
    assert_eq!(code(lifecycle.run().await), code(ExitCode::FAILURE));
}

#[tokio::test]
async fn a_task_that_panics_ends_the_process_with_failure() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn::<Infallible>("worker", async { panic!("on purpose") });
    assert_eq!(code(lifecycle.run().await), code(ExitCode::FAILURE));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_does_not_end_is_left_behind_after_the_drain_limit() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("stuck", std::future::pending::<Result<(), Infallible>>());
    lifecycle.stopping().cancel();
    let began = tokio::time::Instant::now();
    assert_eq!(code(lifecycle.run().await), code(ExitCode::SUCCESS));
    assert_eq!(began.elapsed(), Duration::from_secs(10));
}
