//! Barriers.

use std::collections::HashSet;

use naga::ir::{Function, Statement};

use super::Lint;
use crate::{text::walk, Text};

/// Threads that Apple's GPUs run in step.
const SIMD_WIDTH: u32 = 32;

/// A workgroup of at most 32 threads has no barrier.
pub const SMALL_WORKGROUP_BARRIER: Lint = Lint {
    name: "small-workgroup-barrier",
    what: "a barrier in a workgroup of 32 threads or fewer",
    why: "Apple's compiler drops it, as if threads in step needed none, and workgroup memory is read before it is \
          written",
    link: "https://github.com/KhronosGroup/MoltenVK/issues/2711",
    instead: "a workgroup of 64 threads, of which the others only take part in the barriers",
    find: |text| {
        let [x, y, z] = text.entry().workgroup_size;
        let mut barriers = Barriers {
            text,
            seen: HashSet::new(),
            n: 0,
        };
        barriers.count(&text.entry().function);
        match x * y * z <= SIMD_WIDTH && barriers.n > 0 {
            true => vec![format!("{} barriers, {} threads", barriers.n, x * y * z)],
            false => vec![],
        }
    },
};

/// Counts the barriers that an entry point can come to.
struct Barriers<'a> {
    text: &'a Text,
    seen: HashSet<naga::Handle<Function>>,
    n: usize,
}

impl Barriers<'_> {
    fn count(&mut self, function: &Function) {
        let mut called = vec![];
        walk(&function.body, &mut |statement| match statement {
            // The last one is two barriers and a load.
            Statement::ControlBarrier(_)
            | Statement::MemoryBarrier(_)
            | Statement::WorkGroupUniformLoad { .. } => self.n += 1,
            Statement::Call { function, .. } => called.push(*function),
            _ => {}
        });
        for handle in called {
            if self.seen.insert(handle) {
                self.count(&self.text.module.functions[handle]);
            }
        }
    }
}
