//! The connection to an opened adapter: whether it still answers, and how long it is waited for.

use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{Arc, OnceLock},
    time::Duration,
};

use wgpu::{Device, PollError, PollType, Queue, SubmissionIndex};

use super::{patience::Patience, AdapterSummary, GpuError, GpuOptions};

/// An opened adapter. All that is on it has the same link, and one that is opened again has another.
pub(super) struct Link {
    pub(super) adapter: AdapterSummary,
    device: Device,
    queue: Queue,
    pub(super) patience: Patience,
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
        Arc::new(Self {
            patience: Patience::new(adapter.is_software, options.wait_limit),
            adapter,
            device,
            queue,
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

    /// Watches over what was just submitted, which does `work` field multiplications.
    pub(super) fn watch(&self, work: u64) {
        self.queue
            .on_submitted_work_done(self.patience.submitted(work));
    }

    /// Waits for a submission, or for all; as long as others before it are done in time, it has time.
    pub(super) fn wait(
        &self,
        submission_index: Option<SubmissionIndex>,
        stage: &str,
    ) -> Result<(), GpuError> {
        loop {
            let wait = self.patience.wait();
            let polled = self.poll_for(submission_index.clone(), wait.limit);
            self.check()?;
            match polled? {
                Ok(()) => return Ok(()),
                Err(PollError::Timeout) if self.patience.wait().n_done > wait.n_done => {}
                Err(PollError::Timeout) => {
                    // Never dropped, as wgpu would wait for it without end.
                    std::mem::forget(self.queue.clone());
                    let seconds = wait.limit.as_secs_f64();
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
        limit: Duration,
    ) -> Result<Result<(), PollError>, GpuError> {
        #[cfg(any(test, feature = "internals"))]
        if self.faults.strikes(super::faults::Fault::Unending) {
            return Ok(Err(PollError::Timeout));
        }
        self.poll(PollType::Wait {
            submission_index,
            timeout: Some(limit),
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
