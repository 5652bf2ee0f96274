use super::{submission::take_mapped, *};
use crate::gpu::{GpuOptions, KernelText};

#[test]
fn no_submission_has_more_passes_than_metal_has_command_buffers_for() {
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    let source = "@group(0) @binding(0) var<storage, read_write> values: array<u32>;
        @compute @workgroup_size(1) fn main() { values[0] += 1u; }";
    let increment = gpu.pipeline(&KernelText::undeclared("increment", source.to_owned()));
    let values = gpu.upload(&[7u32, 8], "values").unwrap();
    let n = 4 * MAX_PASSES + 1;
    let mut recorder = gpu.recorder("test");
    for _ in 0..n {
        // Ends a pass.
        recorder.clear(&values, 1..2);
        recorder.dispatch(
            increment.as_ref().unwrap(),
            &[values.binding()],
            &[],
            [1; 3],
        );
    }
    let values = recorder.read_back(&values, 0..2);
    let before = gpu.counters();
    let finished = recorder.submit().unwrap().wait().unwrap();
    assert_eq!(finished.values(&values).unwrap(), [7 + n as u32, 0]);
    let counted = gpu.counters() - before;
    // Three that grow, and as many as the rest needs.
    assert_eq!(counted.submissions, 6);
    // With a canary for each pass, and one where the clear is the last of a submission.
    assert_eq!(counted.dispatches, 2 * n as u64 + 2);
}

#[test]
fn a_kernel_that_fails_when_it_is_first_needed_is_the_error_of_its_submission() {
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    let broken = KernelText::undeclared("broken", "fn main() {".to_owned());
    let error = gpu.pipeline(&broken).err().unwrap();
    for submit in [
        |recorder: Recorder<'_>| recorder.submit().map(|_| ()),
        |mut recorder: Recorder<'_>| {
            let values = recorder.gpu().upload(&[1u32], "values")?;
            recorder.clear(&values, 0..1);
            recorder.flush()
        },
    ] {
        let mut recorder = gpu.recorder("test");
        recorder.fail(error.clone());
        assert_eq!(submit(recorder), Err(error.clone()));
    }
    // It spoils nothing else.
    gpu.download(&gpu.upload(&[1u32], "values").unwrap())
        .unwrap();
}

#[test]
fn a_read_back_that_fails_loses_the_gpu_and_its_memory_is_not_used_again() {
    let gpu = Gpu::open(&GpuOptions::from_env().unwrap()).unwrap();
    let take = || {
        gpu.pool
            .take(Usage::ReadBack, 4096, Fit::Exact, "read-back")
    };
    let staging = take().unwrap();
    // It was never mapped.
    let error = take_mapped(&staging, 4096).unwrap_err();
    assert!(matches!(error, GpuError::DeviceLost { .. }), "{error}");
    assert!(error.to_string().contains("read-back failed"), "{error}");
    drop(staging);
    assert_eq!(gpu.reserved_bytes(), 0);
    assert!(matches!(take(), Err(GpuError::DeviceLost { .. })));
}
