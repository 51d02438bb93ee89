//! The table of confidential clients.

use chassis::database::postgres::Row;
use token::Timestamp;

use super::PostgresStore;
use crate::client::{Client, ClientId, SecretDigest};
use crate::store::{Added, StoreError};

impl PostgresStore {
    pub(in crate::store) async fn client(
        &self,
        id: &ClientId,
    ) -> Result<Option<Client>, StoreError> {
        let sql = "SELECT id, secret, scope, state, created_at FROM clients WHERE id = $1";
        let row = self.postgres.read_first(sql, &[&id.as_str()]).await?;
        row.as_ref().map(from_row).transpose()
    }

    pub(in crate::store) async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let sql = "SELECT id, secret, scope, state, created_at FROM clients ORDER BY id";
        let rows = self.postgres.read(sql, &[]).await?;
        rows.iter().map(from_row).collect()
    }

    pub(in crate::store) async fn add_client(&self, client: Client) -> Result<Added, StoreError> {
        let state = if client.enabled {
            "enabled"
        } else {
            "disabled"
        };
        let sql = "INSERT INTO clients (id, secret, scope, state, created_at)
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
        let added = self
            .postgres
            .write(
                sql,
                &[
                    &client.id.as_str(),
                    &client.secret.0.as_slice(),
                    &client.scope.as_str(),
                    &state,
                    &client.created_at.unix_millis(),
                ],
            )
            .await?;
        Ok(Added::from_rows(added))
    }

    pub(in crate::store) async fn disable_client(&self, id: &ClientId) -> Result<bool, StoreError> {
        let sql = "UPDATE clients SET state = 'disabled' WHERE id = $1";
        Ok(self.postgres.write(sql, &[&id.as_str()]).await? == 1)
    }
}

fn from_row(row: &Row) -> Result<Client, StoreError> {
    let text = |column| row.try_get::<_, &str>(column);
    let secret = row.try_get::<_, &[u8]>("secret")?.try_into();
    Ok(Client {
        id: text("id")?
            .parse()
            .map_err(|_| StoreError::Corrupt("client id"))?,
        secret: SecretDigest(secret.map_err(|_| StoreError::Corrupt("client secret"))?),
        scope: text("scope")?
            .parse()
            .map_err(|_| StoreError::Corrupt("scope"))?,
        enabled: text("state")? == "enabled",
        created_at: Timestamp::from_unix_millis(row.try_get("created_at")?),
    })
}
