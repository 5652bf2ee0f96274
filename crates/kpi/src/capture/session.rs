//! One capture while it is being made: its log, and what was read from it so far.

use super::{CaptureFiles, CapturePlan, Progress};
use crate::environment::{load_average_1m, Environment};
use crate::error::Error;
use crate::log::{Header, LineSplitter, LogWriter, RunLog, RunParser, Section, Selection};
use crate::machine::{self, Probe};
use crate::process::ShellCommand;
use crate::record::{Capture, Found, Plan, Run, SCHEMA};
use crate::storage;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

/// Runs commands, one at a time, and keeps what they say. It ends as a capture or as a failed log.
pub(super) struct Session<'a> {
    plan: &'a CapturePlan<'a>,
    measured: Plan,
    selection: Selection,
    files: CaptureFiles,
    captured_at: String,
    environment: Environment,
    probe: Probe,
    writer: LogWriter<BufWriter<File>>,
    runs: Vec<Run>,
    logs: Vec<RunLog>,
}

impl<'a> Session<'a> {
    pub(super) fn begin(plan: &'a CapturePlan<'a>) -> Result<Self, Error> {
        let files = plan.files()?;
        if !plan.force {
            files.are_free()?;
        }
        storage::make_dir(plan.out_dir)?;
        let header = Header {
            bench: Some(plan.bench.name.clone()),
            label: Some(plan.label.to_owned()),
            timestamp: Some(plan.stamp.to_text()),
            command: Some(plan.command.to_owned()),
            measured_runs: Some(plan.runs).filter(|_| !plan.is_open_ended),
            is_open_ended: plan.is_open_ended,
        };
        let in_partial = |error| Error::write(&files.partial, error);
        let file = File::create(&files.partial).map_err(in_partial)?;
        let writer = LogWriter::begin(BufWriter::new(file), &header).map_err(in_partial)?;
        Ok(Session {
            plan,
            measured: Plan::of_benchmark(plan.bench),
            selection: plan.bench.selection(),
            captured_at: plan.stamp.to_text(),
            environment: Environment::observe(plan.dir),
            probe: Probe::new(),
            files,
            writer,
            runs: Vec::new(),
            logs: Vec::new(),
        })
    }

    /// Runs the command once more; measured runs are kept.
    pub(super) fn run(
        &mut self,
        section: Section,
        progress: &mut dyn Progress,
    ) -> Result<Run, Error> {
        let load_average_1m = load_average_1m();
        let before = self.probe.read();
        self.in_log(|writer| writer.section(section))?;
        let mut parser = RunParser::new(&self.selection);
        let mut splitter = LineSplitter::default();
        let mut line_number = 0;
        let writer = &mut self.writer;
        let partial = &self.files.partial;
        let mut read_line = |line: &[u8]| {
            line_number += 1;
            parser.read_line(line_number, line)
        };
        let shell = ShellCommand {
            command: self.plan.command,
            dir: self.plan.dir,
            timeout: self.plan.timeout,
            stop: self.plan.stop,
        };
        let spent = shell.run(&mut |piece| {
            writer
                .output(piece)
                .map_err(|error| Error::write(partial, error))?;
            splitter.feed(piece, &mut read_line)
        })?;
        let after = self.probe.read();
        splitter.finish(&mut read_line)?;
        let log = parser.finish()?;
        let number = self.runs.len() + 1;
        let plan = self.measured.or_every_span(std::slice::from_ref(&log));
        let in_ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let mut run = Run {
            wall_ns: Some(in_ns(spent.wall)),
            cpu_ns: spent.cpu.map(in_ns),
            load_average_1m: Some(load_average_1m),
            before: Some(before),
            after: Some(after),
            ..plan.measure(number, &log)?
        };
        run.busy = machine::reasons(&run, &self.runs, self.environment.cpu_threads);
        let top_span = plan.spans.first().map(|span| span.name.as_str());
        progress.ended(
            spent.wall,
            top_span.and_then(|name| Some((name, *run.spans_ns.get(name)?))),
        );
        if let Section::Measured(_) = section {
            self.runs.push(run.clone());
            self.logs.push(log);
        }
        Ok(run)
    }

    /// Takes back the last measured run: it stays in the log and is not used.
    pub(super) fn discard(&mut self) -> Result<(), Error> {
        self.runs.pop();
        self.logs.pop();
        self.in_log(|writer| writer.section(Section::Discarded))
    }

    /// Ends the log and puts both files in place, the log first: a JSON file always has its log.
    pub(super) fn finish(mut self) -> Result<Found, Error> {
        let capture = match self.capture() {
            Ok(capture) => capture,
            Err(error) => return Err(self.fail("the capture", error)),
        };
        self.in_log(|writer| writer.section(Section::End))?;
        let json = capture.to_json()?;
        self.writer
            .finish()
            .map_err(|error| Error::write(&self.files.partial, error))?;
        if !self.plan.force && self.files.log.exists() {
            return Err(Error::Exists {
                path: self.files.log,
            });
        }
        // Whatever may fail for want of room has been done before the first file appears.
        storage::write_whole(&self.files.json_partial, json.as_bytes())?;
        rename(&self.files.partial, &self.files.log)?;
        rename(&self.files.json_partial, &self.files.json)?;
        Ok(Found {
            path: self.files.json,
            capture,
        })
    }

    /// Keeps the log of a capture that came to nothing, with the reason at its end.
    pub(super) fn fail(mut self, run: &str, error: Error) -> Error {
        let kept = self.files.free_failed_log();
        let reason = format!("\n# {run} failed: {error}\n");
        // The failure itself is what matters; if the log cannot be completed, what there is of it stays.
        // There is no end marker, so nobody takes this log for a whole one.
        let _ = self.in_log(|writer| writer.output(reason.as_bytes()));
        let _ = self.writer.finish();
        let log = match fs::rename(&self.files.partial, &kept) {
            Ok(()) => kept,
            Err(_) => self.files.partial,
        };
        Error::RunFailed {
            bench: self.plan.bench.name.clone(),
            run: run.to_owned(),
            log,
            source: Box::new(error),
        }
    }

    /// What the runs so far amount to.
    pub(super) fn capture(&self) -> Result<Capture, Error> {
        if !self.measured.spans.is_empty() {
            crate::record::has_any(&self.runs, &self.logs)?;
        }
        let adapter = crate::record::one_adapter(&self.logs)?;
        Ok(Capture {
            schema: SCHEMA,
            bench: self.plan.bench.name.clone(),
            title: self.plan.bench.title.clone(),
            label: self.plan.label.to_owned(),
            captured_at: self.captured_at.clone(),
            command: self.plan.command.to_owned(),
            warmup_runs: self.plan.warmup_runs,
            environment: Environment {
                adapter,
                ..self.environment.clone()
            },
            spans: self
                .measured
                .or_every_span(&self.logs)
                .recorded_spans(&self.logs),
            runs: self.runs.clone(),
        })
    }

    fn in_log(
        &mut self,
        write: impl FnOnce(&mut LogWriter<BufWriter<File>>) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        write(&mut self.writer).map_err(|error| Error::write(&self.files.partial, error))
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|error| Error::write(to, error))
}
