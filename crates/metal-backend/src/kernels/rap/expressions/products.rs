//! The text of the products of a sum: the shapes that most products have get code of their own, the others
//! run through a loop over their factors.

use super::Shape;

/// The shapes that get straight-line code.
pub const STRAIGHT_LINE: [Shape; 6] = [
    Shape::new(0, 0, true),
    Shape::new(1, 0, false),
    Shape::new(1, 0, true),
    Shape::new(2, 0, false),
    Shape::new(2, 0, true),
    Shape::new(1, 1, false),
];

/// The function `products`, which the text of sums calls.
pub(super) fn products(straight_line: impl IntoIterator<Item = Shape>) -> String {
    let cases: String = straight_line.into_iter().map(case).collect();
    format!(
        "// The sum of `count` products of one shape.\n\
         fn products(shape: u32, count: u32) -> Value {{\n    \
             var sum = Value();\n    \
             switch shape {{\n\
             {cases}        \
             default: {{\n            \
                 sum = general_products(shape, count);\n        \
             }}\n    }}\n    \
             return sum;\n}}\n"
    )
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
