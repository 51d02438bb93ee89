//! Measures both services, what they are made of, and their peers, on loopback.

mod candidate;
mod clock;
mod cluster;
mod failure;
mod findings;
mod issuer;
mod load;
mod measure;
mod peers;
mod pin;
mod plan;
mod process;
mod raw;
mod report;
mod run;
mod say;
mod statistics;
mod usage;
mod verdict;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

use crate::{failure::Result, run::RunOptions, say::say};

#[derive(Parser)]
#[command(about)]
enum Command {
    /// Measure, and print a report
    Run(RunOptions),
    /// Be one of the servers that are measured
    #[command(subcommand, hide = true)]
    Serve(Candidate),
}

#[derive(Subcommand)]
enum Candidate {
    /// Bare axum
    Floor(Listen),
    /// Bare axum with one verification of a signature a request
    FloorAndSignature(Listen),
    /// The verifier alone
    Guarded(Listen),
}

#[derive(clap::Args)]
struct Listen {
    #[arg(long = "listen")]
    address: SocketAddr,
    #[arg(long)]
    posts: PathBuf,
    #[arg(long)]
    issuer: String,
}

/// A part of a run that can be made alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Requests,
    Logins,
    Starts,
    Writes,
    Growth,
    Profile,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Run(options) => run::run(&options),
        Command::Serve(candidate) => serve(candidate),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say!("{failure}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(candidate: Candidate) -> Result<()> {
    match candidate {
        Candidate::Floor(listen) => candidate::floor(listen.address, &listen.posts).await,
        Candidate::FloorAndSignature(listen) => {
            candidate::floor_and_signature(listen.address, &listen.posts).await
        }
        Candidate::Guarded(listen) => {
            candidate::guarded(listen.address, &listen.posts, &listen.issuer).await
        }
    }
}
