//! Starting the threads, after all that has to happen before them.

use std::process::ExitCode;

use crate::database::sqlite;

/// Runs the program on threads that are started here.
///
/// A plain `main` that enters the sandbox first and then calls this has every thread inside;
/// `#[tokio::main]` would start threads that stay outside.
pub fn run(program: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_park(sqlite::let_go)
        .build();
    match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(program);
            // What is still open has had its time; a thread that hangs must not keep the process.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            tracing::error!(%error, "cannot start threads");
            ExitCode::FAILURE
        }
    }
}
