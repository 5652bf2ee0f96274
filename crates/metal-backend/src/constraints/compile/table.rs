//! Sums as the words that the kernels read.
//!
//! ```text
//! sum     = target, segment, ..., segment
//! segment = LAST_SEGMENT? | n_products << 8 | shape, product, ..., product
//! product = [coefficient] leaf, ..., leaf, linear, ..., linear
//! linear  = constant, n_scaled << 16 | n_units, leaf, ... (n_units), coefficient, leaf, ... (n_scaled)
//! leaf    = NEGATED? | slot
//! ```
//!
//! The products of a segment have one [`Shape`]. `target` is the slot of a virtual column, or the
//! index of the weight that the sum is multiplied with. Field elements are in Montgomery form.
//! [`Shape::has_signed_leaf`] says when a product's first leaf may be negated; among a linear
//! form's leaves it is the unscaled ones.

use crate::gpu::word;
use std::{collections::BTreeMap, ops::Range};

use openvm_stark_backend::p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::{
    normal::{is_unit, Linear, Product, Slot, Sum},
    CompileError, Shape, F,
};

/// In a leaf: its value is to be negated.
pub(super) const NEGATED: u32 = 1 << 31;

/// In the first word of a segment: no other follows in this sum.
const LAST_SEGMENT: u32 = 1 << 31;

/// The most products in one segment.
const MAX_SEGMENT_LEN: usize = (1 << 23) - 1;

/// The most words of a slice, but for a single sum that has more.
///
/// lavapipe (Mesa 22.3) silently leaves all loops after 65,535 iterations in one thread, and counts
/// those of branches that are not taken: about 14 a segment, which has at least two words, besides
/// one for each product, factor and term. With 2^13 words there are fewer, whatever the sums.
pub const MAX_SLICE_WORDS: u32 = 1 << 13;

/// The shape and number of products in the first word of a segment, and whether it is the last.
pub(super) fn read_segment(word: u32) -> (Shape, usize, bool) {
    let count = (word & !LAST_SEGMENT) >> 8;
    (
        Shape::from_code(word & 0xff),
        count as usize,
        word & LAST_SEGMENT != 0,
    )
}

/// The numbers of unscaled and scaled leaves in the second word of a linear form.
pub(super) fn read_counts(word: u32) -> (usize, usize) {
    ((word & 0xffff) as usize, (word >> 16) as usize)
}

/// Consecutive sums in a plan's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Where each sum begins in [`Plan::table`](super::Plan::table), and where the last one ends.
    pub starts: Vec<u32>,
}

impl Section {
    /// Number of sums.
    pub fn n_sums(&self) -> usize {
        self.starts.len() - 1
    }

    /// Cuts the sums `range` into slices that read about equally many words, and so do about
    /// equally much work: returns where each slice begins in the table, and where the last one
    /// ends.
    ///
    /// There are `count` slices, or more where they would have more than [`MAX_SLICE_WORDS`] words
    /// each. A slice may be empty.
    pub fn slices(&self, range: Range<usize>, count: usize) -> Vec<u32> {
        let starts = &self.starts[range.start..=range.end];
        let (first, last) = (starts[0], starts[starts.len() - 1]);
        let n_words = last - first;
        let count = word(count).max(n_words.div_ceil(MAX_SLICE_WORDS)).max(1);
        let boundary = |i: u32| {
            let ideal = first + word(u64::from(n_words) * u64::from(i) / u64::from(count));
            starts[starts.partition_point(|&start| start < ideal)]
        };
        (0..=count).map(boundary).collect()
    }
}

/// The table of one plan while it is being written.
pub(super) struct Table {
    pub(super) words: Vec<u32>,
}

impl Table {
    /// Appends one sum for each of `sums`, which come with their targets.
    pub(super) fn section(
        &mut self,
        sums: impl Iterator<Item = (u32, Result<Sum, CompileError>)>,
    ) -> Result<Section, CompileError> {
        let mut starts = vec![self.position()?];
        for (target, sum) in sums {
            self.words.push(target);
            self.sum(sum?);
            starts.push(self.position()?);
        }
        Ok(Section { starts })
    }

    fn position(&self) -> Result<u32, CompileError> {
        let limit = u32::MAX as usize;
        u32::try_from(self.words.len()).map_err(|_| CompileError::TooLarge {
            what: "the table",
            limit,
        })
    }

    fn sum(&mut self, sum: Sum) {
        let segments = by_shape(sum);
        let n_segments = segments.len();
        for (i, (shape, products)) in segments.into_iter().enumerate() {
            let last = if i + 1 == n_segments { LAST_SEGMENT } else { 0 };
            self.words
                .push(last | word(products.len()) << 8 | shape.code());
            products
                .iter()
                .for_each(|product| self.product(shape, product));
        }
    }

    fn product(&mut self, shape: Shape, product: &Product) {
        if shape.scaled {
            self.words.push(montgomery(product.coefficient));
        }
        for (i, &slot) in product.leaves.iter().enumerate() {
            let carries_sign = i == 0 && shape.has_signed_leaf();
            self.words.push(if carries_sign {
                signed(slot, product.coefficient)
            } else {
                slot
            });
        }
        product
            .linears
            .iter()
            .for_each(|linear| self.linear(linear));
    }

    fn linear(&mut self, linear: &Linear) {
        let (units, scaled): (Vec<_>, Vec<_>) = linear
            .terms
            .iter()
            .partition(|(_, &coefficient)| is_unit(coefficient));
        self.words.push(montgomery(linear.constant));
        self.words
            .push(word(scaled.len()) << 16 | word(units.len()));
        self.words.extend(
            units
                .into_iter()
                .map(|(&slot, &coefficient)| signed(slot, coefficient)),
        );
        self.words.extend(
            scaled
                .into_iter()
                .flat_map(|(&slot, &c)| [montgomery(c), slot]),
        );
    }
}

/// The products of a sum in segments; at least one, a zero if need be.
fn by_shape(sum: Sum) -> Vec<(Shape, Vec<Product>)> {
    let constant = |coefficient| Product {
        coefficient,
        leaves: vec![],
        linears: vec![],
    };
    let monomials = sum.monomials.into_iter();
    let monomials = monomials.map(|(leaves, coefficient)| Product {
        leaves,
        ..constant(coefficient)
    });
    let mut products: Vec<_> = monomials.chain(sum.products).collect();
    if products.is_empty() {
        products.push(constant(F::ZERO));
    }
    let mut groups = BTreeMap::<Shape, Vec<Product>>::new();
    for product in products {
        groups.entry(product.shape()).or_default().push(product);
    }
    groups
        .into_iter()
        .flat_map(|(shape, products)| split(shape, products))
        .collect()
}

fn split(shape: Shape, mut products: Vec<Product>) -> Vec<(Shape, Vec<Product>)> {
    let mut segments = Vec::with_capacity(1);
    while products.len() > MAX_SEGMENT_LEN {
        let rest = products.split_off(MAX_SEGMENT_LEN);
        segments.push((shape, std::mem::replace(&mut products, rest)));
    }
    segments.push((shape, products));
    segments
}

fn signed(slot: Slot, unit: F) -> u32 {
    if unit == F::ONE {
        slot
    } else {
        slot | NEGATED
    }
}

/// The Montgomery form of `value`, `2^32 * value mod p`.
fn montgomery(value: F) -> u32 {
    (value * F::from_u64(1 << 32)).as_canonical_u32()
}
