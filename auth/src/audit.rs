//! The audit log: one line for everything that happens to an account, a login or a signing key.
//!
//! Lines are events of the target `audit`; the log adds the request that they belong to. What people
//! typed is never in them: a name appears only when it is somebody's.

mod key_changes;

pub use key_changes::keys_changed;

use std::fmt::Display;

use chassis::client_address::ClientAddress;

/// A login that went well.
pub fn logged_in(user: &impl Display, session: &impl Display, address: ClientAddress) {
    tracing::info!(target: "audit", event = "login", %user, %session, %address);
}

/// A login with a wrong password, or of a user who does not exist or is disabled.
pub fn login_failed(known_user: Option<&impl Display>, address: ClientAddress) {
    let user = or_nobody(known_user);
    tracing::warn!(target: "audit", event = "login-failed", user, %address);
}

/// A right password, with more asked for than the user may have.
pub fn login_not_offered(user: &impl Display, address: ClientAddress) {
    tracing::warn!(target: "audit", event = "login-not-offered", %user, %address);
}

/// An attempt that was refused unseen, because too many before it failed.
pub fn throttled(known_user: Option<&impl Display>, address: ClientAddress) {
    let user = or_nobody(known_user);
    tracing::warn!(target: "audit", event = "login-throttled", user, %address);
}

/// A refresh that went well.
pub fn refreshed(user: &impl Display, session: &impl Display, address: ClientAddress) {
    tracing::info!(target: "audit", event = "refresh", %user, %session, %address);
}

/// A refresh answered once more with the same successor.
pub fn refresh_repeated(user: &impl Display, session: &impl Display, address: ClientAddress) {
    tracing::info!(target: "audit", event = "refresh-repeated", %user, %session, %address);
}

/// A refresh token of no login that goes on.
pub fn refresh_refused(address: ClientAddress) {
    tracing::warn!(target: "audit", event = "refresh-refused", %address);
}

/// A refresh token used twice: a security event. The login is ended.
pub fn refresh_reused(user: &impl Display, session: &impl Display, address: ClientAddress) {
    tracing::error!(target: "audit", event = "refresh-reused", %user, %session, %address);
}

/// A login ended by its user.
pub fn logged_out(user: &impl Display, session: &impl Display, address: ClientAddress) {
    tracing::info!(target: "audit", event = "logout", %user, %session, %address);
}

/// A user who registered.
pub fn registered(user: &impl Display, address: ClientAddress) {
    tracing::info!(target: "audit", event = "register", %user, %address);
}

/// An account that was not made, because too many were asked for.
pub fn registration_throttled(address: ClientAddress) {
    tracing::warn!(target: "audit", event = "register-throttled", %address);
}

/// A password changed by its user.
pub fn password_changed(user: &impl Display, address: ClientAddress) {
    tracing::info!(target: "audit", event = "password", %user, %address);
}

/// A token given to a program.
pub fn client_granted(client: &impl Display, address: ClientAddress) {
    tracing::info!(target: "audit", event = "client-token", %client, %address);
}

/// A program that did not prove who it is.
pub fn client_refused(known_client: Option<&impl Display>, address: ClientAddress) {
    let client = or_nobody(known_client);
    tracing::warn!(target: "audit", event = "client-refused", client, %address);
}

/// A program's wrong secret after too many of them.
pub fn client_throttled(known_client: Option<&impl Display>, address: ClientAddress) {
    let client = or_nobody(known_client);
    tracing::warn!(target: "audit", event = "client-throttled", client, %address);
}

/// Something that an operator did on the command line.
pub fn operated(event: &'static str, subject: &impl Display) {
    tracing::info!(target: "audit", event, %subject);
}

/// A name appears only when it is somebody's.
fn or_nobody(known: Option<&impl Display>) -> String {
    known.map_or_else(|| "-".to_owned(), ToString::to_string)
}
