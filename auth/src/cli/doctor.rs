//! `auth doctor`: what would keep the service from running or others from trusting it, without
//! starting or changing anything.

mod live;
mod storage;

use std::process::ExitCode;

use chassis::doctor::{self, Caller, Finding, Form, Report};
use chassis::settings::{Problems, format_duration};
use keystore::ScheduleSettings;

use crate::settings::{Issuer, ServeOptions, Settings};

/// What `posts` takes at most unless it is told otherwise.
const LONGEST_TOKEN_LIFE: std::time::Duration = std::time::Duration::from_hours(1);

pub(super) async fn run(options: &ServeOptions, form: Form, problems: Problems) -> ExitCode {
    let settings = match options.check(problems) {
        Ok(settings) => settings,
        Err(problems) => return problems.report(),
    };
    let mut report = Report::of_good_settings(env!("CARGO_PKG_VERSION"));
    let issuer = issuer(&settings);
    report.add("issuer", doctor::encrypted(issuer.as_str()));
    report.add("audiences", Finding::good(settings.audiences.join(", ")));
    report.add("times", times(settings.keys.schedule.settings()));
    let ring = storage::examine(&settings, &mut report).await;
    let caller = caller(&settings);
    files(&settings, &mut report);
    listeners(&settings, &caller, &mut report).await;
    live::examine(&settings, &issuer, ring.as_ref(), &caller, &mut report).await;
    report.print(form)
}

fn issuer(settings: &Settings) -> Issuer {
    let own = || Issuer::of_listener(settings.listen, scheme(settings));
    settings.issuer.clone().unwrap_or_else(own)
}

const fn scheme(settings: &Settings) -> &'static str {
    match settings.shared.tls_files {
        Some(_) => "https",
        None => "http",
    }
}

/// Its own certificate is what it may expect of itself.
fn caller(settings: &Settings) -> Caller {
    let files = settings.shared.tls_files.as_ref();
    Caller::trusting(files.map(|(certificate, _)| &**certificate))
}

fn files(settings: &Settings, report: &mut Report) {
    if let Some((certificate, key)) = &settings.shared.tls_files {
        report.add("--tls-cert", doctor::unchangeable(certificate));
        report.add("--tls-key", doctor::private(key));
    }
}

async fn listeners(settings: &Settings, caller: &Caller, report: &mut Report) {
    let public = doctor::listener(settings.listen, caller, scheme(settings)).await;
    report.add("--listen", public);
    let ops = doctor::listener(settings.ops_listen, caller, "http").await;
    report.add("--ops-listen", ops);
}

/// Times that contradict each other were refused with the settings.
fn times(times: &ScheduleSettings) -> Finding {
    let ScheduleSettings {
        token_ttl,
        jwks_max_age,
        leeway,
        ..
    } = *times;
    if token_ttl > LONGEST_TOKEN_LIFE {
        return Finding::note(format!(
            "tokens live {}, and posts refuses what lives longer than its --max-token-life, 1h \
             unless set",
            format_duration(token_ttl)
        ));
    }
    Finding::good(format!(
        "tokens live {}; a revoked key is refused within {}",
        format_duration(token_ttl),
        format_duration(jwks_max_age + leeway)
    ))
}
