//! Bringing the database to this program's schema, one process at a time.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::Client;

use super::Schema;
use super::connector::Connector;
use crate::database::{DatabaseError, migration};

/// Between two tries to reach a server.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn run(connector: &Connector, schema: Schema) -> Result<(), DatabaseError> {
    let history = history(&schema);
    let mut client = reach(connector).await?;
    let known = migration::newest(&schema.migrations);
    // A user who may not change the schema can serve one that is up to date.
    if is_current(&client, &history, known).await? {
        return Ok(());
    }
    lock(&client, &history).await?;
    if is_current(&client, &history, known).await? {
        return Ok(());
    }
    let mut migrations = schema.migrations;
    migrations.set_migration_table_name(&history);
    migrations
        .run_async(&mut client)
        .await
        .map_err(|error| DatabaseError::Migration(migration::told(&error)))?;
    Ok(())
}

/// The version there is.
pub(super) async fn version(connector: &Connector, schema: &Schema) -> Result<i64, DatabaseError> {
    let client = connector.client(None).await?;
    let found = found(&client, &history(schema)).await?;
    refuse_newer(found, migration::newest(&schema.migrations))?;
    Ok(found)
}

fn history(schema: &Schema) -> String {
    format!("{}_schema_history", schema.service)
}

async fn reach(connector: &Connector) -> Result<Client, DatabaseError> {
    let give_up = Instant::now() + connector.patience();
    loop {
        match connector.client(None).await {
            Err(DatabaseError::Unavailable(_)) if Instant::now() < give_up => {
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

async fn is_current(client: &Client, history: &str, known: i64) -> Result<bool, DatabaseError> {
    let found = found(client, history).await?;
    refuse_newer(found, known)?;
    Ok(found == known)
}

fn refuse_newer(found: i64, known: i64) -> Result<(), DatabaseError> {
    if found > known {
        return Err(DatabaseError::NewerSchema { found, known });
    }
    Ok(())
}

async fn found(client: &Client, history: &str) -> Result<i64, DatabaseError> {
    let exists = client
        .query_one("SELECT to_regclass($1) IS NOT NULL", &[&history])
        .await?;
    if !exists.get::<_, bool>(0) {
        return Ok(0);
    }
    let newest = format!("SELECT coalesce(max(version), 0)::bigint FROM {history}");
    Ok(client.query_one(&newest, &[]).await?.get(0))
}

/// Held until the connection ends. A migration may take as long as its table is large.
async fn lock(client: &Client, history: &str) -> Result<(), DatabaseError> {
    let unlimited = "SET statement_timeout = 0; SET lock_timeout = 0;
                     SET idle_in_transaction_session_timeout = 0";
    client.batch_execute(unlimited).await?;
    client
        .execute(
            "SELECT pg_advisory_lock(hashtextextended($1, 0))",
            &[&history],
        )
        .await?;
    Ok(())
}
