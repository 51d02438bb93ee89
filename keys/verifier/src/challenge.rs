//! What a refusal says to the caller besides its status: the `WWW-Authenticate` challenge.

use http::{HeaderValue, StatusCode};

/// How a service challenges (RFC 6750 §3, RFC 9728 §5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: String,
    resource_metadata: Option<String>,
    /// The status for a missing or bad token.
    pub(crate) reject_with: StatusCode,
}

impl Challenge {
    pub(crate) fn for_realm(realm: &str) -> Self {
        Self::new(realm, None, StatusCode::UNAUTHORIZED)
    }

    pub(crate) fn new(
        realm: &str,
        resource_metadata: Option<&str>,
        reject_with: StatusCode,
    ) -> Self {
        Self {
            realm: quotable(realm),
            resource_metadata: resource_metadata.map(quotable),
            reject_with,
        }
    }

    /// The challenge with `error` and `scope`, as far as there are any.
    pub(crate) fn header(&self, error: Option<&str>, scope: Option<&str>) -> HeaderValue {
        let resource_metadata = self.resource_metadata.as_deref();
        let parameters = [
            ("realm", Some(self.realm.as_str())),
            ("error", error),
            ("scope", scope),
            ("resource_metadata", resource_metadata),
        ];
        let parameters = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let written: Vec<_> = parameters
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        HeaderValue::try_from(format!("Bearer {}", written.join(", ")))
            .unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

/// Only what may stand between quotes as it is.
fn quotable(text: &str) -> String {
    let fits = |character: &char| matches!(character, ' '..='~') && !"\"\\".contains(*character);
    text.chars().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of [`crate::Verifier::with_keys`] come with an audience that nobody has checked.
    #[test]
    fn what_would_end_the_quotes_of_a_realm_is_left_out() {
        let challenge = Challenge::for_realm("a\" b\\c\r\né~");
        let header = challenge.header(Some("invalid_token"), None);
        assert_eq!(header, "Bearer realm=\"a bc~\", error=\"invalid_token\"");
    }
}
