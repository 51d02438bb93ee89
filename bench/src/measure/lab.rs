//! What every measurement needs: a folder, an issuer, tokens, and how to start the programs.

use std::{
    fs::{self, Permissions},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    sync::Arc,
};

use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::{
    cluster::Cluster,
    failure::{Failure, Result, While as _},
    issuer::Issuer,
    load::{Rotation, Traffic, Turns},
    peers::Tokens,
    pin::Processors,
    plan::{Plan, REPEATED_TOKENS},
    process::{self, Server},
    say,
};

pub(crate) struct Lab {
    pub(crate) plan: Plan,
    pub(crate) processors: Processors,
    pub(crate) issuer: Issuer,
    fresh: Arc<[String]>,
    repeated: Arc<[String]>,
    shared_secret: Arc<[String]>,
    /// The PostgreSQL of this run, where it was wanted and can be had.
    pub(crate) cluster: Option<Rc<Cluster>>,
    folder: TempDir,
    programs: PathBuf,
}

/// The list that is asked for.
pub(crate) const LIST: &str = "/api/posts";

impl Lab {
    /// Makes keys and tokens, which takes every processor some seconds, and then pins.
    pub(crate) fn set_up(mut plan: Plan) -> Result<Self> {
        plan.many_connections = plan.many_connections.min(most_connections());
        say!("making keys and {} tokens", plan.tokens() + REPEATED_TOKENS);
        let issuer = Issuer::open(99)?;
        let programs = std::env::current_exe()?;
        let tokens = issuer.tokens(plan.tokens() + REPEATED_TOKENS)?;
        let (repeated, fresh) = tokens.split_at(REPEATED_TOKENS);
        Ok(Self {
            plan,
            processors: Processors::choose(),
            fresh: fresh.into(),
            repeated: repeated.into(),
            shared_secret: issuer.shared_secret_tokens(REPEATED_TOKENS),
            issuer,
            cluster: None,
            folder: folder()?,
            programs: programs.parent().unwrap_or(Path::new(".")).to_owned(),
        })
    }

    /// Starts the PostgreSQL of this run.
    pub(crate) fn start_cluster(&mut self) -> Result<()> {
        let cluster = Cluster::start(self.path("postgres"), self.processors)?;
        self.cluster = Some(Rc::new(cluster));
        Ok(())
    }

    /// A file or folder for this run.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program built beside this one.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }

    /// The list, with tokens never shown before. Only for one series of a server.
    pub(crate) fn fresh_list(&self) -> Box<dyn Traffic> {
        Box::new(Rotation::get(LIST, Arc::clone(&self.fresh), Turns::Once))
    }

    /// The list, with a few thousand tokens in turn.
    pub(crate) fn repeated_list(&self) -> Box<dyn Traffic> {
        Box::new(Rotation::get(
            LIST,
            Arc::clone(&self.repeated),
            Turns::Endless,
        ))
    }

    /// The list, with the tokens that a peer verifies, in turn.
    pub(crate) fn list_of(&self, tokens: Tokens) -> Box<dyn Traffic> {
        let tokens = match tokens {
            Tokens::Signed => &self.repeated,
            Tokens::SharedSecret => &self.shared_secret,
        };
        Box::new(Rotation::get(LIST, Arc::clone(tokens), Turns::Endless))
    }

    /// The list, with a token whose signature is not the issuer's.
    pub(crate) fn forged_list(&self, tokens: Tokens) -> Box<dyn Traffic> {
        let good = match tokens {
            Tokens::Signed => &self.repeated[0],
            Tokens::SharedSecret => &self.shared_secret[0],
        };
        Box::new(Rotation::get(LIST, [forged(good)].into(), Turns::Endless))
    }

    /// `path` with one token over and over.
    pub(crate) fn one_token(&self, path: &str) -> Box<dyn Traffic> {
        Box::new(Rotation::get(path, self.token(), Turns::Endless))
    }

    /// One token, the same each time.
    pub(crate) fn token(&self) -> Arc<[String]> {
        self.repeated[..1].into()
    }

    /// Starts `command` and waits for its answer to `first`.
    pub(crate) fn start(
        &self,
        name: &str,
        command: Command,
        address: SocketAddr,
        first: &mut dyn Traffic,
    ) -> Result<Rc<Server>> {
        let folder = self.folder.path();
        Server::start(name, command, address, folder, self.processors, first).map(Rc::new)
    }

    /// Starts `posts` on `database`, with further options.
    pub(crate) fn posts(
        &self,
        name: &str,
        database: &Path,
        options: &[&str],
    ) -> Result<Rc<Server>> {
        self.posts_at(name, &sqlite(database), options)
    }

    /// Starts `posts` on the database that `url` names, with further options.
    pub(crate) fn posts_at(&self, name: &str, url: &str, options: &[&str]) -> Result<Rc<Server>> {
        let address = process::free_address()?;
        // One copy for all of a name: whoever starts later finds the key set on the disk.
        let cache = self.path(&format!("{name}.jwks.json"));
        let mut command = self.quiet(&self.program("posts"));
        command
            .arg("serve")
            .arg(format!("--listen={address}"))
            .arg("--ops-listen=127.0.0.1:0")
            .arg(format!("--issuer={}", self.issuer.url()))
            .arg(format!("--database-url={url}"))
            .arg(format!("--jwks-cache-file={}", cache.display()))
            .args(options);
        self.start(name, command, address, &mut *self.one_token(LIST))
    }

    /// Starts a candidate of this very program.
    pub(crate) fn candidate(&self, name: &str, posts: &Path) -> Result<Rc<Server>> {
        let address = process::free_address()?;
        let mut command = self.quiet(&std::env::current_exe()?);
        command
            .args(["serve", name])
            .arg(format!("--listen={address}"))
            .arg(format!("--posts={}", posts.display()))
            .arg(format!("--issuer={}", self.issuer.url()));
        self.start(name, command, address, &mut *self.one_token(LIST))
    }

    /// A command in the run's folder, which knows nothing of this machine's settings.
    pub(crate) fn quiet(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.folder.path());
        command
    }

    /// Makes the schema of `posts` where `url` says.
    pub(crate) fn migrate_posts(&self, url: &str) -> Result<()> {
        let mut migrate = self.quiet(&self.program("posts"));
        migrate.arg("migrate").arg(format!("--database-url={url}"));
        Self::run(migrate)
    }

    /// Runs a command of one of the programs to its end.
    pub(crate) fn run(mut command: Command) -> Result<()> {
        let what = format!("{command:?}");
        let output = command.output().while_doing(&what)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::new(format!("{what} failed: {said}")))
    }

    /// The size of a program as it is shipped: without symbols.
    pub(crate) fn stripped_size(&self, name: &str) -> Result<u64> {
        let stripped = self.path(&format!("{name}.stripped"));
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&stripped).arg(self.program(name));
        Self::run(strip)?;
        Ok(fs::metadata(&stripped)?.len())
    }
}

/// The address of a database in a file.
pub(super) fn sqlite(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// As many as this process, and what it starts, may open; some files are for other things.
fn most_connections() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // What may not be raised stays as it is.
    let _ = setrlimit(Resource::Nofile, limit);
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(files)
        .unwrap_or(usize::MAX)
        .saturating_sub(500)
}

/// Others may look into the folder: PostgreSQL, whose own is in it, has a user of its own.
fn folder() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// The same token with another character in the middle of its signature.
fn forged(token: &str) -> String {
    let signature = token.rfind('.').map_or(0, |dot| dot + 1);
    let at = usize::midpoint(signature, token.len());
    let other = if token[at..].starts_with('A') {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_token_differs_in_its_signature_alone() {
        let forged = forged("head.claims.signature");
        assert_ne!(forged, "head.claims.signature");
        assert!(
            forged.starts_with("head.claims.") && forged.len() == 21,
            "{forged}"
        );
    }
}
