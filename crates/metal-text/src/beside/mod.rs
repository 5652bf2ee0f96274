//! A whole program's dispatches run as Metal's text, beside the adapter or instead of it: `OPENVM_METAL_TEXT=compare` or
//! `instead`.
//!
//! `compare`: the adapter runs each dispatch, and Metal's text runs it on copies of what the buffers held before; afterwards
//! all bytes that are bound must be the same. `instead`: Metal's text runs it, and the buffers get what it computes.
//!
//! `OPENVM_METAL_TEXT_HOSTILE=1` compiles the text as Apple's compiler is known to; `OPENVM_METAL_TEXT_SEED`, a number, is
//! for another order of threads. At the end of the process one line says how much was run. A fault fails the test, and,
//! should that go unnoticed, the process.

#[cfg(target_os = "linux")]
mod observer;
#[cfg(target_os = "linux")]
mod settings;

/// Runs dispatches so from now on, if the environment asks for it. Tests call it before `main`, so that it holds for each of
/// them. Ends the process if it cannot be done as asked.
pub fn from_env() {
    #[cfg(target_os = "linux")]
    let observing = settings::Settings::from_env().map(|settings| {
        settings.into_iter().for_each(observer::observe);
    });
    #[cfg(not(target_os = "linux"))]
    let observing = match std::env::var_os("OPENVM_METAL_TEXT") {
        None => Ok(()),
        Some(_) => Err("OPENVM_METAL_TEXT: Metal's text is run on Linux alone".to_owned()),
    };
    if let Err(reason) = observing {
        eprintln!("{reason}");
        std::process::exit(2);
    }
}
