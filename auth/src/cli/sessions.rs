//! `auth sessions list|revoke`

use clap::Subcommand;
use serde::Serialize;
use token::Clock;

use super::{CommandError, table};
use crate::audit;
use crate::session::{Session, SessionId};
use crate::store::Store;
use crate::user::Username;

#[derive(Debug, Subcommand)]
pub(super) enum SessionsCommand {
    /// List the logins that go on
    List {
        /// Of this user only
        user: Option<Username>,
        /// As JSON
        #[arg(long, hide_env = true)]
        json: bool,
    },
    /// End the logins of a user; access tokens that are out live on until they expire
    Revoke {
        /// The user
        user: Username,
        /// Only this login
        #[arg(long, value_name = "ID", hide_env = true)]
        session: Option<String>,
    },
}

impl SessionsCommand {
    pub(super) async fn run(self, store: &Store, clock: &dyn Clock) -> Result<(), CommandError> {
        match self {
            Self::List { user, json } => list(store, user.as_ref(), json, clock).await,
            Self::Revoke {
                user,
                session: None,
            } => revoke_all(store, &user).await,
            Self::Revoke {
                user,
                session: Some(id),
            } => revoke_one(store, &user, SessionId::from_known(id)).await,
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
async fn revoke_all(store: &Store, user: &Username) -> Result<(), CommandError> {
    if store.user(user).await?.is_none() {
        return Err(CommandError::Refused(format!("there is no user {user}")));
    }
    let ended = store.revoke_sessions(user).await?;
    audit::operated("sessions-revoked", user);
    println!("{ended} ended");
    Ok(())
}

async fn revoke_one(store: &Store, user: &Username, id: SessionId) -> Result<(), CommandError> {
    if !store.revoke_session(user, id).await? {
        return Err(CommandError::Refused(format!("{user} has no such login")));
    }
    audit::operated("session-revoked", user);
    Ok(())
}

#[derive(Serialize)]
struct Listed {
    user: String,
    session: String,
    audience: String,
    scope: String,
    created_at: String,
    refreshed_at: String,
    ends_at: String,
}

async fn list(
    store: &Store,
    user: Option<&Username>,
    json: bool,
    clock: &dyn Clock,
) -> Result<(), CommandError> {
    let sessions = store.sessions(user, clock.now()).await?;
    let sessions: Vec<_> = sessions.into_iter().map(Listed::from).collect();
    if json {
        table::print_json(&sessions);
        return Ok(());
    }
    let rows: Vec<_> = sessions
        .into_iter()
        .map(|login| {
            let Listed {
                user,
                session,
                audience,
                created_at,
                refreshed_at,
                ends_at,
                ..
            } = login;
            [user, session, audience, created_at, refreshed_at, ends_at]
        })
        .collect();
    table::print(
        ["USER", "SESSION", "AUDIENCE", "BEGAN", "REFRESHED", "ENDS"],
        &rows,
    );
    Ok(())
}

impl From<Session> for Listed {
    fn from(session: Session) -> Self {
        Self {
            user: session.username.to_string(),
            session: session.id.to_string(),
            audience: session.audience,
            scope: session.scope.to_string(),
            created_at: table::moment(session.created_at),
            refreshed_at: table::moment(session.refreshed_at),
            ends_at: table::moment(session.ends_at),
        }
    }
}
