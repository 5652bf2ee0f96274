//! What is recorded, as data.

use std::ops::Range;

use crate::gpu::{Binding, Pipeline};

/// One step of recorded work.
pub(super) enum Operation {
    Dispatch {
        pipeline: Pipeline,
        bindings: Vec<Binding>,
        params: Vec<u32>,
        grid: [u32; 3],
        work: u64,
    },
    Clear {
        buffer: Binding,
        bytes: Range<u64>,
    },
    Copy {
        source: Binding,
        bytes: Range<u64>,
        target: Binding,
        target_start: u64,
    },
    CopyPiece {
        source: wgpu::Buffer,
        bytes: Range<u64>,
        target: Binding,
        target_start: u64,
    },
}

impl Operation {
    /// The buffers of the pool that it touches.
    pub(super) fn buffers(&self) -> impl Iterator<Item = &Binding> {
        let (bindings, others) = match self {
            Self::Dispatch { bindings, .. } => (bindings.as_slice(), [None, None]),
            Self::Clear { buffer, .. } => (&[][..], [Some(buffer), None]),
            Self::Copy { source, target, .. } => (&[][..], [Some(source), Some(target)]),
            Self::CopyPiece { target, .. } => (&[][..], [Some(target), None]),
        };
        bindings.iter().chain(others.into_iter().flatten())
    }

    /// Field multiplications that it does.
    pub(super) fn work(&self) -> u64 {
        match self {
            Self::Dispatch { work, .. } => *work,
            _ => 0,
        }
    }

    /// The buffers that it writes.
    pub(super) fn written(&self) -> impl Iterator<Item = &Binding> {
        let (kernel, others) = match self {
            Self::Dispatch {
                pipeline, bindings, ..
            } => (Some((pipeline, bindings)), None),
            Self::Clear { buffer, .. } => (None, Some(buffer)),
            Self::Copy { target, .. } | Self::CopyPiece { target, .. } => (None, Some(target)),
        };
        let kernel = kernel.into_iter().flat_map(|(pipeline, bindings)| {
            let written = pipeline.written.iter();
            written.filter_map(|&binding| bindings.get(binding))
        });
        kernel.chain(others)
    }
}

pub(super) fn is_dispatch(operation: &Operation) -> bool {
    matches!(operation, Operation::Dispatch { .. })
}
