//! Threads that make traces and proofs, with what each keeps from job to job.

use std::{
    any::Any,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc, Mutex, PoisonError,
    },
    thread,
};

use crate::error::Error;

/// Threads of which each does one piece of work at a time.
pub(super) struct Benches {
    n: usize,
    work: Sender<Work>,
}

/// Given the number of benches and what the thread has kept.
type Work = Box<dyn FnOnce(&mut Option<Box<dyn Any>>) + Send>;

impl Benches {
    pub(super) fn start(n: usize) -> Result<Self, Error> {
        let (work, waiting) = channel::<Work>();
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..n {
            let waiting = waiting.clone();
            let thread = thread::Builder::new().name(format!("bench {number}"));
            let started = thread.spawn(move || run(&waiting));
            started.map_err(|error| Error::System {
                doing: "starting a thread",
                reason: error.to_string(),
            })?;
        }
        Ok(Self { n, work })
    }

    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// Has `work` done by the next thread that is free, which makes its bench of type `B` if it has none.
    pub(super) fn give<B: 'static>(
        &self,
        make: impl FnOnce() -> B + Send + 'static,
        work: impl FnOnce(&mut B) + Send + 'static,
    ) {
        let work: Work = Box::new(move |kept| {
            let mut bench = match kept.take().map(Box::<dyn Any>::downcast::<B>) {
                Some(Ok(bench)) => bench,
                _ => Box::new(make()),
            };
            work(&mut bench);
            *kept = Some(bench);
        });
        // The threads take work as long as there can be some.
        let _ = self.work.send(work);
    }
}

fn run(waiting: &Mutex<Receiver<Work>>) {
    let mut kept = None;
    loop {
        let work = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(work) = work else { return };
        // Whoever waits for the work sees that nothing comes of it; the thread is still needed.
        if catch_unwind(AssertUnwindSafe(|| work(&mut kept))).is_err() {
            kept = None;
        }
    }
}
