//! How much a dispatch may do. Drivers stop kernels that run for long, and on macOS, where a GPU draws the
//! screen as well, one such dispatch is enough; so what is expected to take longer is handed over in parts.
//!
//! What a dispatch takes is estimated: its threads, times the field multiplications that each is said to do
//! ([`Declaration::work`](super::Declaration::work)), by the rate at which the GPU did multiplications when
//! it was opened. That is a rough figure: memory traffic is not counted, and the limits have room for it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use wgpu::{Adapter, Backend, DeviceType};

use super::{account::identity, kernel, Gpu, GpuError, Kernel};

/// The longest that a dispatch should take.
const LIMIT: Duration = Duration::from_millis(50);

/// The same for a GPU that a display may be attached to. No driver tells whether one is, so it is taken for
/// granted with Metal and with GPUs that are part of a processor.
const LIMIT_BESIDE_A_DISPLAY: Duration = Duration::from_millis(10);

/// Field multiplications that a thread is taken to do where its kernel does not say.
pub const TYPICAL_WORK: u64 = 100;

kernel! {
    /// Multiplies for a while.
    pub struct Calibrate("calibrate");
    text(_multiply) = [include_str!("calibrate.wgsl")];
    workgroup_size = [256, 1, 1];
    bindings CalibrateBindings {
        /// Nearly never written.
        result: Write<u32>,
    }
    params CalibrateParams {
        /// Number of threads.
        n_threads,
        /// Multiplications of each.
        n_multiplications,
        /// The result that is written.
        unlikely,
    }
    grid(params) = threads(params.n_threads);
}

/// The GPU's field multiplications in a millisecond, as far as they are needed: not those of a processor that
/// emulates one, which no driver watches.
pub(super) fn measure(gpu: &Gpu, adapter: &Adapter) -> Result<Option<u64>, GpuError> {
    let is_software = adapter.get_info().device_type == DeviceType::Cpu;
    (!is_software).then(|| rate(gpu, adapter)).transpose()
}

/// The most field multiplications of one dispatch of a GPU that does `per_ms` in a millisecond.
pub(super) fn dispatch_work(adapter: &Adapter, per_ms: u64) -> u64 {
    let info = adapter.get_info();
    let limit_ms = limit(info.backend, info.device_type).as_millis() as u64;
    per_ms.saturating_mul(limit_ms).max(1)
}

/// The longest that a dispatch should take on such a GPU.
fn limit(backend: Backend, device_type: DeviceType) -> Duration {
    match (backend, device_type) {
        (Backend::Metal, _) | (_, DeviceType::IntegratedGpu) => LIMIT_BESIDE_A_DISPLAY,
        _ => LIMIT,
    }
}

/// Field multiplications of the adapter in a millisecond, measured once in this process.
fn rate(gpu: &Gpu, adapter: &Adapter) -> Result<u64, GpuError> {
    static RATES: Mutex<BTreeMap<super::account::Identity, u64>> = Mutex::new(BTreeMap::new());
    let mut rates = RATES.lock().unwrap_or_else(PoisonError::into_inner);
    let identity = identity(adapter);
    if let Some(&rate) = rates.get(&identity) {
        return Ok(rate);
    }
    // The first dispatch may have to be compiled by the driver.
    calibrate(gpu)?;
    let rate = calibrate(gpu)?;
    tracing::info!(multiplications_per_ms = rate, "gpu_rate");
    rates.insert(identity, rate);
    Ok(rate)
}

/// Field multiplications in a millisecond, as one dispatch does them.
fn calibrate(gpu: &Gpu) -> Result<u64, GpuError> {
    const N_THREADS: u32 = 1 << 18;
    const N_MULTIPLICATIONS: u32 = 512;
    let result = gpu.alloc(1, "calibration")?;
    let mut recorder = gpu.recorder("calibration");
    let params = CalibrateParams {
        n_threads: N_THREADS,
        n_multiplications: N_MULTIPLICATIONS,
        unlikely: 0x5eed,
    };
    let bindings = CalibrateBindings { result: &result };
    Kernel::<Calibrate>::new(gpu)?.record(&mut recorder, bindings, params);
    let start = Instant::now();
    let finished = recorder.submit()?.wait()?;
    let of_host = start.elapsed().as_nanos() as u64;
    let ns = finished.device_ns.unwrap_or(of_host).max(1);
    let n = u64::from(N_THREADS) * u64::from(N_MULTIPLICATIONS);
    Ok((n.saturating_mul(1_000_000) / ns).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{adapter, GpuOptions};

    #[test]
    fn gpus_that_draw_the_screen_get_shorter_dispatches() {
        let discrete = DeviceType::DiscreteGpu;
        assert_eq!(limit(Backend::Vulkan, discrete), LIMIT);
        assert_eq!(limit(Backend::Metal, discrete), LIMIT_BESIDE_A_DISPLAY);
        let integrated = limit(Backend::Vulkan, DeviceType::IntegratedGpu);
        assert_eq!(integrated, LIMIT_BESIDE_A_DISPLAY);
    }

    #[test]
    fn a_rate_is_measured_once_for_an_adapter() {
        let options = GpuOptions::from_env().unwrap();
        let gpu = Gpu::open(&options).unwrap();
        let (adapter, _) = adapter::select(&options).unwrap();
        let first = rate(&gpu, &adapter).unwrap();
        let counted = gpu.counters();
        assert!(first > 1000, "a thousandth of a slow processor's: {first}");
        assert_eq!(rate(&gpu, &adapter).unwrap(), first);
        assert_eq!(gpu.counters(), counted);
    }
}
