//! Texts that are not this crate's own, checked before anything depends on them.

use wgpu::naga::{
    self,
    front::wgsl,
    valid::{Capabilities, ValidationFlags, Validator},
    AddressSpace, Block, Function, Module, Scalar, Statement, TypeInner,
};

use super::{KernelText, Multiply};

/// Why a foreign text cannot be part of a kernel.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignTextError {
    /// It is no WGSL, or not with both forms of multiplication.
    #[error("it does not compile:\n{0}")]
    Rejected(String),
    /// It lacks the function that is called.
    #[error("it does not define the function `{0}`")]
    NoFunction(String),
    /// It has an entry point of its own.
    #[error(
        "it has an entry point of its own, `{0}`: the kernel's is `main`, which calls functions"
    )]
    EntryPoint(String),
    /// It has variables other than those that are private to a thread.
    #[error("it declares the variable `{0}`: a module's variables can only be `var<private>`")]
    Variable(String),
    /// It waits for other threads, which need not come: not all of them fill a row.
    #[error("its function `{0}` has a barrier: threads fill rows by themselves")]
    Barrier(String),
    /// It leaves values to whoever compiles it.
    #[error("it has overrides, whose values nobody gives")]
    Override,
}

/// A function that a foreign text must define, whose arguments are words and which returns nothing.
pub struct Expected {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub arguments: &'static [&'static str],
}

/// Checks `text`, which defines `expected` and is to be put together with `others` of this crate, which are without
/// an entry point, as `multiply` has them.
pub fn check_foreign(
    text: &str,
    others: &str,
    expected: &Expected,
    multiply: Multiply,
) -> Result<(), ForeignTextError> {
    // The foreign text comes first, so that messages have its lines' numbers.
    let source = format!("{text}\n{others}");
    let module = parse(&source)?;
    if let Some(entry) = module.entry_points.first() {
        return Err(ForeignTextError::EntryPoint(entry.name.clone()));
    }
    if !module.overrides.is_empty() {
        return Err(ForeignTextError::Override);
    }
    for (handle, variable) in module.global_variables.iter() {
        let start = module.global_variables.get_span(handle).to_range();
        let is_foreign = start.is_some_and(|span| span.start < text.len());
        if is_foreign && variable.space != AddressSpace::Private {
            let name = variable.name.clone().unwrap_or_default();
            return Err(ForeignTextError::Variable(name));
        }
    }
    for (handle, function) in module.functions.iter() {
        let start = module.functions.get_span(handle).to_range();
        let is_foreign = start.is_some_and(|span| span.start < text.len());
        if is_foreign && has_barrier(&function.body) {
            let name = function.name.clone().unwrap_or_default();
            return Err(ForeignTextError::Barrier(name));
        }
    }
    let mut functions = module.functions.iter().map(|(_, function)| function);
    if !functions.any(|function| is_it(function, expected, &module)) {
        let arguments = expected.arguments.iter().map(|name| format!("{name}: u32"));
        let arguments: Vec<_> = arguments.collect();
        let signature = format!("{}({})", expected.name, arguments.join(", "));
        return Err(ForeignTextError::NoFunction(signature));
    }
    validate(&module, &source, multiply)
}

impl KernelText {
    /// Checks all of a text, as `multiply` has it, without a GPU.
    pub fn validate(&self, multiply: Multiply) -> Result<(), ForeignTextError> {
        let module = parse(&self.source)?;
        let checked = self
            .interface
            .map_or(Ok(()), |interface| interface.check(&module));
        checked.map_err(ForeignTextError::Rejected)?;
        validate(&module, &self.source, multiply)
    }
}

fn parse(source: &str) -> Result<Module, ForeignTextError> {
    wgsl::parse_str(source)
        .map_err(|error| ForeignTextError::Rejected(error.emit_to_string(source)))
}

fn has_barrier(block: &Block) -> bool {
    block.iter().any(|statement| match statement {
        Statement::ControlBarrier(_)
        | Statement::MemoryBarrier(_)
        | Statement::WorkGroupUniformLoad { .. } => true,
        Statement::Block(block) => has_barrier(block),
        Statement::If { accept, reject, .. } => has_barrier(accept) || has_barrier(reject),
        Statement::Switch { cases, .. } => cases.iter().any(|case| has_barrier(&case.body)),
        Statement::Loop {
            body, continuing, ..
        } => has_barrier(body) || has_barrier(continuing),
        _ => false,
    })
}

fn is_it(function: &Function, expected: &Expected, module: &Module) -> bool {
    let is_word = |argument: &naga::FunctionArgument| {
        module.types[argument.ty].inner == TypeInner::Scalar(Scalar::U32)
    };
    function.name.as_deref() == Some(expected.name)
        && function.arguments.len() == expected.arguments.len()
        && function.arguments.iter().all(is_word)
        && function.result.is_none()
}

/// As wgpu would when it compiles the module for a GPU with just what the kernels ask for.
fn validate(module: &Module, source: &str, multiply: Multiply) -> Result<(), ForeignTextError> {
    let wide = match multiply {
        Multiply::U64 => Capabilities::SHADER_INT64,
        Multiply::U32 => Capabilities::empty(),
    };
    let validated = Validator::new(ValidationFlags::all(), Capabilities::IMMEDIATES | wide)
        .validate(module)
        .map(|_| ());
    validated.map_err(|error| ForeignTextError::Rejected(error.emit_to_string(source)))
}
