//! Runs each dispatch as Metal's text, and counts.

use std::{
    collections::HashMap,
    iter::zip,
    process,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Arc, Mutex, OnceLock, PoisonError,
    },
};

use openvm_metal_backend::internals::gpu::{
    observe_dispatches, Dispatch, DispatchObserver, GpuError,
};
use tracing::subscriber::{with_default, NoSubscriber};

use super::settings::{Mode, Settings};
use crate::{
    execution::{self, at_exit, Executable},
    RuntimeChecks, Text,
};

/// From now on dispatches are run so, and what was run is said at the end of the process.
pub fn observe(settings: Settings) {
    let observer = Observer {
        settings,
        kernels: Mutex::default(),
        n_dispatches: AtomicU64::new(0),
        n_bytes: AtomicU64::new(0),
        n_differing: AtomicU64::new(0),
        n_faults: AtomicU64::new(0),
    };
    let observer = OBSERVER.get_or_init(|| observer);
    observe_dispatches(observer);
    at_exit(report);
}

static OBSERVER: OnceLock<Observer> = OnceLock::new();

/// By its text, and whether that has checks.
type Kernels = HashMap<(Arc<str>, RuntimeChecks), Arc<OnceLock<Result<Executable, String>>>>;

struct Observer {
    settings: Settings,
    kernels: Mutex<Kernels>,
    n_dispatches: AtomicU64,
    n_bytes: AtomicU64,
    n_differing: AtomicU64,
    n_faults: AtomicU64,
}

extern "C" fn report() {
    let Some(observer) = OBSERVER.get() else {
        return;
    };
    let Settings { mode, conduct, .. } = observer.settings;
    let n_kernels = observer.kernels().len();
    let [n_dispatches, n_bytes, n_differing, n_faults] = [
        &observer.n_dispatches,
        &observer.n_bytes,
        &observer.n_differing,
        &observer.n_faults,
    ]
    .map(|n| n.load(Relaxed));
    eprintln!(
        "metal-text {mode:?} {conduct:?}: {n_dispatches} dispatches, {n_kernels} kernels, {n_bytes} bytes, \
         {n_differing} differ, {n_faults} faults"
    );
    if n_faults > 0 {
        process::abort();
    }
}

impl DispatchObserver for &'static Observer {
    fn dispatch(&self, dispatch: &Dispatch<'_>) -> Result<(), GpuError> {
        let read = || -> Result<Vec<Vec<u8>>, GpuError> {
            let buffers = dispatch.buffers.iter();
            buffers.map(|buffer| dispatch.read(buffer)).collect()
        };
        let before = read()?;
        let mut after = before.clone();
        let i_dispatch = self.n_dispatches.fetch_add(1, Relaxed);
        let run = |kernel: &Executable| {
            kernel.run(execution::Dispatch {
                buffers: &mut after,
                bindings: &dispatch.bindings,
                params: dispatch.params,
                n_workgroups: dispatch.grid,
                seed: self.settings.seed.wrapping_add(i_dispatch),
            })
        };
        let kernel = self.kernel(dispatch);
        let kernel = kernel.get_or_init(|| self.compile(dispatch));
        let result = kernel.as_ref().map_err(Clone::clone).and_then(run);
        result.unwrap_or_else(|reason| self.fault(&reason));
        let n_bytes: usize = after.iter().map(Vec::len).sum();
        self.n_bytes.fetch_add(n_bytes as u64, Relaxed);
        match self.settings.mode {
            Mode::Compare => {
                dispatch.run()?;
                self.compare(dispatch, &after, &read()?);
            }
            Mode::Instead => {
                for (buffer, (before, after)) in zip(&dispatch.buffers, zip(before, after)) {
                    if before != after {
                        dispatch.write(buffer, &after);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Observer {
    fn kernels(&self) -> std::sync::MutexGuard<'_, Kernels> {
        self.kernels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kernel(&self, dispatch: &Dispatch<'_>) -> Arc<OnceLock<Result<Executable, String>>> {
        let key = (dispatch.source().clone(), checks(dispatch));
        self.kernels().entry(key).or_default().clone()
    }

    fn compile(&self, dispatch: &Dispatch<'_>) -> Result<Executable, String> {
        // naga tells what it does at length, where a test listens.
        with_default(NoSubscriber::new(), || {
            let text = Text::parse(dispatch.kernel(), dispatch.source())?;
            Executable::new(&text, checks(dispatch), self.settings.conduct)
        })
    }

    /// That both have left the same in all buffers.
    fn compare(&self, dispatch: &Dispatch<'_>, by_text: &[Vec<u8>], by_adapter: &[Vec<u8>]) {
        let mut differences = vec![];
        for (i, (text, adapter)) in zip(by_text, by_adapter).enumerate() {
            let is_different = |&at: &usize| text[at] != adapter[at];
            let differing = (0..text.len()).filter(is_different);
            let Some(first) = differing.clone().next() else {
                continue;
            };
            let (n, of) = (differing.count(), text.len());
            self.n_differing.fetch_add(n as u64, Relaxed);
            differences.push(format!(
                "buffer {i}: {n} of {of} bytes, the first at {first}"
            ));
        }
        if !differences.is_empty() {
            let (kernel, grid, params) = (dispatch.kernel(), dispatch.grid, dispatch.params);
            self.fault(&format!(
                "{kernel}, grid {grid:?}, parameters {params:?}: Metal's text differs from the adapter in {}",
                differences.join("; ")
            ));
        }
    }

    fn fault(&self, reason: &str) -> ! {
        self.n_faults.fetch_add(1, Relaxed);
        panic!("{reason}");
    }
}

fn checks(dispatch: &Dispatch<'_>) -> RuntimeChecks {
    match dispatch.has_runtime_checks() {
        true => RuntimeChecks::On,
        false => RuntimeChecks::Off,
    }
}
