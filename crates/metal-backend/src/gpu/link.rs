//! The connection to an opened adapter: whether it still answers, and how long it is waited for.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Arc, OnceLock,
    },
    time::Duration,
};

use wgpu::{Device, PollError, PollType, Queue, SubmissionIndex};

use super::{AdapterSummary, GpuError, GpuOptions};

/// How long a GPU may take over a submission. Drivers stop kernels after some ten seconds.
const WAIT_LIMIT: Duration = Duration::from_secs(120);

/// The same for a processor that emulates one, which no driver watches and which is a thousand times slower.
const WAIT_LIMIT_OF_SOFTWARE: Duration = Duration::from_secs(3600);

/// An opened adapter. All that is on it has the same link, and one that is opened again has another.
pub(super) struct Link {
    pub(super) adapter: AdapterSummary,
    device: Device,
    queue: Queue,
    wait_limit: Duration,
    /// Submissions that are known to be done.
    n_done: Arc<AtomicU64>,
    lost: Arc<OnceLock<String>>,
    #[cfg(any(test, feature = "internals"))]
    pub(super) faults: super::faults::Faults,
}

impl Link {
    /// The link to `device`, which notes from now on that it was lost, and errors that no scope caught:
    /// after one of them the device's state is unknown, so it counts as lost.
    pub(super) fn new(
        adapter: AdapterSummary,
        (device, queue): (Device, Queue),
        options: &GpuOptions,
    ) -> Arc<Self> {
        let lost = Arc::new(OnceLock::new());
        let on_lost = lost.clone();
        device.set_device_lost_callback(move |reason, message| {
            let _ = on_lost.set(format!("{reason:?} {message}"));
        });
        let on_error = lost.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let _ = on_error.set(error.to_string());
        }));
        let wait_limit = match adapter.is_software {
            true => WAIT_LIMIT_OF_SOFTWARE,
            false => WAIT_LIMIT,
        };
        Arc::new(Self {
            adapter,
            device,
            queue,
            wait_limit: options.wait_limit.unwrap_or(wait_limit),
            n_done: Arc::default(),
            lost,
            #[cfg(any(test, feature = "internals"))]
            faults: Default::default(),
        })
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.get().is_some()
    }

    /// An error if the device was lost.
    pub(super) fn check(&self) -> Result<(), GpuError> {
        match self.lost.get() {
            None => Ok(()),
            Some(reason) => Err(GpuError::DeviceLost {
                reason: reason.clone(),
            }),
        }
    }

    /// Counts the device as lost from now on, for `reason` unless there was one before.
    pub(super) fn lose(&self, reason: String) -> GpuError {
        GpuError::DeviceLost {
            reason: self.lost.get_or_init(|| reason).clone(),
        }
    }

    /// Notes when all that was submitted is done.
    pub(super) fn watch(&self) {
        let n_done = self.n_done.clone();
        self.queue
            .on_submitted_work_done(move || _ = n_done.fetch_add(1, Relaxed));
    }

    /// Waits for a submission, or for all; as long as others before it are done in time, it has time.
    pub(super) fn wait(
        &self,
        submission_index: Option<SubmissionIndex>,
        stage: &str,
    ) -> Result<(), GpuError> {
        loop {
            let n_done = self.n_done.load(Relaxed);
            let polled = self.poll_for(submission_index.clone());
            self.check()?;
            match polled? {
                Ok(()) => return Ok(()),
                Err(PollError::Timeout) if self.n_done.load(Relaxed) > n_done => {}
                Err(PollError::Timeout) => {
                    // Never dropped, as wgpu would wait for it without end.
                    std::mem::forget(self.queue.clone());
                    let seconds = self.wait_limit.as_secs_f64();
                    return Err(self.lose(format!("no progress for {seconds} s in stage {stage}")));
                }
                Err(error) => return Err(self.lose(format!("stage {stage}: {error}"))),
            }
        }
    }

    /// Waits once.
    fn poll_for(
        &self,
        submission_index: Option<SubmissionIndex>,
    ) -> Result<Result<(), PollError>, GpuError> {
        #[cfg(any(test, feature = "internals"))]
        if self.faults.strikes(super::faults::Fault::Unending) {
            return Ok(Err(PollError::Timeout));
        }
        self.poll(PollType::Wait {
            submission_index,
            timeout: Some(self.wait_limit),
        })
    }

    /// Lets the driver free what is no longer used, and map what is asked for, as far as work is done.
    pub(super) fn tend(&self) -> Result<(), GpuError> {
        let polled = self.poll(PollType::Poll)?;
        polled.map_err(|error| self.lose(error.to_string()))
    }

    /// Polls; wgpu panics where the driver says that the device is lost.
    fn poll(&self, poll_type: PollType) -> Result<Result<(), PollError>, GpuError> {
        let poll = || self.device.poll(poll_type).map(|_| ());
        catch_unwind(AssertUnwindSafe(poll)).map_err(|_| self.lose("the driver says so".to_owned()))
    }
}
