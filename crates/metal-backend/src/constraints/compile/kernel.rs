//! The kernels that evaluate a [`Plan`](super::Plan), as WGSL.
//!
//! A text is complete once one of the field texts, which define `fp_*` and `ef_*`, stands before
//! it. There are six, for every AIR: each [`Form`] with each [`Mode`].

use super::Shape;
use crate::kernels::jobs;

/// The field of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Base elements, four consecutive rows a thread: round 0 and the GKR input.
    Base,
    /// Extension elements, one row a thread: the MLE rounds.
    Extension,
}

/// What becomes of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Each is written to a slot, as a virtual column.
    Columns,
    /// They are multiplied with weights and added up, one total a row and slice.
    Fold,
    /// As a fold, and the totals are multiplied with eq and added up over rows, as far as a workgroup
    /// goes.
    Reduced,
}

/// Threads in a workgroup, along the lanes.
pub const WORKGROUP_SIZE: u32 = 64;

/// The shapes that get straight-line code.
pub const STRAIGHT_LINE: [Shape; 6] = [
    Shape::new(0, 0, true),
    Shape::new(1, 0, false),
    Shape::new(1, 0, true),
    Shape::new(2, 0, false),
    Shape::new(2, 0, true),
    Shape::new(1, 1, false),
];

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
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Columns, Self::Fold, Self::Reduced];
}

/// The text of a kernel that evaluates every plan there is.
///
/// The shapes of `straight_line` get code of their own; the others run through a loop over their
/// factors. [`STRAIGHT_LINE`] is the choice to make.
pub fn text(form: Form, mode: Mode, straight_line: impl IntoIterator<Item = Shape>) -> String {
    let value = match form {
        Form::Base => include_str!("wgsl/value_base.wgsl"),
        Form::Extension => include_str!("wgsl/value_extension.wgsl"),
    };
    let main = match mode {
        Mode::Columns => include_str!("wgsl/columns.wgsl"),
        Mode::Fold => include_str!("wgsl/fold.wgsl"),
        Mode::Reduced => include_str!("wgsl/reduced.wgsl"),
    };
    let of_mode = match (mode, form) {
        (Mode::Columns, _) => jobs::SEARCH.to_owned(),
        (Mode::Fold, _) => String::new(),
        (Mode::Reduced, Form::Base) => [jobs::TEXT, include_str!("wgsl/rows_base.wgsl")].concat(),
        (Mode::Reduced, Form::Extension) => {
            [jobs::TEXT, include_str!("wgsl/rows_extension.wgsl")].concat()
        }
    };
    let cases: String = straight_line.into_iter().map(case).collect();
    let products = format!(
        "// The sum of `count` products of one shape.\n\
         fn products(shape: u32, count: u32) -> Value {{\n    \
             var sum = Value();\n    \
             switch shape {{\n\
             {cases}        \
             default: {{\n            \
                 sum = general_products(shape, count);\n        \
             }}\n    }}\n    \
             return sum;\n}}\n"
    );
    let sums = include_str!("wgsl/sums.wgsl");
    [main, &of_mode, value, sums, &products].join("\n")
}

/// One shape's case: a loop over its products, whose operands are read in the table's order.
fn case(shape: Shape) -> String {
    let first = if shape.has_signed_leaf() {
        "signed_leaf()"
    } else {
        "leaf()"
    };
    let leaves = (0..shape.n_leaves).map(|i| if i == 0 { first } else { "leaf()" });
    let factors = leaves.chain((0..shape.n_linears).map(|_| "linear()"));
    let mut reads = String::new();
    let mut product = None;
    for (i, factor) in factors.enumerate() {
        reads += &format!("                let x{i} = {factor};\n");
        product = Some(product.map_or(format!("x{i}"), |p| format!("value_mul({p}, x{i})")));
    }
    if shape.scaled {
        reads.insert_str(0, "                let coefficient = next_word();\n");
    }
    let product = match (product, shape.scaled) {
        (Some(product), false) => product,
        (Some(product), true) => format!("ef_mul_fp({product}, coefficient)"),
        (None, _) => "value_constant(coefficient)".into(),
    };
    format!(
        "        case {code}u: {{ // {shape}\n            \
             for (var i = 0u; i < count; i += 1u) {{\n{reads}                \
                 sum = ef_add(sum, {product});\n            }}\n        }}\n",
        code = shape.code(),
    )
}
