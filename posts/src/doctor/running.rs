//! What a running service counts, when there is one.
use std::net::SocketAddr;

use chassis::doctor::{Caller, Finding, Report};

/// A key set that nobody confirmed for so long is worth a look; at `--max-stale` it is given up.
const OLD: f64 = 15.0 * 60.0;

/// Refusals that a client cannot be blamed for when they befall everybody.
const OURS: [(&str, &str); 6] = [
    ("audience_mismatch", "--audience"),
    ("issuer_mismatch", "--issuer"),
    (
        "life_too_long",
        "--max-token-life, or the issuer's --token-ttl",
    ),
    ("issued_in_future", "the clocks"),
    ("not_yet_valid", "the clocks"),
    ("key_set_unavailable", "the way to the issuer"),
];

/// The metrics of the service at hand.
pub(super) struct Running(String);

impl Running {
    /// `None` when none answers.
    pub(super) async fn ask(ops: SocketAddr, caller: &Caller) -> Option<Self> {
        let answer = caller.get(&format!("http://{ops}/metrics")).await.ok()?;
        let text = String::from_utf8(answer.body).ok()?;
        let is_ours = answer.status == 200 && text.contains("verifier_");
        is_ours.then_some(Self(text))
    }

    /// For how many seconds the issuer has not confirmed the key set.
    pub(super) fn age(&self) -> Option<f64> {
        let ages = self.samples("verifier_key_set_age_seconds");
        ages.map(|(_, age)| age).reduce(f64::max)
    }

    fn verifications(&self, code: &str) -> f64 {
        let label = format!("code=\"{code}\"");
        let all = self.samples("verifier_verifications_total");
        all.filter(|(labels, _)| labels.contains(&label))
            .map(|(_, count)| count)
            // The sum of nothing would be -0.
            .fold(0.0, |sum, count| sum + count)
    }

    /// Labels and value of each sample.
    fn samples(&self, name: &str) -> impl Iterator<Item = (&str, f64)> {
        self.0.lines().filter_map(move |line| {
            let (labels, value) = line.strip_prefix(name)?.rsplit_once(' ')?;
            Some((labels, value.parse().ok()?))
        })
    }
}

pub(super) fn examine(running: Option<&Running>, report: &mut Report) {
    let Some(running) = running else {
        let nobody = "no service answers on --ops-listen: its age and its counts are not known";
        return report.add("running", Finding::note(nobody));
    };
    report.add("key-set age", age(running));
    report.add("tokens", tokens(running));
}

fn age(running: &Running) -> Finding {
    match running.age() {
        Some(age) if age > OLD => Finding::bad(format!(
            "not confirmed for {age:.0} s: the issuer is not reached"
        )),
        Some(age) => Finding::good(format!("confirmed {age:.0} s ago")),
        None => Finding::note("the running service does not tell it yet, or holds no key set"),
    }
}

/// Tokens that are all refused, for a reason that is in the settings.
fn tokens(running: &Running) -> Finding {
    let good = running.verifications("ok");
    let refused = OURS.map(|(code, blamed)| (code, blamed, running.verifications(code)));
    let worst = refused
        .into_iter()
        .max_by(|one, other| one.2.total_cmp(&other.2));
    match worst.filter(|(.., count)| *count > 0.0) {
        Some((code, blamed, count)) if good == 0.0 => Finding::bad(format!(
            "not one was good, and {count:.0} were refused with {code}: look at {blamed}"
        )),
        Some((code, blamed, count)) => Finding::note(format!(
            "{good:.0} were good, and {count:.0} refused with {code}: when they go on, look at \
             {blamed}"
        )),
        None => Finding::good(format!(
            "{good:.0} were good, and none was refused because of settings or clocks"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(lines: &[&str]) -> Running {
        Running(lines.join("\n"))
    }

    #[test]
    fn tokens_that_are_all_refused_for_their_audience_are_bad() {
        let refused = r#"verifier_verifications_total{code="audience_mismatch"} 3"#;
        let good = r#"verifier_verifications_total{code="ok"} 7"#;
        assert!(tokens(&counts(&[refused])).is_bad());
        assert!(!tokens(&counts(&[refused, good])).is_bad());
        assert!(!tokens(&counts(&[good])).is_bad());
        let forged = r#"verifier_verifications_total{code="bad_signature"} 9"#;
        assert!(!tokens(&counts(&[forged])).is_bad(), "a client's doing");
    }

    #[test]
    fn a_key_set_that_is_not_confirmed_is_bad() {
        let of_age = |age| {
            counts(&[&format!(
                "verifier_key_set_age_seconds{{issuer=\"x\"}} {age}"
            )])
        };
        assert!(!age(&of_age("12.5")).is_bad());
        assert!(age(&of_age("901")).is_bad());
        assert!(!age(&counts(&[])).is_bad(), "it has just been started");
    }
}
