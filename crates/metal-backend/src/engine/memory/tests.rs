//! Segments of a program as large as they are in production, rehearsed: no proof is made, but all
//! memory is taken and given back as if it were.

use std::sync::Arc;

use openvm_stark_backend::{
    keygen::types::{MultiStarkProvingKey, StarkProvingKey, StarkVerifyingKey},
    p3_field::PrimeCharacteristicRing,
    prover::{
        AirProvingContext, CommittedTraceData, Coordinator, DeviceDataTransporter,
        DeviceMultiStarkProvingKey, Prover, ProvingContext, TraceCommitter,
    },
    SystemParams,
};
use openvm_stark_sdk::config::{
    app_params_with_100_bits_security,
    baby_bear_poseidon2::{BabyBearPoseidon2Config, F},
};

use crate::{
    gpu::{Columns, Gpu, GpuOptions},
    transcript::MetalTranscript,
    MetalBackend, MetalDevice,
};

#[allow(dead_code, reason = "other tests use all of it")]
#[path = "../../../tests/constraint_compiler/airs.rs"]
mod airs;
#[path = "../../../benches/vm_segment/shapes.rs"]
mod shapes;

use airs::AirUnderTest;

fn proving_key(
    airs: &[AirUnderTest],
    params: SystemParams,
) -> MultiStarkProvingKey<BabyBearPoseidon2Config> {
    let max_constraint_degree = params.max_constraint_degree;
    let key = |air: &AirUnderTest| StarkProvingKey {
        air_name: air.name.clone(),
        vk: StarkVerifyingKey {
            preprocessed_data: None,
            params: air.params.clone(),
            symbolic_constraints: air.dag.clone(),
            max_constraint_degree: max_constraint_degree as u8,
            is_required: false,
            unused_variables: vec![],
        },
        preprocessed_data: None,
    };
    MultiStarkProvingKey {
        per_air: airs.iter().map(key).collect(),
        trace_height_constraints: vec![],
        max_constraint_degree,
        params,
        vk_pre_hash: Default::default(),
    }
}

struct Program {
    gpu: Arc<Gpu>,
    device: MetalDevice,
    pk: DeviceMultiStarkProvingKey<MetalBackend>,
    airs: Vec<AirUnderTest>,
    cached: Vec<Vec<CommittedTraceData<MetalBackend>>>,
}

impl Program {
    fn new() -> Self {
        let options = GpuOptions::from_env().unwrap();
        let gpu = Gpu::shared(&options).unwrap().rehearsal();
        let params = app_params_with_100_bits_security(21);
        let device = MetalDevice::with_gpu(params.clone(), Ok(gpu.clone()));
        let airs = shapes::airs(airs::standard_vm());
        let cached = airs
            .iter()
            .zip(shapes::AIRS)
            .map(|(air, (_, log_heights))| {
                let of_width = |width: &usize| {
                    let trace = Columns::alloc(&gpu, 1 << log_heights[0], *width, "trace").unwrap();
                    let trace = trace.into();
                    let (commitment, data) = device.commit(&[&trace]).unwrap();
                    CommittedTraceData {
                        commitment,
                        trace,
                        data: Arc::new(data),
                    }
                };
                air.params.width.cached_mains.iter().map(of_width).collect()
            });
        Self {
            cached: cached.collect(),
            pk: device.transport_pk_to_device(&proving_key(&airs, params)),
            gpu,
            device,
            airs,
        }
    }

    /// Rehearses a segment with its traces; the number of buffers taken from the driver.
    fn buffers_created(&self, segment: usize) -> u64 {
        let before = self.gpu.counters();
        let trace = |i: usize| {
            let (air, height) = (&self.airs[i], 1 << shapes::AIRS[i].1[segment]);
            let width = air.params.width.common_main;
            let context = AirProvingContext {
                cached_mains: self.cached[i].clone(),
                common_main: Columns::alloc_for_upload(&self.gpu, height, width, "trace")
                    .unwrap()
                    .into(),
                public_values: vec![F::ZERO; air.params.num_public_values],
            };
            (i, context)
        };
        let context = ProvingContext::new((0..self.airs.len()).map(trace).collect());
        let mut coordinator: Coordinator<BabyBearPoseidon2Config, _, _, _> = Coordinator::new(
            MetalBackend,
            self.device.clone(),
            MetalTranscript::new(false),
        );
        coordinator.prove(&self.pk, context).unwrap();
        (self.gpu.counters() - before).buffers_created
    }
}

#[test]
fn warm_segments_take_nothing_from_the_driver() {
    let program = Program::new();
    assert!(program.buffers_created(0) > 0);
    assert_eq!(program.buffers_created(0), 0, "the same shapes again");
    // Shapes that are new take little, traces of new heights above all, and those that were there before nothing.
    for segment in 1..5 {
        let created = program.buffers_created(segment);
        assert!(created < 20, "segment {segment}: {created}");
    }
    for segment in [4, 2, 0, 3, 1, 1, 4] {
        assert_eq!(program.buffers_created(segment), 0, "segment {segment}");
    }
    let (highest, reserved) = (program.gpu.highest_bytes(), program.gpu.reserved_bytes());
    assert!(reserved < highest + highest / 4, "{reserved} for {highest}");
}
