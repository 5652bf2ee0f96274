//! The program that computes a row's variables.

use openvm_metal_backend::fields::{FieldStep, Operand};
use openvm_mod_circuit_builder::{ExprBuilder, SymbolicExpr};

use super::numbers::Numbers;

/// Steps for all variables of `builder`, in order. `None` if they need more numbers than a table has room for.
///
/// Inputs and then variables have a register each, in Montgomery form; those behind them are for what is in between.
pub(super) fn program(builder: &ExprBuilder, numbers: &mut Numbers) -> Option<Vec<FieldStep>> {
    let mut compiler = Compiler {
        n_inputs: u8::try_from(builder.num_input).ok()?,
        numbers,
        steps: vec![],
    };
    let r_squared = compiler.numbers.r_squared()?;
    for input in 0..compiler.n_inputs {
        compiler.steps.push(FieldStep::Load(input, input));
        compiler.multiply(input, Operand::register(input), r_squared);
    }
    let first = u8::try_from(builder.num_input + builder.num_variables).ok()?;
    let one = compiler.numbers.one()?;
    for (variable, compute) in (compiler.n_inputs..).zip(&builder.computes) {
        let result = compiler.compile(compute, first)?;
        compiler.steps.push(FieldStep::Move(variable, result));
        compiler.multiply(first, result, one);
        let number = Operand::register(first);
        compiler.steps.push(FieldStep::Store(variable, number));
    }
    Some(compiler.steps)
}

struct Compiler<'n> {
    n_inputs: u8,
    numbers: &'n mut Numbers,
    steps: Vec<FieldStep>,
}

impl Compiler<'_> {
    fn multiply(&mut self, to: u8, a: Operand, b: Operand) {
        self.steps.push(FieldStep::Multiply(to, a, b));
    }

    /// Steps for an expression, which use the registers from `to` on, and where its value is then.
    fn compile(&mut self, expression: &SymbolicExpr, to: u8) -> Option<Operand> {
        let result = Operand::register(to);
        match expression {
            SymbolicExpr::Input(input) => {
                return Some(Operand::register(u8::try_from(*input).ok()?));
            }
            SymbolicExpr::Var(variable) => {
                let variable = u8::try_from(*variable).ok()?;
                return Some(Operand::register(self.n_inputs.checked_add(variable)?));
            }
            SymbolicExpr::Const(_, value, _) => return self.numbers.in_form(value),
            SymbolicExpr::Add(a, b) => {
                let [a, b] = self.compile_both(a, b, to)?;
                self.steps.push(FieldStep::Add(to, a, b));
            }
            SymbolicExpr::Sub(a, b) => {
                let [a, b] = self.compile_both(a, b, to)?;
                self.steps.push(FieldStep::Subtract(to, a, b));
            }
            SymbolicExpr::Mul(a, b) => {
                let [a, b] = self.compile_both(a, b, to)?;
                self.multiply(to, a, b);
            }
            SymbolicExpr::Div(a, b) => {
                let [a, b] = self.compile_both(a, b, to)?;
                let inverse = to.checked_add(1)?;
                self.steps.push(FieldStep::Invert(inverse, b));
                self.multiply(to, a, Operand::register(inverse));
            }
            SymbolicExpr::IntAdd(a, integer) => {
                let a = self.compile(a, to)?;
                let integer = self.numbers.integer_in_form(*integer)?;
                self.steps.push(FieldStep::Add(to, a, integer));
            }
            SymbolicExpr::IntMul(a, integer) => {
                let a = self.compile(a, to)?;
                let integer = self.numbers.integer_in_form(*integer)?;
                self.multiply(to, a, integer);
            }
            SymbolicExpr::Select(flag, if_set, if_not) => {
                let flag = u8::try_from(*flag).ok()?;
                let choice = self.steps.len();
                self.steps.push(FieldStep::JumpUnless(flag, 0));
                self.compile_to(if_set, to)?;
                let end = self.steps.len();
                self.steps.push(FieldStep::Jump(0));
                self.steps[choice] = FieldStep::JumpUnless(flag, self.next_step()?);
                self.compile_to(if_not, to)?;
                self.steps[end] = FieldStep::Jump(self.next_step()?);
            }
        }
        Some(result)
    }

    /// The operands of an operation whose result goes to register `to`.
    fn compile_both(&mut self, a: &SymbolicExpr, b: &SymbolicExpr, to: u8) -> Option<[Operand; 2]> {
        let a = self.compile(a, to)?;
        let b = self.compile(b, to.checked_add(1)?)?;
        Some([a, b])
    }

    /// Steps for an expression whose value is to be in register `to`.
    fn compile_to(&mut self, expression: &SymbolicExpr, to: u8) -> Option<()> {
        let value = self.compile(expression, to)?;
        if value != Operand::register(to) {
            self.steps.push(FieldStep::Move(to, value));
        }
        Some(())
    }

    fn next_step(&self) -> Option<u16> {
        u16::try_from(self.steps.len()).ok()
    }
}
