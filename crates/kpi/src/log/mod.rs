//! Logs in, runs out.
//!
//! A log is the raw output of one or more runs, with a header and a marker before each run:
//!
//! ```text
//! # m8 baseline capture: keccakf
//! # Timestamp: 2026-02-20T20:46:15Z
//! # Command: cargo run --release --example keccakf
//!
//! ===== warmup =====
//! ...
//! ===== measured run 1 =====
//! ...
//! ```
//!
//! A file without any marker is one measured run. Inside a run these forms are understood, with or without
//! colours, and behind whatever collectors of logs put in front of a line:
//!
//! - trees of `tracing-forest`, and trees with call counts as of `tracing-profile`;
//! - lines of `tracing_subscriber::fmt()` with span-close events: JSON, full, compact and pretty.
//!
//! A file of OpenVM's metrics is one run as well. Everything is read as a stream: memory depends on the
//! number of distinct span names, never on the log's length.

mod duration;
mod fmt;
mod forest;
mod form;
mod json;
mod level;
mod lines;
mod markers;
mod metrics;
mod nearest;
mod prefix;
mod reader;
mod run;
mod run_parser;
mod selection;
mod statement;
mod timing;
mod tree;
mod writer;

pub use duration::{parse_duration_ns, DurationError};
pub use lines::{LineSplitter, MAX_LINE_BYTES};
pub use markers::{Header, Section};
pub use metrics::is_metrics;
pub use nearest::NearMiss;
pub use reader::{peek_header, read_log, LogOptions, ParsedLog};
pub use run::{Adapter, Occurrences, RunLog, Unreadable, MAX_NAMES, MAX_UNWANTED};
pub use run_parser::RunParser;
pub use selection::Selection;
pub use writer::LogWriter;
