use std::time::Duration;

use refinery::{Migration, Runner};
use tempfile::TempDir;

use super::*;

fn migrations(count: usize) -> Runner {
    let sql = [
        "CREATE TABLE note (text TEXT NOT NULL UNIQUE)",
        "ALTER TABLE note ADD COLUMN n INTEGER",
    ];
    let all: Vec<_> = sql[..count]
        .iter()
        .enumerate()
        .map(|(index, sql)| Migration::unapplied(&format!("V{}__step", index + 1), sql).unwrap())
        .collect();
    Runner::new(&all)
}

fn open(folder: &TempDir) -> Sqlite {
    Sqlite::open(folder.path().join("new/notes.db"), &migrations(1)).unwrap()
}

async fn add(database: &Sqlite, text: &'static str) -> Result<usize, DatabaseError> {
    database
        .write(move |tx| Ok(tx.execute("INSERT INTO note (text) VALUES (?1)", [text])?))
        .await
}

fn count(database: &Sqlite) -> i64 {
    database
        .read(|c| {
            c.prepare_cached("SELECT count(*) FROM note")?
                .query_row([], |row| row.get(0))
        })
        .unwrap()
}

#[tokio::test]
async fn what_was_acknowledged_is_read_and_outlives_the_handle() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder);
    add(&database, "one").await.unwrap();
    assert_eq!(count(&database), 1);
    drop(database);
    assert_eq!(count(&open(&folder)), 1);
}

#[tokio::test]
async fn a_failing_write_takes_back_itself_alone() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder);
    let half = database.write(|tx| {
        tx.execute("INSERT INTO note (text) VALUES ('half')", [])?;
        Err::<(), _>(DatabaseError::Unavailable("on purpose".into()))
    });
    let (before, half, twice, after) = tokio::join!(
        add(&database, "before"),
        half,
        add(&database, "before"),
        add(&database, "after")
    );
    assert!(before.is_ok() && after.is_ok());
    assert!(
        matches!(half, Err(DatabaseError::Unavailable(_))),
        "{half:?}"
    );
    assert!(matches!(twice, Err(DatabaseError::Sqlite(_))), "{twice:?}");
    assert_eq!(count(&database), 2);
}

#[tokio::test]
async fn a_panicking_write_is_taken_back_and_the_writer_lives_on() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder);
    let panicked: Result<(), DatabaseError> = database
        .write(|tx| {
            tx.execute("INSERT INTO note (text) VALUES ('half')", [])?;
            panic!("on purpose")
        })
        .await;
    assert!(
        matches!(panicked, Err(DatabaseError::Abandoned)),
        "{panicked:?}"
    );
    add(&database, "after").await.unwrap();
    assert_eq!(count(&database), 1);
}

#[tokio::test]
async fn a_write_that_takes_its_time_keeps_no_read_waiting() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder);
    add(&database, "there").await.unwrap();
    let (begun, (release, released)) = (
        Arc::new(tokio::sync::Notify::new()),
        std::sync::mpsc::channel(),
    );
    let slow = database.write({
        let begun = begun.clone();
        move |tx| {
            tx.execute("INSERT INTO note (text) VALUES ('slow')", [])?;
            begun.notify_one();
            Ok::<_, DatabaseError>(released.recv().is_ok())
        }
    });
    let read = async {
        begun.notified().await;
        assert_eq!(count(&database), 1);
        release.send(()).unwrap();
    };
    let (written, ()) = tokio::join!(slow, read);
    assert!(written.unwrap());
    assert_eq!(count(&database), 2);
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_is_not_begun() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder);
    let (begun, (release, released)) = (
        Arc::new(tokio::sync::Notify::new()),
        std::sync::mpsc::channel(),
    );
    let block = database.write({
        let begun = begun.clone();
        move |_| {
            begun.notify_one();
            Ok::<_, DatabaseError>(released.recv().is_ok())
        }
    });
    let leave = async {
        begun.notified().await;
        let abandoned = add(&database, "abandoned");
        assert!(
            tokio::time::timeout(Duration::from_millis(1), abandoned)
                .await
                .is_err()
        );
        release.send(()).unwrap();
    };
    let (blocked, ()) = tokio::join!(block, leave);
    assert!(blocked.unwrap());
    add(&database, "kept").await.unwrap();
    assert_eq!(count(&database), 1);
}

#[tokio::test]
async fn a_full_disk_is_told_apart_and_reading_goes_on() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder);
    add(&database, "before").await.unwrap();
    let full = database
        .write(|tx| {
            tx.pragma_update(None, "max_page_count", 1)?;
            tx.execute("INSERT INTO note (text) VALUES (hex(zeroblob(100000)))", [])?;
            Ok::<_, DatabaseError>(())
        })
        .await;
    assert!(matches!(full, Err(DatabaseError::Full)), "{full:?}");
    assert_eq!(count(&database), 1);
    let raise =
        |tx: &Connection| Ok::<_, DatabaseError>(tx.pragma_update(None, "max_page_count", 1000)?);
    database.write(raise).await.unwrap();
    add(&database, "after").await.unwrap();
    assert_eq!(count(&database), 2);
}

#[test]
fn a_reader_cannot_write() {
    let folder = TempDir::new().unwrap();
    let written = open(&folder).read(|c| c.execute("INSERT INTO note (text) VALUES ('x')", []));
    assert!(
        matches!(written, Err(DatabaseError::Sqlite(_))),
        "{written:?}"
    );
}

#[tokio::test]
async fn a_thread_that_lets_go_keeps_its_view_until_this_process_writes() {
    let folder = TempDir::new().unwrap();
    let (database, elsewhere) = (open(&folder), open(&folder));
    add(&database, "one").await.unwrap();
    let_go();
    tokio::time::pause();
    assert_eq!(count(&database), 1);
    add(&elsewhere, "two").await.unwrap();
    assert_eq!(count(&database), 1);
    add(&database, "three").await.unwrap();
    assert_eq!(count(&database), 3);
}

#[tokio::test]
async fn a_write_of_another_process_is_seen_within_a_millisecond_or_after_a_rest() {
    let folder = TempDir::new().unwrap();
    let (database, elsewhere) = (open(&folder), open(&folder));
    let_go();
    tokio::time::pause();
    assert_eq!(count(&database), 0);
    add(&elsewhere, "one").await.unwrap();
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(count(&database), 1);
    add(&elsewhere, "two").await.unwrap();
    let_go();
    assert_eq!(count(&database), 2);
}

#[tokio::test]
async fn a_thread_that_sleeps_holds_nothing_in_the_write_ahead_log() {
    let folder = TempDir::new().unwrap();
    let (database, elsewhere) = (open(&folder), open(&folder));
    let empty_the_log = || {
        let connection = Connection::open(database.path()).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        let is_kept_from_it = |row: &rusqlite::Row<'_>| row.get::<_, bool>(0);
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], is_kept_from_it)
            .unwrap()
    };
    let_go();
    tokio::time::pause();
    add(&database, "one").await.unwrap();
    count(&database);
    add(&elsewhere, "two").await.unwrap();
    assert!(empty_the_log());
    let_go();
    assert!(!empty_the_log());
}

#[test]
fn a_read_within_a_read_gets_a_connection_of_its_own() {
    let folder = TempDir::new().unwrap();
    let database = open(&folder);
    let sum = database.read(|c| {
        let outer: i64 = c.query_row("SELECT 1", [], |row| row.get(0))?;
        Ok(outer + count(&database))
    });
    assert_eq!(sum.unwrap(), 1);
}

#[test]
fn a_database_of_a_newer_program_is_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.db");
    drop(Sqlite::open(&path, &migrations(2)).unwrap());
    let refused = Sqlite::open(&path, &migrations(1))
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("version 2") && refused.contains("up to 1"),
        "{refused}"
    );
    assert!(Sqlite::open(&path, &migrations(2)).is_ok());
}

#[test]
fn a_migration_that_fails_is_told_without_its_text() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.db");
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("CREATE TABLE note (x)").unwrap();
    let refused = Sqlite::open(&path, &migrations(1)).err().unwrap();
    let told = refused.to_string();
    assert!(told.ends_with(": table note already exists"), "{told}");
    assert!(!told.contains("CREATE"), "{told}");
}

#[test]
fn what_a_disk_does_is_told_from_what_a_statement_is() {
    use rusqlite::ffi;
    let told = |code| {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        DatabaseError::from(error)
    };
    for code in [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE] {
        assert!(matches!(told(code), DatabaseError::Full), "{code}");
    }
    for code in [
        ffi::SQLITE_BUSY,
        ffi::SQLITE_IOERR_FSYNC,
        ffi::SQLITE_IOERR_READ,
    ] {
        let told = told(code);
        assert!(matches!(told, DatabaseError::Unavailable(_)), "{told}");
    }
    for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_READONLY] {
        assert!(matches!(told(code), DatabaseError::Sqlite(_)), "{code}");
    }
}

#[test]
fn many_may_open_and_migrate_at_once() {
    let folder = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Sqlite::open(folder.path().join("notes.db"), &migrations(2)).unwrap());
        }
    });
}

#[tokio::test]
async fn two_writers_of_one_file_wait_for_each_other() {
    let folder = TempDir::new().unwrap();
    let (one, other) = (open(&folder), open(&folder));
    for (first, second) in [("a", "b"), ("c", "d"), ("e", "f")] {
        let (first, second) = tokio::join!(add(&one, first), add(&other, second));
        assert!(first.is_ok() && second.is_ok());
    }
    assert_eq!(count(&one), 6);
}

#[test]
fn folder_and_file_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    drop(open(&folder));
    let mode = |path: &str| {
        std::fs::metadata(folder.path().join(path))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(
        (mode("new") & 0o777, mode("new/notes.db") & 0o777),
        (0o700, 0o600)
    );
}

#[test]
fn only_a_file_url_names_a_file() {
    assert_eq!(
        path_of_url("sqlite://var/a.db"),
        Ok(PathBuf::from("var/a.db"))
    );
    assert_eq!(
        path_of_url("sqlite:///srv/a.db"),
        Ok(PathBuf::from("/srv/a.db"))
    );
    for bad in [
        "",
        "sqlite://",
        "postgres://h/d",
        "var/a.db",
        "sqlite://a.db?mode=ro",
    ] {
        assert!(path_of_url(bad).is_err(), "{bad}");
    }
}
