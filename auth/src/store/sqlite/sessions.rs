//! The table of logins that go on.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use token::{Scope, Timestamp};

use super::{SqliteStore, failures};
use crate::password::HashedPassword;
use crate::session::{
    Digest, Handle, Lifetimes, RefreshToken, Replaced, SealedSuccessor, Session, SessionId, Use,
};
use crate::store::{Refreshed, StoreError};
use crate::throttle::Subject;
use crate::user::Username;

impl SqliteStore {
    /// Keeps a new login and forgets the failures before it, if the user is still enabled and
    /// still has the password that was checked. False: not so, and nothing is kept.
    pub(in crate::store) async fn begin_session(
        &self,
        session: Session,
        handle: Handle,
        checked: &HashedPassword,
        succeeded: Vec<Subject>,
    ) -> Result<bool, StoreError> {
        let checked = checked.to_stored();
        self.sqlite
            .write(move |connection| {
                let begun = insert(connection, &session, &handle, &checked)?;
                if begun {
                    failures::forgive(connection, &succeeded)?;
                }
                Ok(begun)
            })
            .await
    }

    /// Uses a refresh token: one transaction judges it and does what follows.
    pub(in crate::store) async fn refresh(
        &self,
        presented: RefreshToken,
        asked: Option<Scope>,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Refreshed, StoreError> {
        self.sqlite
            .write(move |connection| {
                use_token(connection, &presented, asked.as_ref(), lifetimes, now)
            })
            .await
    }

    /// Ends the login of a refresh token, whichever of its tokens it is.
    pub(in crate::store) async fn end_session(
        &self,
        token: &RefreshToken,
    ) -> Result<Option<Session>, StoreError> {
        let handle = token.handle();
        self.sqlite
            .write(move |connection| {
                let Some((row, session)) = find(connection, &handle)? else {
                    return Ok(None);
                };
                delete(connection, row)?;
                Ok(Some(session))
            })
            .await
    }

    /// Ends every login of a user; says how many there were.
    pub(in crate::store) async fn revoke_sessions(
        &self,
        username: &Username,
    ) -> Result<usize, StoreError> {
        let username = username.clone();
        self.sqlite
            .write(move |connection| Ok(revoke_all(connection, &username, None)?))
            .await
    }

    /// Ends one login of a user. False: the user has no such login.
    pub(in crate::store) async fn revoke_session(
        &self,
        username: &Username,
        id: SessionId,
    ) -> Result<bool, StoreError> {
        let username = username.clone();
        self.sqlite
            .write(move |connection| {
                let sql = "DELETE FROM sessions WHERE username = ?1 AND id = ?2";
                Ok(connection.execute(sql, [username.as_str(), id.as_str()])? == 1)
            })
            .await
    }

    /// The logins that go on, of one user or of all, the oldest first.
    #[expect(clippy::unused_async, reason = "the other engine waits here")]
    pub(in crate::store) async fn sessions(
        &self,
        username: Option<&Username>,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<_> = self.sqlite.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM sessions
                 WHERE ends_at > ?1 AND (?2 IS NULL OR username = ?2) ORDER BY created_at, id"
            );
            let mut statement = connection.prepare(&sql)?;
            let arguments = (now.unix_millis(), username.map(Username::as_str));
            statement
                .query_map(arguments, |row| Ok(from_row(row)))?
                .collect()
        })?;
        rows.into_iter().collect()
    }

    /// Removes logins that have ended. It looks at every login, a bounded number at a time and
    /// without holding up a write, which is cheaper than an index that every refresh would move.
    pub(in crate::store) async fn forget_ended_sessions(
        &self,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut after = 0;
        while let Some(look) = self
            .sqlite
            .read(|connection| look(connection, after, now))?
        {
            after = look.last;
            if !look.ended.is_empty() {
                self.sqlite
                    .write(move |connection| forget(connection, &look.ended, now))
                    .await?;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// What one look at some logins found, by row number.
struct Look {
    last: i64,
    ended: Vec<i64>,
}

/// None when there are no more logins to look at.
fn look(
    connection: &Connection,
    after: i64,
    now: Timestamp,
) -> Result<Option<Look>, rusqlite::Error> {
    let sql = "SELECT rowid, ends_at FROM sessions WHERE rowid > ?1 ORDER BY rowid LIMIT 1000";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([after], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rows: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
    let ended = |(row, ends_at): &(i64, i64)| (*ends_at <= now.unix_millis()).then_some(*row);
    let last = rows.last().map(|(row, _)| *row);
    Ok(last.map(|last| Look {
        last,
        ended: rows.iter().filter_map(ended).collect(),
    }))
}

/// A login may have been refreshed since it was looked at.
fn forget(connection: &Connection, ended: &[i64], now: Timestamp) -> Result<(), StoreError> {
    let sql = "DELETE FROM sessions WHERE rowid = ?1 AND ends_at <= ?2";
    let mut statement = connection.prepare_cached(sql)?;
    for row in ended {
        statement.execute([*row, now.unix_millis()])?;
    }
    Ok(())
}

/// Ends every login of a user, except one that may be spared.
pub(super) fn revoke_all(
    connection: &Connection,
    username: &Username,
    spared: Option<&SessionId>,
) -> Result<usize, rusqlite::Error> {
    let sql = "DELETE FROM sessions WHERE username = ?1 AND id IS NOT ?2";
    connection.execute(sql, (username.as_str(), spared.map(SessionId::as_str)))
}

fn use_token(
    connection: &Connection,
    presented: &RefreshToken,
    asked: Option<&Scope>,
    lifetimes: Lifetimes,
    now: Timestamp,
) -> Result<Refreshed, StoreError> {
    let Some((row, session)) = find(connection, &presented.handle())? else {
        return Ok(Refreshed::Unknown);
    };
    match session.judge(&presented.digest(), asked, now) {
        Use::Rotate => {
            let successor = presented.successor();
            let ends_at = session.end_after_refresh(lifetimes, now);
            rotate(connection, row, presented, &successor, (now, ends_at))?;
            Ok(Refreshed::Granted(session, successor))
        }
        Use::Repeat(sealed) => {
            let successor = presented
                .open(sealed)
                .map_err(|_| StoreError::Corrupt("successor"))?;
            Ok(Refreshed::Repeated(session, successor))
        }
        Use::TooMuch => Ok(Refreshed::TooMuch),
        Use::Reuse => {
            delete(connection, row)?;
            Ok(Refreshed::Reused(session))
        }
        Use::Ended => Ok(Refreshed::Unknown),
    }
}

fn rotate(
    connection: &Connection,
    row: RowNumber,
    presented: &RefreshToken,
    successor: &RefreshToken,
    (now, ends_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let sealed = presented
        .seal(successor)
        .map_err(|_| StoreError::Corrupt("successor"))?;
    connection
        .prepare_cached(
            "UPDATE sessions
             SET current = ?2, replaced = ?3, replaced_at = ?5, successor = ?4, refreshed_at = ?5,
                 ends_at = ?6
             WHERE rowid = ?1",
        )?
        .execute((
            row,
            successor.digest().0,
            presented.digest().0,
            sealed.0,
            now.unix_millis(),
            ends_at.unix_millis(),
        ))?;
    Ok(())
}

fn insert(
    connection: &Connection,
    session: &Session,
    handle: &Handle,
    checked: &str,
) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO sessions (id, handle, username, audience, scope, created_at, refreshed_at,
                               ends_at, current)
         SELECT :id, :handle, name, :audience, :scope, :created_at, :created_at, :ends_at, :current
         FROM users WHERE name = :username AND state = 'enabled' AND password = :checked",
    )?;
    let inserted = statement.execute(named_params! {
        ":id": session.id.as_str(),
        ":handle": handle.0,
        ":username": session.username.as_str(),
        ":audience": session.audience,
        ":scope": session.scope.as_str(),
        ":created_at": session.created_at.unix_millis(),
        ":ends_at": session.ends_at.unix_millis(),
        ":current": session.current.0,
        ":checked": checked,
    })?;
    Ok(inserted == 1)
}

fn delete(connection: &Connection, row: RowNumber) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM sessions WHERE rowid = ?1")?
        .execute([row])?;
    Ok(())
}

const COLUMNS: &str = "id, username, audience, scope, created_at, refreshed_at, ends_at, current,
                       replaced, replaced_at, successor";

/// Finds a login again in the same transaction, without a look at an index.
type RowNumber = i64;

fn find(
    connection: &Connection,
    handle: &Handle,
) -> Result<Option<(RowNumber, Session)>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, rowid FROM sessions WHERE handle = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement
        .query_row([handle.0], |row| Ok((row.get(11)?, from_row(row))))
        .optional()?
        .map(|(number, session)| Ok((number, session?)))
        .transpose()
}

/// Columns by their place in [`COLUMNS`]: to find them by name costs more than to read them.
fn from_row(row: &Row<'_>) -> Result<Session, StoreError> {
    let moment = |column| row.get(column).map(Timestamp::from_unix_millis);
    let text = |column| row.get::<usize, String>(column);
    Ok(Session {
        id: SessionId::from_known(text(0)?),
        username: text(1)?
            .parse()
            .map_err(|_| StoreError::Corrupt("user name"))?,
        audience: text(2)?,
        scope: text(3)?.parse().map_err(|_| StoreError::Corrupt("scope"))?,
        created_at: moment(4)?,
        refreshed_at: moment(5)?,
        ends_at: moment(6)?,
        current: Digest(row.get(7)?),
        replaced: replaced(row)?,
    })
}

fn replaced(row: &Row<'_>) -> Result<Option<Replaced>, StoreError> {
    let Some(digest) = row.get(8)? else {
        return Ok(None);
    };
    Ok(Some(Replaced {
        digest: Digest(digest),
        at: Timestamp::from_unix_millis(row.get(9)?),
        successor: SealedSuccessor(row.get(10)?),
    }))
}
