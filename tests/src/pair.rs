//! Both services as `scripts/run` starts them, in a folder that goes away.

use std::path::Path;

use tempfile::TempDir;

use crate::{Balancer, Client, Program, until};

/// `auth` behind a [`Balancer`], and `posts` that trusts it; both with the demo data.
pub struct Pair {
    /// The issuer's stable address.
    pub front: Balancer,
    /// The issuer, or `None` while it is down.
    pub auth: Option<Program>,
    /// The service that trusts it, or `None` while it is down.
    pub posts: Option<Program>,
    /// A client for both.
    pub client: Client,
    auth_options: Vec<String>,
    posts_options: Vec<String>,
    folder: TempDir,
}

impl Pair {
    /// Starts both, the issuer first, and waits until both are ready.
    pub async fn start() -> Self {
        Self::start_with(&[], &[]).await
    }

    /// As [`Pair::start`], with further options for each.
    pub async fn start_with(auth: &[&str], posts: &[&str]) -> Self {
        let mut pair = Self::stopped_with(auth, posts).await;
        pair.start_auth().await;
        pair.start_posts();
        pair.until_ready().await;
        pair
    }

    /// The folder and the issuer's address, with neither program running.
    pub async fn stopped() -> Self {
        Self::stopped_with(&[], &[]).await
    }

    /// As [`Pair::stopped`], with options for when they are started.
    ///
    /// # Panics
    /// When there is no place for temporary files.
    pub async fn stopped_with(auth: &[&str], posts: &[&str]) -> Self {
        let owned = |options: &[&str]| options.iter().map(ToString::to_string).collect();
        Self {
            front: Balancer::open(1).await,
            auth: None,
            posts: None,
            client: Client::new(),
            auth_options: owned(auth),
            posts_options: owned(posts),
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
        }
    }

    /// Starts the issuer and points its stable address there.
    pub async fn start_auth(&mut self) {
        let issuer = format!("--issuer={}", self.front.url());
        let auth = self.serve("auth", &issuer, &self.auth_options);
        self.front.put(0, auth.public).await;
        self.auth = Some(auth);
    }

    /// Starts posts.
    pub fn start_posts(&mut self) {
        let issuer = format!("--issuer={}", self.front.url());
        self.posts = Some(self.serve("posts", &issuer, &self.posts_options));
    }

    /// Ends the issuer as a power cut does.
    ///
    /// # Panics
    /// When it is not running.
    pub async fn kill_auth(&mut self) {
        self.front.put(0, None).await;
        self.auth.take().expect("auth is running").kill();
        // A POST on a kept connection that died is not sent again, so none is kept.
        self.client = Client::new();
    }

    /// Waits until both say that they are ready.
    pub async fn until_ready(&self) {
        for url in [self.auth_url(), self.posts_url()] {
            let ready = format!("{url}/readyz");
            until("both are ready", async || {
                self.client.get(&ready, None).await.status == 200
            })
            .await;
        }
    }

    /// The issuer's stable URL.
    #[must_use]
    pub fn auth_url(&self) -> String {
        self.front.url()
    }

    /// The URL of posts.
    ///
    /// # Panics
    /// When it is not running.
    #[must_use]
    pub fn posts_url(&self) -> String {
        self.posts.as_ref().expect("posts is running").url()
    }

    /// The folder both run in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn serve(&self, name: &str, issuer: &str, options: &[String]) -> Program {
        let mut all = vec!["--demo", issuer];
        all.extend(options.iter().map(String::as_str));
        Program::serve(name, self.folder.path(), &all)
    }
}
