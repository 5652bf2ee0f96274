//! How kernels evaluate plans: sums of products, read from a table.
//!
//! The texts of a kernel are one for every AIR; there is one for each [`Form`].

mod products;
mod shape;

pub use products::STRAIGHT_LINE;
pub use shape::{Shape, MAX_FACTORS, MAX_LINEAR_TERMS};

use self::products::products;

/// The field of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Base elements, four consecutive rows a thread: round 0 and the GKR input.
    Base,
    /// Extension elements, one row a thread: the MLE rounds.
    Extension,
}

/// Threads of a workgroup, along the lanes.
pub const WORKGROUP_SIZE: u32 = 64;

impl Form {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Base, Self::Extension];

    /// Rows that a thread computes: those of one `vec4<u32>` of a slot.
    pub const fn rows_per_lane(self) -> usize {
        match self {
            Self::Base => 4,
            Self::Extension => 1,
        }
    }

    /// The text that evaluates sums, after a field text. Kernels have the bindings `table` and `values`.
    pub(super) fn sums(self) -> String {
        match self {
            Self::Base => with_sums(&[
                include_str!("value_base.wgsl"),
                include_str!("total_base.wgsl"),
            ]),
            Self::Extension => with_sums(&[include_str!("value_extension.wgsl")]),
        }
    }

    /// How the rows of a lane are added up.
    pub(super) fn rows(self) -> &'static str {
        match self {
            Self::Base => include_str!("rows_base.wgsl"),
            Self::Extension => include_str!("rows_extension.wgsl"),
        }
    }

    /// How the rows of a lane are kept, in tiles.
    pub(super) fn fold(self) -> &'static str {
        match self {
            Self::Base => include_str!("fold_base.wgsl"),
            Self::Extension => include_str!("fold_extension.wgsl"),
        }
    }
}

/// The same as [`Form::sums`] and [`Form::fold`] together, for weights and totals of the base field.
pub(super) fn numerator_fold() -> String {
    with_sums(&[
        include_str!("value_base.wgsl"),
        include_str!("fold_numerators.wgsl"),
    ])
}

/// What evaluates sums of the values in `texts`.
fn with_sums(texts: &[&str]) -> String {
    let sums = [include_str!("sums.wgsl"), &products(STRAIGHT_LINE)];
    [texts, &sums].concat().join("\n")
}

/// The groups of lanes of a point, each of which has one partial sum for every slice.
pub fn n_lane_groups(point_lanes: usize) -> usize {
    point_lanes.div_ceil(WORKGROUP_SIZE as usize)
}
