//! What can be said without a Mac of a kernel's text on Metal.
//!
//! [`Text::parse`] reads WGSL. [`Text::to_msl`] makes of it the text that wgpu would hand to Apple's compiler,
//! [`lints`] are rules that follow from public faults of that compiler and from Metal's limits, and
//! [`clang::check_types`] has the translation compiled by clang, with a small header in place of Apple's.
//!
//! What it cannot say is what Apple's own compiler makes of a text: no Mac has taken part in this.

#![deny(missing_docs)]

pub mod clang;
pub mod lints;
mod msl;
mod text;

pub use msl::{RuntimeChecks, LANGUAGE_VERSIONS};
pub use text::Text;
