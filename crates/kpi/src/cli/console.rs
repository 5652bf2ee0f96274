//! Results to standard output; warnings, errors and progress to standard error.

use super::progress::RunProgress;
use super::Arguments;
use anstream::AutoStream;
use clap::builder::styling::{AnsiColor, Style};
use clap::ColorChoice;
use openvm_kpi::Error;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Where things are said, and how loudly.
pub struct Console {
    is_quiet: bool,
    is_coloured: bool,
}

impl Console {
    pub fn new(arguments: &Arguments) -> Console {
        match arguments.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        let is_coloured = AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
        Console {
            is_quiet: arguments.quiet,
            is_coloured,
        }
    }

    /// Whether tables on standard output are coloured.
    pub fn is_coloured(&self) -> bool {
        self.is_coloured
    }

    /// Says a result. A reader that has heard enough, such as `head`, is no error.
    pub fn result(&self, text: &str) -> Result<(), Error> {
        let mut out = AutoStream::auto(io::stdout().lock());
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Write {
                path: Path::new("standard output").to_owned(),
                source: error,
            }),
            _ => Ok(()),
        }
    }

    /// Says something beside the result.
    pub fn note(&self, text: &str) {
        if !self.is_quiet {
            // Nobody may be listening, and there is no one else to tell.
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// Says what may be wrong.
    pub fn warning(&self, text: &str) {
        self.note(&format!("{WARNING}warning:{WARNING:#} {text}"));
    }

    /// Says what went wrong, however quiet it should be.
    pub fn error(&self, error: &Error) {
        let _ = writeln!(anstream::stderr().lock(), "{ERROR}error:{ERROR:#} {error}");
    }

    /// Shows how runs go on.
    pub fn progress(&self) -> RunProgress {
        RunProgress::new(self.is_quiet)
    }
}
