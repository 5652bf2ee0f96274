//! The threads of a grid, one at a time.
//!
//! Workgroups follow each other in a random order, and so do the threads of a workgroup between two barriers. Each has a stack
//! of its own, and gives way at barriers alone.

use std::{
    cell::{Cell, RefCell},
    ffi::c_void,
    ptr,
};

use corosensei::{stack::DefaultStack, Coroutine, CoroutineResult, Yielder};
use rand::{rngs::SmallRng, seq::SliceRandom, Rng, SeedableRng};

use super::memory::Memory;

/// Which thread it is: `shim_position` of `run.h`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Position {
    thread_position_in_grid: [u32; 3],
    thread_position_in_threadgroup: [u32; 3],
    threadgroup_position_in_grid: [u32; 3],
    threadgroups_per_grid: [u32; 3],
    thread_index_in_threadgroup: u32,
}

/// `shim_run_thread` of a text.
pub(super) type RunThread =
    unsafe extern "C" fn(*const Position, *const *mut c_void, *const *mut c_void);

/// `shim_at_barrier` of a text.
pub(super) type AtBarrier = extern "C" fn(*mut c_void);

/// A kernel, its memory, and how many threads run it.
pub(super) struct Grid<'a> {
    pub run_thread: RunThread,
    pub has_barrier: bool,
    pub workgroup_size: [u32; 3],
    pub n_workgroups: [u32; 3],
    /// By slot.
    pub buffers: &'a [*mut c_void],
    /// Workgroup memory.
    pub memories: &'a [Memory],
}

/// A kernel's functions need little: what is local to one thread on a GPU is small.
const STACK_BYTES: usize = 256 << 10;

thread_local! {
    /// Of the thread of the grid that runs.
    static YIELDER: Cell<*const Yielder<(), usize>> = const { Cell::new(ptr::null()) };
    static STACKS: RefCell<Vec<DefaultStack>> = const { RefCell::new(Vec::new()) };
}

/// Where a thread of the grid waits.
pub(super) extern "C" fn at_barrier(place: *mut c_void) {
    let yielder = YIELDER.get();
    // SAFETY: barriers are reached by `Grid::run_together` alone, where the coroutine that runs has set this.
    unsafe { (*yielder).suspend(place as usize) };
    YIELDER.set(yielder);
}

impl Grid<'_> {
    /// Runs all threads. The error says which barrier not all of a workgroup have reached.
    pub fn run(&self, seed: u64) -> Result<(), String> {
        let mut rng = SmallRng::seed_from_u64(seed);
        let [x, y, z] = self.n_workgroups;
        let mut workgroups: Vec<u32> = (0..x * y * z).collect();
        workgroups.shuffle(&mut rng);
        let [n_x, n_y, n_z] = self.workgroup_size;
        let mut threads: Vec<u32> = (0..n_x * n_y * n_z).collect();
        let memories: Vec<*mut c_void> = self.memories.iter().map(|m| m.start().cast()).collect();
        for workgroup in workgroups {
            let workgroup = place(workgroup, self.n_workgroups);
            // Nothing is there when a workgroup starts, and not the same nothing each time.
            let poison = rng.random_range(1..=u8::MAX);
            self.memories.iter().for_each(|memory| memory.fill(poison));
            threads.shuffle(&mut rng);
            let positions: Vec<Position> = threads
                .iter()
                .map(|&index| self.position(workgroup, index))
                .collect();
            if self.has_barrier {
                self.run_together(&positions, &memories, &mut rng)?;
                continue;
            }
            for position in &positions {
                // SAFETY: `Executable::run` has checked what it is given.
                unsafe { (self.run_thread)(position, self.buffers.as_ptr(), memories.as_ptr()) };
            }
        }
        Ok(())
    }

    fn position(&self, workgroup: [u32; 3], index: u32) -> Position {
        let thread = place(index, self.workgroup_size);
        Position {
            thread_position_in_grid: std::array::from_fn(|i| {
                workgroup[i] * self.workgroup_size[i] + thread[i]
            }),
            thread_position_in_threadgroup: thread,
            threadgroup_position_in_grid: workgroup,
            threadgroups_per_grid: self.n_workgroups,
            thread_index_in_threadgroup: index,
        }
    }

    /// Runs threads that wait for each other at barriers.
    fn run_together(
        &self,
        positions: &[Position],
        memories: &[*mut c_void],
        rng: &mut SmallRng,
    ) -> Result<(), String> {
        let mut stacks = STACKS.take();
        let mut threads = Vec::with_capacity(positions.len());
        for position in positions {
            let stack = stacks
                .pop()
                .map_or_else(|| DefaultStack::new(STACK_BYTES), Ok);
            let stack = stack.map_err(|error| format!("no stack for a thread: {error}"))?;
            let run = |yielder: &Yielder<(), usize>, ()| {
                YIELDER.set(yielder);
                // SAFETY: `Executable::run` has checked what it is given.
                unsafe { (self.run_thread)(position, self.buffers.as_ptr(), memories.as_ptr()) }
            };
            // SAFETY: what it borrows outlives the coroutines.
            threads.push(unsafe { Coroutine::with_stack_unchecked(stack, run) });
        }
        let mut order: Vec<usize> = (0..threads.len()).collect();
        let ended = loop {
            order.shuffle(rng);
            let mut reached = order.iter().map(|&i| match threads[i].resume(()) {
                CoroutineResult::Yield(place) => Some(place),
                CoroutineResult::Return(()) => None,
            });
            let first = reached.next().flatten();
            let n_others = reached.filter(|place| *place != first).count();
            match (n_others, first) {
                (0, None) => break Ok(()),
                (0, Some(_)) => {}
                (n, _) => {
                    let (n_threads, workgroup) =
                        (positions.len(), positions[0].threadgroup_position_in_grid);
                    break Err(format!(
                        "{n} of {n_threads} threads of workgroup {workgroup:?} do not reach the barrier, or the end, \
                         that the others do"
                    ));
                }
            }
        };
        for mut thread in threads {
            // SAFETY: frames of a kernel have nothing to drop.
            unsafe { thread.force_reset() };
            stacks.push(thread.into_stack());
        }
        STACKS.set(stacks);
        ended
    }
}

/// The place with number `index`, x first.
fn place(index: u32, [x, y, _]: [u32; 3]) -> [u32; 3] {
    [index % x, index / x % y, index / (x * y)]
}
