//! What the issuer says of itself, asked where the verifier asks.
use std::time::Duration;

use chassis::doctor::{self, Called, Caller, Finding, Report};
use chassis::settings::format_duration;
use serde_json::Value;
use token::{Clock, KeySet, SystemClock};

use crate::settings::KeySettings;

/// The set that is served, and for how long it may be kept.
pub(super) struct Live {
    pub(super) keys: KeySet,
    pub(super) max_age: Option<Duration>,
}

/// `None` when there is nothing to compare with.
pub(super) async fn examine(
    settings: &KeySettings,
    caller: &Caller,
    report: &mut Report,
) -> Option<Live> {
    let url = settings.key_set_url()?;
    let answer = match caller.get(&url).await {
        Ok(answer) => answer,
        Err(silent) => {
            report.add("clocks", Finding::note(format!("not compared: {silent}")));
            return None;
        }
    };
    let now = SystemClock.now();
    report.add("clocks", doctor::clocks(&answer, now, settings.leeway()));
    let max_age = max_age(&answer.head);
    report.add("--max-stale", stale(max_age, settings.max_stale()));
    metadata(settings, caller, report).await;
    let keys = served(&answer).ok()?;
    report.add("weak keys", weak(&keys));
    Some(Live { keys, max_age })
}

/// A set that cannot be used has been told by the verifier.
fn served(answer: &Called) -> Result<KeySet, token::KeySetError> {
    KeySet::parse(&answer.body)
}

/// Entries of the set that are left out, as too weak or of a foreign kind.
fn weak(set: &KeySet) -> Finding {
    let skipped = set.skipped().iter();
    let skipped: Vec<_> = skipped
        .map(|entry| format!("entry {}: {}", entry.position, entry.reason))
        .collect();
    if skipped.is_empty() {
        return Finding::good("none in the issuer's set");
    }
    Finding::bad(format!(
        "left out of the issuer's set: {}",
        skipped.join("; ")
    ))
}

fn max_age(head: &str) -> Option<Duration> {
    head.split(['\n', ',', ' ']).find_map(|word| {
        let seconds = word.trim().strip_prefix("max-age=")?;
        seconds.parse().ok().map(Duration::from_secs)
    })
}

/// A set that is given up before it is due to be fetched again leaves gaps without any key.
fn stale(max_age: Option<Duration>, max_stale: Duration) -> Finding {
    let shown = format_duration(max_stale);
    match max_age {
        Some(max_age) if max_stale <= max_age => Finding::bad(format!(
            "{shown} is not longer than the max-age of the key set ({}): at the first hiccup of \
             the issuer nobody is let in",
            format_duration(max_age)
        )),
        _ => Finding::good(format!("{shown} without the issuer are bridged")),
    }
}

/// RFC 8414, where the issuer has it: its name, and for whom it issues tokens.
async fn metadata(settings: &KeySettings, caller: &Caller, report: &mut Report) {
    let issuer = settings.issuer();
    let base = issuer.trim_end_matches('/');
    let url = format!("{base}/.well-known/oauth-authorization-server");
    let answer = caller.get(&url).await.ok();
    let metadata = answer.and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
    let Some(metadata) = metadata.filter(|metadata| metadata["issuer"].is_string()) else {
        return report.add("issuer's name", Finding::note("not told by the issuer"));
    };
    report.add("issuer's name", named(issuer, &metadata));
    report.add("audience", audience(settings.audience(), &metadata));
    if let Some(version) = doctor::version(base, caller).await {
        report.add("issuer's version", Finding::good(version));
    }
}

/// `iss` is compared byte for byte.
fn named(issuer: &str, metadata: &Value) -> Finding {
    match metadata["issuer"].as_str() {
        Some(name) if name == issuer => Finding::good("as it stands in its tokens"),
        name => Finding::bad(format!(
            "its tokens say {}, and every one is refused: set --issuer to that, or give auth the \
             --issuer {issuer}",
            name.unwrap_or("nothing")
        )),
    }
}

/// `audiences_supported` is what auth adds to the members of RFC 8414.
fn audience(wanted: &str, metadata: &Value) -> Finding {
    let Some(offered) = metadata["audiences_supported"].as_array() else {
        return Finding::note(format!(
            "whether the issuer issues tokens for {wanted} is not told"
        ));
    };
    let offered: Vec<_> = offered.iter().filter_map(Value::as_str).collect();
    if offered.contains(&wanted) {
        return Finding::good(format!("the issuer issues tokens for {wanted}"));
    }
    Finding::bad(format!(
        "the issuer issues tokens for {}, and all are refused: add {wanted} to its --audiences, or \
         set --audience",
        offered.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_issuer_of_another_name_or_for_others_is_bad() {
        let metadata = json!({ "issuer": "https://a.example", "audiences_supported": ["posts"] });
        assert!(!named("https://a.example", &metadata).is_bad());
        assert!(named("https://a.example/", &metadata).is_bad());
        assert!(!audience("posts", &metadata).is_bad());
        assert!(audience("reports", &metadata).is_bad());
        assert!(!audience("posts", &json!({})).is_bad(), "another's issuer");
    }

    #[test]
    fn a_set_that_is_given_up_before_its_time_is_bad() {
        let max_age = max_age("cache-control: public, max-age=60, stale-if-error=3600\r\n");
        assert_eq!(max_age, Some(Duration::from_mins(1)));
        assert!(stale(max_age, Duration::from_mins(1)).is_bad());
        assert!(!stale(max_age, Duration::from_secs(61)).is_bad());
        assert!(!stale(None, Duration::from_secs(1)).is_bad());
    }
}
