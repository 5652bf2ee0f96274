//! The most memory that this process had at once.

use std::{
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Arc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use sysinfo::{get_current_pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// A peak shorter than this may be missed.
const INTERVAL: Duration = Duration::from_millis(20);

/// Watches the memory of this process.
pub struct PeakMemory {
    bytes: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl PeakMemory {
    /// Starts to watch.
    pub fn watch() -> Self {
        let bytes = Arc::new(AtomicU64::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let (peak, stop) = (bytes.clone(), is_over.clone());
        let watch = move || {
            let mut system = System::new();
            while !stop.load(Ordering::Relaxed) {
                peak.fetch_max(resident_bytes(&mut system).unwrap_or(0), Ordering::Relaxed);
                thread::sleep(INTERVAL);
            }
        };
        let watcher = thread::Builder::new()
            .name("memory".to_owned())
            .spawn(watch);
        Self {
            bytes,
            is_over,
            watcher: watcher.ok(),
        }
    }

    /// Stops, and tells the most bytes that were seen; `None` where the system does not say.
    pub fn stop(mut self) -> Option<u64> {
        self.end();
        Some(self.bytes.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    fn end(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            // It cannot panic, and if it did there would be nothing to tell.
            let _ = watcher.join();
        }
    }
}

impl Drop for PeakMemory {
    fn drop(&mut self) {
        self.end();
    }
}

fn resident_bytes(system: &mut System) -> Option<u64> {
    let pid = get_current_pid().ok()?;
    let what = ProcessRefreshKind::nothing().with_memory().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
    system.process(pid).map(|process| process.memory())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_some_memory() {
        let watch = PeakMemory::watch();
        thread::sleep(INTERVAL * 3);
        assert!(watch.stop() > Some(1 << 20));
    }
}
