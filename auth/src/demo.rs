//! The demo's users, whose passwords everybody knows.

use crate::account::{RegisterError, default_scope};
use crate::password::{HashError, Hasher, Password, PasswordProblem, Verdict};
use crate::service::Service;
use crate::store::{Store, StoreError};
use crate::user::{InvalidUsername, UserState, Username};

const USERS: [(&str, &str); 3] = [
    ("jack", "jack_password"),
    ("robert", "robert_password"),
    ("lina", "lina_password"),
];

/// Why the demo's users are not there, or are there and must not be.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A name of the list.
    #[error(transparent)]
    Name(#[from] InvalidUsername),
    /// A password of the list.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user cannot be added.
    #[error(transparent)]
    Add(#[from] RegisterError),
    /// The hashing.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A demo ran on this database, and its doors are open.
    #[error(
        "{0} is left over from --demo, with a password that everybody knows: start with another \
         database, or set another password (`auth users passwd {0}`) or delete it (`auth users \
         delete {0}`) before others can reach this service"
    )]
    LeftOver(Username),
}

/// Adds those that are not there; one that was changed or deleted stays so.
///
/// # Errors
/// The store or the hashing fails.
pub async fn add_users(service: &Service) -> Result<(), DemoError> {
    for (name, password) in USERS {
        let name: Username = name.parse()?;
        if service.store.user(&name).await?.is_some() {
            continue;
        }
        let password = Password::parse(password)?;
        match service.add_user(name, password, default_scope()).await {
            Ok(()) | Err(RegisterError::Taken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Makes sure that nobody can log in as one of them, for a service that others can reach.
///
/// # Errors
/// Somebody can, or the store or the hashing fails.
pub async fn refuse_left_over(store: &Store, hasher: &Hasher) -> Result<(), DemoError> {
    for (name, password) in USERS {
        let name: Username = name.parse()?;
        let user = store.user(&name).await?;
        let Some(user) = user.filter(|user| user.state == UserState::Enabled) else {
            continue;
        };
        let password = Password::parse(password)?;
        let verdict = hasher.verify(password, Some(user.password)).await?;
        if let Verdict::Right { .. } = verdict {
            return Err(DemoError::LeftOver(name));
        }
    }
    Ok(())
}
