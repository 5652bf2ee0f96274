//! Texts that are run compute what WGSL says, and what is wrong with one is noticed.
//!
//! Our kernels are run by `metal-backend`'s tests.
#![cfg(target_os = "linux")]

use std::process::Command;

use openvm_metal_text::{
    execution::{Conduct, Dispatch, Executable},
    RuntimeChecks, Text,
};

const PLACES: &str = "
    struct Params { factor: u32, }
    var<immediate> params: Params;
    @group(0) @binding(0) var<storage, read> words: array<u32>;
    @group(0) @binding(1) var<storage, read_write> result: array<vec4<u32>>;
    @compute @workgroup_size(4, 2)
    fn main(
        @builtin(global_invocation_id) id: vec3<u32>,
        @builtin(local_invocation_id) local_id: vec3<u32>,
        @builtin(local_invocation_index) index: u32,
        @builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) n_groups: vec3<u32>,
    ) {
        let at = id.x + id.y * n_groups.x * 4u;
        let place = vec2(local_id.x + 4u * local_id.y, group.x + n_groups.x * group.y);
        result[at] = vec4(place, index, params.factor * words[at] + arrayLength(&words));
    }";

/// Each workgroup reverses its words.
const REVERSE: &str = "
    @group(0) @binding(0) var<storage, read_write> words: array<u32>;
    var<workgroup> sh_words: array<u32, 64>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) i: u32) {
        sh_words[i] = words[id.x];
        workgroupBarrier();
        words[id.x] = sh_words[63u - i];
    }";

/// Whether a thread reaches the barrier depends on whether it runs before the first one.
const DIVERGENT: &str = "
    @group(0) @binding(0) var<storage, read_write> words: array<u32>;
    var<workgroup> sh_flag: u32;
    @compute @workgroup_size(64)
    fn main(@builtin(local_invocation_index) i: u32) {
        if i == 0u { sh_flag = 1u; }
        if sh_flag == 1u { workgroupBarrier(); }
        words[i] = i;
    }";

/// Adds up within a field of 13 elements, in whatever order threads come.
const EXCHANGE: &str = "
    @group(0) @binding(0) var<storage, read> words: array<u32>;
    @group(0) @binding(1) var<storage, read_write> sum: array<atomic<u32>>;
    @compute @workgroup_size(32)
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        var old = 0u;
        loop {
            let next = (old + words[id.x]) % 13u;
            let exchanged = atomicCompareExchangeWeak(&sum[0], old, next);
            if (exchanged.exchanged) { break; }
            old = exchanged.old_value;
        }
    }";

const STORE: &str = "
    struct Params { at: u32, }
    var<immediate> params: Params;
    @group(0) @binding(0) var<storage, read_write> words: array<u32>;
    @compute @workgroup_size(1)
    fn main() { words[params.at] = 7u; }";

/// What is read twice may have been written in between, if both buffers are the same.
const TWICE: &str = "
    @group(0) @binding(0) var<storage, read> input: array<u32>;
    @group(0) @binding(1) var<storage, read_write> output: array<u32>;
    @compute @workgroup_size(1)
    fn main() {
        output[0] = input[0] + 1u;
        output[1] = input[0];
    }";

fn executable(source: &str, checks: RuntimeChecks, conduct: Conduct) -> Executable {
    let text = Text::parse("a test's kernel", source).unwrap();
    Executable::new(&text, checks, conduct).unwrap_or_else(|reason| panic!("{reason}"))
}

fn plain(source: &str) -> Executable {
    executable(source, RuntimeChecks::Off, Conduct::Plain)
}

/// Runs a kernel with a buffer for each binding.
fn run(
    kernel: &Executable,
    buffers: &mut [Vec<u32>],
    params: &[u32],
    n_workgroups: [u32; 3],
    seed: u64,
) -> Result<(), String> {
    let bytes = |words: &Vec<u32>| words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let mut memory: Vec<Vec<u8>> = buffers.iter().map(bytes).collect();
    let bindings = memory.iter().map(|bytes| bytes.len() as u64).enumerate();
    kernel.run(Dispatch {
        bindings: &bindings.collect::<Vec<_>>(),
        buffers: &mut memory,
        params,
        n_workgroups,
        seed,
    })?;
    let word = |bytes: &[u8]| u32::from_ne_bytes(bytes.try_into().unwrap());
    for (words, bytes) in buffers.iter_mut().zip(memory) {
        *words = bytes.chunks(4).map(word).collect();
    }
    Ok(())
}

#[test]
fn threads_have_their_places_parameters_and_buffers() {
    let words: Vec<u32> = (100..196).collect();
    let mut buffers = [words.clone(), vec![0; 4 * 96]];
    run(&plain(PLACES), &mut buffers, &[3], [3, 4, 1], 1).unwrap();
    for y in 0..8 {
        for x in 0..12 {
            let (at, local) = (x + 12 * y, x % 4 + 4 * (y % 2));
            let group = x / 4 + 3 * (y / 2);
            let expected = [local, group, local, 3 * words[at as usize] + 96];
            assert_eq!(buffers[1][4 * at as usize..][..4], expected);
        }
    }
}

#[test]
fn a_barrier_orders_memory_whatever_the_order_of_threads() {
    for conduct in [Conduct::Plain, Conduct::Hostile] {
        let kernel = executable(REVERSE, RuntimeChecks::Off, conduct);
        for seed in 0..20 {
            let mut buffers = [(0..256).collect::<Vec<u32>>()];
            run(&kernel, &mut buffers, &[], [4, 1, 1], seed).unwrap();
            let expected = (0..256).map(|i: u32| i / 64 * 64 + 63 - i % 64);
            assert_eq!(buffers[0], expected.collect::<Vec<_>>());
        }
    }
}

#[test]
fn threads_exchange_atomically() {
    for conduct in [Conduct::Plain, Conduct::Hostile] {
        let kernel = executable(EXCHANGE, RuntimeChecks::Off, conduct);
        let mut buffers = [(0..96).collect::<Vec<u32>>(), vec![0]];
        run(&kernel, &mut buffers, &[], [3, 1, 1], 1).unwrap();
        assert_eq!(buffers[1], [(0..96).sum::<u32>() % 13]);
    }
}

#[test]
fn a_missing_barrier_shows_and_so_does_memory_that_was_not_written() {
    let kernel = plain(&REVERSE.replace("workgroupBarrier();", ""));
    let results = (0..2).map(|seed| {
        let mut buffers = [(0..64).collect::<Vec<u32>>()];
        run(&kernel, &mut buffers, &[], [1; 3], seed).unwrap();
        let [words] = buffers;
        words
    });
    let results: Vec<_> = results.collect();
    let is_poison = |word: &u32| *word > 63 && word.to_ne_bytes() == [*word as u8; 4];
    assert!(results.iter().all(|words| words.iter().any(is_poison)));
    assert_ne!(results[0], results[1]);
}

#[test]
fn a_barrier_that_some_threads_do_not_reach_is_a_fault() {
    let kernel = plain(DIVERGENT);
    for seed in 0..3 {
        let error = run(&kernel, &mut [vec![0; 64]], &[], [1; 3], seed).unwrap_err();
        assert!(error.starts_with("a test's kernel: "), "{error}");
        assert!(error.contains("do not reach the barrier"), "{error}");
    }
    // The stacks of those that were left waiting serve again.
    let mut buffers = [(0..64).collect::<Vec<u32>>()];
    run(&plain(REVERSE), &mut buffers, &[], [1; 3], 0).unwrap();
    assert_eq!(buffers[0][0], 63);
}

#[test]
fn a_word_beside_a_buffer_is_noticed_unless_the_kernel_has_checks() {
    let store = |checks, at| {
        let kernel = executable(STORE, checks, Conduct::Plain);
        let mut buffers = [vec![1; 5]];
        run(&kernel, &mut buffers, &[at], [1; 3], 0).map(|()| buffers)
    };
    assert_eq!(store(RuntimeChecks::Off, 4), Ok([vec![1, 1, 1, 1, 7]]));
    let error = store(RuntimeChecks::Off, 5).unwrap_err();
    assert_eq!(error, "a test's kernel: writes beside its buffers");
    assert_eq!(store(RuntimeChecks::On, 5), Ok([vec![1, 1, 1, 1, 7]]));
}

#[test]
fn a_kernel_that_goes_far_beyond_is_named_before_the_process_ends() {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(["--ignored", "--exact", "goes_far_beyond"]);
    let output = command.output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        messages.contains("beyond its buffers or its stack: a test's kernel"),
        "{messages}"
    );
}

/// Run by the test above in a process of its own.
#[test]
#[ignore = "ends the process"]
fn goes_far_beyond() {
    run(&plain(STORE), &mut [vec![1; 5]], &[8], [1; 3], 0).unwrap();
}

#[test]
fn a_hostile_compiler_takes_buffers_for_distinct() {
    let run = |conduct| {
        let mut buffers = [5_u32, 0].map(u32::to_ne_bytes).concat();
        executable(TWICE, RuntimeChecks::Off, conduct)
            .run(Dispatch {
                buffers: std::slice::from_mut(&mut buffers),
                bindings: &[(0, 8), (0, 8)],
                params: &[],
                n_workgroups: [1; 3],
                seed: 0,
            })
            .unwrap();
        u32::from_ne_bytes(buffers[4..].try_into().unwrap())
    };
    assert_eq!(run(Conduct::Plain), 6);
    assert_eq!(run(Conduct::Hostile), 5);
}

#[test]
fn what_is_not_bound_is_an_error() {
    let error = run(&plain(TWICE), &mut [vec![1; 2]], &[], [1; 3], 0).unwrap_err();
    assert_eq!(error, "a test's kernel: binding 1 is not bound");
}
