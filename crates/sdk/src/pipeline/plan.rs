//! How a machine's cores and memory are shared between segments.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::{Error, TraceKernels};

/// What to use of the machine. By default, what suits it.
///
/// Segments side by side use a machine's cores better than threads within a segment: upstream's chips
/// count range checks in memory that all threads share. Each segment in the making takes host memory,
/// though: its traces, and the guest's memory.
#[derive(Clone, Debug, Default)]
pub struct PipelineOptions {
    /// Segments whose traces are made at the same time. Default: as many as there are cores, or as
    /// host memory allows.
    pub workers: Option<usize>,
    /// Threads for each of them. Default: as many as there are cores, shared evenly.
    pub threads: Option<usize>,
    /// Host memory for segments in the making, in bytes. Default: two thirds of the machine's.
    pub host_memory_bytes: Option<u64>,
    /// Proofs that each device makes at the same time, so that one has work while another waits for the
    /// host. Default: 2.
    pub proofs_at_once: Option<usize>,
    /// What a segment's proof may take of the device's memory by upstream's estimate, in bytes, which
    /// decides where programs are cut. Default: 3 GiB, or a third of the device's memory if that is less,
    /// so that there are enough segments for all cores; of several devices, that with the least memory decides. Upstream's own default is 15 GiB.
    pub segment_max_memory_bytes: Option<u64>,
    /// Kernels for the chips whose traces are to be made on the device. Default: those for RV32IM.
    pub trace_kernels: TraceKernels,
}

impl PipelineOptions {
    /// What a segment's proof may take of a device with so much memory, if that is known, in bytes.
    pub fn segment_memory_bytes(&self, device_memory_bytes: Option<u64>) -> u64 {
        let default = SEGMENT_BYTES.min(device_memory_bytes.unwrap_or(u64::MAX) / 3);
        self.segment_max_memory_bytes.unwrap_or(default)
    }

    /// Segments whose traces this machine makes at the same time, and threads for each of them.
    ///
    /// # Errors
    /// [`Error::Option`] for a number of zero.
    pub fn segments_at_once(&self) -> Result<(usize, usize), Error> {
        let plan = Plan::new(self, &[])?;
        Ok((plan.workers, plan.threads(plan.workers)))
    }
}

/// The decisions for one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) cores: usize,
    pub(crate) workers: usize,
    threads: Option<usize>,
    pub(crate) proofs_at_once: usize,
    pub(crate) host_bytes: u64,
    /// What the traces of segments that wait for their proof may take of each device.
    pub(crate) device_bytes: Vec<u64>,
    pub(crate) segment_max_memory_bytes: u64,
}

/// Found on 16 cores and an H100 with 12 million instructions of fibonacci: 4.4 s for all segments,
/// where twice as much takes 5.9 s for want of segments, half as much 5.4 s for their fixed cost.
const SEGMENT_BYTES: u64 = 3 << 30;

/// Guest memory and records of a segment beside its traces, and what the allocator keeps.
const HOST_BYTES_BESIDE_TRACES: u64 = 512 << 20;

/// A segment of upstream's default size, with its traces.
const TYPICAL_HOST_BYTES: u64 = HOST_BYTES_BESIDE_TRACES + (1 << 30);

/// A proof takes up to this many times its traces, them included; what is left over of the device's
/// memory is for traces that wait.
pub(crate) const PROOF_PER_TRACE: u64 = 12;

impl Plan {
    /// A plan for this machine, and devices each with so much memory, if that is known.
    ///
    /// # Errors
    /// [`Error::Option`] for a number of zero.
    pub(crate) fn new(
        options: &PipelineOptions,
        device_memory_bytes: &[Option<u64>],
    ) -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
        let machine_bytes = System::new_with_specifics(memory).total_memory();
        Self::for_machine(options, cores, machine_bytes, device_memory_bytes)
    }

    fn for_machine(
        options: &PipelineOptions,
        cores: usize,
        machine_bytes: u64,
        device_memory_bytes: &[Option<u64>],
    ) -> Result<Self, Error> {
        let counts = [
            ("workers", options.workers.map(|n| n as u64)),
            ("threads", options.threads.map(|n| n as u64)),
            ("proofs at once", options.proofs_at_once.map(|n| n as u64)),
            ("host memory", options.host_memory_bytes),
            ("segment memory", options.segment_max_memory_bytes),
        ];
        for (option, value) in counts {
            if value == Some(0) {
                return Err(Error::Option {
                    option,
                    value: 0,
                    reason: "it must be at least 1",
                });
            }
        }
        let host_bytes = options.host_memory_bytes.unwrap_or(machine_bytes / 3 * 2);
        let fitting = (host_bytes / TYPICAL_HOST_BYTES) as usize;
        let workers = cores.min(fitting).max(1);
        let devices = device_memory_bytes.iter().copied();
        let waiting_bytes =
            |memory: Option<u64>| memory.map_or(u64::MAX, |bytes| bytes / PROOF_PER_TRACE * 2);
        let segment_bytes = devices
            .clone()
            .map(|memory| options.segment_memory_bytes(memory));
        Ok(Self {
            cores,
            workers: options.workers.unwrap_or(workers),
            threads: options.threads,
            proofs_at_once: options.proofs_at_once.unwrap_or(2),
            host_bytes,
            device_bytes: devices.clone().map(waiting_bytes).collect(),
            segment_max_memory_bytes: segment_bytes.min().unwrap_or(SEGMENT_BYTES),
        })
    }

    /// Threads for a segment when so many are in the making or could be.
    pub(crate) fn threads(&self, n_segments: usize) -> usize {
        let at_once = self.workers.min(n_segments).max(1);
        self.threads.unwrap_or(self.cores / at_once).max(1)
    }

    /// Host memory of a segment in the making.
    pub(crate) fn segment_host_bytes(trace_bytes: u64) -> u64 {
        trace_bytes + HOST_BYTES_BESIDE_TRACES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn plan(options: &PipelineOptions, cores: usize, machine_bytes: u64) -> Plan {
        Plan::for_machine(options, cores, machine_bytes, &[None]).unwrap()
    }

    #[test]
    fn machines_of_all_sizes_have_a_worker_and_use_their_cores() {
        let options = PipelineOptions::default();
        let workers = |cores, gib| plan(&options, cores, gib * GIB).workers;
        assert_eq!(workers(1, 4), 1);
        assert_eq!(workers(2, 1), 1);
        assert_eq!(workers(8, 16), 7);
        assert_eq!(workers(16, 128), 16);
        assert_eq!(workers(64, 16), 7);
        assert_eq!(plan(&options, 16, 128 * GIB).threads(100), 1);
        assert_eq!(plan(&options, 16, 128 * GIB).threads(3), 5);
        assert_eq!(plan(&options, 1, 4 * GIB).threads(3), 1);
        assert_eq!(plan(&options, 16, 128 * GIB).threads(0), 16);
    }

    #[test]
    fn options_go_before_what_suits_the_machine() {
        let options = PipelineOptions {
            workers: Some(3),
            host_memory_bytes: Some(GIB),
            proofs_at_once: Some(1),
            ..PipelineOptions::default()
        };
        let plan = plan(&options, 16, 128 * GIB);
        assert_eq!(
            (plan.workers, plan.host_bytes, plan.proofs_at_once),
            (3, GIB, 1)
        );
    }

    #[test]
    fn the_device_with_least_memory_decides_where_programs_are_cut() {
        let devices = [Some(80 * GIB), Some(6 * GIB), None];
        let plan = Plan::for_machine(&PipelineOptions::default(), 16, 128 * GIB, &devices).unwrap();
        assert_eq!(plan.segment_max_memory_bytes, 2 * GIB);
        assert_eq!(plan.device_bytes, [80 * GIB / 12 * 2, GIB, u64::MAX]);
    }

    #[test]
    fn zeros_are_refused() {
        let options = PipelineOptions {
            workers: Some(0),
            ..PipelineOptions::default()
        };
        assert!(Plan::for_machine(&options, 4, GIB, &[None]).is_err());
    }
}
