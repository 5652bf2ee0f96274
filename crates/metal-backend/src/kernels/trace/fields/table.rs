//! Expressions over a prime field, as the table that the kernels read.

use super::{
    steps::{self, FieldStep, Operand},
    N_FLAGS, N_VALUES,
};

/// What a table begins with: numbers, and places in it.
const HEADER: [&str; 13] = [
    "PADDING_ROW",
    "N_INPUTS",
    "N_VARIABLES",
    "N_FLAGS",
    "OPCODES",
    "N_OPCODES",
    "STEPS",
    "N_STEPS",
    "CONSTRAINTS",
    "N_QUOTIENT_LIMBS",
    "N_CARRIES",
    "NUMBERS",
    "NEGATIVE_INVERSE",
];

/// What the texts call the quotient among factors.
const QUOTIENT: u8 = 255;

/// The names that the texts have for what stands above.
pub(super) fn names() -> String {
    let all = [&HEADER[..], &steps::NUMBERS, &steps::NAMES];
    let constants = all.iter().flat_map(|names| names.iter().zip(0..));
    constants
        .map(|(name, value): (_, u32)| format!("const {name}: u32 = {value}u;\n"))
        .collect()
}

/// A factor in a constraint: an input or variable, or a number of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor(u8);

impl Factor {
    /// An input or, behind them, a variable.
    pub const fn value(value: u8) -> Self {
        Self(value)
    }

    /// The number at this place of [`FieldTable::numbers`].
    pub const fn number(place: u8) -> Self {
        Self(Operand::number(place).0)
    }
}

/// A product in a constraint, which counts where flags are as they must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldTerm {
    /// Flags that matter, a bit each.
    pub mask: u16,
    /// Those of them that are set.
    pub flags: u16,
    /// How often the product counts.
    pub coefficient: i32,
    /// Both factors.
    pub factors: [Factor; 2],
}

/// A sum of products that the prime divides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldConstraint {
    /// The products.
    pub terms: Vec<FieldTerm>,
    /// Bytes of the quotient.
    pub n_quotient_limbs: usize,
    /// Carries of the remainder.
    pub n_carries: usize,
    /// A carry is at least -2^carry_bits, and less than 2^carry_bits.
    pub carry_bits: u32,
}

impl FieldConstraint {
    fn words(&self) -> Vec<u32> {
        let limbs = [self.terms.len(), self.n_quotient_limbs, self.n_carries];
        let mut words: Vec<u32> = limbs.map(|n| n as u32).to_vec();
        words.push(self.carry_bits);
        for term in &self.terms {
            let [a, b] = term.factors;
            words.extend([
                (u32::from(term.mask) << 16) | u32::from(term.flags),
                term.coefficient as u32,
                (u32::from(b.0) << 8) | u32::from(a.0),
            ]);
        }
        words
    }
}

/// Expressions of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTable {
    /// Numbers that are read.
    pub n_inputs: usize,
    /// Columns at the end that are 0 or 1.
    pub n_flags: usize,
    /// For each opcode the flags that are set, a bit each.
    pub opcodes: Vec<(u32, u32)>,
    /// The prime.
    pub prime: Vec<u32>,
    /// The prime less two.
    pub prime_minus_2: Vec<u32>,
    /// R modulo the prime.
    pub one_in_form: Vec<u32>,
    /// -1 / p modulo 2^32.
    pub negative_inverse: u32,
    /// Other numbers, as [`Operand::number`] and [`Factor::number`] name them.
    pub numbers: Vec<Vec<u32>>,
    /// The program that computes the variables.
    pub steps: Vec<FieldStep>,
    /// A constraint for each variable.
    pub constraints: Vec<FieldConstraint>,
    /// A row that stands for no record.
    pub padding_row: Vec<u32>,
}

impl FieldTable {
    /// Whether the text for numbers of so many words has room for all of this.
    pub(super) fn fits(&self, n_words: usize) -> bool {
        let n_values = self.n_inputs + self.constraints.len();
        let end_of_numbers =
            usize::from(steps::FIRST_NUMBER) + steps::NUMBERS.len() + self.numbers.len();
        let is_number = |it: u8| it >= steps::FIRST_NUMBER && usize::from(it) < end_of_numbers;
        let is_factor = |factor: &Factor| usize::from(factor.0) < n_values || is_number(factor.0);
        let is_constraint = |constraint: &FieldConstraint| {
            constraint.n_quotient_limbs / 4 < n_words + 2
                && constraint.n_carries <= 8 * n_words + 8
                && constraint
                    .terms
                    .iter()
                    .all(|term| term.factors.iter().all(is_factor))
        };
        let fixed = [&self.prime, &self.prime_minus_2, &self.one_in_form];
        let mut numbers = fixed.into_iter().chain(&self.numbers);
        let mut steps = self.steps.iter().enumerate();
        n_values <= N_VALUES.into()
            && self.n_flags <= N_FLAGS.into()
            && end_of_numbers <= usize::from(QUOTIENT)
            && numbers.all(|number| number.len() <= n_words)
            && steps.all(|(place, step)| {
                step.fits(n_values, is_number) && step.goes_on(place, self.steps.len())
            })
            && self.constraints.iter().all(is_constraint)
    }

    /// The table for numbers of so many words.
    pub(super) fn words(&self, n_words: usize) -> Vec<u32> {
        let mut words = vec![0; HEADER.len()];
        let mut header = [0; HEADER.len()];
        let mut set = |name: &str, value: usize| {
            if let Some(place) = HEADER.iter().position(|known| *known == name) {
                header[place] = value as u32;
            }
        };
        set("N_INPUTS", self.n_inputs);
        set("N_VARIABLES", self.constraints.len());
        set("N_FLAGS", self.n_flags);
        set("OPCODES", words.len());
        set("N_OPCODES", self.opcodes.len());
        words.extend(
            self.opcodes
                .iter()
                .flat_map(|&(opcode, flags)| [opcode, flags]),
        );
        set("STEPS", words.len());
        set("N_STEPS", self.steps.len());
        words.extend(self.steps.iter().map(|step| step.word()));
        set("CONSTRAINTS", words.len());
        words.extend(self.constraints.iter().flat_map(FieldConstraint::words));
        let n_limbs = self.constraints.iter().map(|it| it.n_quotient_limbs);
        set("N_QUOTIENT_LIMBS", n_limbs.sum());
        set(
            "N_CARRIES",
            self.constraints.iter().map(|it| it.n_carries).sum(),
        );
        set("NUMBERS", words.len());
        let fixed = [&self.prime, &self.prime_minus_2, &self.one_in_form];
        for number in fixed.into_iter().chain(&self.numbers) {
            words.extend(number);
            words.resize(words.len() + n_words - number.len(), 0);
        }
        set("NEGATIVE_INVERSE", self.negative_inverse as usize);
        set("PADDING_ROW", words.len());
        words.extend(&self.padding_row);
        words[..HEADER.len()].copy_from_slice(&header);
        words
    }
}
