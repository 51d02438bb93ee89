//! Every call of the store, handed to the engine it is on.

use keystore::{Repository, RepositoryError, RingVersion, StoredRing, Swap};
use token::{Scope, Timestamp};

use super::{Added, Engine, Refreshed, Store, StoreError};
use crate::audit;
use crate::client::{Client, ClientId};
use crate::password::HashedPassword;
use crate::session::{Handle, Lifetimes, RefreshToken, Session, SessionId};
use crate::throttle::{Gate, Limits, Subject};
use crate::user::{User, UserState, Username};

macro_rules! on_its_engine {
    ($store:ident.$call:ident($($argument:expr),*)) => {
        match &$store.0 {
            Engine::Sqlite(engine) => engine.$call($($argument),*).await,
            Engine::Postgres(engine) => engine.$call($($argument),*).await,
        }
    };
}

/// Users.
impl Store {
    /// The user of this name, unless deleted.
    ///
    /// # Errors
    /// The database fails.
    pub async fn user(&self, name: &Username) -> Result<Option<User>, StoreError> {
        on_its_engine!(self.user(name))
    }

    /// Every user that is not deleted, by name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        on_its_engine!(self.users())
    }

    /// Adds a user, unless the name is or was somebody's.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_user(&self, user: User) -> Result<Added, StoreError> {
        on_its_engine!(self.add_user(user))
    }

    /// Replaces the hash of a password that stays the same. False: it has been changed meanwhile.
    ///
    /// # Errors
    /// The database fails.
    pub async fn upgrade_password(
        &self,
        name: &Username,
        from: &HashedPassword,
        to: &HashedPassword,
    ) -> Result<bool, StoreError> {
        on_its_engine!(self.upgrade_password(name, from, to))
    }

    /// Replaces the password that was checked by another, and ends every login of the user but
    /// `spared`. False: it has been changed meanwhile, and nothing is done.
    ///
    /// # Errors
    /// The database fails.
    pub async fn change_password(
        &self,
        name: &Username,
        checked: &HashedPassword,
        password: &HashedPassword,
        spared: Option<SessionId>,
    ) -> Result<bool, StoreError> {
        on_its_engine!(self.change_password(name, checked, password, spared))
    }

    /// Sets a password whatever it was, and ends every login of the user. False: no such user.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_password(
        &self,
        name: &Username,
        password: &HashedPassword,
    ) -> Result<bool, StoreError> {
        on_its_engine!(self.set_password(name, password))
    }

    /// Moves a user to another state; all but `Enabled` end every login, and `Deleted` is final
    /// and erases the password. False: no such user.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_user_state(
        &self,
        name: &Username,
        state: UserState,
    ) -> Result<bool, StoreError> {
        on_its_engine!(self.set_user_state(name, state))
    }
}

/// Confidential clients.
impl Store {
    /// The client with this id.
    ///
    /// # Errors
    /// The database fails.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        on_its_engine!(self.client(id))
    }

    /// Every client, by id.
    ///
    /// # Errors
    /// The database fails.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        on_its_engine!(self.clients())
    }

    /// Adds a client, unless the id is taken.
    ///
    /// # Errors
    /// The database fails.
    pub async fn add_client(&self, client: Client) -> Result<Added, StoreError> {
        on_its_engine!(self.add_client(client))
    }

    /// Bars a client from new tokens. False: there is no such client.
    ///
    /// # Errors
    /// The database fails.
    pub async fn disable_client(&self, id: &ClientId) -> Result<bool, StoreError> {
        on_its_engine!(self.disable_client(id))
    }
}

/// Logins that go on.
impl Store {
    /// Keeps a new login and forgets the failures before it, if the user is still enabled and
    /// still has the password that was checked. False: not so, and nothing is kept.
    ///
    /// # Errors
    /// The database fails.
    pub async fn begin_session(
        &self,
        session: Session,
        handle: Handle,
        checked: &HashedPassword,
        succeeded: Vec<Subject>,
    ) -> Result<bool, StoreError> {
        on_its_engine!(self.begin_session(session, handle, checked, succeeded))
    }

    /// Uses a refresh token, for all that its login may do or the part that is asked for: one
    /// transaction judges it and does what follows.
    ///
    /// # Errors
    /// The database fails.
    pub async fn refresh(
        &self,
        presented: RefreshToken,
        asked: Option<Scope>,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Refreshed, StoreError> {
        on_its_engine!(self.refresh(presented, asked, lifetimes, now))
    }

    /// Ends the login of a refresh token, whichever of its tokens it is.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_session(&self, token: &RefreshToken) -> Result<Option<Session>, StoreError> {
        on_its_engine!(self.end_session(token))
    }

    /// Ends every login of a user; says how many there were.
    ///
    /// # Errors
    /// The database fails.
    pub async fn revoke_sessions(&self, username: &Username) -> Result<usize, StoreError> {
        on_its_engine!(self.revoke_sessions(username))
    }

    /// Ends one login of a user. False: the user has no such login.
    ///
    /// # Errors
    /// The database fails.
    pub async fn revoke_session(
        &self,
        username: &Username,
        id: SessionId,
    ) -> Result<bool, StoreError> {
        on_its_engine!(self.revoke_session(username, id))
    }

    /// The logins that go on, of one user or of all, the oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sessions(
        &self,
        username: Option<&Username>,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        on_its_engine!(self.sessions(username, now))
    }

    /// Removes logins that have ended, without holding up a write.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forget_ended_sessions(&self, now: Timestamp) -> Result<(), StoreError> {
        on_its_engine!(self.forget_ended_sessions(now))
    }
}

/// Failed logins.
impl Store {
    /// Counts an attempt under every subject before it is made, unless one of them must wait.
    ///
    /// # Errors
    /// The database fails.
    pub async fn count_attempt(
        &self,
        subjects: Vec<Subject>,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Gate, StoreError> {
        on_its_engine!(self.count_attempt(subjects, limits, now))
    }

    /// Takes back an attempt that was counted and then not made.
    ///
    /// # Errors
    /// The database fails.
    pub async fn take_back_attempt(&self, subjects: Vec<Subject>) -> Result<(), StoreError> {
        on_its_engine!(self.take_back_attempt(subjects))
    }

    /// Forgets the failures of subjects whose attempt succeeded.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forgive_failures(&self, subjects: Vec<Subject>) -> Result<(), StoreError> {
        on_its_engine!(self.forgive_failures(subjects))
    }

    /// Removes counts that have no effect any more, a bounded number at a time; says how many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forget_old_failures(&self, now: Timestamp) -> Result<usize, StoreError> {
        on_its_engine!(self.forget_old_failures(now))
    }
}

impl Repository for Store {
    async fn load(&self) -> Result<StoredRing, RepositoryError> {
        on_its_engine!(self.load())
    }

    async fn swap(
        &self,
        expected: RingVersion,
        next: &StoredRing,
    ) -> Result<Swap, RepositoryError> {
        let before = self.load().await?;
        let swap = on_its_engine!(self.swap(expected, next))?;
        if swap == Swap::Done {
            audit::keys_changed(&before, next);
        }
        Ok(swap)
    }
}
