//! How soon to try again to connect to a server that is away.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::database::DatabaseError;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Shared by all who connect to one server: what one has found out, the others need not try.
#[derive(Default)]
pub(super) struct BackOff(Mutex<Option<Absence>>);

struct Absence {
    pause: Duration,
    until: Instant,
    reason: std::sync::Arc<str>,
}

impl BackOff {
    /// Whether it is time to try.
    pub(super) fn check(&self) -> Result<(), DatabaseError> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(absence) if Instant::now() < absence.until => {
                Err(DatabaseError::Unavailable(absence.reason.clone()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn failed(&self, error: &DatabaseError) {
        let mut absence = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if let Some(absence) = &*absence {
            (absence.pause * 2).min(LONGEST_PAUSE)
        } else {
            tracing::warn!(%error, "the database cannot be reached");
            FIRST_PAUSE
        };
        let reason = match error {
            DatabaseError::Unavailable(reason) | DatabaseError::Connect(reason) => reason.clone(),
            other => other.to_string().into(),
        };
        *absence = Some(Absence {
            pause,
            until: Instant::now() + pause,
            reason,
        });
    }

    pub(super) fn succeeded(&self) {
        let absence = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if absence.is_some() {
            tracing::info!("the database is reached again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_a_second_and_a_success_ends_them() {
        let back_off = BackOff::default();
        let error = DatabaseError::Unavailable("gone".into());
        for millis in [50, 100, 200, 400, 800, 1000, 1000] {
            back_off.check().unwrap();
            back_off.failed(&error);
            tokio::time::advance(Duration::from_millis(millis - 1)).await;
            back_off.check().unwrap_err();
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        back_off.failed(&error);
        back_off.succeeded();
        back_off.check().unwrap();
    }
}
