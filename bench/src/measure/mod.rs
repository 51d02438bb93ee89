//! The measurements, each adding to the findings.

mod answer;
mod database;
mod growth;
mod lab;
mod logins;
mod postgres;
mod profile;
mod requests;
mod series;
mod starts;
mod writes;

pub(crate) use growth::growth;
pub(crate) use lab::Lab;
pub(crate) use logins::logins;
pub(crate) use profile::{Area, Profile, profile};
pub(crate) use requests::requests;
pub(crate) use series::{Label, Measured, Side};
pub(crate) use starts::starts;
pub(crate) use writes::writes;
