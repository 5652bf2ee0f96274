//! An allocator that keeps large blocks, as traces of one segment after the other need them.
//!
//! jemalloc returns blocks of 8 MiB and more to the system as soon as they are free, unless it is told
//! to keep what it has; and every page that comes back is zeroed and faulted in again.

#[cfg(all(unix, not(target_env = "msvc")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Has the allocator keep what it has. Its settings are read before `main`, and setting them from
/// within takes `unsafe`: so the program starts itself anew with them in the environment, once.
#[cfg(all(unix, not(target_env = "msvc")))]
pub fn keep_memory() {
    use std::{env, os::unix::process::CommandExt, process::Command};
    const SETTINGS: &str = "_RJEM_MALLOC_CONF";
    if env::var_os(SETTINGS).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else {
        return;
    };
    let mut arguments = env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    let settings = "dirty_decay_ms:-1,muzzy_decay_ms:-1";
    // Returns only if it failed, and then everything works as well, a little slower.
    let _ = command.args(arguments).env(SETTINGS, settings).exec();
}

#[cfg(not(all(unix, not(target_env = "msvc"))))]
pub fn keep_memory() {}
