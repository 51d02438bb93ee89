//! The table of users.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use token::Timestamp;

use super::{SqliteStore, sessions};
use crate::password::HashedPassword;
use crate::session::SessionId;
use crate::store::{Added, StoreError};
use crate::user::{User, UserState, Username};

const COLUMNS: &str = "name, password, scope, state, created_at";

impl SqliteStore {
    /// The user of this name, unless deleted.
    #[expect(clippy::unused_async, reason = "the other engine waits here")]
    pub(in crate::store) async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        let row = self.sqlite.read(|connection| find(connection, name))?;
        row.map(StoredUser::into_user).transpose()
    }

    /// Every user that is not deleted, by name.
    #[expect(clippy::unused_async, reason = "the other engine waits here")]
    pub(in crate::store) async fn users(&self) -> Result<Vec<User>, StoreError> {
        let rows: Vec<StoredUser> = self.sqlite.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM users WHERE state <> 'deleted' ORDER BY name");
            connection
                .prepare(&sql)?
                .query_map([], StoredUser::from_row)?
                .collect()
        })?;
        rows.into_iter().map(StoredUser::into_user).collect()
    }

    /// Adds a user, unless the name is or was somebody's.
    pub(in crate::store) async fn add_user(&self, user: User) -> Result<Added, StoreError> {
        self.sqlite
            .write(move |connection| {
                let added = connection
                    .prepare_cached(
                        "INSERT INTO users (name, password, scope, state, created_at)
                         VALUES (:name, :password, :scope, :state, :created_at)
                         ON CONFLICT (name) DO NOTHING",
                    )?
                    .execute(named_params! {
                        ":name": user.name.as_str(),
                        ":password": user.password.to_stored(),
                        ":scope": user.scope.as_str(),
                        ":state": user.state.as_str(),
                        ":created_at": user.created_at.unix_millis(),
                    })?;
                Ok(if added == 1 {
                    Added::Done
                } else {
                    Added::Taken
                })
            })
            .await
    }

    /// Replaces the hash of a password that stays the same. False: it has been changed meanwhile.
    pub(in crate::store) async fn upgrade_password(
        &self,
        name: &Username,
        from: &HashedPassword,
        to: &HashedPassword,
    ) -> Result<bool, StoreError> {
        let (name, from, to) = (name.clone(), from.to_stored(), to.to_stored());
        self.sqlite
            .write(move |connection| Ok(replace(connection, &name, &from, &to)?))
            .await
    }

    /// Replaces the password that was checked by another, and ends every login of the user but
    /// `spared`. False: it has been changed meanwhile, and nothing is done.
    pub(in crate::store) async fn change_password(
        &self,
        name: &Username,
        checked: &HashedPassword,
        password: &HashedPassword,
        spared: Option<SessionId>,
    ) -> Result<bool, StoreError> {
        let (name, from, to) = (name.clone(), checked.to_stored(), password.to_stored());
        self.sqlite
            .write(move |connection| {
                let changed = replace(connection, &name, &from, &to)?;
                if changed {
                    sessions::revoke_all(connection, &name, spared.as_ref())?;
                }
                Ok(changed)
            })
            .await
    }

    /// Sets a password whatever it was, and ends every login of the user. False: no such user.
    pub(in crate::store) async fn set_password(
        &self,
        name: &Username,
        password: &HashedPassword,
    ) -> Result<bool, StoreError> {
        let (name, password) = (name.clone(), password.to_stored());
        self.sqlite
            .write(move |connection| {
                let sql = "UPDATE users SET password = ?2 WHERE name = ?1 AND state <> 'deleted'";
                let changed = connection.execute(sql, [name.as_str(), password.as_str()])?;
                sessions::revoke_all(connection, &name, None)?;
                Ok(changed == 1)
            })
            .await
    }

    /// Moves a user to another state; all but `Enabled` end every login, and `Deleted` is final
    /// and erases the password. False: no such user.
    pub(in crate::store) async fn set_user_state(
        &self,
        name: &Username,
        state: UserState,
    ) -> Result<bool, StoreError> {
        let name = name.clone();
        self.sqlite
            .write(move |connection| {
                let changed = connection.execute(
                    "UPDATE users SET state = ?2 WHERE name = ?1 AND state <> 'deleted'",
                    (name.as_str(), state.as_str()),
                )?;
                if state == UserState::Deleted {
                    erase(connection, &name)?;
                }
                if state != UserState::Enabled {
                    sessions::revoke_all(connection, &name, None)?;
                }
                Ok(changed == 1)
            })
            .await
    }
}

fn replace(
    connection: &Connection,
    name: &Username,
    from: &str,
    to: &str,
) -> Result<bool, rusqlite::Error> {
    let sql = "UPDATE users SET password = ?3 WHERE name = ?1 AND password = ?2";
    Ok(connection
        .prepare_cached(sql)?
        .execute([name.as_str(), from, to])?
        == 1)
}

fn erase(connection: &Connection, name: &Username) -> Result<(), rusqlite::Error> {
    let sql = "UPDATE users SET password = '', scope = '' WHERE name = ?1";
    connection.execute(sql, [name.as_str()])?;
    Ok(())
}

fn find(connection: &Connection, name: &Username) -> Result<Option<StoredUser>, rusqlite::Error> {
    let sql = "SELECT name, password, scope, state, created_at
               FROM users WHERE name = ?1 AND state <> 'deleted'";
    let mut statement = connection.prepare_cached(sql)?;
    statement
        .query_row([name.as_str()], StoredUser::from_row)
        .optional()
}

struct StoredUser {
    name: String,
    password: String,
    scope: String,
    state: String,
    created_at: i64,
}

impl StoredUser {
    fn from_row(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            name: row.get(0)?,
            password: row.get(1)?,
            scope: row.get(2)?,
            state: row.get(3)?,
            created_at: row.get(4)?,
        })
    }

    fn into_user(self) -> Result<User, StoreError> {
        Ok(User {
            name: self
                .name
                .parse()
                .map_err(|_| StoreError::Corrupt("user name"))?,
            password: HashedPassword::from_stored(&self.password)
                .map_err(|_| StoreError::Corrupt("password"))?,
            scope: self
                .scope
                .parse()
                .map_err(|_| StoreError::Corrupt("scope"))?,
            state: UserState::from_stored(&self.state).ok_or(StoreError::Corrupt("user state"))?,
            created_at: Timestamp::from_unix_millis(self.created_at),
        })
    }
}
