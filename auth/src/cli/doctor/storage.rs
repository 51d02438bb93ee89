//! The database, and the key that opens what is sealed in it.

use chassis::doctor::{self, Finding, Report};
use keystore::{SealingKeyError, SealingKeyFile, SealingKeyProblem};

use crate::settings::{DatabaseSettings, Settings};
use crate::store::{Examined, ExaminedRing, Store};

/// The keys in the database; `None` when it cannot be used.
pub(super) async fn examine(settings: &Settings, report: &mut Report) -> Option<ExaminedRing> {
    let database = &settings.database;
    let (finding, ring) = match Store::examine(database).await {
        Ok(Examined::Absent) => (
            Finding::good(format!("{database} is made at the first start")),
            Some(ExaminedRing::default()),
        ),
        Ok(Examined::Sound { engine, ring }) => (
            Finding::good(format!("{database} is sound ({engine})")),
            Some(ring),
        ),
        Ok(Examined::Damaged(what)) => {
            let told = format!("{database} is damaged: {what}; restore a backup");
            (Finding::bad(told), None)
        }
        Err(error) => (Finding::bad(format!("{database}: {error}")), None),
    };
    report.add("database", finding);
    // A server looks after its own files.
    if let DatabaseSettings::Sqlite(file) = database {
        report.add("database file", doctor::private(file));
    }
    report.add("sealing key", sealing_key(settings, ring.as_ref()));
    ring
}

/// What the start would find: it reads the file by the same rules.
fn sealing_key(settings: &Settings, ring: Option<&ExaminedRing>) -> Finding {
    let file = SealingKeyFile::existing(&settings.keys.sealing_key_file);
    let shown = file.path().display();
    let sealed = ring.map_or(0, ExaminedRing::private_keys);
    let wanted = ring.and_then(|ring| ring.sealed_with.as_ref());
    let found = match wanted.filter(|_| sealed > 0) {
        Some(wanted) => file.find(wanted).map(drop),
        None => file.load().map(drop).map_err(SealingKeyProblem::from),
    };
    let keys = doctor::count(sealed, "private key");
    let made = matches!(settings.database, DatabaseSettings::Sqlite(_)) && ring.is_some();
    match found {
        Ok(()) if sealed > 0 => Finding::good(format!("{shown} opens {keys}")),
        Ok(()) => Finding::good(format!("{shown} is there, and nobody else can read it")),
        Err(SealingKeyProblem::File(SealingKeyError::Missing { .. })) if sealed > 0 => {
            Finding::bad(format!(
                "{shown}, which opens {keys}, is not there, and the service does not start \
                 without it: put its copy there, or if it is lost, see SECURITY.md"
            ))
        }
        Err(SealingKeyProblem::File(SealingKeyError::Missing { .. })) if made => {
            Finding::good(format!("{shown} is made at the first start"))
        }
        Err(problem) => Finding::bad(problem.to_string()),
    }
}
