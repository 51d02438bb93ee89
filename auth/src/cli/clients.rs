//! `auth clients add|list|disable`

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use token::{Clock, Scope};

use super::users::scopes;
use super::{CommandError, table};
use crate::account::default_scope;
use crate::audit;
use crate::client::{Client, ClientId, ClientSecret};
use crate::store::{Added, Store, WhenAbsent};

#[derive(Debug, Subcommand)]
pub(super) enum ClientsCommand {
    /// Add a program; its secret is shown this once
    Add {
        /// The name; the client id is NAME@clients
        name: ClientId,
        /// What the program may ask for, separated by commas; posts:read,posts:write by default
        #[arg(long, value_name = "SCOPES", value_parser = scopes, hide_env = true)]
        scopes: Option<Scope>,
        /// As JSON
        #[arg(long, hide_env = true)]
        json: bool,
    },
    /// List the programs
    List {
        /// As JSON
        #[arg(long, hide_env = true)]
        json: bool,
    },
    /// Bar a program from new tokens
    Disable {
        /// The name or client id
        name: ClientId,
    },
}

impl ClientsCommand {
    /// Only what adds something may begin in a new database.
    pub(super) const fn when_absent(&self) -> WhenAbsent {
        match self {
            Self::Add { .. } => WhenAbsent::Make,
            _ => WhenAbsent::Refuse,
        }
    }

    pub(super) async fn run(self, store: &Store, clock: &dyn Clock) -> Result<(), CommandError> {
        match self {
            Self::Add { name, scopes, json } => add(store, name, scopes, json, clock).await,
            Self::List { json } => list(store, json).await,
            Self::Disable { name } => disable(store, &name).await,
        }
    }
}

async fn add(
    store: &Store,
    id: ClientId,
    scopes: Option<Scope>,
    json: bool,
    clock: &dyn Clock,
) -> Result<(), CommandError> {
    let secret = ClientSecret::generate();
    let client = Client {
        id: id.clone(),
        secret: secret.digest(),
        scope: scopes.unwrap_or_else(default_scope),
        enabled: true,
        created_at: clock.now(),
    };
    if store.add_client(client).await? == Added::Taken {
        return Err(CommandError::Refused(format!(
            "there is a client {id} already"
        )));
    }
    audit::operated("client-added", &id);
    show(&id, &secret, json);
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "the result of a command, and the secret's only showing"
)]
fn show(id: &ClientId, secret: &ClientSecret, json: bool) {
    if json {
        let shown = json!({ "client_id": id.as_str(), "client_secret": secret.expose() });
        println!("{shown}");
    } else {
        println!("client_id      {id}\nclient_secret  {}", secret.expose());
        println!("The secret is not shown again.");
    }
}

async fn disable(store: &Store, id: &ClientId) -> Result<(), CommandError> {
    if !store.disable_client(id).await? {
        return Err(CommandError::Refused(format!("there is no client {id}")));
    }
    audit::operated("client-disabled", id);
    Ok(())
}

#[derive(Serialize)]
struct Listed {
    client_id: String,
    state: &'static str,
    scope: String,
    created_at: String,
}

async fn list(store: &Store, json: bool) -> Result<(), CommandError> {
    let clients: Vec<_> = store
        .clients()
        .await?
        .into_iter()
        .map(Listed::from)
        .collect();
    if json {
        table::print_json(&clients);
        return Ok(());
    }
    let rows: Vec<_> = clients
        .into_iter()
        .map(|client| {
            [
                client.client_id,
                client.state.to_owned(),
                client.scope,
                client.created_at,
            ]
        })
        .collect();
    table::print(["CLIENT ID", "STATE", "SCOPE", "CREATED"], &rows);
    Ok(())
}

impl From<Client> for Listed {
    fn from(client: Client) -> Self {
        Self {
            client_id: client.id.to_string(),
            state: if client.enabled {
                "enabled"
            } else {
                "disabled"
            },
            scope: client.scope.to_string(),
            created_at: table::moment(client.created_at),
        }
    }
}
