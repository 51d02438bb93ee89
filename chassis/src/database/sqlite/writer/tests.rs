use std::sync::mpsc;

use futures_util::FutureExt;
use futures_util::future::{join, join_all, join3};

use super::*;
use crate::database::sqlite::writes::Count;

fn start() -> (Writer, Arc<Writes>) {
    let transactions = Arc::new(Writes::default());
    let connection = Connection::open_in_memory().unwrap();
    let writer = Writer::start(connection, Arc::clone(&transactions)).unwrap();
    (writer, transactions)
}

/// The count after this many transactions.
fn after(how_many: usize) -> Count {
    let transactions = Writes::default();
    (0..how_many).for_each(|_| drop(transactions.begin()));
    transactions.count()
}

async fn write(writer: &Writer) {
    let outcome: Result<(), DatabaseError> = writer.write(|_| Ok(())).await;
    outcome.unwrap();
}

/// Writes, and brings another write while the transaction of the first is open.
async fn write_and_bring_another(writer: &Writer) {
    let same = writer.clone();
    let bring = move |_: &Connection| {
        let mut another = Box::pin(async move { write(&same).await });
        assert!(another.as_mut().now_or_never().is_none());
        Ok::<_, DatabaseError>(another)
    };
    writer.write(bring).await.unwrap().await;
}

/// Keeps the thread busy with a transaction of its own until `all` have come, whom it then finds
/// together.
async fn together<T>(writer: &Writer, all: impl Future<Output = T>) -> T {
    let (begin, has_begun) = oneshot::channel();
    let (go_on, they_are_here) = mpsc::channel();
    let held_up = writer.write(move |_| {
        begin.send(()).unwrap();
        they_are_here.recv().unwrap();
        Ok::<_, DatabaseError>(())
    });
    let come = async {
        has_begun.await.unwrap();
        let mut all = Box::pin(all);
        assert!(all.as_mut().now_or_never().is_none());
        go_on.send(()).unwrap();
        all.await
    };
    let (held_up, outcome) = join(held_up, come).await;
    held_up.unwrap();
    outcome
}

async fn write_in_company(writer: &Writer) {
    together(writer, join(write(writer), write_and_bring_another(writer))).await;
}

#[tokio::test]
async fn whoever_writes_alone_waits_for_nobody() {
    let (writer, transactions) = start();
    write_and_bring_another(&writer).await;
    assert_eq!(transactions.count(), after(2));
}

#[tokio::test]
async fn whoever_comes_while_several_write_is_part_of_their_transaction() {
    let (writer, transactions) = start();
    write_in_company(&writer).await;
    assert_eq!(transactions.count(), after(2));
}

#[tokio::test]
async fn after_several_the_next_waits_once_for_others() {
    let (writer, transactions) = start();
    write_in_company(&writer).await;
    write_and_bring_another(&writer).await;
    assert_eq!(transactions.count(), after(3));
    write(&writer).await;
    write_and_bring_another(&writer).await;
    assert_eq!(transactions.count(), after(6));
}

#[tokio::test]
async fn a_transaction_is_of_so_many_and_no_more() {
    let (writer, transactions) = start();
    let one_too_many = (0..=BATCH).map(|_| write(&writer));
    together(&writer, join_all(one_too_many)).await;
    assert_eq!(transactions.count(), after(3));
}

#[tokio::test]
async fn a_transaction_that_is_lost_takes_along_whom_it_has_and_nobody_after_them() {
    let (writer, _) = start();
    let lose_it = |connection: &Connection| Ok(connection.execute_batch("ROLLBACK")?);
    let outcomes: [Result<(), DatabaseError>; 3] = together(&writer, async {
        let all = join3(
            writer.write(|_| Ok(())),
            writer.write(lose_it),
            writer.write(|_| Ok(())),
        );
        all.await.into()
    })
    .await;
    let lost = |outcome: &Result<(), _>| matches!(outcome, Err(DatabaseError::Unavailable(_)));
    assert_eq!(outcomes.each_ref().map(lost), [true, true, false]);
    assert!(outcomes[2].is_ok());
}
