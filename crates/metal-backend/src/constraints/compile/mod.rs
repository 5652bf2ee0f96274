//! The constraint compiler: from an AIR's symbolic DAG to a [`Plan`], as a pure function.
//!
//! # The normal form
//!
//! Every expression becomes a *sum of products*. A product is a coefficient times factors, and a
//! factor is either a *leaf* (one column, at one rotation; a selector; a public value) or a *linear
//! form* (a constant plus coefficients times leaves). What does not fit is cut out into a *virtual
//! column*, which is computed first and read as a leaf from then on:
//!
//! - a subexpression that is used more than once and costs at least four operations;
//! - a sum with products in it, where it is a factor of another product;
//! - a product of more than [`MAX_FACTORS`](crate::kernels::rap::expressions::MAX_FACTORS) factors.
//!
//! Products that differ only in what they read have the same [`Shape`]: the number of their leaves
//! and of their linear forms, and whether there is a coefficient other than ±1. There are no more
//! shapes than those of [`Shape::all`], whatever the AIR. So the constraints are data, a table of
//! products grouped by shape, and the texts of [`expressions`](crate::kernels::rap::expressions)
//! evaluate the table of every AIR.
//!
//! # The phases
//!
//! 1. `dag` checks upstream's DAG and counts what the wanted outputs reach;
//! 2. `cut` chooses the virtual columns;
//! 3. `normal` writes a virtual column or an output as a sum of products;
//! 4. `table` encodes the sums as words;
//! 5. `plan` puts the phases together, and `statistics` counts what came out.
//!
//! None of it knows of a GPU, a trace height or a challenge, and none of it recurses: a DAG may be
//! as deep as it likes.

mod cut;
mod dag;
mod normal;
mod plan;
mod statistics;
mod table;

pub use dag::Input;
pub use plan::{compile, MessageWeight, Plan, Targets};
pub use statistics::Statistics;
pub use table::{Section, MAX_SLICE_WORDS};

use crate::{error::CompileError, kernels::rap::expressions::Shape};

/// The base field.
type F = p3_baby_bear::BabyBear;
