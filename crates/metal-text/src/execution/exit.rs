//! The end of a process.

/// Has `report` called when the process ends by itself.
pub fn at_exit(report: extern "C" fn()) {
    // SAFETY: a function without arguments, which is there until the end.
    let status = unsafe { libc::atexit(report) };
    assert_eq!(status, 0, "there is room for it");
}
