//! What single operations cost a thread of this process: the yardsticks of the ratios.

use std::{fs::File, hint::black_box, os::unix::fs::FileExt as _, path::Path, pin::Pin};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};
use futures_util::future::try_join_all;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tokio::runtime::{self, Runtime};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::{
    clock,
    failure::{Failure, Result, While as _},
};

/// One operation, ready to be repeated.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    times: u32,
    run: Box<dyn FnMut() -> Result<()>>,
}

impl Operation {
    /// Microseconds of CPU time for one, over a batch after a warm-up.
    pub(crate) fn measure(&mut self) -> Result<f64> {
        for _ in 0..=self.times / 10 {
            (self.run)()?;
        }
        let before = clock::thread_cpu();
        for _ in 0..self.times {
            (self.run)()?;
        }
        let used = clock::thread_cpu().saturating_sub(before);
        Ok(used.as_secs_f64() * 1e6 / f64::from(self.times))
    }
}

/// A password hash with the parameters of `auth`, in memory that is kept.
pub(crate) fn hash() -> Result<Operation> {
    let params = Params::new(19456, 2, 1, None).while_doing("setting up Argon2id")?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let run = move || {
        let mut hash = [0; 32];
        argon2
            .hash_password_into_with_memory(b"jack_password", &[7; 16], &mut hash, &mut memory)
            .while_doing("hashing")?;
        black_box(hash);
        Ok(())
    };
    Ok(operation("one Argon2id hash (19456 KiB, t=2, p=1)", 5, run))
}

/// An RSA-2048 signature with a held key, over a message as long as a token's.
pub(crate) fn sign() -> Result<Operation> {
    let (pair, message) = (new_pair()?, message());
    let run = move || {
        black_box(signature(&pair, &message)?);
        Ok(())
    };
    Ok(operation("one RSA-2048 signature, key held", 96, run))
}

/// A page written and flushed to the disk, in a file that does not grow: what a commit costs at the
/// least, however many share it.
pub(crate) fn flush(path: &Path) -> Result<Operation> {
    const PAGE: [u8; 4096] = [7; 4096];
    const PAGES: u64 = 1024;
    let file = File::create(path).while_doing("making a file to flush")?;
    let offset = |page: u64| page % PAGES * 4096;
    for page in 0..PAGES {
        file.write_all_at(&PAGE, offset(page))?;
    }
    file.sync_all()?;
    let mut next = 0;
    let run = move || {
        file.write_all_at(&PAGE, offset(next))?;
        next += 1;
        Ok(file.sync_data()?)
    };
    Ok(operation(
        "one page written and flushed to the disk",
        60,
        run,
    ))
}

/// The verification of one, with a held key.
pub(crate) fn verify() -> Result<Operation> {
    let signed = Signed::new()?;
    let run = move || signed.verify();
    Ok(operation("one RSA-2048 verification, key held", 5_000, run))
}

/// A message, its signature, and the key that verifies it.
pub(crate) struct Signed {
    message: Vec<u8>,
    signature: Vec<u8>,
    key: ParsedPublicKey,
}

impl Signed {
    pub(crate) fn new() -> Result<Self> {
        let (pair, message) = (new_pair()?, message());
        let der: PublicKeyX509Der<'_> =
            pair.public_key().as_der().while_doing("encoding the key")?;
        Ok(Self {
            signature: signature(&pair, &message)?,
            key: ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref())
                .while_doing("reading the key")?,
            message,
        })
    }

    pub(crate) fn verify(&self) -> Result<()> {
        self.key
            .verify_sig(&self.message, &self.signature)
            .while_doing("verifying")
    }
}

/// The query behind `GET /api/posts`, as `posts` makes it, on a database of its.
pub(crate) fn query(database: &Path) -> Result<Operation> {
    let connection = open(database)?;
    let run = move || {
        let mut statement = connection.prepare_cached(
            "SELECT id, title, body, author, created_at, updated_at FROM posts
             WHERE author = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        )?;
        let mut rows = statement.query(("jack", [0_u8; 16], 21))?;
        while let Some(row) = rows.next()? {
            let id: [u8; 16] = row.get(0)?;
            let texts = (
                row.get_ref(1)?.as_str()?,
                row.get_ref(2)?.as_str()?,
                row.get_ref(3)?.as_str()?,
            );
            let times: (i64, i64) = (row.get(4)?, row.get(5)?);
            black_box((id, texts, times));
        }
        Ok(())
    };
    Ok(operation(
        "one SQLite query for two posts, prepared",
        5_000,
        run,
    ))
}

/// A connection with the settings of a reader in `posts`.
fn open(database: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).while_doing("opening posts")?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA mmap_size = 1073741824; PRAGMA cache_size = -8192;
         PRAGMA query_only = ON;",
    )?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// The query behind `GET /api/posts` on PostgreSQL, as `posts` makes it: prepared, and many in a
/// pipeline on one connection.
pub(crate) struct PostgresQuery {
    runtime: Runtime,
    client: Client,
    connection: Pin<Box<dyn Future<Output = std::result::Result<(), tokio_postgres::Error>>>>,
    statement: Statement,
}

/// Batches of queries that are asked together.
const BATCHES: u32 = 60;

impl PostgresQuery {
    /// Connects by the socket in a folder.
    pub(crate) fn prepare(socket: &Path) -> Result<Self> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut config = tokio_postgres::Config::new();
        config.host_path(socket).user("postgres").dbname("postgres");
        let (client, connection) = runtime.block_on(config.connect(NoTls))?;
        let mut connection = Box::pin(connection);
        let sql = "SELECT id, title, body, author, created_at, updated_at FROM posts
                   WHERE author = $1 AND id > $2 ORDER BY id LIMIT $3";
        let prepared = runtime.block_on(beside(&mut connection, client.prepare(sql)))?;
        Ok(Self {
            runtime,
            statement: prepared?,
            client,
            connection,
        })
    }

    /// Microseconds of this thread's CPU time for one query, and how many there were.
    pub(crate) fn measure(&mut self) -> Result<(f64, u32)> {
        let before = clock::thread_cpu();
        for _ in 0..BATCHES {
            self.batch()?;
        }
        let used = clock::thread_cpu().saturating_sub(before);
        let times = BATCHES * 32;
        Ok((used.as_secs_f64() * 1e6 / f64::from(times), times))
    }

    fn batch(&mut self) -> Result<()> {
        let (client, statement) = (&self.client, &self.statement);
        let one = async || {
            let rows = client
                .query(statement, &[&"jack", &Uuid::nil(), &21_i64])
                .await?;
            for row in rows {
                let id: Uuid = row.try_get(0)?;
                let texts: (&[u8], &[u8], &str) =
                    (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
                let times: (i64, i64) = (row.try_get(4)?, row.try_get(5)?);
                black_box((id, texts, times));
            }
            Ok::<(), tokio_postgres::Error>(())
        };
        let all = try_join_all((0..32).map(|_| one()));
        self.runtime.block_on(beside(&mut self.connection, all))??;
        Ok(())
    }
}

/// Does `work` while the connection carries it.
async fn beside<T>(
    connection: &mut Pin<
        Box<impl Future<Output = std::result::Result<(), tokio_postgres::Error>> + ?Sized>,
    >,
    work: impl Future<Output = T>,
) -> Result<T> {
    tokio::select! {
        done = work => Ok(done),
        ended = connection => {
            ended?;
            Err(Failure::new("PostgreSQL closed the connection"))
        }
    }
}

fn new_pair() -> Result<KeyPair> {
    KeyPair::generate(KeySize::Rsa2048).while_doing("making a key")
}

fn signature(pair: &KeyPair, message: &[u8]) -> Result<Vec<u8>> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message,
        &mut signature,
    )
    .while_doing("signing")?;
    Ok(signature)
}

fn message() -> Vec<u8> {
    vec![b'a'; 480]
}

fn operation(
    name: &'static str,
    times: u32,
    run: impl FnMut() -> Result<()> + 'static,
) -> Operation {
    let run = Box::new(run);
    Operation { name, times, run }
}
