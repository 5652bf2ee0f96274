//! What a declaration and a text must agree on.

use wgpu::naga::{
    self, proc::Layouter, AddressSpace, GlobalVariable, Module, StorageAccess, TypeInner,
};

/// How a kernel uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads it.
    Read,
    /// Writes it, and may read it.
    Write,
    /// Reads it as a small table, at places that are known at run time only.
    Uniform,
}

/// What a text knows of a buffer.
#[derive(Clone, Copy, Debug)]
pub struct BindingLayout {
    /// Its name.
    pub name: &'static str,
    /// How it is used.
    pub access: Access,
    /// Its WGSL type, an array.
    pub ty: &'static str,
    /// The struct that it is an array of, if its rows are declared.
    pub row: Option<RowLayout>,
}

/// The rows of a table.
#[derive(Clone, Copy, Debug)]
pub struct RowLayout {
    /// The struct's name in texts.
    pub name: &'static str,
    /// A word before the others.
    pub first: Option<&'static str>,
    /// Name of each word.
    pub words: &'static [&'static str],
}

/// What a declaration promises of a text.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// Threads of a workgroup along x, y and z.
    pub workgroup_size: [u32; 3],
    /// The buffers of group 0, in order.
    pub bindings: &'static [BindingLayout],
    /// Words of the immediates.
    pub n_param_words: usize,
}

impl Interface {
    /// What stands before a kernel's own text: its immediates, its rows, its buffers, its threads.
    pub(super) fn header(&self, params: &str) -> String {
        let mut header = params.to_owned();
        let mut rows: Vec<RowLayout> = self.bindings.iter().filter_map(|b| b.row).collect();
        rows.dedup_by_key(|row| row.name);
        rows.iter().for_each(|row| header += &row.wgsl());
        for (i, binding) in self.bindings.iter().enumerate() {
            let BindingLayout { name, ty, .. } = binding;
            let space = match binding.access {
                Access::Read => "storage, read",
                Access::Write => "storage, read_write",
                Access::Uniform => "uniform",
            };
            header += &format!("@group(0) @binding({i}) var<{space}> {name}: {ty};\n");
        }
        let n_threads: u32 = self.workgroup_size.iter().product();
        header + &format!("const N_THREADS: u32 = {n_threads}u;\n")
    }

    /// Whether `module` is as promised; if not, what differs.
    pub(super) fn check(&self, module: &Module) -> Result<(), String> {
        let entry = module
            .entry_points
            .iter()
            .find(|entry| entry.name == "main");
        let entry = entry.ok_or("there is no entry point `main`")?;
        if entry.workgroup_size != self.workgroup_size {
            return Err(format!(
                "the workgroup is {:?} in the text, {:?} in the declaration",
                entry.workgroup_size, self.workgroup_size
            ));
        }
        let mut layouter = Layouter::default();
        let layouts = layouter.update(module.to_ctx());
        layouts.map_err(|error| format!("a type has no layout: {error}"))?;
        let variables = || module.global_variables.iter().map(|(_, variable)| variable);

        let buffers = variables().filter(|variable| variable.binding.is_some());
        let buffers: Vec<&GlobalVariable> = buffers.collect();
        if buffers.len() != self.bindings.len() {
            let (found, declared) = (buffers.len(), self.bindings.len());
            return Err(format!("{found} buffers in the text, {declared} declared"));
        }
        for binding in self.bindings {
            let is_it = |buffer: &&&GlobalVariable| buffer.name.as_deref() == Some(binding.name);
            let buffer = buffers.iter().find(is_it);
            let buffer = buffer.ok_or_else(|| format!("no buffer is called {}", binding.name))?;
            binding.check(buffer, module, &layouter)?;
        }

        let params = variables().find(|variable| variable.space == AddressSpace::Immediate);
        let n_bytes = params.map_or(0, |params| layouter[params.ty].size);
        if n_bytes as usize != size_of::<u32>() * self.n_param_words {
            let declared = self.n_param_words;
            return Err(format!(
                "{n_bytes} bytes of immediates, {declared} words declared"
            ));
        }
        Ok(())
    }
}

impl BindingLayout {
    fn check(
        &self,
        buffer: &GlobalVariable,
        module: &Module,
        layouter: &Layouter,
    ) -> Result<(), String> {
        let access = match buffer.space {
            AddressSpace::Uniform => Access::Uniform,
            AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                Access::Write
            }
            _ => Access::Read,
        };
        if access != self.access {
            let Self {
                name,
                access: declared,
                ..
            } = self;
            return Err(format!(
                "{name} is {access:?} in the text, declared {declared:?}"
            ));
        }
        let Some(row) = &self.row else {
            return Ok(());
        };
        let TypeInner::Array { base, stride, .. } = module.types[buffer.ty].inner else {
            return Err(format!("{} is not an array", self.name));
        };
        let TypeInner::Struct { members, .. } = &module.types[base].inner else {
            return Err(format!("{} has no rows", self.name));
        };
        row.check(members, stride, layouter)
    }
}

impl RowLayout {
    fn words(&self) -> Vec<&'static str> {
        self.first.iter().chain(self.words).copied().collect()
    }

    /// The struct in texts.
    fn wgsl(&self) -> String {
        let words = self.words().into_iter();
        let words: String = words.map(|word| format!("    {word}: u32,\n")).collect();
        format!("struct {} {{\n{words}}}\n", self.name)
    }

    /// Whether the rows are their words, one after the other.
    fn check(
        &self,
        members: &[naga::StructMember],
        stride: u32,
        layouter: &Layouter,
    ) -> Result<(), String> {
        const WORD: u32 = size_of::<u32>() as u32;
        let (name, words) = (self.name, self.words());
        let n_bytes = WORD * words.len() as u32;
        if stride != n_bytes || members.len() != words.len() {
            let (found, n_words) = (members.len(), words.len());
            return Err(format!(
                "a row of {name} is {stride} bytes and {found} members in the text, {n_words} words"
            ));
        }
        for ((member, word), offset) in members.iter().zip(words).zip((0..).step_by(4)) {
            let size = layouter[member.ty].size;
            if member.name.as_deref() != Some(word) || (member.offset, size) != (offset, WORD) {
                return Err(format!(
                    "the word {word} of {name} is elsewhere in the text"
                ));
            }
        }
        Ok(())
    }
}
