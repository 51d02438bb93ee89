//! The table of confidential clients.

use rusqlite::{OptionalExtension, Row, named_params};
use token::Timestamp;

use super::SqliteStore;
use crate::client::{Client, ClientId, SecretDigest};
use crate::store::{Added, StoreError};

const SELECT: &str = "SELECT id, secret, scope, state, created_at FROM clients";

impl SqliteStore {
    /// The client with this id.
    #[expect(clippy::unused_async, reason = "the other engine waits here")]
    pub(in crate::store) async fn client(
        &self,
        id: &ClientId,
    ) -> Result<Option<Client>, StoreError> {
        let row = self.sqlite.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE id = ?1"))?
                .query_row([id.as_str()], |row| Ok(from_row(row)))
                .optional()
        })?;
        row.transpose()
    }

    /// Every client, by id.
    #[expect(clippy::unused_async, reason = "the other engine waits here")]
    pub(in crate::store) async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let rows: Vec<_> = self.sqlite.read(|connection| {
            let mut statement = connection.prepare(&format!("{SELECT} ORDER BY id"))?;
            statement.query_map([], |row| Ok(from_row(row)))?.collect()
        })?;
        rows.into_iter().collect()
    }

    /// Adds a client, unless the id is taken.
    pub(in crate::store) async fn add_client(&self, client: Client) -> Result<Added, StoreError> {
        self.sqlite
            .write(move |connection| {
                let added = connection.execute(
                    "INSERT INTO clients (id, secret, scope, state, created_at)
                     VALUES (:id, :secret, :scope, :state, :created_at)
                     ON CONFLICT (id) DO NOTHING",
                    named_params! {
                        ":id": client.id.as_str(),
                        ":secret": client.secret.0,
                        ":scope": client.scope.as_str(),
                        ":state": state(client.enabled),
                        ":created_at": client.created_at.unix_millis(),
                    },
                )?;
                Ok(if added == 1 {
                    Added::Done
                } else {
                    Added::Taken
                })
            })
            .await
    }

    /// Bars a client from new tokens. False: there is no such client.
    pub(in crate::store) async fn disable_client(&self, id: &ClientId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.sqlite
            .write(move |connection| {
                let sql = "UPDATE clients SET state = 'disabled' WHERE id = ?1";
                Ok(connection.execute(sql, [id.as_str()])? == 1)
            })
            .await
    }
}

fn state(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}

fn from_row(row: &Row<'_>) -> Result<Client, StoreError> {
    let text = |column| row.get::<_, String>(column);
    Ok(Client {
        id: text("id")?
            .parse()
            .map_err(|_| StoreError::Corrupt("client id"))?,
        secret: SecretDigest(row.get("secret")?),
        scope: text("scope")?
            .parse()
            .map_err(|_| StoreError::Corrupt("scope"))?,
        enabled: text("state")? == "enabled",
        created_at: Timestamp::from_unix_millis(row.get("created_at")?),
    })
}
