//! Loops.

use std::collections::HashSet;

use naga::{
    ir::{
        AddressSpace, BinaryOperator, Block, Expression, Function, GlobalVariable, Literal,
        LocalVariable, MathFunction, Statement, TypeInner, UnaryOperator,
    },
    Handle,
};

use super::Lint;
use crate::{text::walk, Text};

/// A loop ends whatever stands in buffers.
pub const ENDLESS_LOOP: Lint = Lint {
    name: "endless-loop",
    what: "a loop whose number of steps is what a buffer says",
    why: "where an upload was lost, or its memory was never written, the buffer says anything, and a kernel that runs for \
          hours takes the GPU with it; Metal counts such work as done",
    link: "https://github.com/gfx-rs/wgpu/issues/9545",
    instead: "`min` of what the buffer says and of `arrayLength`, a parameter or a constant that it never exceeds",
    find: |text| Flow::of(text).endless_loops(),
};

/// A place that values go through between expressions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Argument(FunctionId, usize),
    Result(FunctionId),
    Local(FunctionId, Handle<LocalVariable>),
    Global(Handle<GlobalVariable>),
}

/// A function, or the entry point.
type FunctionId = Option<Handle<Function>>;

/// Which values may be anything, as they come from buffers.
struct Flow<'a> {
    text: &'a Text,
    /// Places where such values are.
    wild: HashSet<Place>,
}

/// The values of one function, and which of them may be anything.
struct Values<'a> {
    function: &'a Function,
    wild: Vec<bool>,
}

impl<'a> Flow<'a> {
    fn of(text: &'a Text) -> Self {
        let is_buffer = |variable: &GlobalVariable| {
            let space = variable.space;
            matches!(space, AddressSpace::Storage { .. } | AddressSpace::Uniform)
        };
        let globals = text.module.global_variables.iter();
        let buffers = globals.filter(|(_, variable)| is_buffer(variable));
        let mut flow = Self {
            text,
            wild: buffers.map(|(handle, _)| Place::Global(handle)).collect(),
        };
        while flow.step() {}
        flow
    }

    fn functions(&self) -> impl Iterator<Item = (FunctionId, &'a Function)> {
        let functions = self.text.module.functions.iter();
        let functions = functions.map(|(handle, function)| (Some(handle), function));
        functions.chain([(None, &self.text.entry().function)])
    }

    /// Carries what may be anything to the places that it is stored to. Whether something was learnt.
    fn step(&mut self) -> bool {
        let mut learnt = vec![];
        for (id, function) in self.functions() {
            let values = self.values(id, function);
            let mut learn = |place: Option<Place>, is_wild: bool| {
                learnt.extend(place.filter(|_| is_wild));
            };
            for (handle, variable) in function.local_variables.iter() {
                if let Some(value) = variable.init {
                    learn(Some(Place::Local(id, handle)), values.is_wild(value));
                }
            }
            walk(&function.body, &mut |statement| match statement {
                Statement::Store { pointer, value } => {
                    learn(place(id, function, *pointer), values.is_wild(*value));
                }
                Statement::Call {
                    function: callee,
                    arguments,
                    ..
                } => {
                    for (i, &value) in arguments.iter().enumerate() {
                        let argument = Place::Argument(Some(*callee), i);
                        learn(Some(argument), values.is_wild(value));
                        // What the callee stores through a pointer is stored here.
                        if self.is_pointer(*callee, i) {
                            learn(place(id, function, value), self.wild.contains(&argument));
                        }
                    }
                }
                Statement::Return { value: Some(value) } => {
                    learn(Some(Place::Result(id)), values.is_wild(*value));
                }
                _ => {}
            });
        }
        let n = self.wild.len();
        self.wild.extend(learnt);
        self.wild.len() > n
    }

    /// Whether a function's argument points to something.
    fn is_pointer(&self, callee: Handle<Function>, argument: usize) -> bool {
        let module = &self.text.module;
        let ty = module.functions[callee].arguments[argument].ty;
        matches!(
            module.types[ty].inner,
            TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. }
        )
    }

    /// The values of a function. An expression uses only those before it.
    fn values(&self, id: FunctionId, function: &'a Function) -> Values<'a> {
        let at = |place: Option<Place>| place.is_some_and(|place| self.wild.contains(&place));
        let mut values = Values {
            function,
            wild: vec![],
        };
        for (handle, expression) in function.expressions.iter() {
            let is = |value: Handle<Expression>| values.is_wild(value);
            let wild = match *expression {
                Expression::FunctionArgument(i) => at(Some(Place::Argument(id, i as usize))),
                Expression::CallResult(callee) => at(Some(Place::Result(Some(callee)))),
                Expression::LocalVariable(_) | Expression::GlobalVariable(_) => {
                    at(place(id, function, handle))
                }
                Expression::Load { pointer } => is(pointer),
                Expression::AtomicResult { .. } | Expression::WorkGroupUniformLoadResult { .. } => {
                    true
                }
                Expression::ArrayLength(_) => false,
                Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => is(base),
                Expression::Splat { value, .. } => is(value),
                Expression::Swizzle { vector, .. } => is(vector),
                Expression::As { expr, .. } | Expression::Unary { expr, .. } => is(expr),
                Expression::Compose { ref components, .. } => components.iter().any(|&c| is(c)),
                Expression::Select { accept, reject, .. } => is(accept) || is(reject),
                Expression::Math {
                    fun: MathFunction::Min,
                    arg,
                    arg1: Some(arg1),
                    ..
                } => is(arg) && is(arg1),
                Expression::Math {
                    arg,
                    arg1,
                    arg2,
                    arg3,
                    ..
                } => {
                    let arguments = [Some(arg), arg1, arg2, arg3];
                    arguments.into_iter().flatten().any(is)
                }
                Expression::Binary { op, left, right } => match op {
                    // Neither is larger than what is divided or shifted.
                    BinaryOperator::Divide | BinaryOperator::ShiftRight => is(left),
                    BinaryOperator::And => {
                        let is_mask = |value| !is(value) && !is_large(function, value);
                        (is(left) || is(right)) && !is_mask(left) && !is_mask(right)
                    }
                    _ => is(left) || is(right),
                },
                _ => false,
            };
            values.wild.push(wild);
        }
        values
    }

    /// The loops none of whose ways out is sure to be taken.
    fn endless_loops(&self) -> Vec<String> {
        let mut places = vec![];
        for (id, function) in self.functions() {
            let values = self.values(id, function);
            walk(&function.body, &mut |statement| {
                let Statement::Loop {
                    body,
                    continuing,
                    break_if,
                } = statement
                else {
                    return;
                };
                let mut exits = vec![];
                find_exits(body, &mut exits);
                exits.extend(break_if.map(|condition| (condition, true)));
                let is_sure = |&(condition, leaves_if): &(Handle<Expression>, bool)| {
                    values.come_about(condition, leaves_if)
                        || is_of_halved(function, [body, continuing], condition)
                };
                if !exits.iter().any(is_sure) {
                    let line = exits.first();
                    let line = line.map(|(condition, _)| self.text.line(function, *condition));
                    places.push(line.unwrap_or_else(|| "a loop without a condition".to_owned()));
                }
            });
        }
        places
    }
}

/// Whether a value is a literal that is more steps than a kernel may do.
fn is_large(function: &Function, value: Handle<Expression>) -> bool {
    const MANY: u32 = 1 << 16;
    matches!(function.expressions[value], Expression::Literal(Literal::U32(n)) if n >= MANY)
}

/// The variable that a pointer points into.
fn place(id: FunctionId, function: &Function, pointer: Handle<Expression>) -> Option<Place> {
    match function.expressions[pointer] {
        Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => {
            place(id, function, base)
        }
        Expression::LocalVariable(variable) => Some(Place::Local(id, variable)),
        Expression::GlobalVariable(variable) => Some(Place::Global(variable)),
        Expression::FunctionArgument(i) => Some(Place::Argument(id, i as usize)),
        _ => None,
    }
}

/// The conditions on which a loop is left, and whether by being true.
fn find_exits(block: &Block, exits: &mut Vec<(Handle<Expression>, bool)>) {
    let leaves = |block: &Block| {
        let mut last = block.iter();
        last.any(|statement| matches!(statement, Statement::Break | Statement::Return { .. }))
    };
    for statement in block {
        match statement {
            Statement::If {
                condition,
                accept,
                reject,
            } => {
                exits.extend(leaves(accept).then_some((*condition, true)));
                exits.extend(leaves(reject).then_some((*condition, false)));
                find_exits(accept, exits);
                find_exits(reject, exits);
            }
            Statement::Block(block) => find_exits(block, exits),
            _ => {}
        }
    }
}

/// Whether a condition compares a variable, which a loop of these `blocks` does nothing to but divide it or shift
/// it right, with a constant: it comes to zero in 32 steps at most.
fn is_of_halved(function: &Function, blocks: [&Block; 2], condition: Handle<Expression>) -> bool {
    let expressions = &function.expressions;
    let loaded = |value: Handle<Expression>| match expressions[value] {
        Expression::Load { pointer } => match expressions[pointer] {
            Expression::LocalVariable(variable) => Some(variable),
            _ => None,
        },
        _ => None,
    };
    let is_constant = |value: Handle<Expression>| {
        matches!(
            expressions[value],
            Expression::Literal(_) | Expression::Constant(_)
        )
    };
    let condition = match expressions[condition] {
        Expression::Unary { expr, .. } => expr,
        _ => condition,
    };
    let Expression::Binary { left, right, .. } = expressions[condition] else {
        return false;
    };
    let Some(variable) = loaded(left).filter(|_| is_constant(right)) else {
        return false;
    };
    let is_step = |value: Handle<Expression>| match expressions[value] {
        Expression::Binary {
            op: BinaryOperator::ShiftRight | BinaryOperator::Divide,
            left,
            right,
        } => loaded(left) == Some(variable) && is_constant(right),
        _ => false,
    };
    let (mut n_steps, mut n_others) = (0, 0);
    for block in blocks {
        walk(block, &mut |statement| {
            if let Statement::Store { pointer, value } = statement {
                match expressions[*pointer] {
                    Expression::LocalVariable(stored) if stored == variable => {
                        match is_step(*value) {
                            true => n_steps += 1,
                            false => n_others += 1,
                        }
                    }
                    _ => {}
                }
            }
        });
    }
    n_steps > 0 && n_others == 0
}

impl Values<'_> {
    fn is_wild(&self, value: Handle<Expression>) -> bool {
        self.wild[value.index()]
    }

    /// Whether a condition comes to be `leaves_if` whatever stands in buffers, as a count up to something known,
    /// or down from it, does.
    fn come_about(&self, condition: Handle<Expression>, leaves_if: bool) -> bool {
        match self.function.expressions[condition] {
            Expression::Unary {
                op: UnaryOperator::LogicalNot,
                expr,
            } => self.come_about(expr, !leaves_if),
            Expression::Binary { op, left, right } => {
                let both = || !self.is_wild(left) && !self.is_wild(right);
                match op {
                    BinaryOperator::LogicalAnd if !leaves_if => {
                        self.come_about(left, false) || self.come_about(right, false)
                    }
                    BinaryOperator::LogicalOr if leaves_if => {
                        self.come_about(left, true) || self.come_about(right, true)
                    }
                    // The larger side while the loop goes on.
                    BinaryOperator::Less | BinaryOperator::LessEqual if !leaves_if => {
                        !self.is_wild(right)
                    }
                    BinaryOperator::Greater | BinaryOperator::GreaterEqual if !leaves_if => {
                        !self.is_wild(left)
                    }
                    BinaryOperator::Less | BinaryOperator::LessEqual => !self.is_wild(left),
                    BinaryOperator::Greater | BinaryOperator::GreaterEqual => !self.is_wild(right),
                    _ => both(),
                }
            }
            _ => !self.is_wild(condition),
        }
    }
}
