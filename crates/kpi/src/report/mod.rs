//! Tables and pages, one form a file.

mod certainty;
pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
pub mod section;
pub mod terminal;
