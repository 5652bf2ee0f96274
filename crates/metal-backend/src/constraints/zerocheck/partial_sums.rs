//! Where the partial sums of plans lie, and which of them belong together.

use openvm_stark_sdk::config::baby_bear_poseidon2::EF;

use crate::{
    gpu::{word, Buffer, Gpu, GpuError, Kernel, Recorder},
    kernels::rap::{
        expressions::n_lane_groups, ReduceSums, ReduceSumsBindings, ReduceSumsParams, Run,
    },
};

/// The sums of one plan, by kind: constraints, numerators, denominators.
#[derive(Clone, Copy, Debug)]
pub struct SumShape {
    /// Slices.
    pub n_slices: [usize; 3],
    /// Points at which there is a sum.
    pub n_points: [usize; 3],
    /// Lanes of a point.
    pub point_lanes: usize,
    /// Place of the sum at the first point.
    pub targets: [usize; 3],
}

impl SumShape {
    /// Number of partial sums.
    pub fn n_partials(&self) -> usize {
        let n_of_kind = |kind: usize| self.n_slices[kind] * self.n_points[kind];
        n_lane_groups(self.point_lanes) * (0..3).map(n_of_kind).sum::<usize>()
    }
}

/// The layout of the partial sums of several reductions, one after the other.
#[derive(Debug)]
pub struct PartialSumsPlan {
    /// How many fit into a binding.
    limit: usize,
    /// Each with the place of its first partial sum and that of its sum; after the last one of a
    /// reduction comes one that only ends it.
    runs: Vec<Run>,
    first_run: usize,
    len: usize,
    max_len: usize,
}

impl PartialSumsPlan {
    /// No partial sums.
    pub fn new(gpu: &Gpu) -> Self {
        Self::with_limit((gpu.max_binding_bytes() / size_of::<EF>() as u64) as usize)
    }

    fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            runs: vec![],
            first_run: 0,
            len: 0,
            max_len: 0,
        }
    }

    /// Whether these sums fit beside those that are there.
    pub fn has_room(&self, sums: &[SumShape]) -> bool {
        let n_partials: usize = sums.iter().map(SumShape::n_partials).sum();
        self.len + n_partials <= self.limit
    }

    /// Makes room for the sums of a plan; returns where it begins.
    pub fn place(&mut self, shape: &SumShape) -> usize {
        let start = self.len;
        let n_groups = n_lane_groups(shape.point_lanes);
        for kind in 0..3 {
            if shape.n_slices[kind] > 0 {
                let run_len = n_groups * shape.n_slices[kind];
                self.place_runs(shape.targets[kind], shape.n_points[kind], run_len);
            }
        }
        start
    }

    /// Makes room for `n_sums` sums of `run_len` partial sums each, whose places begin at `target`;
    /// returns where the room begins.
    pub fn place_runs(&mut self, target: usize, n_sums: usize, run_len: usize) -> usize {
        let start = self.len;
        for i in 0..n_sums {
            self.runs.push(Run {
                start: word(self.len),
                target_ix: word(target + i),
            });
            self.len += run_len;
        }
        start
    }

    /// Ends a reduction; the next one uses the same room.
    pub fn end_reduction(&mut self) -> ReduceSumsParams {
        let params = ReduceSumsParams {
            first_run: word(self.first_run),
            n_runs: word(self.runs.len() - self.first_run),
        };
        self.runs.push(Run {
            start: word(self.len),
            target_ix: 0,
        });
        self.first_run = self.runs.len();
        self.max_len = self.max_len.max(self.len);
        self.len = 0;
        params
    }

    /// The room on the device.
    pub fn alloc(&self, gpu: &Gpu) -> Result<PartialSums, GpuError> {
        // A binding is never empty.
        let runs = match self.runs.is_empty() {
            true => &[Run::default()][..],
            false => &self.runs,
        };
        Ok(PartialSums {
            partials: gpu.alloc(self.max_len.max(1), "partial sums")?,
            runs: gpu.upload(runs, "runs of partial sums")?,
        })
    }
}

/// The partial sums on the device.
#[derive(Debug)]
pub struct PartialSums {
    /// Their values.
    pub partials: Buffer<EF>,
    runs: Buffer<Run>,
}

impl PartialSums {
    /// Adds them up to `sums`.
    pub fn reduce(
        &self,
        recorder: &mut Recorder<'_>,
        kernel: &Kernel<ReduceSums>,
        sums: &Buffer<EF>,
        params: ReduceSumsParams,
    ) {
        let bindings = ReduceSumsBindings {
            partials: &self.partials,
            runs: &self.runs,
            sums,
        };
        kernel.record(recorder, bindings, params);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_follow_each_other_and_every_reduction_ends() {
        let shape = |n_slices, point_lanes| SumShape {
            n_slices,
            n_points: [1, 2, 2],
            point_lanes,
            targets: [10, 20, 30],
        };
        let mut plan = PartialSumsPlan::with_limit(11);
        assert!(plan.has_room(&[shape([3, 0, 2], 64), shape([0, 1, 0], 65)]));
        assert!(!plan.has_room(&[shape([3, 0, 2], 64), shape([1, 1, 0], 65)]));
        assert_eq!(plan.place(&shape([3, 0, 2], 64)), 0);
        assert_eq!(plan.place(&shape([0, 1, 0], 65)), 3 + 2 * 2);
        assert!(!plan.has_room(&[shape([1, 0, 0], 1)]));
        let first = plan.end_reduction();
        assert_eq!(plan.place_runs(5, 1, 4), 0);
        let second = plan.end_reduction();

        let runs: Vec<_> = plan
            .runs
            .iter()
            .map(|run| [run.start, run.target_ix])
            .collect();
        let expected = [[0, 10], [3, 30], [5, 31], [7, 20], [9, 21], [11, 0]];
        assert_eq!((first.first_run, first.n_runs), (0, 5));
        assert_eq!(runs[..6], expected);
        assert_eq!((second.first_run, second.n_runs), (6, 1));
        assert_eq!(runs[6..], [[0, 5], [4, 0]]);
        assert_eq!(plan.max_len, 11);
    }
}
