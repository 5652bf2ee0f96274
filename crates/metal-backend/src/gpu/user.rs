//! Who may use a GPU, and what becomes of its idle memory when nobody does.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use super::{at_exit, Gpu};

/// How long idle memory is kept for the next user after the last one has gone. Programs that aggregate
/// proofs make an engine for each, and all of them need the same buffers.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// The users of a GPU.
#[derive(Debug, Default)]
pub(super) struct Users(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    number: usize,
    /// When the last user left.
    unused_since: Option<Instant>,
    /// Whether a thread waits until idle memory is to be given back.
    is_watched: bool,
}

/// A GPU whose idle memory is kept as long as there are users, and a little longer.
#[derive(Debug)]
pub(crate) struct GpuUser(Arc<Gpu>);

impl GpuUser {
    pub(crate) fn new(gpu: Arc<Gpu>) -> Self {
        let mut users = gpu.users.lock();
        users.number += 1;
        users.unused_since = None;
        drop(users);
        Self(gpu)
    }
}

impl Clone for GpuUser {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl Deref for GpuUser {
    type Target = Gpu;

    fn deref(&self) -> &Gpu {
        &self.0
    }
}

impl Drop for GpuUser {
    fn drop(&mut self) {
        let mut users = self.0.users.lock();
        users.number -= 1;
        if users.number > 0 || self.0.is_rehearsal {
            return;
        }
        users.unused_since = Some(Instant::now());
        if !users.is_watched {
            let gpu = Arc::downgrade(&self.0);
            let watch = thread::Builder::new().name("gpu-idle-memory".to_owned());
            users.is_watched = watch.spawn(|| trim_when_unused(gpu)).is_ok();
            if !users.is_watched {
                self.0.trim();
            }
        }
    }
}

/// Gives idle memory back when nobody has used the GPU for [`KEPT_FOR`]; ends when somebody does.
fn trim_when_unused(gpu: Weak<Gpu>) {
    let mut wait = KEPT_FOR;
    loop {
        thread::sleep(wait);
        let Some(gpu) = gpu.upgrade() else { return };
        let mut users = gpu.users.lock();
        wait = match users.unused_since.map(|since| since.elapsed()) {
            Some(unused) if unused < KEPT_FOR => KEPT_FOR - unused,
            unused => {
                users.is_watched = false;
                if unused.is_some() {
                    let _turn = at_exit::enter();
                    gpu.trim();
                }
                return;
            }
        };
    }
}

impl Users {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
