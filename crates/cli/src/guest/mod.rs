//! The guest program: its VM configuration, its code, its input.

mod build;
mod config;
mod exe;
mod input;

pub use config::{default_config, read_config, refuse_deferrals};
pub use exe::{load, Guest};
pub use input::Input;
