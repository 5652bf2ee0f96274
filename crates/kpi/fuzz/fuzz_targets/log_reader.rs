//! Any bytes are a log or an error, never a panic; and how they arrive makes no difference.
//!
//! From `crates/kpi`: `cargo +nightly fuzz run log_reader FRESH_DIR tests/data/forms`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openvm_kpi::log::{peek_header, read_log, LogOptions, Selection};
use openvm_kpi::record::{capture_of_log, plan_of_runs};
use std::io::Read;

/// Gives one byte at a time.
struct OneByOne<'a>(&'a [u8]);

impl Read for OneByOne<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = buffer.len().min(1);
        self.0.read(&mut buffer[..len])
    }
}

fuzz_target!(|bytes: &[u8]| {
    let only = Selection::Only(["prove", "prove{group=leaf}"].map(str::to_owned).into());
    for selection in [&Selection::All, &only] {
        for allow_cut in [false, true] {
            let options = LogOptions {
                selection,
                allow_cut,
            };
            let whole = read_log("fuzz", bytes, &options);
            let in_pieces = read_log("fuzz", OneByOne(bytes), &options);
            assert_eq!(whole.as_ref().ok(), in_pieces.as_ref().ok());
            if let Ok(log) = whole {
                let plan = plan_of_runs("fuzz", &log.runs);
                // An error is as good as a capture.
                let _ = capture_of_log(&plan, &log).and_then(|capture| capture.to_json());
            }
        }
    }
    let _ = peek_header("fuzz", bytes);
});
