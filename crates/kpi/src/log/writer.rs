//! Writes a log as it comes about.

use super::markers::{Header, Section};
use std::io::{self, Write};

/// What a marker begins with, and output must not.
const FENCE: &[u8] = b"=====";

/// Writes the header, the markers, and every run's output as it is.
///
/// Output is kept byte for byte, with one exception: a line of the program's that begins like a marker is
/// put one space to the right, so that a log reads back as it was written.
#[derive(Debug)]
pub struct LogWriter<W: Write> {
    out: W,
    is_at_line_start: bool,
    /// The start of a line that may yet turn out to look like a marker.
    held: Vec<u8>,
}

impl<W: Write> LogWriter<W> {
    /// Begins a log.
    pub fn begin(mut out: W, header: &Header) -> io::Result<Self> {
        out.write_all(header.to_text().as_bytes())?;
        Ok(LogWriter {
            out,
            is_at_line_start: true,
            held: Vec::new(),
        })
    }

    /// Begins a run, or ends the log.
    pub fn section(&mut self, section: Section) -> io::Result<()> {
        self.end_line()?;
        writeln!(self.out, "\n{}", section.to_line())?;
        self.out.flush()
    }

    /// Adds a piece of a run's output.
    pub fn output(&mut self, piece: &[u8]) -> io::Result<()> {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.part_of_line(part)?;
        }
        Ok(())
    }

    /// Ends a line that the program left open, and hands back the writer below.
    pub fn finish(mut self) -> io::Result<W> {
        self.end_line()?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn part_of_line(&mut self, part: &[u8]) -> io::Result<()> {
        if !self.is_at_line_start {
            self.out.write_all(part)?;
            self.is_at_line_start = part.ends_with(b"\n");
            return Ok(());
        }
        self.held.extend_from_slice(part);
        let may_become_fence = self.held.len() < FENCE.len() && FENCE.starts_with(&self.held);
        if !may_become_fence {
            self.release()?;
        }
        Ok(())
    }

    fn release(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        if self.held.starts_with(FENCE) {
            self.out.write_all(b" ")?;
        }
        self.out.write_all(&self.held)?;
        self.is_at_line_start = self.held.ends_with(b"\n");
        self.held.clear();
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.release()?;
        if !self.is_at_line_start {
            self.out.write_all(b"\n")?;
            self.is_at_line_start = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_that_looks_like_a_marker_is_moved_aside_in_any_pieces() -> io::Result<()> {
        let output = b"a\n===== end =====\n==\n=====";
        for piece_len in 1..=output.len() {
            let mut writer = LogWriter::begin(Vec::new(), &Header::default())?;
            for piece in output.chunks(piece_len) {
                writer.output(piece)?;
            }
            let written = writer.finish()?;
            assert_eq!(
                String::from_utf8_lossy(&written),
                "a\n ===== end =====\n==\n =====\n",
                "pieces of {piece_len}"
            );
        }
        Ok(())
    }
}
