//! What can be said without a Mac of a kernel's text on Metal.
//!
//! [`Text::parse`] reads WGSL. [`Text::to_msl`] makes of it the text that wgpu would hand to Apple's compiler,
//! [`lints`] are rules that follow from public faults of that compiler and from Metal's limits,
//! [`clang::check_types`] has the translation compiled by clang, with small headers in place of Apple's, and `execution`,
//! on Linux, runs it over memory of the host.
//!
//! [`beside`], for tests of whole programs, runs each dispatch of the engine so.
//!
//! What it cannot say is what Apple's own compiler makes of a text: no Mac has taken part in this.
//!
//! For tests alone, and not published. Here `unsafe` is allowed in `execution`: it loads what the compiler made of a text,
//! calls it, and switches between stacks.

#![deny(missing_docs)]

pub mod beside;
pub mod clang;
#[cfg(target_os = "linux")]
pub mod execution;
pub mod lints;
mod msl;
mod text;

pub use msl::{Msl, RuntimeChecks, LANGUAGE_VERSIONS};
pub use text::Text;
