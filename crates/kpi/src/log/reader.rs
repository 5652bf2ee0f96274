//! A whole log in, its runs out.

use super::markers::{Header, Section};
use super::{metrics, LineSplitter, RunLog, RunParser, Selection};
use crate::error::Error;
use std::io::{Cursor, Read};

/// How much is read at a time: 256 KiB.
const PIECE_BYTES: usize = 256 * 1024;

/// How to read a log.
#[derive(Clone, Debug)]
pub struct LogOptions<'a> {
    /// Which spans to keep.
    pub selection: &'a Selection,
    /// Whether a log that is cut off gives its whole runs, instead of an error.
    pub allow_cut: bool,
}

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedLog {
    /// What stands before the first marker.
    pub header: Header,
    /// How many warm-up runs there are.
    pub warmup_runs: u32,
    /// The measured runs.
    pub runs: Vec<RunLog>,
    /// How many lines were too long to be read whole.
    pub overlong_lines: u64,
    /// Whether it is a file of metrics, whose spans have labels.
    pub has_labels: bool,
}

/// How far the header reaches at most: 16 KiB.
const HEADER_BYTES: u64 = 16 * 1024;

/// Reads a log's header, and gives back the log to be read from its start.
pub fn peek_header<R: Read>(name: &str, mut log: R) -> Result<(Header, impl Read), Error> {
    let mut start = Vec::new();
    log.by_ref()
        .take(HEADER_BYTES)
        .read_to_end(&mut start)
        .map_err(|source| Error::read(name, source))?;
    let mut header = Header::default();
    for line in start.split(|byte| *byte == b'\n') {
        if Section::from_line(line).is_some() {
            break;
        }
        header.read_line(&String::from_utf8_lossy(line));
    }
    Ok((header, Cursor::new(start).chain(log)))
}

/// How much of a file tells whether it is one of metrics.
const FORM_BYTES: u64 = 1024;

/// Reads a log as a stream. `name` is what errors call it.
pub fn read_log(
    name: &str,
    mut log: impl Read,
    options: &LogOptions<'_>,
) -> Result<ParsedLog, Error> {
    let mut start = Vec::new();
    log.by_ref()
        .take(FORM_BYTES)
        .read_to_end(&mut start)
        .map_err(|source| Error::read(name, source))?;
    let is_metrics = metrics::is_metrics(&start);
    let log = Cursor::new(start).chain(log);
    if is_metrics {
        return Ok(ParsedLog {
            runs: vec![metrics::read(name, log, options.selection)?],
            has_labels: true,
            ..ParsedLog::default()
        });
    }
    read_lines(name, log, options)
}

fn read_lines(
    name: &str,
    mut log: impl Read,
    options: &LogOptions<'_>,
) -> Result<ParsedLog, Error> {
    let mut reader = Reader::new(options.selection);
    let mut splitter = LineSplitter::default();
    let mut piece = vec![0; PIECE_BYTES];
    let in_log = |error: Error| error.in_log(name);
    loop {
        let len = match log.read(&mut piece) {
            Ok(0) => break,
            Ok(len) => len,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(Error::read(name, source)),
        };
        splitter
            .feed(&piece[..len], |line| reader.take_line(line))
            .map_err(in_log)?;
    }
    let ends_mid_line = splitter
        .finish(|line| reader.take_line(line))
        .map_err(in_log)?;
    reader
        .finish(ends_mid_line, options.allow_cut, splitter.overlong_lines())
        .map_err(in_log)
}

struct Reader<'s> {
    selection: &'s Selection,
    log: ParsedLog,
    line: u64,
    /// Lines before the first marker: the header, or the whole of a log without markers.
    section: Option<Section>,
    run: RunParser<'s>,
}

impl<'s> Reader<'s> {
    fn new(selection: &'s Selection) -> Self {
        Reader {
            selection,
            log: ParsedLog::default(),
            line: 0,
            section: None,
            run: RunParser::new(selection),
        }
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), Error> {
        self.line += 1;
        if let Some(section) = Section::from_line(line) {
            return self.begin(section);
        }
        if self.section.is_none() && line.starts_with(b"# ") {
            self.log.header.read_line(&String::from_utf8_lossy(line));
        }
        self.run.read_line(self.line, line)
    }

    fn begin(&mut self, next: Section) -> Result<(), Error> {
        let number = self.log.runs.len() as u32 + u32::from(self.is_measuring());
        let is_in_order = match next {
            Section::Measured(next) => next == number + 1,
            Section::Discarded => self.is_measuring(),
            Section::Warmup | Section::End => true,
        };
        if self.section == Some(Section::End) || !is_in_order {
            return Err(Error::MarkerOutOfOrder {
                line: self.line,
                marker: next.to_line(),
            });
        }
        if next == Section::Discarded {
            self.section = None;
        }
        self.end_run()?;
        self.section = Some(next);
        Ok(())
    }

    fn is_measuring(&self) -> bool {
        matches!(self.section, Some(Section::Measured(_)))
    }

    fn end_run(&mut self) -> Result<(), Error> {
        let run = std::mem::replace(&mut self.run, RunParser::new(self.selection)).finish()?;
        match self.section {
            Some(Section::Measured(_)) => self.log.runs.push(run),
            Some(Section::Warmup) => self.log.warmup_runs += 1,
            Some(Section::Discarded | Section::End) | None => {}
        }
        Ok(())
    }

    fn finish(
        mut self,
        ends_mid_line: bool,
        allow_cut: bool,
        overlong_lines: u64,
    ) -> Result<ParsedLog, Error> {
        let header = &self.log.header;
        let has_end = self.section == Some(Section::End);
        let needs_end = header.measured_runs.is_some() || header.is_open_ended;
        let is_cut = ends_mid_line || (needs_end && !has_end);
        if ends_mid_line && !allow_cut {
            return Err(Error::CutInLine { line: self.line });
        }
        if self.section.is_none() {
            self.section = Some(Section::Measured(1));
        }
        // A cut log's last run is not whole, so it is no run.
        if !is_cut {
            self.end_run()?;
        }
        let found = self.log.runs.len() as u32;
        let promised = self.log.header.measured_runs;
        let lacks_runs = promised.is_some_and(|promised| promised > found);
        if (is_cut || lacks_runs) && !allow_cut {
            return Err(Error::Cut {
                line: self.line,
                promised,
                found,
            });
        }
        if self.log.runs.is_empty() {
            return Err(Error::NoRuns { lines: self.line });
        }
        self.log.overlong_lines = overlong_lines;
        Ok(self.log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, allow_cut: bool) -> Result<ParsedLog, Error> {
        let options = LogOptions {
            selection: &Selection::All,
            allow_cut,
        };
        read_log("test.log", text.as_bytes(), &options)
    }

    const SPAN: &str = "INFO     root [ 2.00s | 100.00% ]\n";

    #[test]
    fn a_log_without_markers_is_one_run() -> Result<(), Error> {
        let log = read(SPAN, false)?;
        assert_eq!(log.runs.len(), 1);
        assert_eq!(
            log.runs[0].span("root").map(|s| s.sum_ns),
            Some(2_000_000_000)
        );
        Ok(())
    }

    #[test]
    fn warmups_are_counted_and_left_out() -> Result<(), Error> {
        let text = format!("===== warmup =====\n{SPAN}===== measured run 1 =====\n{SPAN}");
        let log = read(&text, false)?;
        assert_eq!((log.warmup_runs, log.runs.len()), (1, 1));
        Ok(())
    }

    #[test]
    fn a_declared_log_must_reach_its_end() -> Result<(), Error> {
        let text = format!(
            "# m8 baseline capture: b\n# Measured runs: 2\n===== measured run 1 =====\n{SPAN}===== measured run 2 =====\n{SPAN}"
        );
        assert!(matches!(
            read(&text, false),
            Err(Error::InLog { source, .. }) if matches!(*source, Error::Cut { promised: Some(2), found: 1, .. })
        ));
        assert_eq!(read(&text, true)?.runs.len(), 1);
        let whole = format!("{text}===== end =====\n");
        assert_eq!(read(&whole, false)?.runs.len(), 2);
        Ok(())
    }

    #[test]
    fn fewer_runs_than_the_header_promises_are_a_cut_log() -> Result<(), Error> {
        let text =
            format!("# Measured runs: 5\n===== measured run 1 =====\n{SPAN}===== end =====\n");
        assert!(matches!(
            read(&text, false),
            Err(Error::InLog { source, .. }) if matches!(*source, Error::Cut { line: 4, promised: Some(5), found: 1 })
        ));
        assert_eq!(read(&text, true)?.runs.len(), 1);
        Ok(())
    }

    #[test]
    fn a_discarded_run_is_not_used_and_its_number_comes_again() -> Result<(), Error> {
        let text = format!(
            "# Measured runs: until decided\n===== measured run 1 =====\n{SPAN}{SPAN}===== discarded =====\n===== measured run 1 =====\n{SPAN}"
        );
        assert!(matches!(
            read(&text, false),
            Err(Error::InLog { source, .. }) if matches!(*source, Error::Cut { promised: None, .. })
        ));
        let log = read(&format!("{text}===== end =====\n"), false)?;
        assert_eq!(log.runs.len(), 1);
        assert_eq!(log.runs[0].span("root").map(|span| span.count), Some(1));
        Ok(())
    }

    #[test]
    fn a_missing_run_is_an_error() {
        let text = format!("===== measured run 1 =====\n{SPAN}===== measured run 3 =====\n{SPAN}");
        assert!(matches!(
            read(&text, false),
            Err(Error::InLog { source, .. }) if matches!(*source, Error::MarkerOutOfOrder { line: 3, .. })
        ));
    }
}
