//! Remainders.

use std::collections::HashMap;

use naga::{
    ir::{
        AddressSpace, BinaryOperator, Binding, BuiltIn, Expression, Function, FunctionArgument,
        GlobalVariable, Literal, LocalVariable, Statement, TypeInner, UnaryOperator,
    },
    Arena, Handle, Module,
};

use super::Lint;
use crate::{text::walk, Text};

/// A remainder is not taken of what was shifted right.
pub const SHIFTED_REMAINDER: Lint = Lint {
    name: "shifted-remainder",
    what: "a remainder of a value that was shifted right, or divided by a power of two",
    why: "Apple's compiler makes one step of both and gets it wrong: (x / 65536) % 6 was not 0 for small x",
    link: "https://github.com/pytorch/pytorch/pull/175481",
    instead: "`let quotient = x / n; let rest = x - quotient * n;`, or `&` if n is a power of two",
    find: |text| Flow::of(text).remainders(|dividend, _| dividend.is_shifted),
};

/// A remainder by a divisor that is not constant is not taken of a thread's or workgroup's number.
pub const THREAD_REMAINDER: Lint = Lint {
    name: "thread-remainder",
    what: "a remainder of a thread's or workgroup's number by a divisor that is known at run time only",
    why: "Apple's compiler knows bounds of these numbers, and remainders are where it has used what it knows wrongly: \
          (x / 2^k) % n in one report, 4294967294 % d in another",
    link: "https://github.com/pytorch/pytorch/pull/175481, https://github.com/HigherOrderCO/Bend/issues/824",
    instead: "`let quotient = x / n; let rest = x - quotient * n;`, with a quotient that is used, too: alone, a compiler \
              may make a remainder of it again",
    find: |text| Flow::of(text).remainders(|dividend, is_constant| dividend.is_thread && !is_constant),
};

/// What is known of where a value came from.
#[derive(Clone, Copy, Default, PartialEq)]
struct Origin {
    /// A number of a thread or workgroup, or computed from one by `+`, `-`, `*` and shifts.
    is_thread: bool,
    /// Computed by these from a value that was shifted right.
    is_shifted: bool,
}

impl Origin {
    fn or(self, other: Self) -> Self {
        Self {
            is_thread: self.is_thread || other.is_thread,
            is_shifted: self.is_shifted || other.is_shifted,
        }
    }
}

/// A place that values go through between expressions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Argument(FunctionId, usize),
    Result(FunctionId),
    Local(FunctionId, Handle<LocalVariable>),
    Private(Handle<GlobalVariable>),
}

/// A function, or the entry point.
type FunctionId = Option<Handle<Function>>;

/// Where the values of a text come from. What goes through memory that threads share is not followed.
struct Flow<'a> {
    text: &'a Text,
    places: HashMap<Place, Origin>,
}

impl<'a> Flow<'a> {
    fn of(text: &'a Text) -> Self {
        let mut flow = Self {
            text,
            places: HashMap::new(),
        };
        for (i, argument) in text.entry().function.arguments.iter().enumerate() {
            let is_thread = is_thread_number(&text.module, argument);
            let origin = Origin {
                is_thread,
                ..Origin::default()
            };
            flow.places.insert(Place::Argument(None, i), origin);
        }
        while flow.step() {}
        flow
    }

    fn functions(&self) -> impl Iterator<Item = (FunctionId, &'a Function)> {
        let functions = self.text.module.functions.iter();
        let functions = functions.map(|(handle, function)| (Some(handle), function));
        functions.chain([(None, &self.text.entry().function)])
    }

    /// The places of remainders that are refused, by their dividend and whether the divisor is constant.
    fn remainders(&self, is_refused: impl Fn(Origin, bool) -> bool) -> Vec<String> {
        let mut places = vec![];
        for (id, function) in self.functions() {
            let origins = self.origins(id, function);
            for (handle, expression) in function.expressions.iter() {
                let Expression::Binary { op, left, right } = *expression else {
                    continue;
                };
                let is_constant = || self.constant(&function.expressions, right).is_some();
                if op == BinaryOperator::Modulo && is_refused(origins[left.index()], is_constant())
                {
                    places.push(self.text.line(function, handle));
                }
            }
        }
        places
    }

    /// Carries the origins of all values to the places that they are stored to. Whether something was learnt.
    fn step(&mut self) -> bool {
        let mut stored = vec![];
        for (id, function) in self.functions() {
            let origins = self.origins(id, function);
            let mut store = |place, value: Handle<Expression>| {
                stored.push((place, origins[value.index()]));
            };
            for (handle, variable) in function.local_variables.iter() {
                if let Some(value) = variable.init {
                    store(Place::Local(id, handle), value);
                }
            }
            walk(&function.body, &mut |statement| match statement {
                Statement::Store { pointer, value } => {
                    if let Some(place) = self.place(id, function, *pointer) {
                        store(place, *value);
                    }
                }
                Statement::Call {
                    function: callee,
                    arguments,
                    ..
                } => {
                    for (i, &value) in arguments.iter().enumerate() {
                        store(Place::Argument(Some(*callee), i), value);
                    }
                }
                Statement::Return { value: Some(value) } => store(Place::Result(id), *value),
                _ => {}
            });
        }
        let mut has_learnt = false;
        for (place, origin) in stored {
            let known = self.places.entry(place).or_default();
            has_learnt |= *known != known.or(origin);
            *known = known.or(origin);
        }
        has_learnt
    }

    /// Where each expression of a function comes from. One uses only those before it.
    fn origins(&self, id: FunctionId, function: &Function) -> Vec<Origin> {
        let at = |place| self.places.get(&place).copied().unwrap_or_default();
        let mut origins: Vec<Origin> = vec![];
        for (_, expression) in function.expressions.iter() {
            let of = |handle: Handle<Expression>| origins[handle.index()];
            let origin = match *expression {
                Expression::FunctionArgument(i) => at(Place::Argument(id, i as usize)),
                Expression::CallResult(callee) => at(Place::Result(Some(callee))),
                Expression::Load { pointer } => {
                    let place = self.place(id, function, pointer);
                    place.map_or_else(Origin::default, at)
                }
                Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => of(base),
                Expression::Splat { value, .. } => of(value),
                Expression::Swizzle { vector, .. } => of(vector),
                Expression::As { expr, .. } => of(expr),
                Expression::Compose { ref components, .. } => {
                    let parts = components.iter().map(|&part| of(part));
                    parts.fold(Origin::default(), Origin::or)
                }
                Expression::Select { accept, reject, .. } => of(accept).or(of(reject)),
                Expression::Unary {
                    op: UnaryOperator::Negate,
                    expr,
                } => of(expr),
                Expression::Binary { op, left, right } => match op {
                    BinaryOperator::Add | BinaryOperator::Subtract | BinaryOperator::Multiply => {
                        of(left).or(of(right))
                    }
                    BinaryOperator::ShiftLeft => of(left),
                    BinaryOperator::ShiftRight => shifted(of(left)),
                    BinaryOperator::Divide
                        if is_power_of_two(self.constant(&function.expressions, right)) =>
                    {
                        shifted(of(left))
                    }
                    _ => Origin::default(),
                },
                _ => Origin::default(),
            };
            origins.push(origin);
        }
        origins
    }

    /// The variable that a pointer points into, if what is stored there is followed.
    fn place(
        &self,
        id: FunctionId,
        function: &Function,
        pointer: Handle<Expression>,
    ) -> Option<Place> {
        match function.expressions[pointer] {
            Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => {
                self.place(id, function, base)
            }
            Expression::LocalVariable(variable) => Some(Place::Local(id, variable)),
            Expression::GlobalVariable(variable) => {
                let space = self.text.module.global_variables[variable].space;
                (space == AddressSpace::Private).then_some(Place::Private(variable))
            }
            _ => None,
        }
    }

    /// The value of an expression, if it is one integer that the compiler knows.
    fn constant(&self, expressions: &Arena<Expression>, value: Handle<Expression>) -> Option<u64> {
        let module = &self.text.module;
        match expressions[value] {
            Expression::Literal(literal) => match literal {
                Literal::U32(n) => Some(n.into()),
                Literal::U64(n) => Some(n),
                Literal::I32(n) => n.try_into().ok(),
                Literal::I64(n) => n.try_into().ok(),
                _ => None,
            },
            Expression::Constant(constant) => {
                self.constant(&module.global_expressions, module.constants[constant].init)
            }
            Expression::Splat { value, .. } => self.constant(expressions, value),
            _ => None,
        }
    }
}

fn shifted(origin: Origin) -> Origin {
    Origin {
        is_shifted: true,
        ..origin
    }
}

fn is_power_of_two(divisor: Option<u64>) -> bool {
    divisor.is_some_and(|n| n > 1 && n.is_power_of_two())
}

/// Whether an argument of the entry point, or a member of it, is a thread's or workgroup's number.
fn is_thread_number(module: &Module, argument: &FunctionArgument) -> bool {
    let is_it = |binding: &Option<Binding>| {
        matches!(
            binding,
            Some(Binding::BuiltIn(
                BuiltIn::GlobalInvocationId
                    | BuiltIn::LocalInvocationId
                    | BuiltIn::LocalInvocationIndex
                    | BuiltIn::WorkGroupId
            ))
        )
    };
    let members = match &module.types[argument.ty].inner {
        TypeInner::Struct { members, .. } => &members[..],
        _ => &[],
    };
    is_it(&argument.binding) || members.iter().any(|member| is_it(&member.binding))
}
