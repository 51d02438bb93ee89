//! The table of users.

use chassis::database::postgres::Row;
use token::Timestamp;

use super::{PostgresStore, sessions};
use crate::password::HashedPassword;
use crate::session::SessionId;
use crate::store::{Added, StoreError};
use crate::user::{User, UserState, Username};

/// What a login with the old password needs is locked by it (`FOR SHARE`), so that a login either
/// comes before the change, whose second statement then sees and ends it, or finds the new password.
const REPLACE: &str = "UPDATE users SET password = $3 WHERE name = $1 AND password = $2";

impl PostgresStore {
    pub(in crate::store) async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        let sql = "SELECT name, password, scope, state, created_at
                   FROM users WHERE name = $1 AND state <> 'deleted'";
        let row = self.postgres.read_first(sql, &[&name.as_str()]).await?;
        row.as_ref().map(from_row).transpose()
    }

    pub(in crate::store) async fn users(&self) -> Result<Vec<User>, StoreError> {
        let sql = "SELECT name, password, scope, state, created_at
                   FROM users WHERE state <> 'deleted' ORDER BY name COLLATE \"C\"";
        let rows = self.postgres.read(sql, &[]).await?;
        rows.iter().map(from_row).collect()
    }

    pub(in crate::store) async fn add_user(&self, user: User) -> Result<Added, StoreError> {
        let sql = "INSERT INTO users (name, password, scope, state, created_at)
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING";
        let added = self
            .postgres
            .write(
                sql,
                &[
                    &user.name.as_str(),
                    &user.password.to_stored(),
                    &user.scope.as_str(),
                    &user.state.as_str(),
                    &user.created_at.unix_millis(),
                ],
            )
            .await?;
        Ok(Added::from_rows(added))
    }

    pub(in crate::store) async fn upgrade_password(
        &self,
        name: &Username,
        from: &HashedPassword,
        to: &HashedPassword,
    ) -> Result<bool, StoreError> {
        let (from, to) = (from.to_stored(), to.to_stored());
        let changed = self
            .postgres
            .write(REPLACE, &[&name.as_str(), &from, &to])
            .await?;
        Ok(changed == 1)
    }

    pub(in crate::store) async fn change_password(
        &self,
        name: &Username,
        checked: &HashedPassword,
        password: &HashedPassword,
        spared: Option<SessionId>,
    ) -> Result<bool, StoreError> {
        let (from, to) = (checked.to_stored(), password.to_stored());
        let transaction = self.postgres.begin().await?;
        let changed = transaction
            .execute(REPLACE, &[&name.as_str(), &from, &to])
            .await?;
        if changed == 1 {
            sessions::revoke_all(&transaction, name, spared.as_ref()).await?;
        }
        transaction.commit().await?;
        Ok(changed == 1)
    }

    pub(in crate::store) async fn set_password(
        &self,
        name: &Username,
        password: &HashedPassword,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE users SET password = $2 WHERE name = $1 AND state <> 'deleted'";
        let transaction = self.postgres.begin().await?;
        let changed = transaction
            .execute(sql, &[&name.as_str(), &password.to_stored()])
            .await?;
        sessions::revoke_all(&transaction, name, None).await?;
        transaction.commit().await?;
        Ok(changed == 1)
    }

    pub(in crate::store) async fn set_user_state(
        &self,
        name: &Username,
        state: UserState,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE users
                   SET state = $2,
                       password = CASE $2 WHEN 'deleted' THEN '' ELSE password END,
                       scope = CASE $2 WHEN 'deleted' THEN '' ELSE scope END
                   WHERE name = $1 AND state <> 'deleted'";
        let transaction = self.postgres.begin().await?;
        let changed = transaction
            .execute(sql, &[&name.as_str(), &state.as_str()])
            .await?;
        if state != UserState::Enabled {
            sessions::revoke_all(&transaction, name, None).await?;
        }
        transaction.commit().await?;
        Ok(changed == 1)
    }
}

fn from_row(row: &Row) -> Result<User, StoreError> {
    let text = |column| row.try_get::<_, &str>(column);
    Ok(User {
        name: text("name")?
            .parse()
            .map_err(|_| StoreError::Corrupt("user name"))?,
        password: HashedPassword::from_stored(text("password")?)
            .map_err(|_| StoreError::Corrupt("password"))?,
        scope: text("scope")?
            .parse()
            .map_err(|_| StoreError::Corrupt("scope"))?,
        state: UserState::from_stored(text("state")?).ok_or(StoreError::Corrupt("user state"))?,
        created_at: Timestamp::from_unix_millis(row.try_get("created_at")?),
    })
}
