//! The shapes of products.

use std::fmt;

/// The most factors in one product; a longer one is cut.
///
/// The degree that the protocol's parameters usually allow is 4; more only costs columns.
pub const MAX_FACTORS: usize = 4;

/// The most terms of a linear form that is a factor, as its two counts share a word.
pub const MAX_LINEAR_TERMS: u32 = 0xffff;

/// The form of a product: what is left when the columns and coefficients are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// Number of factors that are leaves.
    pub n_leaves: u8,
    /// Number of factors that are linear forms.
    pub n_linears: u8,
    /// Whether there is a coefficient other than 1 or -1.
    pub scaled: bool,
}

impl Shape {
    /// A product of this many leaves and linear forms, with a coefficient or without.
    pub const fn new(n_leaves: u8, n_linears: u8, scaled: bool) -> Self {
        Self {
            n_leaves,
            n_linears,
            scaled,
        }
    }

    /// Every shape there is. A constant is the scaled product of no factors.
    pub fn all() -> impl Iterator<Item = Self> {
        let max = MAX_FACTORS as u8;
        let factors = (0..=max).flat_map(move |p| (0..=max - p).map(move |q| (p, q)));
        factors
            .flat_map(|(n_leaves, n_linears)| {
                [false, true].map(|scaled| Self {
                    n_leaves,
                    n_linears,
                    scaled,
                })
            })
            .filter(|shape| shape.scaled || shape.n_leaves + shape.n_linears > 0)
    }

    /// The number that stands for the shape in a table.
    pub const fn code(self) -> u32 {
        (self.scaled as u32) | (self.n_leaves as u32) << 1 | (self.n_linears as u32) << 4
    }

    /// The inverse of [`code`](Self::code).
    pub const fn from_code(code: u32) -> Self {
        Self {
            n_leaves: (code >> 1 & 7) as u8,
            n_linears: (code >> 4 & 7) as u8,
            scaled: code & 1 != 0,
        }
    }

    /// Whether the sign is a bit of the first leaf; elsewhere it is in the coefficient or in the
    /// first linear form.
    pub const fn has_signed_leaf(self) -> bool {
        !self.scaled && self.n_linears == 0
    }
}

/// For example `2·leaf·leaf·linear` as `c l l f`.
impl fmt::Display for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let factors = |name, n: u8| std::iter::repeat_n(name, n as usize);
        let coefficient = factors("c", self.scaled.into());
        let all = coefficient
            .chain(factors("l", self.n_leaves))
            .chain(factors("f", self.n_linears));
        out.write_str(&all.collect::<Vec<_>>().join(" "))
    }
}
