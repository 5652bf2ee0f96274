//! Proofs and keys from the command line, exchanged with openvm-sdk, whose formats are those of `cargo openvm`.

mod app;
#[cfg(target_os = "linux")]
mod cluster;
mod formats;
#[cfg(target_os = "linux")]
#[path = "../../../cluster/tests/support/nats.rs"]
mod nats;
mod stark;
#[path = "../support/mod.rs"]
mod support;
#[path = "../../../sdk/tests/guests/toy_params.rs"]
mod toy_params;
