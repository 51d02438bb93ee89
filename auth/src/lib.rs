//! Logs people in, signs their tokens, publishes and rotates the keys.
//!
//! [`app::App`] is the service, [`routes`] its API; a call goes from its file in [`http`] to an
//! operation of [`service::Service`] ([`login`], [`refresh`], [`account`], [`client_grant`]) and
//! from there to the [`store`].

pub mod access_token;
pub mod account;
pub mod app;
pub mod audit;
pub mod cleanup;
pub mod cli;
pub mod client;
pub mod client_grant;
pub mod demo;
pub mod http;
pub mod keys;
pub mod login;
pub mod metric;
pub mod openapi;
pub mod password;
mod proof;
pub mod refresh;
pub mod ring_metric;
pub mod rotation;
pub mod routes;
pub mod service;
pub mod session;
pub mod settings;
pub mod store;
pub mod throttle;
pub mod user;
