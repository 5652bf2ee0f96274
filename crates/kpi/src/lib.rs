//! Reproducible benchmark captures from tracing spans, and a contract that later work is held to.
//!
//! A program that reports its own stages as `tracing` spans is run a few times, its output is kept as it
//! is, and the spans' durations and the program's deterministic counters are read from that output. What
//! is read the same way from a live run and from a recorded log, so everything works without the program.
//!
//! - [`contract`]: `kpi.toml`, what is measured and what is allowed;
//! - [`log`]: logs in, runs out, in bounded memory; and the log's own form;
//! - [`capture`]: running commands and keeping what they said;
//! - [`machine`]: clocks, power, and whether something else was running;
//! - [`record`]: the JSON file of one capture, and finding such files;
//! - [`stats`], [`compare`], [`gate`], [`history`]: summaries, comparisons, verdicts;
//! - [`foreign`]: results of hyperfine and criterion, in and out;
//! - [`report`]: tables and pages.
//!
//! Durations are nanoseconds (`u64`, `_ns`) throughout; units exist only where people read.

#![deny(missing_docs)]

pub mod capture;
pub mod compare;
pub mod contract;
pub mod environment;
pub mod error;
pub mod foreign;
pub mod gate;
pub mod history;
pub mod log;
pub mod machine;
pub mod process;
pub mod record;
pub mod report;
pub mod stats;
pub mod storage;
pub mod unit;
pub mod warning;

pub use error::Error;
