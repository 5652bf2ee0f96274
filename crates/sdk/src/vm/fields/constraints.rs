//! Constraints as sums of products.

use num_bigint::BigUint;
use openvm_circuit::primitives::bigint::{
    check_carry_to_zero::get_carry_max_abs_and_bits, OverflowInt,
};
use openvm_metal_backend::fields::{Factor, FieldConstraint, FieldTerm};
use openvm_mod_circuit_builder::{ExprBuilder, SymbolicExpr};

use super::numbers::Numbers;

/// The constraints of `builder`. `None` if one has products of three factors, or more numbers than a table has room for.
pub(super) fn constraints(
    builder: &ExprBuilder,
    numbers: &mut Numbers,
) -> Option<Vec<FieldConstraint>> {
    let one = numbers.factor(1_u32.into())?;
    let expressions = builder.constraints.iter().enumerate();
    let constraints = expressions.map(|(index, expression)| {
        let mut expansion = Expansion { builder, numbers };
        let products = expansion.expand(expression)?;
        let terms = products.into_iter().map(|product| product.term(one));
        Some(FieldConstraint {
            terms: terms.collect::<Option<_>>()?,
            n_quotient_limbs: builder.q_limbs[index],
            n_carries: builder.carry_limbs[index],
            carry_bits: carry_bits(builder, index),
        })
    });
    constraints.collect()
}

/// Carries are at least -2^carry_bits, by the rules of upstream's `OverflowInt`, which depend on no values.
fn carry_bits(builder: &ExprBuilder, index: usize) -> u32 {
    let limb_bits = builder.limb_bits;
    let zero = OverflowInt::<isize>::from_unsigned_limbs(vec![0; builder.num_limbs], limb_bits);
    let constant = |(_, limbs): &(BigUint, Vec<usize>)| {
        OverflowInt::from_unsigned_limbs(vec![0; limbs.len()], limb_bits)
    };
    let constants: Vec<_> = builder.constants.iter().map(constant).collect();
    let sum = builder.constraints[index].evaluate_overflow_isize(
        &vec![zero.clone(); builder.num_input],
        &vec![zero; builder.num_variables],
        &constants,
        &vec![false; builder.num_flags],
    );
    let quotient = OverflowInt::from_signed_limbs(vec![0; builder.q_limbs[index]], limb_bits);
    let prime = OverflowInt::from_biguint(&builder.prime, limb_bits, None);
    let remainder = sum - quotient * prime;
    let (_, bits) = get_carry_max_abs_and_bits(remainder.max_overflow_bits(), limb_bits);
    bits as u32 - 1
}

/// A product with the flags that it depends on.
#[derive(Clone)]
struct Product {
    mask: u16,
    flags: u16,
    coefficient: i64,
    factors: Vec<Factor>,
}

impl Product {
    fn new(coefficient: i64, factors: Vec<Factor>) -> Self {
        Self {
            mask: 0,
            flags: 0,
            coefficient,
            factors,
        }
    }

    fn times(mut self, integer: i64) -> Option<Self> {
        self.coefficient = self.coefficient.checked_mul(integer)?;
        Some(self)
    }

    /// Whether there are flags with which both count.
    fn meets(&self, mask: u16, flags: u16) -> bool {
        (self.flags ^ flags) & self.mask & mask == 0
    }

    fn where_flags(mut self, mask: u16, flags: u16) -> Self {
        self.mask |= mask;
        self.flags |= flags;
        self
    }

    /// The same in the table's words. `None` if there are too many factors.
    fn term(self, one: Factor) -> Option<FieldTerm> {
        let factors = match self.factors[..] {
            [] => [one, one],
            [a] => [a, one],
            [a, b] => [a, b],
            _ => return None,
        };
        Some(FieldTerm {
            mask: self.mask,
            flags: self.flags,
            coefficient: i32::try_from(self.coefficient).ok()?,
            factors,
        })
    }
}

struct Expansion<'n> {
    builder: &'n ExprBuilder,
    numbers: &'n mut Numbers,
}

impl Expansion<'_> {
    /// The products that an expression is the sum of.
    fn expand(&mut self, expression: &SymbolicExpr) -> Option<Vec<Product>> {
        let value = |value: usize| Some(Factor::value(u8::try_from(value).ok()?));
        let one_of = |factor| Some(vec![Product::new(1, vec![factor])]);
        match expression {
            SymbolicExpr::Input(input) => one_of(value(*input)?),
            SymbolicExpr::Var(variable) => one_of(value(self.builder.num_input + variable)?),
            SymbolicExpr::Const(_, number, _) => one_of(self.numbers.factor(number.clone())?),
            SymbolicExpr::Add(a, b) => Some([self.expand(a)?, self.expand(b)?].concat()),
            SymbolicExpr::Sub(a, b) => {
                let negated = self.scaled(b, -1)?;
                Some([self.expand(a)?, negated].concat())
            }
            SymbolicExpr::Mul(a, b) => products(&self.expand(a)?, &self.expand(b)?),
            SymbolicExpr::IntAdd(a, integer) => {
                let mut sum = self.expand(a)?;
                sum.push(Product::new(*integer as i64, vec![]));
                Some(sum)
            }
            SymbolicExpr::IntMul(a, integer) => self.scaled(a, *integer as i64),
            SymbolicExpr::Select(flag, if_set, if_not) => {
                let mask = 1_u16.checked_shl(u32::try_from(*flag).ok()?)?;
                let case = |products: Vec<Product>, flags: u16| {
                    let possible = products.into_iter().filter(move |it| it.meets(mask, flags));
                    possible.map(move |product| product.where_flags(mask, flags))
                };
                let if_set = case(self.expand(if_set)?, mask);
                Some(if_set.chain(case(self.expand(if_not)?, 0)).collect())
            }
            // Only what computes a variable divides.
            SymbolicExpr::Div(..) => None,
        }
    }

    fn scaled(&mut self, expression: &SymbolicExpr, integer: i64) -> Option<Vec<Product>> {
        let products = self.expand(expression)?.into_iter();
        products.map(|product| product.times(integer)).collect()
    }
}

/// Each product of one with each of the other, where there are flags for both.
fn products(a: &[Product], b: &[Product]) -> Option<Vec<Product>> {
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    let possible = pairs.filter(|(a, b)| a.meets(b.mask, b.flags));
    let product = |(a, b): (&Product, &Product)| {
        let mut product = a.clone().times(b.coefficient)?;
        product.factors.extend(&b.factors);
        Some(product.where_flags(b.mask, b.flags))
    };
    possible.map(product).collect()
}
