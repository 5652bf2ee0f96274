//! Writes an expression as a sum of products.

use std::collections::BTreeMap;

use openvm_stark_backend::p3_field::PrimeCharacteristicRing;

use super::{
    cut::Cuts,
    dag::{Dag, Input, Node},
    CompileError, F,
};
use crate::kernels::rap::expressions::Shape;

/// The position of a column of values: inputs first, then virtual columns.
pub(super) type Slot = u32;

/// A sum of products, like products added up.
#[derive(Default)]
pub(super) struct Sum {
    /// Coefficients of the products of leaves alone, by the leaves in ascending order; the empty
    /// product is the constant.
    pub(super) monomials: BTreeMap<Vec<Slot>, F>,
    /// The products with linear forms.
    pub(super) products: Vec<Product>,
}

/// `coefficient * Π leaves * Π linears`.
pub(super) struct Product {
    pub(super) coefficient: F,
    pub(super) leaves: Vec<Slot>,
    pub(super) linears: Vec<Linear>,
}

/// `constant + Σ coefficient * leaf`, no coefficient being zero.
pub(super) struct Linear {
    pub(super) constant: F,
    pub(super) terms: BTreeMap<Slot, F>,
}

impl Product {
    pub(super) fn shape(&self) -> Shape {
        Shape {
            n_leaves: self.leaves.len() as u8,
            n_linears: self.linears.len() as u8,
            scaled: !is_unit(self.coefficient) || self.leaves.len() + self.linears.len() == 0,
        }
    }
}

/// Whether `value` is 1 or -1.
pub(super) fn is_unit(value: F) -> bool {
    value == F::ONE || value == F::NEG_ONE
}

/// A DAG with its virtual columns and the slots of its leaves.
pub(super) struct Writer<'a> {
    dag: &'a Dag,
    cuts: &'a Cuts,
    inputs: &'a [Input],
}

impl<'a> Writer<'a> {
    /// `inputs` are those of `dag`, sorted; the virtual columns' slots follow theirs.
    pub(super) fn new(dag: &'a Dag, cuts: &'a Cuts, inputs: &'a [Input]) -> Self {
        Self { dag, cuts, inputs }
    }

    /// The slot of the virtual column with index `column`.
    pub(super) fn column_slot(&self, column: u32) -> Slot {
        self.inputs.len() as Slot + column
    }

    /// What a virtual column contains, as a sum.
    pub(super) fn column(&self, node: usize) -> Result<Sum, CompileError> {
        let mut sum = Sum::default();
        let mut pending = Vec::new();
        self.open(F::ONE, node, &mut pending, &mut sum)?;
        self.add_all(pending, sum)
    }

    /// An expression as a sum; if it is a virtual column, that column.
    pub(super) fn write(&self, node: usize) -> Result<Sum, CompileError> {
        self.add_all(vec![(F::ONE, node)], Sum::default())
    }

    /// Adds `coefficient * node` for everything in `pending` to `sum`.
    fn add_all(&self, mut pending: Vec<(F, usize)>, mut sum: Sum) -> Result<Sum, CompileError> {
        while let Some((coefficient, node)) = pending.pop() {
            match self.leaf(node) {
                Some(slot) => sum.add_monomial(coefficient, vec![slot]),
                None => self.open(coefficient, node, &mut pending, &mut sum)?,
            }
        }
        Ok(sum.finish())
    }

    /// Adds `coefficient * node` to `sum` where it is a constant or a product; leaves the terms
    /// of a sum in `pending`.
    fn open(
        &self,
        coefficient: F,
        node: usize,
        pending: &mut Vec<(F, usize)>,
        sum: &mut Sum,
    ) -> Result<(), CompileError> {
        match self.dag.nodes[node] {
            Node::Input(input) => sum.add_monomial(coefficient, vec![self.input_slot(input)]),
            Node::Constant(value) => sum.add_monomial(coefficient * value, vec![]),
            Node::Scale(factor, a) => pending.push((coefficient * factor, a)),
            Node::Add(a, b) => pending.extend([(coefficient, a), (coefficient, b)]),
            Node::Sub(a, b) => pending.extend([(coefficient, a), (-coefficient, b)]),
            Node::Mul(a, b) => sum.add_product(self.product(coefficient, a, b)?),
        }
        Ok(())
    }

    /// `coefficient * a * b`, with the products among them multiplied out into their factors.
    fn product(&self, coefficient: F, a: usize, b: usize) -> Result<Product, CompileError> {
        let mut product = Product {
            coefficient,
            leaves: vec![],
            linears: vec![],
        };
        let mut pending = vec![a, b];
        while let Some(node) = pending.pop() {
            if let Some(slot) = self.leaf(node) {
                product.leaves.push(slot);
                continue;
            }
            match self.dag.nodes[node] {
                Node::Mul(a, b) => pending.extend([a, b]),
                Node::Scale(factor, a) => {
                    product.coefficient *= factor;
                    pending.push(a);
                }
                _ if product.multiply_by_linear(self.write(node)?) => {}
                _ => return Err(CompileError::NotLinear { node }),
            }
        }
        product.leaves.sort_unstable();
        Ok(product)
    }

    fn leaf(&self, node: usize) -> Option<Slot> {
        match (self.cuts.column_of[node], self.dag.nodes[node]) {
            (Some(column), _) => Some(self.column_slot(column)),
            (None, Node::Input(input)) => Some(self.input_slot(input)),
            _ => None,
        }
    }

    fn input_slot(&self, input: Input) -> Slot {
        self.inputs.partition_point(|known| *known < input) as Slot
    }
}

impl Product {
    /// Multiplies by a sum, if it is linear; [`cut`](super::cut) leaves no others here.
    #[must_use]
    fn multiply_by_linear(&mut self, sum: Sum) -> bool {
        if !sum.products.is_empty() || sum.monomials.keys().any(|leaves| leaves.len() > 1) {
            return false;
        }
        let mut linear = Linear {
            constant: F::ZERO,
            terms: BTreeMap::new(),
        };
        for (leaves, coefficient) in sum.monomials {
            match leaves.first() {
                Some(&slot) => _ = linear.terms.insert(slot, coefficient),
                None => linear.constant = coefficient,
            }
        }
        match linear.terms.first_key_value() {
            None => self.coefficient *= linear.constant,
            Some((&slot, &coefficient))
                if linear.terms.len() == 1 && linear.constant == F::ZERO =>
            {
                self.leaves.push(slot);
                self.coefficient *= coefficient;
            }
            Some(_) => self.linears.push(linear),
        }
        true
    }
}

impl Sum {
    /// The sum that is `value` on every row.
    pub(super) fn constant(value: F) -> Self {
        let mut sum = Self::default();
        sum.add_monomial(value, vec![]);
        sum.finish()
    }

    fn add_monomial(&mut self, coefficient: F, leaves: Vec<Slot>) {
        *self.monomials.entry(leaves).or_insert(F::ZERO) += coefficient;
    }

    fn add_product(&mut self, mut product: Product) {
        if product.linears.is_empty() {
            return self.add_monomial(product.coefficient, product.leaves);
        }
        if product.coefficient == F::NEG_ONE {
            product.coefficient = F::ONE;
            product.linears[0].negate();
        }
        if product.coefficient != F::ZERO {
            self.products.push(product);
        }
    }

    /// Drops what has cancelled out.
    fn finish(mut self) -> Self {
        self.monomials
            .retain(|_, coefficient| *coefficient != F::ZERO);
        self
    }
}

impl Linear {
    fn negate(&mut self) {
        self.constant = -self.constant;
        self.terms
            .values_mut()
            .for_each(|coefficient| *coefficient = -*coefficient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: Node = Node::Input(Input::IsFirstRow);

    fn dag(nodes: Vec<Node>) -> Dag {
        Dag {
            uses: vec![1; nodes.len()],
            nodes,
        }
    }

    fn write(dag: &Dag, cuts: &Cuts) -> Result<Sum, CompileError> {
        Writer::new(dag, cuts, &dag.inputs()).write(dag.nodes.len() - 1)
    }

    /// `(x * x + x) * x`, in which the sum must be cut out.
    #[test]
    fn a_factor_that_is_not_linear_is_an_error_where_it_is_not_cut_out() {
        let dag = dag(vec![X, Node::Mul(0, 0), Node::Add(1, 0), Node::Mul(2, 0)]);
        assert!(write(&dag, &super::super::cut::choose(&dag)).is_ok());
        let no_cuts = Cuts {
            columns: vec![],
            column_of: vec![None; dag.nodes.len()],
        };
        let error = write(&dag, &no_cuts).err();
        assert_eq!(error, Some(CompileError::NotLinear { node: 2 }));
    }
}
