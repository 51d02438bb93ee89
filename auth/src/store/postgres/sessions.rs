//! The table of logins that go on.

use chassis::database::DatabaseError;
use chassis::database::postgres::{Row, Transaction};
use token::{Scope, Timestamp};

use super::{PostgresStore, failures};
use crate::password::HashedPassword;
use crate::session::{
    Digest, Handle, Lifetimes, RefreshToken, Replaced, SealedSuccessor, Session, SessionId, Use,
};
use crate::store::{Refreshed, StoreError};
use crate::throttle::Subject;
use crate::user::Username;

/// Attempts before a refresh is given up: each failure means that another one succeeded.
const MOST_ATTEMPTS: usize = 64;

/// Holds the user as it was checked until the login is there.
const BEGIN: &str = "INSERT INTO sessions (id, handle, username, audience, scope, created_at,
                                           refreshed_at, ends_at, current)
    SELECT $1, $2, name, $4, $5, $6, $6, $7, $8
    FROM users WHERE name = $3 AND state = 'enabled' AND password = $9 FOR SHARE";

/// A refresh is a compare-and-swap on the token that is good now.
const ROTATE: &str = "UPDATE sessions
    SET current = $2, replaced = $3, replaced_at = $4, successor = $5, refreshed_at = $4,
        ends_at = $6
    WHERE id = $1 AND current = $3";

const FIND: &str = "SELECT id, username, audience, scope, created_at, refreshed_at, ends_at,
                           current, replaced, replaced_at, successor
    FROM sessions WHERE handle = $1";

const LIST: &str = "SELECT id, username, audience, scope, created_at, refreshed_at, ends_at,
                           current, replaced, replaced_at, successor
    FROM sessions WHERE ends_at > $1 AND ($2::text IS NULL OR username = $2)
    ORDER BY created_at, id";

const END: &str = "DELETE FROM sessions WHERE handle = $1
    RETURNING id, username, audience, scope, created_at, refreshed_at, ends_at,
              current, replaced, replaced_at, successor";

/// A bounded number at a time, and none that somebody is about to refresh.
const FORGET: &str = "DELETE FROM sessions WHERE id IN
    (SELECT id FROM sessions WHERE ends_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED)";

impl PostgresStore {
    pub(in crate::store) async fn begin_session(
        &self,
        session: Session,
        handle: Handle,
        checked: &HashedPassword,
        succeeded: Vec<Subject>,
    ) -> Result<bool, StoreError> {
        let transaction = self.postgres.begin().await?;
        if !insert(&transaction, &session, &handle, checked).await? {
            transaction.roll_back().await?;
            return Ok(false);
        }
        failures::forgive(&transaction, &succeeded).await?;
        transaction.commit().await?;
        Ok(true)
    }

    pub(in crate::store) async fn refresh(
        &self,
        presented: RefreshToken,
        asked: Option<Scope>,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Refreshed, StoreError> {
        for _ in 0..MOST_ATTEMPTS {
            let Some(session) = self.find(&presented.handle()).await? else {
                return Ok(Refreshed::Unknown);
            };
            match session.judge(&presented.digest(), asked.as_ref(), now) {
                Use::Rotate => {
                    let successor = presented.successor();
                    let ends_at = session.end_after_refresh(lifetimes, now);
                    if self
                        .rotate(&session.id, &presented, &successor, (now, ends_at))
                        .await?
                    {
                        return Ok(Refreshed::Granted(session, successor));
                    }
                }
                Use::Repeat(sealed) => {
                    let successor = presented
                        .open(sealed)
                        .map_err(|_| StoreError::Corrupt("successor"))?;
                    return Ok(Refreshed::Repeated(session, successor));
                }
                Use::TooMuch => return Ok(Refreshed::TooMuch),
                Use::Reuse => {
                    let sql = "DELETE FROM sessions WHERE id = $1";
                    self.postgres.write(sql, &[&session.id.as_str()]).await?;
                    return Ok(Refreshed::Reused(session));
                }
                Use::Ended => return Ok(Refreshed::Unknown),
            }
        }
        let contended = DatabaseError::Unavailable("too many refreshes at once".into());
        Err(contended.into())
    }

    pub(in crate::store) async fn end_session(
        &self,
        token: &RefreshToken,
    ) -> Result<Option<Session>, StoreError> {
        let handle = token.handle();
        let ended = self
            .postgres
            .write_returning(END, &[&handle.0.as_slice()])
            .await?;
        ended.first().map(from_row).transpose()
    }

    pub(in crate::store) async fn revoke_sessions(
        &self,
        username: &Username,
    ) -> Result<usize, StoreError> {
        let sql = "DELETE FROM sessions WHERE username = $1";
        let ended = self.postgres.write(sql, &[&username.as_str()]).await?;
        Ok(usize::try_from(ended).unwrap_or(usize::MAX))
    }

    pub(in crate::store) async fn revoke_session(
        &self,
        username: &Username,
        id: SessionId,
    ) -> Result<bool, StoreError> {
        let sql = "DELETE FROM sessions WHERE username = $1 AND id = $2";
        let ended = self
            .postgres
            .write(sql, &[&username.as_str(), &id.as_str()])
            .await?;
        Ok(ended == 1)
    }

    pub(in crate::store) async fn sessions(
        &self,
        username: Option<&Username>,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let username = username.map(Username::as_str);
        let rows = self
            .postgres
            .read(LIST, &[&now.unix_millis(), &username])
            .await?;
        rows.iter().map(from_row).collect()
    }

    pub(in crate::store) async fn forget_ended_sessions(
        &self,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        while self.postgres.write(FORGET, &[&now.unix_millis()]).await? > 0 {}
        Ok(())
    }

    async fn find(&self, handle: &Handle) -> Result<Option<Session>, StoreError> {
        let row = self
            .postgres
            .read_first(FIND, &[&handle.0.as_slice()])
            .await?;
        row.as_ref().map(from_row).transpose()
    }

    /// False: another use of the token was first.
    async fn rotate(
        &self,
        id: &SessionId,
        presented: &RefreshToken,
        successor: &RefreshToken,
        (now, ends_at): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let sealed = presented
            .seal(successor)
            .map_err(|_| StoreError::Corrupt("successor"))?;
        let rotated = self
            .postgres
            .write(
                ROTATE,
                &[
                    &id.as_str(),
                    &successor.digest().0.as_slice(),
                    &presented.digest().0.as_slice(),
                    &now.unix_millis(),
                    &sealed.0,
                    &ends_at.unix_millis(),
                ],
            )
            .await?;
        Ok(rotated == 1)
    }
}

/// Ends every login of a user, except one that may be spared.
pub(super) async fn revoke_all(
    transaction: &Transaction,
    username: &Username,
    spared: Option<&SessionId>,
) -> Result<u64, DatabaseError> {
    let sql = "DELETE FROM sessions WHERE username = $1 AND id IS DISTINCT FROM $2";
    let spared = spared.map(SessionId::as_str);
    transaction
        .execute(sql, &[&username.as_str(), &spared])
        .await
}

async fn insert(
    transaction: &Transaction,
    session: &Session,
    handle: &Handle,
    checked: &HashedPassword,
) -> Result<bool, DatabaseError> {
    let inserted = transaction
        .execute(
            BEGIN,
            &[
                &session.id.as_str(),
                &handle.0.as_slice(),
                &session.username.as_str(),
                &session.audience,
                &session.scope.as_str(),
                &session.created_at.unix_millis(),
                &session.ends_at.unix_millis(),
                &session.current.0.as_slice(),
                &checked.to_stored(),
            ],
        )
        .await?;
    Ok(inserted == 1)
}

fn from_row(row: &Row) -> Result<Session, StoreError> {
    let moment = |column| row.try_get(column).map(Timestamp::from_unix_millis);
    let text = |column| row.try_get::<_, &str>(column);
    Ok(Session {
        id: SessionId::from_known(text("id")?),
        username: text("username")?
            .parse()
            .map_err(|_| StoreError::Corrupt("user name"))?,
        audience: text("audience")?.to_owned(),
        scope: text("scope")?
            .parse()
            .map_err(|_| StoreError::Corrupt("scope"))?,
        created_at: moment("created_at")?,
        refreshed_at: moment("refreshed_at")?,
        ends_at: moment("ends_at")?,
        current: digest(row.try_get("current")?)?,
        replaced: replaced(row)?,
    })
}

fn replaced(row: &Row) -> Result<Option<Replaced>, StoreError> {
    let Some(bytes) = row.try_get("replaced")? else {
        return Ok(None);
    };
    Ok(Some(Replaced {
        digest: digest(bytes)?,
        at: Timestamp::from_unix_millis(row.try_get("replaced_at")?),
        successor: SealedSuccessor(row.try_get("successor")?),
    }))
}

fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    let bytes = bytes.try_into();
    Ok(Digest(
        bytes.map_err(|_| StoreError::Corrupt("token digest"))?,
    ))
}
