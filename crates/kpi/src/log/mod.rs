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
//! A file without any marker is one measured run. Inside a run two forms are understood: `tracing-forest`
//! trees, and JSON lines of `tracing-subscriber` with span-close events; colours are ignored. Everything
//! is read as a stream: memory depends on the number of distinct span names, never on the log's length.

mod duration;
mod event;
mod forest;
mod json;
mod lines;
mod markers;
mod reader;
mod run;
mod selection;
mod writer;

pub use duration::{parse_duration_ns, DurationError};
pub use lines::{LineSplitter, MAX_LINE_BYTES};
pub use markers::{Header, Section};
pub use reader::{peek_header, read_log, LogOptions, ParsedLog};
pub use run::{Adapter, Occurrences, RunLog, RunParser, Unreadable, MAX_NAMES};
pub use selection::Selection;
pub use writer::LogWriter;
