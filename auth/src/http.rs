//! The calls, one file each, and what they share: who calls, and how errors are answered.

pub mod authorization;
pub mod caller_address;
pub mod discovery;
pub mod key_set;
pub mod login;
pub mod logout;
pub mod me;
pub mod oauth;
pub mod password;
mod problems;
pub mod refresh;
pub mod register;
pub mod token_answer;
