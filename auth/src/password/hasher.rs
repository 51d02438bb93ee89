//! Where passwords are hashed: a fixed number of threads, each with its own memory while there is
//! something to hash, and a bounded number of jobs waiting for them.

mod queue;

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use self::queue::{Next, Queue, Sender};
use super::hashed::Engine;
use super::{HashedPassword, Parameters, Password};
use crate::metric::{self, HashJob, HashWaiting};

/// How many may hash at once, and how hard.
#[derive(Clone, Copy, Debug)]
pub struct HasherSettings {
    /// The work of a new hash.
    pub parameters: Parameters,
    /// Threads.
    pub threads: NonZero<usize>,
    /// Jobs admitted for each thread, the running one included.
    pub jobs_per_thread: usize,
    /// How long a job may wait to be admitted.
    pub patience: Duration,
    /// How long a thread without work keeps its memory.
    pub keep_memory: Duration,
}

impl Default for HasherSettings {
    fn default() -> Self {
        Self {
            parameters: Parameters::default(),
            threads: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            jobs_per_thread: 8,
            patience: Duration::from_secs(2),
            keep_memory: Duration::from_secs(10),
        }
    }
}

/// The hashing threads. They end when the last clone is gone.
#[derive(Clone)]
pub struct Hasher {
    jobs: Arc<Sender<Job>>,
    places: Arc<Semaphore>,
    patience: Duration,
    dummy: HashedPassword,
    hashes_run: Arc<AtomicU64>,
}

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// More want to hash than there is room for.
    #[error("too many passwords are being checked at this moment")]
    Busy,
    /// The stored hash asks for what cannot be computed here.
    #[error("the password hash cannot be computed: {0}")]
    Hash(#[from] argon2::Error),
    /// The threads are gone.
    #[error("the hashing threads have ended")]
    Ended,
}

/// Why the threads could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The parameters are not possible.
    #[error("the password hash cannot be computed: {0}")]
    Hash(#[from] argon2::Error),
    /// The system gave no thread.
    #[error("no thread for hashing passwords: {0}")]
    Thread(#[from] std::io::Error),
}

/// What comparing a password with a stored one showed.
pub enum Verdict {
    /// It is another password.
    Wrong,
    /// It is the same.
    Right {
        /// A hash with today's parameters, when the stored one was made with others.
        upgrade: Option<HashedPassword>,
    },
}

/// A tenth of the share of a thread that answers requests, where both want a processor. The smaller
/// it is, the sooner a thread that wakes up gets one: with a third, every hundredth key set took four
/// to five times as long in a flood of logins as in quiet; with this two and a half to four, and a
/// tenth fewer were hashed.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce(&mut Engine) + Send>;

impl Hasher {
    /// Starts the threads and makes the hash that stands in for users who do not exist.
    ///
    /// # Errors
    /// Impossible parameters, or no thread to be had.
    pub fn start(settings: HasherSettings) -> Result<Self, StartError> {
        metric::hash_places(settings.threads.get() * settings.jobs_per_thread);
        let queue = Arc::new(Queue::default());
        let threads = settings.threads.get();
        for number in 0..threads {
            let engine = Engine::new(settings.parameters)?;
            let queue = Arc::clone(&queue);
            let name = format!("hash-{number}");
            std::thread::Builder::new()
                .name(name)
                .spawn(move || work(engine, &queue, settings.keep_memory))?;
        }
        Ok(Self {
            jobs: Arc::new(Sender::new(queue)),
            places: Arc::new(Semaphore::new(threads * settings.jobs_per_thread)),
            patience: settings.patience,
            dummy: dummy(settings.parameters)?,
            hashes_run: Arc::default(),
        })
    }

    /// Hashes a password that somebody chose.
    ///
    /// # Errors
    /// Above all: there was no room within the time that a job may wait.
    pub async fn hash(&self, password: Password) -> Result<HashedPassword, HashError> {
        let run = Arc::clone(&self.hashes_run);
        self.run(move |engine| {
            run.fetch_add(1, Ordering::Relaxed);
            engine.hash(&password)
        })
        .await
    }

    /// Compares a password with a stored one, or with none: that costs the same.
    ///
    /// # Errors
    /// Above all: there was no room within the time that a job may wait.
    pub async fn verify(
        &self,
        password: Password,
        stored: Option<HashedPassword>,
    ) -> Result<Verdict, HashError> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.dummy.clone());
        let run = Arc::clone(&self.hashes_run);
        self.run(move |engine| {
            run.fetch_add(1, Ordering::Relaxed);
            if !(engine.verify(&password, &stored)? && exists) {
                return Ok(Verdict::Wrong);
            }
            let outdated = !stored.is_made_with(engine.parameters());
            let upgrade = outdated.then(|| engine.hash(&password)).transpose()?;
            Ok(Verdict::Right { upgrade })
        })
        .await
    }

    /// How many hashes were begun since the start.
    #[must_use]
    pub fn hashes_run(&self) -> u64 {
        self.hashes_run.load(Ordering::Relaxed)
    }

    /// The place belongs to the job, not to the caller: when a client leaves, its hash runs on
    /// and must go on counting.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Engine) -> Result<T, argon2::Error> + Send + 'static,
    ) -> Result<T, HashError> {
        let waiting = HashWaiting::begin();
        let admission = Arc::clone(&self.places).acquire_owned();
        let Ok(Ok(place)) = tokio::time::timeout(self.patience, admission).await else {
            return Err(HashError::Busy);
        };
        drop(waiting);
        let measured = HashJob::begin();
        let (answer, result) = oneshot::channel();
        let job = Box::new(move |engine: &mut Engine| {
            let done = work(engine);
            drop((place, measured));
            let _ = answer.send(done);
        });
        self.jobs.send(job);
        Ok(result.await.map_err(|_| HashError::Ended)??)
    }
}

fn work(mut engine: Engine, queue: &Queue<Job>, keep_memory: Duration) {
    step_behind();
    while step(&mut engine, queue, keep_memory) {}
}

/// Does the next job, or rests when none comes. False: there will be none.
fn step(engine: &mut Engine, queue: &Queue<Job>, keep_memory: Duration) -> bool {
    let patience = (!engine.is_at_rest()).then_some(keep_memory);
    match queue.next(patience) {
        Next::Job(job) => job(engine),
        Next::Nothing => engine.rest(),
        Next::Ended => return false,
    }
    true
}

/// Gives this thread a smaller share of a processor that others want too: in a flood of logins
/// the key set and refreshes are answered first. A system that refuses changes nothing else.
fn step_behind() {
    let _ = rustix::process::setpriority_process(None, NICENESS);
}

/// Nobody knows its password: it is 128 random bits, written as text.
fn dummy(parameters: Parameters) -> Result<HashedPassword, argon2::Error> {
    let unknowable = format!("{:032x}", rand::random::<u128>());
    let password = Password::parse(&unknowable).map_err(|_| argon2::Error::PwdTooLong)?;
    Engine::new(parameters)?.hash(&password)
}

#[cfg(test)]
mod tests;
