//! Standard output for a reader that may have heard enough, such as `head`.

use std::{
    io::{self, ErrorKind, Write},
    process::exit,
};

/// Standard output; where nobody reads it any more, the process ends, quietly and with success.
pub struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write(bytes).or_else(end_if_closed)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush().or_else(end_if_closed)
    }
}

fn end_if_closed<T>(error: io::Error) -> io::Result<T> {
    match error.kind() {
        ErrorKind::BrokenPipe => exit(0),
        _ => Err(error),
    }
}
