//! What is said where: results to standard output, everything else to standard error.

use std::{
    io::{self, ErrorKind, IsTerminal, Write},
    path::Path,
};

use anstream::AutoStream;
use clap::builder::styling::{AnsiColor, Style};

use crate::error::Error;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Where things are said, and how loudly.
#[derive(Clone, Copy)]
pub struct Console {
    is_quiet: bool,
    logs_spans: bool,
}

impl Console {
    /// `logs_spans`: whether standard error carries a log, which no progress bar may overwrite.
    pub fn new(is_quiet: bool, logs_spans: bool) -> Self {
        Self {
            is_quiet,
            logs_spans,
        }
    }

    /// Says a line of the result. A reader that has heard enough, such as `head`, is no error.
    pub fn result(&self, line: &str) -> Result<(), Error> {
        let mut out = AutoStream::auto(io::stdout().lock());
        match writeln!(out, "{line}").and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Stdout(error)),
            _ => Ok(()),
        }
    }

    /// Says something beside the result.
    pub fn note(&self, line: &str) {
        if !self.is_quiet {
            // Nobody may be listening, and there is no one else to tell.
            let _ = writeln!(anstream::stderr().lock(), "{line}");
        }
    }

    /// Says that a file was written.
    pub fn wrote(&self, what: &str, path: &Path) {
        self.note(&format!("wrote the {what} to {}", path.display()));
    }

    /// Says what went wrong, and what that came from, however quiet it should be.
    pub fn error(&self, error: &Error) {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            let reason = error.to_string();
            if !text.contains(&reason) {
                text.push_str(&format!("\n  caused by: {reason}"));
            }
            cause = error.source();
        }
        let _ = writeln!(anstream::stderr().lock(), "{ERROR}error:{ERROR:#} {text}");
    }

    /// Whether bars can be drawn.
    pub fn has_bars(&self) -> bool {
        !self.is_quiet && !self.logs_spans && io::stderr().is_terminal()
    }
}
