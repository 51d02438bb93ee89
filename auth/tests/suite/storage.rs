//! Which engine the suite runs on: `TEST_ENGINE=postgres` is the second one.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chassis::database::postgres::testing::{self, Database};
use tempfile::TempDir;

/// The data that every test begins with.
pub(crate) struct Template {
    folder: TempDir,
    database: Option<Database>,
}

thread_local! {
    /// The databases of the test that this thread runs; they are dropped with it.
    static DATABASES: RefCell<HashMap<PathBuf, Database>> = RefCell::default();
}

/// The database of the service in `folder`, the same every time.
pub(crate) fn url(folder: &Path) -> String {
    if !is_postgres() {
        return format!("sqlite://{}", folder.join("auth.db").display());
    }
    DATABASES.with_borrow_mut(|all| {
        let database = all.entry(folder.to_owned()).or_insert_with(new_database);
        database.url().to_owned()
    })
}

impl Template {
    /// What a service has left in `folder`.
    pub(crate) fn of(folder: TempDir) -> Self {
        let database = DATABASES.with_borrow_mut(|all| all.remove(folder.path()));
        Self { folder, database }
    }

    /// Puts the same into another folder.
    pub(crate) async fn copy_to(&self, folder: &Path) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        if let Some(database) = &self.database {
            let copy = database.copy().await;
            DATABASES.with_borrow_mut(|all| all.insert(folder.to_owned(), copy));
        }
    }
}

/// A sealing key, which is never made on an engine that machines share.
pub(crate) fn seal(folder: &Path) {
    let file = folder.join("sealing.key");
    if is_postgres() && !file.exists() {
        keystore::SealingKeyFile::created_when_missing(file)
            .load_or_create()
            .unwrap();
    }
}

fn new_database() -> Database {
    testing::database_at_once().unwrap_or_else(|| panic!("TEST_ENGINE=postgres needs a PostgreSQL"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test suite has no settings of its own"
)]
pub(crate) fn is_postgres() -> bool {
    std::env::var("TEST_ENGINE").is_ok_and(|engine| engine == "postgres")
}
