//! The budgets that pools keep to, and the sizes that they give out.

use std::{sync::Barrier, thread};

use super::*;
use crate::gpu::{Gpu, GpuOptions};

const MIB: u64 = 1 << 20;

fn gpu() -> Arc<Gpu> {
    Gpu::open(&GpuOptions::from_env().unwrap()).unwrap()
}

/// Pools with `budgets` of one account that no other test uses.
fn pools<const N: usize>(gpu: &Gpu, budgets: [u64; N]) -> [Arc<Pool>; N] {
    let account: Arc<Account> = Arc::default();
    budgets.map(|bytes| Pool::new(gpu.link.clone(), account.clone(), 1 << 40, Some(bytes)))
}

fn take(pool: &Arc<Pool>, bytes: u64) -> Result<Allocation, GpuError> {
    pool.take(Usage::Storage, bytes, Fit::Exact, "a table")
}

#[test]
fn whoever_opens_an_adapter_twice_has_its_memory_once() {
    let options = GpuOptions::from_env().unwrap();
    let timed = GpuOptions {
        kernel_times: true,
        ..options.clone()
    };
    let [a, b] = [options, timed].map(|options| Gpu::open(&options).unwrap());
    assert!(Arc::ptr_eq(&a.pool.account, &b.pool.account));
}

#[test]
fn pools_of_an_adapter_share_what_is_idle_and_no_more_than_there_is() {
    let gpu = gpu();
    let [a, b] = pools(&gpu, [10 * MIB; 2]);
    let six = take(&a, 6 * MIB).unwrap();
    let expected = GpuError::OutOfMemory {
        what: "a table",
        bytes: 5 * MIB,
        in_use: 0,
    };
    assert_eq!(take(&b, 5 * MIB).err(), Some(expected));
    let _four = take(&b, 4 * MIB).unwrap();
    drop(six);
    assert_eq!(a.reserved_bytes(), 6 * MIB);
    // What is idle in one makes room in the other.
    let _five = take(&b, 5 * MIB).unwrap();
    assert_eq!((a.reserved_bytes(), b.reserved_bytes()), (0, 9 * MIB));
}

#[test]
fn a_larger_budget_is_that_of_all_together() {
    let gpu = gpu();
    let [a, b] = pools(&gpu, [10 * MIB, 20 * MIB]);
    let _of_a = take(&a, 10 * MIB).unwrap();
    assert!(take(&a, MIB).is_err());
    let _of_b = take(&b, 10 * MIB).unwrap();
    assert!(take(&b, MIB).is_err());
}

#[test]
fn what_was_on_a_lost_device_does_not_count() {
    let lost = gpu();
    let [a] = pools(&lost, [10 * MIB]);
    let of_a = take(&a, 10 * MIB).unwrap();
    let b = Pool::new(
        gpu().link.clone(),
        a.account.clone(),
        MIB << 20,
        Some(10 * MIB),
    );
    assert!(take(&b, MIB).is_err());
    lost.link.lose("by a test".to_owned());
    let _of_b = take(&b, 10 * MIB).unwrap();
    // Nor does it become idle: it may still be mapped.
    drop(of_a);
    assert_eq!(a.reserved_bytes(), 0);
    assert!(a.lock_idle().0.is_empty());
}

/// One that is refused does not stand in the way of one that fits.
#[test]
fn as_many_threads_as_there_is_memory_for_get_some() {
    const N_FIT: usize = 8;
    const N_THREADS: usize = 12;
    let gpu = gpu();
    for _ in 0..50 {
        let [pool] = pools(&gpu, [N_FIT as u64 * 4096]);
        let barrier = Barrier::new(N_THREADS);
        let n_got: usize = thread::scope(|scope| {
            let take = || {
                barrier.wait();
                let taken = take(&pool, 4096);
                barrier.wait();
                usize::from(taken.is_ok())
            };
            let threads: Vec<_> = (0..N_THREADS).map(|_| scope.spawn(take)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(n_got, N_FIT);
    }
}

/// Work that began while there was room has not taken that of traces which come later.
#[test]
fn nothing_is_wasted_of_the_last_eighth() {
    let gpu = gpu();
    let roomy = |pool: &Arc<Pool>, bytes| pool.take(Usage::Storage, bytes, Fit::Roomy, "work");
    let [pool] = pools(&gpu, [16 * MIB]);
    let _five = roomy(&pool, 5 * MIB).unwrap();
    assert_eq!(pool.live_bytes(), 6 * MIB);
    let _five = roomy(&pool, 5 * MIB).unwrap();
    assert_eq!(pool.live_bytes(), 12 * MIB);
    let _three = roomy(&pool, 5 * MIB / 2).unwrap();
    assert_eq!(pool.live_bytes(), 14 * MIB + MIB / 2);
}

#[test]
fn a_buffer_that_is_rejected_is_not_a_lack_of_memory() {
    let gpu = gpu();
    let [pool] = pools(&gpu, [1 << 50]);
    let rejected = take(&pool, 1 << 40).err();
    let is_rejected = matches!(
        rejected,
        Some(GpuError::Buffer {
            what: "a table",
            ..
        })
    );
    assert!(is_rejected, "{rejected:?}");
    assert_eq!(pool.reserved_bytes(), 0);
    gpu.link.lose("by a test".to_owned());
    let error = take(&pool, 256).err();
    assert!(
        matches!(error, Some(GpuError::DeviceLost { .. })),
        "{error:?}"
    );
}

#[test]
fn size_classes_hold_the_request_and_waste_at_most_a_32nd() {
    for bytes in (1..5000).chain([1 << 20, (1 << 20) + 1, (1 << 30) - 1, 3 << 29]) {
        let class = size_class(bytes);
        assert!(class >= bytes && class.is_multiple_of(256));
        assert!(class - bytes <= (bytes / 32).max(255), "{bytes} -> {class}");
        assert_eq!(size_class(class), class, "a class is its own class");
    }
}

#[test]
fn coarse_classes_are_powers_of_two_and_one_and_a_half_of_them() {
    let of = |bytes: u64| coarse_size_class(size_class(bytes));
    assert_eq!([1, 256, 257, 700].map(of), [256, 256, 512, 768]);
    assert_eq!([1 << 20, (1 << 20) + 1].map(of), [1 << 20, 3 << 19]);
    assert_eq!([3 << 29, (3 << 29) + 1].map(of), [3 << 29, 1 << 31]);
}
