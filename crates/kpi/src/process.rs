//! Running a shell command and hearing what it says, without ever leaving a part of it behind.

use crate::error::Error;
use process_wrap::std::{ChildWrapper, CommandWrap};
use std::io::{PipeReader, Read};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a silent command is looked after.
const POLL: Duration = Duration::from_millis(20);
/// How long something that a finished command left running may hold on to its output.
const GRACE: Duration = Duration::from_secs(2);
const PIECE_BYTES: usize = 64 * 1024;
/// Output waits in at most this many pieces; then the command waits.
const PIECES_IN_FLIGHT: usize = 16;

/// A running command and the pieces of its output.
type Started = (Box<dyn ChildWrapper>, Receiver<Vec<u8>>);

/// Set once the user asks to stop.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks everything that holds this flag to stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether stopping was asked for.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A shell command and the bounds it runs within.
#[derive(Clone, Copy, Debug)]
pub struct ShellCommand<'a> {
    /// What the shell is given.
    pub command: &'a str,
    /// Where it runs.
    pub dir: &'a Path,
    /// How long it may take.
    pub timeout: Duration,
    /// What stops it early.
    pub stop: &'a StopFlag,
}

/// What a command took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// From its start to its end.
    pub wall: Duration,
    /// How long processors worked for it, and for whatever it started and waited for; absent where the
    /// system does not tell.
    pub cpu: Option<Duration>,
}

impl ShellCommand<'_> {
    /// Runs the command in a process group of its own, hands on standard output and standard error as
    /// they come, in one stream, and returns what the command took.
    ///
    /// On a timeout, a stop, or an error of `on_output` the whole group is killed.
    pub fn run(
        &self,
        on_output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<Spent, Error> {
        let cpu_before = cpu_of_children();
        let start = Instant::now();
        let (mut child, pieces) = self.spawn().map_err(|source| Error::Spawn {
            command: self.command.to_owned(),
            source,
        })?;
        let heard = self.listen(child.as_mut(), &pieces, start, on_output);
        if heard.is_err() {
            // It may have ended by itself meanwhile; then there is nothing to kill.
            let _ = child.start_kill();
            let _ = child.wait();
        }
        let (status, wall) = heard?;
        if status.success() {
            let cpu = cpu_of_children().zip(cpu_before);
            Ok(Spent {
                wall,
                cpu: cpu.and_then(|(after, before)| after.checked_sub(before)),
            })
        } else {
            Err(Error::CommandFailed {
                command: self.command.to_owned(),
                status: status.to_string(),
            })
        }
    }

    fn spawn(&self) -> std::io::Result<Started> {
        let (reader, writer) = std::io::pipe()?;
        let for_errors = writer.try_clone()?;
        let (shell, flag) = if cfg!(windows) {
            ("cmd", "/C")
        } else {
            ("sh", "-c")
        };
        let mut command = CommandWrap::with_new(shell, |command| {
            command
                .arg(flag)
                .arg(self.command)
                .current_dir(self.dir)
                .stdin(Stdio::null())
                .stdout(writer)
                .stderr(for_errors);
        });
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::std::JobObject);
        // `command` holds our ends of the pipe; only once it is gone does the stream end with the child.
        let child = command.spawn()?;
        drop(command);
        Ok((child, read_in_background(reader)))
    }

    fn listen(
        &self,
        child: &mut dyn ChildWrapper,
        pieces: &Receiver<Vec<u8>>,
        start: Instant,
        on_output: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(ExitStatus, Duration), Error> {
        let mut ended: Option<(ExitStatus, Duration)> = None;
        loop {
            if self.stop.is_raised() {
                return Err(Error::Interrupted);
            }
            if start.elapsed() > self.timeout && ended.is_none() {
                return Err(Error::TimedOut {
                    command: self.command.to_owned(),
                    timeout_s: self.timeout.as_secs(),
                });
            }
            let is_stream_over = match pieces.recv_timeout(POLL) {
                Ok(piece) => {
                    on_output(&piece)?;
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            if ended.is_none() {
                let status = child.try_wait().map_err(|source| Error::Spawn {
                    command: self.command.to_owned(),
                    source,
                })?;
                ended = status.map(|status| (status, start.elapsed()));
            }
            match ended {
                Some(ended) if is_stream_over => return Ok(ended),
                Some((status, wall)) if start.elapsed() > wall + GRACE => {
                    let _ = child.start_kill();
                    return Ok((status, wall));
                }
                // Between the end of the stream and that of the process is usually next to nothing.
                None if is_stream_over => std::thread::sleep(Duration::from_millis(1)),
                _ => {}
            }
        }
    }
}

/// How long processors have worked for all children that have been waited for.
#[cfg(unix)]
fn cpu_of_children() -> Option<Duration> {
    use nix::sys::resource::{getrusage, UsageWho};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    u64::try_from(microseconds).ok().map(Duration::from_micros)
}

#[cfg(not(unix))]
fn cpu_of_children() -> Option<Duration> {
    None
}

fn read_in_background(mut reader: PipeReader) -> Receiver<Vec<u8>> {
    let (send, receive) = sync_channel(PIECES_IN_FLIGHT);
    std::thread::spawn(move || {
        let mut piece = vec![0; PIECE_BYTES];
        // Ends with the stream, or when nobody listens any more.
        while let Ok(len @ 1..) = reader.read(&mut piece) {
            if send.send(piece[..len].to_vec()).is_err() {
                break;
            }
        }
    });
    receive
}
