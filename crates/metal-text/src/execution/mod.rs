//! Texts in Metal's language, run on this processor.
//!
//! Clang compiles what wgpu would hand to Apple's compiler, together with `shim/`, into a library, which is kept by the hash of
//! all that it is made of. It runs over copies of buffers, with guards around them. What differs from a GPU: threads of a
//! workgroup take turns at barriers, and at no other place, so races between workgroups and within one SIMD group do
//! not show, and memory is as strongly ordered as the processor's.

#![allow(unsafe_code, reason = "what a compiler made of a text is called")]

mod entry;
mod exit;
mod fault;
mod library;
mod memory;
mod slots;
mod threads;

use libloading::Library;

use crate::{clang::for_clang, RuntimeChecks, Text};
pub use exit::at_exit;
use memory::Memory;
use slots::Slots;
use threads::{at_barrier, AtBarrier, Grid, RunThread};

/// The version of Metal's language: what wgpu asks for on macOS 13. In others naga's texts differ in few places.
const LANGUAGE: (u8, u8) = (3, 0);

/// What the compiler may take for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// What C++ says.
    Plain,
    /// As Apple's compiler is known to do: that no two buffers or workgroup variables of an entry point overlap, with all
    /// functions inlined, so that this reaches everywhere.
    Hostile,
}

/// A kernel, compiled for this processor.
pub struct Executable {
    label: String,
    workgroup_size: [u32; 3],
    has_barrier: bool,
    slots: Slots,
    run_thread: RunThread,
    /// Holds what `run_thread` points to.
    _library: Library,
}

/// What a kernel is run with.
pub struct Dispatch<'a> {
    /// The bytes of distinct buffers, read and written.
    pub buffers: &'a mut [Vec<u8>],
    /// For each binding the buffer that it starts at the beginning of, and its bytes.
    pub bindings: &'a [(usize, u64)],
    /// The words of the immediates.
    pub params: &'a [u32],
    /// The workgroups along x, y and z.
    pub n_workgroups: [u32; 3],
    /// For the order of the threads.
    pub seed: u64,
}

impl Executable {
    /// Compiles a text, unless that has been done before.
    pub fn new(text: &Text, checks: RuntimeChecks, conduct: Conduct) -> Result<Self, String> {
        let label = text.label.clone();
        let named = |reason: String| format!("{label}: {reason}");
        let (msl, name) = text.translate(LANGUAGE, checks)?;
        let msl = entry::with_one_exchange(&msl);
        let slots = Slots::of(text);
        let caller = entry::caller(&msl, &name, &slots.workgroup_bytes).map_err(named)?;
        let (msl, further): (_, &[&str]) = match conduct {
            Conduct::Plain => (msl, &[]),
            Conduct::Hostile => (
                entry::with_distinct_buffers(&msl, &name).map_err(named)?,
                &["-DSHIM_HOSTILE", "-mllvm", "-inline-threshold=1000000"],
            ),
        };
        // Barriers stay where they are: clang would lead some threads to a copy of one.
        let further: Vec<&str> = [&["-DSHIM_RUN", "-fconvergent-functions"], further].concat();
        let library = library::load(&label, &(for_clang(&msl) + &caller), &further)?;
        // SAFETY: both are what `run.h` and `entry::caller` say; `Executable` keeps the library.
        let run_thread = unsafe {
            let at = library.get::<*mut AtBarrier>(b"shim_at_barrier\0");
            **at.map_err(|error| named(error.to_string()))? = at_barrier;
            let run = library.get::<RunThread>(b"shim_run_thread\0");
            *run.map_err(|error| named(error.to_string()))?
        };
        Ok(Self {
            workgroup_size: text.entry().workgroup_size,
            has_barrier: msl.contains("threadgroup_barrier("),
            slots,
            run_thread,
            _library: library,
            label,
        })
    }

    /// Runs the kernel. The error says which rule it broke: a barrier that not all threads reach, or bytes written beside a
    /// buffer or workgroup variable. One that goes further beyond ends the process, and is named before.
    pub fn run(&self, dispatch: Dispatch<'_>) -> Result<(), String> {
        self.run_unnamed(dispatch)
            .map_err(|reason| format!("{}: {reason}", self.label))
    }

    fn run_unnamed(&self, dispatch: Dispatch<'_>) -> Result<(), String> {
        let copies = dispatch.buffers.iter().map(|bytes| Memory::of(bytes));
        let copies: Vec<Memory> = copies.collect::<Result<_, _>>()?;
        let memories = self.slots.workgroup_bytes.iter();
        let memories = memories.map(|bytes| Memory::new(*bytes as usize));
        let memories: Vec<Memory> = memories.collect::<Result<_, _>>()?;
        let mut words = self.slots.words(dispatch.params, dispatch.bindings)?;
        let buffers = self.slots.fill(&copies, dispatch.bindings, &mut words)?;
        let grid = Grid {
            run_thread: self.run_thread,
            has_barrier: self.has_barrier,
            workgroup_size: self.workgroup_size,
            n_workgroups: dispatch.n_workgroups,
            buffers: &buffers,
            memories: &memories,
        };
        fault::named(&self.label, || grid.run(dispatch.seed))?;
        if !copies.iter().chain(&memories).all(Memory::is_intact) {
            return Err("writes beside its buffers".to_owned());
        }
        for (bytes, memory) in dispatch.buffers.iter_mut().zip(&copies) {
            memory.copy_to(bytes);
        }
        Ok(())
    }
}
