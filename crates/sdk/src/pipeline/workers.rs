//! Threads that take one job at a time from whoever decides.

use std::{
    sync::mpsc::{channel, Receiver, Sender},
    thread,
};

use crate::Error;

/// Threads of one kind. A thread is either idle or has one job; when it is done, it says so with whatever
/// message it has, and [`Workers::is_idle_again`] must be told.
pub(crate) struct Workers<J> {
    jobs: Vec<Sender<J>>,
    idle: Vec<usize>,
}

impl<J: Send + 'static> Workers<J> {
    /// `n` threads called `name`, that `start` starts: it is given the thread's name, number, and jobs.
    pub(crate) fn start(
        n: usize,
        name: &str,
        mut start: impl FnMut(thread::Builder, usize, Receiver<J>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut jobs = Vec::with_capacity(n);
        for number in 0..n {
            let (sender, receiver) = channel();
            let builder = thread::Builder::new().name(format!("{name} {number}"));
            start(builder, number, receiver)?;
            jobs.push(sender);
        }
        Ok(Self {
            idle: (0..n).rev().collect(),
            jobs,
        })
    }

    pub(crate) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    pub(crate) fn n_idle(&self) -> usize {
        self.idle.len()
    }

    /// Gives a job to an idle thread; without one it is given back.
    pub(crate) fn give(&mut self, job: J) -> Result<(), J> {
        self.give_to_one(job, |_| true)
    }

    /// The same, to a thread whose number is `preferred` if such a one is idle.
    pub(crate) fn give_to_one(
        &mut self,
        job: J,
        preferred: impl Fn(usize) -> bool,
    ) -> Result<(), J> {
        let place = self.idle.iter().rposition(|&number| preferred(number));
        let Some(place) = place.or(self.idle.len().checked_sub(1)) else {
            return Err(job);
        };
        let sent = self.jobs[self.idle[place]].send(job);
        sent.map_err(|refused| refused.0)?;
        self.idle.remove(place);
        Ok(())
    }

    pub(crate) fn is_idle_again(&mut self, number: usize) {
        self.idle.push(number);
    }
}
