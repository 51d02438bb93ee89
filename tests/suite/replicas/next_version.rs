//! The next version of a service as a database meets it: the migrations of this one, and one more
//! that only adds.

use std::path::Path;

use chassis::database::postgres::{Runner, Schema, Settings};
use chassis::database::{DatabaseError, Postgres, Sqlite, sqlite};
use e2e::PATIENCE;
use refinery::Migration;

use super::site::Service;

/// What the next version of a service has changed, which is every table.
struct Expansion {
    service: &'static str,
    tables: &'static [&'static str],
    note: &'static str,
    count_notes: &'static str,
}

const OF_AUTH: Expansion = Expansion {
    service: "auth",
    tables: &[
        "users",
        "key_ring",
        "signing_keys",
        "sessions",
        "failures",
        "clients",
    ],
    note: "UPDATE sessions SET note = 'of the next version'",
    count_notes: "SELECT count(*) FROM sessions WHERE note = 'of the next version'",
};

const OF_POSTS: Expansion = Expansion {
    service: "posts",
    tables: &["posts", "idempotency_keys", "cursor_key"],
    note: "UPDATE posts SET note = 'of the next version'",
    count_notes: "SELECT count(*) FROM posts WHERE note = 'of the next version'",
};

/// A replica of the next version that has started.
pub(super) struct NextVersion {
    expansion: &'static Expansion,
    database: Database,
    /// The newest version that this program knows, and the one there is now.
    pub(super) versions: [i32; 2],
}

enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl NextVersion {
    /// Migrates on its start, as every version does.
    pub(super) async fn start(service: Service, url: &str) -> Self {
        let expansion = match service {
            Service::Auth => &OF_AUTH,
            Service::Posts => &OF_POSTS,
        };
        if !Settings::is_meant_by(url) {
            let (migrations, versions) = expansion.migrations("sqlite");
            let file = sqlite::path_of_url(url).expect("it is the address of a file");
            let database = Sqlite::open(file, &migrations).expect("it can be migrated");
            return Self {
                expansion,
                database: Database::Sqlite(database),
                versions,
            };
        }
        let (migrations, versions) = expansion.migrations("postgres");
        let connections = 2.try_into().expect("it is not zero");
        let settings = Settings::new(url, connections, PATIENCE).expect("the address is good");
        let schema = Schema {
            service: expansion.service,
            migrations,
        };
        let database = Postgres::open(&settings, schema).await;
        Self {
            expansion,
            database: Database::Postgres(database.expect("it can be migrated")),
            versions,
        }
    }

    /// Writes what only this version knows into every row that there is.
    pub(super) async fn note(&self) {
        let note = self.expansion.note;
        let noted = match &self.database {
            Database::Postgres(postgres) => postgres.write(note, &[]).await.map(drop),
            Database::Sqlite(sqlite) => {
                let write = move |connection: &rusqlite::Connection| {
                    connection.execute(note, []).map_err(DatabaseError::from)
                };
                sqlite.write(write).await.map(drop)
            }
        };
        noted.expect("the rows can be written");
    }

    /// How many rows hold what this version wrote.
    pub(super) async fn notes(&self) -> i64 {
        let count = self.expansion.count_notes;
        let counted = match &self.database {
            Database::Postgres(postgres) => {
                let row = postgres.read_first(count, &[]).await;
                row.map(|row| row.expect("a count is a row").get(0))
            }
            Database::Sqlite(sqlite) => {
                sqlite.read(|connection| connection.query_row(count, [], |row| row.get(0)))
            }
        };
        counted.expect("the rows can be counted")
    }
}

impl Expansion {
    fn migrations(&self, engine: &str) -> (Runner, [i32; 2]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(self.service)
            .join("migrations")
            .join(engine);
        let mut migrations = refinery::load_sql_migrations(folder).expect("they can be read");
        let known = migrations.last().map_or(0, Migration::version);
        let name = format!("V{}__next_version", known + 1);
        migrations.push(Migration::unapplied(&name, &self.sql()).expect("the name is one"));
        (Runner::new(&migrations), [known, known + 1])
    }

    fn sql(&self) -> String {
        let add = |table| format!("ALTER TABLE {table} ADD COLUMN note TEXT;");
        let notes: String = self.tables.iter().map(add).collect();
        notes + "CREATE TABLE added_by_" + self.service + " (note TEXT);"
    }
}
