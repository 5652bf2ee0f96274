//! A kernel that touches what is not its own is named before the process ends.

use std::{cell::Cell, io, mem, ptr, sync::Once};

thread_local! {
    /// The kernel that runs.
    static RUNNING: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Runs a kernel, whose name is said should it leave its memory.
pub(super) fn named<R>(label: &str, run: impl FnOnce() -> R) -> R {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        for signal in [libc::SIGSEGV, libc::SIGBUS] {
            install(signal);
        }
    });
    // SAFETY: it is taken back before the label can end.
    let forever = unsafe { mem::transmute::<&str, &'static str>(label) };
    RUNNING.set(Some(forever));
    let result = run();
    RUNNING.set(None);
    result
}

fn install(signal: i32) {
    let handler: extern "C" fn(i32) = leave;
    // SAFETY: all zero is a valid `sigaction`; the handler does only what a handler may.
    let status = unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler as usize;
        // The standard library has given each thread a stack for it.
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigaction(signal, &action, ptr::null_mut())
    };
    assert_eq!(status, 0, "{}", io::Error::last_os_error());
}

extern "C" fn leave(signal: i32) {
    let say = |text: &str| {
        // SAFETY: bytes that are there; a handler may write.
        unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
    };
    if let Some(label) = RUNNING.get() {
        say("\nMetal's text reads or writes beyond its buffers or its stack: ");
        say(label);
        say("\n");
    }
    // SAFETY: a handler may; what it was called for happens again, and ends the process.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
}
