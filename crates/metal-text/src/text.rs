//! A kernel's text, parsed.

use naga::{
    front::wgsl,
    ir::{Block, EntryPoint, Expression, Function, Statement},
    valid::{Capabilities, FunctionInfo, ModuleInfo, ValidationFlags, Validator},
    Handle, Module,
};

/// A kernel's WGSL, parsed and validated.
pub struct Text {
    /// What it is called in messages.
    pub label: String,
    pub(crate) source: String,
    pub(crate) module: Module,
    pub(crate) info: ModuleInfo,
}

impl Text {
    /// Reads the WGSL of a kernel, whose one entry point is `main`.
    pub fn parse(label: &str, source: &str) -> Result<Self, String> {
        let named = |reason: String| format!("{label}: {reason}");
        let module =
            wgsl::parse_str(source).map_err(|error| named(error.emit_to_string(source)))?;
        // Those that the GPU is opened with, and those that lints refuse with better words.
        let capabilities = Capabilities::SHADER_INT64
            | Capabilities::IMMEDIATES
            | Capabilities::SHADER_INT64_ATOMIC_ALL_OPS
            | Capabilities::SUBGROUP;
        let info = Validator::new(ValidationFlags::all(), capabilities)
            .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
            .subgroup_operations(naga::valid::SubgroupOperationSet::all())
            .validate(&module)
            .map_err(|error| named(error.emit_to_string(source)))?;
        // With these wgpu would change the module before it translates it.
        let is_plain = module.entry_points.len() == 1 && module.overrides.is_empty();
        if !is_plain || module.entry_points[0].name != "main" {
            return Err(named(
                "is not one entry point `main` without overrides".into(),
            ));
        }
        Ok(Self {
            label: label.to_owned(),
            source: source.to_owned(),
            module,
            info,
        })
    }

    pub(crate) fn entry(&self) -> &EntryPoint {
        &self.module.entry_points[0]
    }

    pub(crate) fn entry_info(&self) -> &FunctionInfo {
        self.info.get_entry_point(0)
    }

    /// All functions, used or not, each with what is known of its types.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (&Function, &FunctionInfo)> {
        let functions = self.module.functions.iter();
        let functions = functions.map(|(handle, function)| (function, &self.info[handle]));
        functions.chain([(&self.entry().function, self.entry_info())])
    }

    /// The line of an expression, as messages show it.
    pub(crate) fn line(&self, function: &Function, expression: Handle<Expression>) -> String {
        let location = function
            .expressions
            .get_span(expression)
            .location(&self.source);
        let n = location.line_number as usize;
        let line = self.source.lines().nth(n.saturating_sub(1)).unwrap_or("");
        format!("line {n}: {}", line.trim())
    }
}

/// Calls `visit` with each statement of a block and of those in it.
pub(crate) fn walk<'a>(block: &'a Block, visit: &mut impl FnMut(&'a Statement)) {
    for statement in block {
        visit(statement);
        match statement {
            Statement::Block(block) => walk(block, visit),
            Statement::If { accept, reject, .. } => {
                walk(accept, visit);
                walk(reject, visit);
            }
            Statement::Switch { cases, .. } => {
                cases.iter().for_each(|case| walk(&case.body, visit));
            }
            Statement::Loop {
                body, continuing, ..
            } => {
                walk(body, visit);
                walk(continuing, visit);
            }
            _ => {}
        }
    }
}
