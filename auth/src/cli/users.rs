//! `auth users add|list|passwd|disable|enable|delete`

use clap::Subcommand;
use serde::Serialize;
use token::{Clock, Scope};

use super::{CommandError, ask, table};
use crate::account::default_scope;
use crate::audit;
use crate::password::{HashedPassword, Hasher, HasherSettings};
use crate::store::{Added, Store, WhenAbsent};
use crate::user::{User, UserState, Username};

#[derive(Debug, Subcommand)]
pub(super) enum UsersCommand {
    /// Add a user; the password is asked for, or read from a pipe
    Add {
        /// The name; kept in lower case
        name: Username,
        /// What the user's logins may ask for, separated by commas; posts:read,posts:write by default
        #[arg(long, value_name = "SCOPES", value_parser = scopes, hide_env = true)]
        scopes: Option<Scope>,
    },
    /// List the users
    List {
        /// As JSON
        #[arg(long, hide_env = true)]
        json: bool,
    },
    /// Set another password; every login of the user ends
    Passwd {
        /// The name
        name: Username,
    },
    /// Bar a user from logging in; every login ends
    Disable {
        /// The name
        name: Username,
    },
    /// Let a disabled user log in again
    Enable {
        /// The name
        name: Username,
    },
    /// Delete a user for good; nobody can have the name again
    Delete {
        /// The name
        name: Username,
        /// Do not ask
        #[arg(long, hide_env = true)]
        yes: bool,
    },
}

impl UsersCommand {
    /// Only what adds something may begin in a new database.
    pub(super) const fn when_absent(&self) -> WhenAbsent {
        match self {
            Self::Add { .. } => WhenAbsent::Make,
            _ => WhenAbsent::Refuse,
        }
    }

    pub(super) async fn run(self, store: &Store, clock: &dyn Clock) -> Result<(), CommandError> {
        match self {
            Self::Add { name, scopes } => add(store, name, scopes, clock).await,
            Self::List { json } => list(store, json).await,
            Self::Passwd { name } => passwd(store, &name).await,
            Self::Disable { name } => set_state(store, &name, UserState::Disabled).await,
            Self::Enable { name } => set_state(store, &name, UserState::Enabled).await,
            Self::Delete { name, yes } => {
                let question = format!("Delete {name} for good? Nobody can have the name again.");
                ask::confirm(&question, yes)?;
                set_state(store, &name, UserState::Deleted).await
            }
        }
    }
}

/// A scope as a comma-separated list.
pub(super) fn scopes(list: &str) -> Result<Scope, String> {
    let tokens: Vec<_> = list
        .split(',')
        .map(str::trim)
        .filter(|token| !token.is_empty())
        .collect();
    tokens
        .join(" ")
        .parse()
        .map_err(|error: token::InvalidScope| error.to_string())
}

async fn add(
    store: &Store,
    name: Username,
    scopes: Option<Scope>,
    clock: &dyn Clock,
) -> Result<(), CommandError> {
    let user = User {
        password: new_password().await?,
        scope: scopes.unwrap_or_else(default_scope),
        state: UserState::Enabled,
        created_at: clock.now(),
        name: name.clone(),
    };
    match store.add_user(user).await? {
        Added::Done => audit::operated("user-added", &name),
        Added::Taken => {
            let why = "the name is taken, or was once; names are not used again";
            return Err(CommandError::Refused(why.to_owned()));
        }
    }
    Ok(())
}

async fn passwd(store: &Store, name: &Username) -> Result<(), CommandError> {
    let password = new_password().await?;
    if !store.set_password(name, &password).await? {
        return Err(no_such_user(name));
    }
    audit::operated("password-set", name);
    Ok(())
}

async fn set_state(store: &Store, name: &Username, state: UserState) -> Result<(), CommandError> {
    if !store.set_user_state(name, state).await? {
        return Err(no_such_user(name));
    }
    let event = match state {
        UserState::Enabled => "user-enabled",
        UserState::Disabled => "user-disabled",
        UserState::Deleted => "user-deleted",
    };
    audit::operated(event, name);
    Ok(())
}

async fn new_password() -> Result<HashedPassword, CommandError> {
    let password = ask::new_password()?;
    let one = HasherSettings {
        threads: std::num::NonZero::<usize>::MIN,
        ..Default::default()
    };
    Ok(Hasher::start(one)?.hash(password).await?)
}

fn no_such_user(name: &Username) -> CommandError {
    CommandError::Refused(format!("there is no user {name}"))
}

#[derive(Serialize)]
struct Listed {
    name: String,
    state: &'static str,
    scope: String,
    created_at: String,
}

async fn list(store: &Store, json: bool) -> Result<(), CommandError> {
    let users: Vec<_> = store.users().await?.into_iter().map(Listed::from).collect();
    if json {
        table::print_json(&users);
        return Ok(());
    }
    let rows: Vec<_> = users
        .into_iter()
        .map(|user| {
            [
                user.name,
                user.state.to_owned(),
                user.scope,
                user.created_at,
            ]
        })
        .collect();
    table::print(["NAME", "STATE", "SCOPE", "CREATED"], &rows);
    Ok(())
}

impl From<User> for Listed {
    fn from(user: User) -> Self {
        Self {
            name: user.name.to_string(),
            state: user.state.as_str(),
            scope: user.scope.to_string(),
            created_at: table::moment(user.created_at),
        }
    }
}
