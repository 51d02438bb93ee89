//! Which engine the suite runs on: `TEST_ENGINE=postgres` is the second one.
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chassis::database::postgres::testing::{self, Database};

thread_local! {
    /// The databases of the test that this thread runs; they are dropped with it.
    static DATABASES: RefCell<HashMap<PathBuf, Database>> = RefCell::default();
}

/// The database of the service in `folder`, the same every time.
pub(crate) async fn url(folder: &Path) -> String {
    if !is_postgres() {
        return format!("sqlite://{}", folder.join("posts.db").display());
    }
    let known = |all: &HashMap<PathBuf, Database>| all.get(folder).map(|it| it.url().to_owned());
    if let Some(url) = DATABASES.with_borrow(known) {
        return url;
    }
    let Some(database) = testing::database().await else {
        panic!("TEST_ENGINE=postgres needs a PostgreSQL");
    };
    let url = database.url().to_owned();
    DATABASES.with_borrow_mut(|all| all.insert(folder.to_owned(), database));
    url
}

/// Whether it is the second one.
#[expect(
    clippy::disallowed_methods,
    reason = "a test suite has no settings of its own"
)]
pub(crate) fn is_postgres() -> bool {
    std::env::var("TEST_ENGINE").is_ok_and(|engine| engine == "postgres")
}
