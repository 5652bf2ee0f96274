//! Files: what they are called, where they are, and how they are read and written.

pub mod names;
mod objects;
mod output;
mod project;

pub use objects::{decode, read, read_json, read_made, read_object};
pub use output::{remove_unfinished, Output};
pub use project::{artifact, Project};
