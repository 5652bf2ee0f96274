//! The program that computes a row's variables.

use super::{N_FLAGS, N_REGISTERS, N_VALUES};

/// Operations of [`FieldStep`].
pub(super) const NAMES: [&str; 7] = [
    "STEP_MOVE",
    "STEP_ADD",
    "STEP_SUBTRACT",
    "STEP_MULTIPLY",
    "STEP_INVERT",
    "STEP_JUMP",
    "STEP_JUMP_UNLESS",
];

/// Numbers that every table has, the first ones: the prime p, p - 2, and R modulo p.
pub(super) const NUMBERS: [&str; 3] = ["PRIME", "P_MINUS_2", "ONE_IN_FORM"];

/// The first operand that is a number of the table and not a register.
pub(super) const FIRST_NUMBER: u8 = 128;

/// A register, or a number of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand(pub(super) u8);

impl Operand {
    /// The number at this place of [`FieldTable::numbers`](super::FieldTable::numbers).
    pub const fn number(place: u8) -> Self {
        Self((FIRST_NUMBER + NUMBERS.len() as u8).saturating_add(place))
    }

    /// A register.
    pub const fn register(register: u8) -> Self {
        Self(register)
    }

    /// Its place among the numbers of the text, and of the table.
    fn place(self) -> u8 {
        match self.0 {
            register @ ..FIRST_NUMBER => place(register),
            number => number,
        }
    }
}

/// A step of the program that computes the variables. Numbers in registers are below the prime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldStep {
    /// A register becomes a value: an input, which may be above the prime, or a variable.
    Load(u8, u8),
    /// A value becomes a number.
    Store(u8, Operand),
    /// A register becomes a number.
    Move(u8, Operand),
    /// A register becomes a sum.
    Add(u8, Operand, Operand),
    /// A register becomes a difference.
    Subtract(u8, Operand, Operand),
    /// A register becomes a product divided by R.
    Multiply(u8, Operand, Operand),
    /// A register becomes the inverse of a number, which both are times R; 0 for 0.
    Invert(u8, Operand),
    /// Goes on at a step.
    Jump(u16),
    /// Goes on at a step unless a flag is set.
    JumpUnless(u8, u16),
}

impl FieldStep {
    /// Whether its registers, values and flags are ones that there are.
    pub(super) fn fits(self, n_values: usize, is_number: impl Fn(u8) -> bool) -> bool {
        let is_value = |value: u8| usize::from(value) < n_values;
        let is_operand = |operand: Operand| operand.0 < N_REGISTERS || is_number(operand.0);
        match self {
            Self::Load(to, value) => to < N_REGISTERS && is_value(value),
            Self::Store(to, a) => is_value(to) && is_operand(a),
            Self::Move(to, a) | Self::Invert(to, a) => to < N_REGISTERS && is_operand(a),
            Self::Add(to, a, b) | Self::Subtract(to, a, b) | Self::Multiply(to, a, b) => {
                to < N_REGISTERS && is_operand(a) && is_operand(b)
            }
            Self::Jump(_) => true,
            Self::JumpUnless(flag, _) => flag < N_FLAGS,
        }
    }

    /// Whether it goes on behind its own place, in a program of so many steps or at its end.
    pub(super) fn goes_on(self, place: usize, n_steps: usize) -> bool {
        match self {
            Self::Jump(to) | Self::JumpUnless(_, to) => {
                (place + 1..=n_steps).contains(&usize::from(to))
            }
            _ => true,
        }
    }

    pub(super) fn word(self) -> u32 {
        let (operation, bytes) = match self {
            Self::Load(to, value) => (0, [place(to), value, 0]),
            Self::Store(to, a) => (0, [to, a.place(), 0]),
            Self::Move(to, a) => (0, [place(to), a.place(), 0]),
            Self::Add(to, a, b) => (1, [place(to), a.place(), b.place()]),
            Self::Subtract(to, a, b) => (2, [place(to), a.place(), b.place()]),
            Self::Multiply(to, a, b) => (3, [place(to), a.place(), b.place()]),
            Self::Invert(to, a) => (4, [place(to), a.place(), 0]),
            Self::Jump(step) => (5, with_step(0, step)),
            Self::JumpUnless(flag, step) => (6, with_step(flag, step)),
        };
        u32::from_be_bytes([operation, bytes[0], bytes[1], bytes[2]])
    }
}

/// The place of a register among the numbers of the text, where it stands behind inputs and variables.
fn place(register: u8) -> u8 {
    register.saturating_add(N_VALUES)
}

fn with_step(byte: u8, step: u16) -> [u8; 3] {
    let [high, low] = step.to_be_bytes();
    [byte, high, low]
}
