//! The pipeline cache on disk: written whole, read back, and never in the way.
//!
//! Adapters without pipeline caches write nothing, which is asserted there instead.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use openvm_metal_backend::internals::gpu::{Gpu, GpuOptions, KernelText};

use crate::events::{listen, logged_by};

const KERNEL: &str = "
    @group(0) @binding(0) var<storage, read_write> values: array<u32>;
    @compute @workgroup_size(64)
    fn main(@builtin(local_invocation_index) i: u32) { values[i] = i * i; }
";

/// A directory of this test's own that does not exist yet.
fn fresh_directory(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("pipeline-cache")
        .join(test);
    // What an earlier run left, of which one test makes a file.
    if directory.is_dir() {
        fs::remove_dir_all(&directory).unwrap();
    } else if directory.exists() {
        fs::remove_file(&directory).unwrap();
    }
    directory
}

fn open(directory: &Path) -> Arc<Gpu> {
    listen();
    let options = GpuOptions {
        pipeline_cache: Some(directory.to_owned()),
        ..GpuOptions::from_env().unwrap()
    };
    Gpu::open(&options).unwrap()
}

/// Compiles a kernel on a GPU opened with `directory`, runs it, and returns the warnings.
fn warnings_of_a_run(directory: &Path) -> Vec<String> {
    let squares = KernelText::undeclared("squares", KERNEL.to_owned());
    let (gpu, events) = logged_by(|| {
        let gpu = open(directory);
        gpu.compile_ahead(vec![squares.clone()]);
        gpu
    });
    let squares = gpu.pipeline(&squares).unwrap();
    let values = gpu.alloc::<u32>(64, "squares").unwrap();
    let mut recorder = gpu.recorder("squares");
    recorder.dispatch(&squares, &[values.binding()], &[], [1, 1, 1]);
    let values = recorder.read_back(&values, 0..64);
    let finished = recorder.submit().unwrap().wait().unwrap();
    let expected: Vec<u32> = (0..64).map(|i| i * i).collect();
    assert_eq!(finished.values(&values).unwrap(), expected);
    let is_warning = |event: &String| event.starts_with("WARN");
    events.into_iter().filter(is_warning).collect()
}

/// The only file in `directory`; `None` on an adapter without pipeline caches, once it is clear that
/// nothing was written.
fn cache_file(directory: &Path) -> Option<PathBuf> {
    if open(directory).adapter().backend != "vulkan" {
        assert!(!directory.exists());
        return None;
    }
    let files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    Some(files[0].clone())
}

/// The checksum of the file's format: FNV-1a.
fn checksum(data: &[u8]) -> [u8; 8] {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    data.iter().fold(0xcbf2_9ce4_8422_2325, step).to_le_bytes()
}

#[test]
fn a_file_is_written_and_read_without_a_warning() {
    let directory = fresh_directory("written");
    assert_eq!(warnings_of_a_run(&directory), [""; 0]);
    let Some(file) = cache_file(&directory) else {
        return;
    };
    let bytes = fs::read(&file).unwrap();
    assert_eq!(bytes[..8], *b"OVMPIPE1");
    assert_eq!(bytes[8..16], checksum(&bytes[16..]));
    assert_eq!(warnings_of_a_run(&directory), [""; 0]);
    assert_eq!(cache_file(&directory), Some(file));
}

#[test]
fn nothing_is_written_where_nothing_was_compiled() {
    let directory = fresh_directory("unchanged");
    open(&directory).compile_ahead(vec![]);
    assert!(!directory.exists());
}

#[test]
fn a_file_that_is_of_no_use_is_ignored_with_a_warning_and_replaced() {
    let directory = fresh_directory("broken");
    assert_eq!(warnings_of_a_run(&directory), [""; 0]);
    let Some(file) = cache_file(&directory) else {
        return;
    };
    let good = fs::read(&file).unwrap();
    let data = &good[16..];
    // A file that is whole by its checksum, with one byte of wgpu's header changed.
    let with_changed_header = |at: usize| {
        let mut data = data.to_vec();
        data[at] ^= 0x55;
        [&good[..8], &checksum(&data), &data].concat()
    };
    let (backend, adapter, driver) = (16, 20, 32);
    let cases = [
        ("empty", vec![]),
        ("cut in the header", good[..12].to_vec()),
        ("cut in the data", good[..good.len() - 1].to_vec()),
        ("one bit changed", {
            let mut bytes = good.clone();
            bytes[good.len() - 1] ^= 1;
            bytes
        }),
        ("of another program", b"#!/bin/sh\nexit 1\n".to_vec()),
        ("of another format", [b"OVMPIPE0", &good[8..]].concat()),
        ("without data", [&good[..8], &checksum(&[])].concat()),
        ("of another backend", with_changed_header(backend)),
        ("of another adapter", with_changed_header(adapter)),
        ("of another driver", with_changed_header(driver)),
    ];
    for (case, bytes) in cases {
        fs::write(&file, bytes).unwrap();
        let warnings = warnings_of_a_run(&directory);
        assert_eq!(warnings.len(), 1, "{case}: {warnings:?}");
        assert!(
            warnings[0].contains("pipeline cache ignored"),
            "{case}: {warnings:?}"
        );
        assert_eq!(cache_file(&directory).as_deref(), Some(&*file), "{case}");
        assert_eq!(warnings_of_a_run(&directory), [""; 0], "{case}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_a_warning() {
    let directory = fresh_directory("unwritable");
    fs::create_dir_all(directory.parent().unwrap()).unwrap();
    fs::write(&directory, "a file where a directory should be").unwrap();
    let has_caches = open(&directory).adapter().backend == "vulkan";
    let warnings = warnings_of_a_run(&directory);
    assert_eq!(!warnings.is_empty(), has_caches, "{warnings:?}");
    fs::remove_file(&directory).unwrap();
}
