//! Three of each service on one PostgreSQL, behind a balancer, while everything that can be done
//! to them is done: no request fails but those that met a database that was down.

mod customer;
mod next_version;
mod record;
pub(crate) mod site;
mod upgrade;

use std::{sync::Arc, time::Duration};

use chassis::database::postgres::testing::Cluster;
use e2e::{full_run, until};
use tokio::{task::JoinSet, time::Instant};

use self::customer::Customer;
use self::record::Record;
use self::site::{Service, Site};

/// What a full run takes at least.
const FULL_RUN: Duration = Duration::from_mins(1);

/// Between two replicas that are replaced.
const PAUSE: Duration = Duration::from_millis(300);

/// How long the database stays down.
const OUTAGE: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_lose_no_request_and_no_write_whatever_is_replaced_rotated_or_revoked() {
    let Some(mut cluster) = site::throw_away_cluster() else {
        return;
    };
    let mut site = Site::on(&cluster).await;
    let record = Arc::new(Record::default());
    let began = Instant::now();
    let customers = Customer::several_at_work(&site.addresses(), &record);
    let mut operators = JoinSet::new();
    operators.spawn(site.operator().watch(Arc::clone(&record)));
    let rounds = if full_run() { 5 } else { 1 };
    for round in 1..=rounds {
        replace_all(&mut site, Service::Auth, &record).await;
        site.operator().revoke_the_active_key(&record).await;
        replace_all(&mut site, Service::Posts, &record).await;
        if round == rounds / 2 + 1 {
            restart_the_database(&mut cluster, &site, &record).await;
        }
    }
    if full_run() {
        tokio::time::sleep_until(began + FULL_RUN).await;
    }
    until("one rotates that was not revoked", async || {
        record.rotations() > rounds
    })
    .await;
    record.end();
    let customers = customers.join_all().await;
    operators.join_all().await;
    println!("{}, in {:?}", record.summary(), began.elapsed());
    record.assert_that_nothing_failed();
    record.assert_that_somebody_missed_the_database();
    record.assert_that_one_key_signed_at_a_time();
    for customer in customers {
        customer.finds_exactly_what_was_acknowledged().await;
    }
    site.stop();
}

async fn replace_all(site: &mut Site, service: Service, record: &Record) {
    for place in 0..site::REPLICAS {
        record.replica_stops();
        site.replace(service, place).await;
        record.replica_has_stopped();
        tokio::time::sleep(PAUSE).await;
    }
}

/// Down from before the server stops until every replica says that it is ready again.
async fn restart_the_database(cluster: &mut Cluster, site: &Site, record: &Record) {
    record.database_goes_down();
    cluster.restart(OUTAGE);
    until("a replica misses the database", async || {
        !site.is_ready().await
    })
    .await;
    until("all are ready again", async || site.is_ready().await).await;
    record.database_is_back();
}
