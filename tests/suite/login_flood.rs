//! A flood of logins: memory stays bounded, and whoever wants something else is answered.

use std::{
    collections::BTreeMap,
    fs, io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use e2e::{Client, Program, full_run, login_body};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

/// All that the service may take.
const MEMORY: usize = 256 * 1024 * 1024;

/// How many times slower than in quiet the slowest hundredth of other answers may be.
const SLOWER: u32 = 5;

/// Between two questions of somebody who is not part of the flood.
const PAUSE: Duration = Duration::from_millis(5);

/// Where the logins of a flood come from, and whom they are for.
#[derive(Clone, Copy, Debug)]
enum Flood {
    /// Each has an address and a name of its own: the hashing threads alone slow it.
    FromEverywhere,
    /// All have one address and one name: the throttle answers nearly all.
    FromOnePlace,
}

#[tokio::test]
async fn a_flood_of_logins_from_everywhere_stops_nobody_else() {
    withstand(Flood::FromEverywhere).await;
}

#[tokio::test]
async fn a_flood_of_logins_from_one_place_stops_nobody_else() {
    withstand(Flood::FromOnePlace).await;
}

/// The short run proves the bounds. The long one proves how fast the others are answered as well,
/// for which the machine must have nothing else to do.
#[expect(clippy::print_stderr, reason = "what was measured")]
async fn withstand(flood: Flood) {
    let (attackers, quiet, flooded) = if full_run() {
        (500, 10, 20)
    } else {
        (100, 1, 2)
    };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let options = [
        "--demo",
        "--trusted-proxies=127.0.0.0/8",
        "--log=info,audit=off",
    ];
    let auth = Program::serve("auth", folder.path(), &options);
    let limit = MemoryLimit::on(&auth);
    let bystander = Bystander::arrive(&auth.url()).await;
    let before = bystander.ask_for(Duration::from_secs(quiet)).await;
    let attack = Attack::begin(flood, attackers, &auth.url());
    let during = bystander.ask_for(Duration::from_secs(flooded)).await;
    attack.until_answered_more_often_than(attackers).await;
    let statuses = attack.end();
    let peak = peak_memory(&auth);
    eprintln!(
        "{flood:?}, {attackers} at once ({}): quiet {before:?}, flooded {during:?}, \
         answers {statuses:?}, peak {} MiB",
        limit
            .as_ref()
            .map_or("no memory limit here", |_| "memory limit"),
        peak / 1024 / 1024,
    );
    assert!(peak <= MEMORY, "{peak} bytes");
    let known = |status: &u16| [200, 401, 429, 503].contains(status);
    assert!(statuses.keys().all(known), "{statuses:?}");
    assert!(statuses.values().sum::<usize>() > attackers, "{statuses:?}");
    assert!(auth.stop().success(), "it was killed");
    if full_run() {
        during.keep_up_with(before);
    }
}

/// Somebody who reads the key set and goes on with a login, over and over, and is never refused.
struct Bystander {
    client: Client,
    url: String,
    refresh_token: Mutex<String>,
}

/// What a hundredth of the answers took longer than.
#[derive(Clone, Copy, Debug)]
struct SlowestHundredth {
    key_set: Duration,
    refresh: Duration,
}

impl Bystander {
    async fn arrive(url: &str) -> Self {
        let client = Client::new();
        let login = format!("{url}/api/login");
        let answer = client
            .send(Method::POST, &login, None, Some(&login_body("lina")))
            .await;
        Self {
            client,
            url: url.to_owned(),
            refresh_token: Mutex::new(refresh_token(&answer.json())),
        }
    }

    async fn ask_for(&self, time: Duration) -> SlowestHundredth {
        let until = Instant::now() + time;
        let (key_set, refresh) = tokio::join!(
            slowest_hundredth(until, async || self.read_key_set().await),
            slowest_hundredth(until, async || self.refresh().await),
        );
        SlowestHundredth { key_set, refresh }
    }

    async fn read_key_set(&self) {
        let answer = self
            .client
            .get(&format!("{}/.well-known/jwks.json", self.url), None)
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    async fn refresh(&self) {
        let held = self.refresh_token.lock().expect("no holder panics").clone();
        let body = json!({ "refresh_token": held });
        let url = format!("{}/api/refresh", self.url);
        let answer = self
            .client
            .send(Method::POST, &url, None, Some(&body))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        *self.refresh_token.lock().expect("no holder panics") = refresh_token(&answer.json());
    }
}

impl SlowestHundredth {
    fn keep_up_with(self, quiet: Self) {
        assert!(
            self.key_set <= quiet.key_set * SLOWER,
            "key set: {self:?} after {quiet:?}"
        );
        assert!(
            self.refresh <= quiet.refresh * SLOWER,
            "refresh: {self:?} after {quiet:?}"
        );
    }
}

async fn slowest_hundredth(until: Instant, question: impl AsyncFn()) -> Duration {
    let mut took = Vec::new();
    while Instant::now() < until {
        let asked = Instant::now();
        question().await;
        took.push(asked.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

fn refresh_token(login: &Value) -> String {
    login["refresh_token"]
        .as_str()
        .expect("a login has a refresh token")
        .to_owned()
}

/// Attackers on a thread of their own; each logs in again as soon as it is answered.
struct Attack {
    answers: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    thread: thread::JoinHandle<BTreeMap<u16, usize>>,
}

impl Attack {
    fn begin(flood: Flood, attackers: usize, url: &str) -> Self {
        let (answers, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (count, stop) = (Arc::clone(&answers), Arc::clone(&over));
        let url = format!("{url}/api/login");
        let thread = thread::spawn(move || {
            // They are on other machines really; on this one they take the time that is left.
            let _ = rustix::process::setpriority_process(None, 15);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime
                .expect("a runtime can be built")
                .block_on(attack(flood, attackers, url, count, stop))
        });
        Self {
            answers,
            over,
            thread,
        }
    }

    /// Where the machine has much else to do, the attackers take longer to be a flood.
    async fn until_answered_more_often_than(&self, attackers: usize) {
        let answered = async {
            while self.answers.load(Ordering::Relaxed) <= attackers {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_mins(2), answered).await;
        in_time.expect("the logins of a flood are answered");
    }

    /// How often each status was answered.
    fn end(self) -> BTreeMap<u16, usize> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("no attacker panics")
    }
}

async fn attack(
    flood: Flood,
    attackers: usize,
    url: String,
    answers: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
) -> BTreeMap<u16, usize> {
    let (client, tries) = (Client::new(), Arc::new(AtomicUsize::new(0)));
    let mut all = JoinSet::new();
    for _ in 0..attackers {
        let (client, tries) = (client.clone(), Arc::clone(&tries));
        let (url, answers, over) = (url.clone(), Arc::clone(&answers), Arc::clone(&over));
        all.spawn(async move {
            let mut statuses = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let number = tries.fetch_add(1, Ordering::Relaxed);
                statuses.push(attempt(&client, &url, flood, number).await);
                answers.fetch_add(1, Ordering::Relaxed);
            }
            statuses
        });
    }
    let mut counts = BTreeMap::new();
    for status in all.join_all().await.into_iter().flatten() {
        *counts.entry(status).or_default() += 1;
    }
    counts
}

async fn attempt(client: &Client, url: &str, flood: Flood, number: usize) -> u16 {
    let (address, name) = match flood {
        Flood::FromEverywhere => (number, number),
        Flood::FromOnePlace => (0, 0),
    };
    let address = format!(
        "10.{}.{}.{}",
        address >> 16 & 255,
        address >> 8 & 255,
        address & 255
    );
    let body = json!({ "username": format!("nobody{name}"), "password": "a wrong password" });
    let request = client
        .request(Method::POST, url)
        .header("x-forwarded-for", address);
    let request = request
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = request.send().await.expect("every login is answered");
    let status = answer.status().as_u16();
    answer.bytes().await.expect("every answer is whole");
    status
}

/// The most that the process ever had in memory, in bytes.
fn peak_memory(program: &Program) -> usize {
    of_status(program, "VmHWM:")
}

fn of_status(program: &Program, line: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", program.pid()));
    let status = status.expect("the process lives");
    let found = status.lines().find_map(|found| found.strip_prefix(line));
    let kib = found.and_then(|value| value.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.parse::<usize>().ok())
        .expect("a size in kB")
        * 1024
}

/// A control group that kills a process over the limit, where this machine lets us make one.
struct MemoryLimit(PathBuf);

impl MemoryLimit {
    /// What the process has already stays charged to where it began.
    fn on(program: &Program) -> Option<Self> {
        let rest = MEMORY - of_status(program, "VmRSS:");
        let versions = [("memory", "memory.limit_in_bytes"), ("", "memory.max")];
        versions.into_iter().find_map(|(hierarchy, limit)| {
            let name = format!("auth-flood-{}", program.pid());
            let group = PathBuf::from("/sys/fs/cgroup").join(hierarchy).join(name);
            let group = Self::make(group)?;
            group.set(limit, &rest).ok()?;
            group.set("cgroup.procs", &program.pid()).ok()?;
            Some(group)
        })
    }

    fn make(group: PathBuf) -> Option<Self> {
        fs::create_dir(&group).ok().map(|()| Self(group))
    }

    fn set(&self, file: &str, value: &impl ToString) -> io::Result<()> {
        fs::write(self.0.join(file), value.to_string())
    }
}

impl Drop for MemoryLimit {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
