//! Proving who somebody is: a name, a password, and how often they may try.

use std::time::Duration;

use chassis::client_address::ClientAddress;

use crate::audit;
use crate::login::LoginError;
use crate::password::{HashedPassword, Password, Verdict};
use crate::service::Service;
use crate::store::StoreError;
use crate::throttle::{Attempt, Gate, Subject};
use crate::user::{GivenName, User, UserState};

/// How long an attempt waits for the verdicts of those before it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Somebody has shown who they are. Until it is forgiven, the attempt counts as a failure.
pub(crate) struct Proof {
    /// Who it is.
    pub(crate) user: User,
    /// What the attempt is counted under.
    pub(crate) subjects: Vec<Subject>,
    /// Others of this name hear of the verdict when this is dropped.
    _under_way: Attempt,
}

impl Service {
    /// Checks a name and a password at the cost of one hash, whoever it is.
    pub(crate) async fn prove(
        &self,
        name: &GivenName,
        password: Password,
        address: ClientAddress,
    ) -> Result<Proof, LoginError> {
        let user = self.find(name).await?;
        let known = user.as_ref().map(|user| &user.name);
        let subjects = Subject::of_attempt(name, address);
        let under_way = match self.admit(name, &subjects).await? {
            Ok(under_way) => under_way,
            Err(retry_after) => {
                audit::throttled(known, address);
                return Err(LoginError::Throttled { retry_after });
            }
        };
        let enabled = user
            .as_ref()
            .filter(|user| user.state == UserState::Enabled);
        let verdict = self.check(enabled, password, &subjects).await?;
        let (Some(user), Verdict::Right { upgrade }) = (enabled, verdict) else {
            audit::login_failed(known, address);
            return Err(LoginError::Refused);
        };
        let user = self.upgraded(user.clone(), upgrade).await?;
        Ok(Proof {
            user,
            subjects,
            _under_way: under_way,
        })
    }

    /// Forgets the failures that an attempt wipes out by its success.
    pub(crate) async fn forgive(&self, proof: &Proof) -> Result<(), StoreError> {
        self.store.forgive_failures(proof.subjects.clone()).await
    }

    async fn find(&self, name: &GivenName) -> Result<Option<User>, StoreError> {
        match name.username() {
            Some(name) => self.store.user(name).await,
            None => Ok(None),
        }
    }

    /// Counts the attempt, or says after what time one is allowed.
    async fn admit(
        &self,
        name: &GivenName,
        subjects: &[Subject],
    ) -> Result<Result<Attempt, Duration>, StoreError> {
        loop {
            let attempt = self.in_flight.begin(name);
            let (limits, now) = (self.logins.throttle, self.now());
            match self
                .store
                .count_attempt(subjects.to_vec(), limits, now)
                .await?
            {
                Gate::Open => return Ok(Ok(attempt)),
                Gate::ClosedUntil(opens) => {
                    if !attempt.wait_for_verdict(PATIENCE).await {
                        return Ok(Err(opens.since(now)));
                    }
                }
            }
        }
    }

    /// Nobody and a disabled user are both compared with nobody's hash. An attempt that could
    /// not be checked is no failure.
    async fn check(
        &self,
        enabled: Option<&User>,
        password: Password,
        subjects: &[Subject],
    ) -> Result<Verdict, LoginError> {
        let stored = enabled.map(|user| user.password.clone());
        match self.hasher.verify(password, stored).await {
            Ok(verdict) => Ok(verdict),
            Err(not_hashed) => {
                self.store.take_back_attempt(subjects.to_vec()).await?;
                Err(not_hashed.into())
            }
        }
    }

    async fn upgraded(
        &self,
        user: User,
        upgrade: Option<HashedPassword>,
    ) -> Result<User, LoginError> {
        let Some(password) = upgrade else {
            return Ok(user);
        };
        if self
            .store
            .upgrade_password(&user.name, &user.password, &password)
            .await?
        {
            Ok(User { password, ..user })
        } else {
            Err(LoginError::Refused)
        }
    }
}
