//! Kernels compiled before they are needed, side by side.

use std::{
    num::NonZero,
    sync::{
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use super::{Gpu, KernelText};

/// The least time between two reports of progress.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

impl Gpu {
    /// Compiles `kernels`, unless they have been before, on as many
    /// threads as the machine has processors. With a pipeline cache, new ones are added to its file.
    ///
    /// A kernel that does not compile is an error of [`Kernel::new`](super::Kernel::new), for whoever asks for it.
    ///
    /// Logs an event `kernels_compiled` at its end, and, if it takes longer than a second, events
    /// `compiling_kernels` on the way.
    pub fn compile_ahead(&self, mut kernels: Vec<KernelText>) {
        let start = Instant::now();
        // Long texts first, so that none of them is left to a single thread at the end.
        kernels
            .sort_unstable_by(|a, b| (b.source.len(), &b.label).cmp(&(a.source.len(), &a.label)));
        kernels.dedup_by(|a, b| a.label == b.label);

        let next = AtomicUsize::new(0);
        let (done, outcomes) = mpsc::channel();
        let work = |done: mpsc::Sender<bool>| {
            while let Some(text) = kernels.get(next.fetch_add(1, Relaxed)) {
                let (is_new, _) = self.find_or_compile(&text.label, || text.clone());
                // The receiver lives as long as there are threads.
                let _ = done.send(is_new);
            }
        };
        let n_threads = thread::available_parallelism().map_or(1, NonZero::get);
        let n_compiled = thread::scope(|scope| {
            for _ in 0..n_threads.min(kernels.len()) {
                let done = done.clone();
                scope.spawn(|| work(done));
            }
            drop(done);
            count_new(outcomes, kernels.len(), start)
        });
        if n_compiled > 0 {
            self.save_pipeline_cache();
        }
        tracing::info!(
            kernels = kernels.len(),
            compiled = n_compiled,
            found = kernels.len() - n_compiled,
            ms = start.elapsed().as_millis() as u64,
            "kernels_compiled"
        );
    }
}

/// The number of kernels that were not there before; reports on the way.
fn count_new(outcomes: mpsc::Receiver<bool>, of: usize, start: Instant) -> usize {
    let mut n_new = 0;
    let mut reported = start;
    for (is_new, done) in outcomes.into_iter().zip(1..) {
        n_new += usize::from(is_new);
        if reported.elapsed() >= REPORT_INTERVAL {
            reported = Instant::now();
            let ms = start.elapsed().as_millis() as u64;
            tracing::info!(done, of, ms, "compiling_kernels");
        }
    }
    n_new
}
