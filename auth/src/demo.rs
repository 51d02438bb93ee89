//! The demo's users, whose passwords everybody knows.

use crate::account::{RegisterError, default_scope};
use crate::password::{Password, PasswordProblem};
use crate::service::Service;
use crate::store::StoreError;
use crate::user::{InvalidUsername, Username};

const USERS: [(&str, &str); 3] = [
    ("jack", "jack_password"),
    ("robert", "robert_password"),
    ("lina", "lina_password"),
];

/// Why the demo's users are not there.
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
