//! What the kernels do with a plan, on one row; to be read beside `sums.wgsl`.

use openvm_metal_backend::internals::{
    constraints::compile::{Plan, Section},
    kernels::rap::expressions::Shape,
};
use openvm_stark_backend::p3_field::{Field, PrimeCharacteristicRing};

use crate::{
    airs::F,
    row::{Row, Value},
};

const HIGHEST_BIT: u32 = 1 << 31;

/// The values of a row's outputs.
pub struct Outputs<E> {
    pub constraints: Vec<E>,
    pub numerators: Vec<E>,
    pub denominators: Vec<E>,
}

/// Evaluates every sum of `plan` on `row`.
pub fn evaluate<E: Value>(plan: &Plan, row: Row) -> Outputs<E> {
    let mut slots: Vec<E> = plan.inputs.iter().map(|&input| row.value(input)).collect();
    for level in plan.levels.windows(2) {
        let sums = evaluate_sums(plan, &plan.columns, level[0]..level[1], &slots);
        for (target, sum) in sums {
            assert_eq!(
                target as usize,
                slots.len(),
                "columns are in the order of their slots"
            );
            slots.push(sum);
        }
    }
    assert_eq!(slots.len(), plan.n_slots());
    let section = |section: &Section| {
        let sums = evaluate_sums(plan, section, 0..section.n_sums(), &slots);
        sums.into_iter()
            .enumerate()
            .map(|(i, (target, sum))| {
                assert_eq!(target as usize, i, "there is one sum a weight");
                sum
            })
            .collect()
    };
    let (constraints, numerators, denominators) = (
        section(&plan.constraints),
        section(&plan.numerators),
        section(&plan.denominators),
    );
    Outputs {
        constraints,
        numerators,
        denominators,
    }
}

/// The targets and values of some sums of a section, none of which may read another.
fn evaluate_sums<E: Value>(
    plan: &Plan,
    section: &Section,
    sums: std::ops::Range<usize>,
    slots: &[E],
) -> Vec<(u32, E)> {
    let (start, end) = (
        section.starts[sums.start] as usize,
        section.starts[sums.end] as usize,
    );
    let mut thread = Thread {
        table: &plan.table,
        cursor: start,
        slots,
    };
    let mut values = vec![];
    while thread.cursor < end {
        assert_eq!(
            thread.cursor,
            section.starts[sums.start + values.len()] as usize
        );
        values.push((thread.next_word(), thread.sum_of_products()));
    }
    assert_eq!((thread.cursor, values.len()), (end, sums.len()));
    values
}

struct Thread<'a, E> {
    table: &'a [u32],
    cursor: usize,
    slots: &'a [E],
}

impl<E: Value> Thread<'_, E> {
    fn next_word(&mut self) -> u32 {
        let word = self.table[self.cursor];
        self.cursor += 1;
        word
    }

    /// A coefficient, as the base element whose Montgomery form is the word.
    fn coefficient(&mut self) -> E {
        let word = self.next_word();
        assert!(word < 0x7800_0001, "coefficients are canonical");
        E::from(F::from_u32(word) * F::from_u64(1 << 32).inverse())
    }

    fn leaf(&mut self) -> E {
        let slot = self.next_word();
        self.slots[slot as usize]
    }

    fn signed_leaf(&mut self) -> E {
        let word = self.next_word();
        let value = self.slots[(word & !HIGHEST_BIT) as usize];
        if word & HIGHEST_BIT != 0 {
            -value
        } else {
            value
        }
    }

    fn linear(&mut self) -> E {
        let mut sum = self.coefficient();
        let counts = self.next_word();
        for _ in 0..counts & 0xffff {
            sum += self.signed_leaf();
        }
        for _ in 0..counts >> 16 {
            let coefficient = self.coefficient();
            sum += self.leaf() * coefficient;
        }
        sum
    }

    fn sum_of_products(&mut self) -> E {
        let mut sum = E::ZERO;
        loop {
            let segment = self.next_word();
            let shape = Shape::from_code(segment & 0xff);
            assert!(
                Shape::all().any(|known| known == shape),
                "{shape:?} has a kernel"
            );
            for _ in 0..(segment & !HIGHEST_BIT) >> 8 {
                sum += self.product(shape);
            }
            if segment & HIGHEST_BIT != 0 {
                return sum;
            }
        }
    }

    fn product(&mut self, shape: Shape) -> E {
        let mut product = if shape.scaled {
            self.coefficient()
        } else {
            E::ONE
        };
        for i in 0..shape.n_leaves {
            let signed = i == 0 && shape.has_signed_leaf();
            product *= if signed {
                self.signed_leaf()
            } else {
                self.leaf()
            };
        }
        for _ in 0..shape.n_linears {
            product *= self.linear();
        }
        product
    }
}
