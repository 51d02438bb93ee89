//! The pure core, by example and by property. `PROPTEST_CASES=10000` is the full run.

mod clock_steps;
mod examples;
mod timeline;
mod verifiers;
mod world;
