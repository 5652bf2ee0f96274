//! Several devices for one proof, and devices that are lost.

use openvm_metal_backend::{internals::gpu::Fault, GpuError, GpuOptions, MetalDevice, MetalError};
use openvm_metal_sdk::{aggregation_keygen, AppProver, Error, Event, PipelineOptions, StarkProver};
use openvm_sdk::{config::AggregationTreeConfig, keygen::AppProvingKey, CpuSdk};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder};
use openvm_stark_backend::codec::Encode;

use crate::common::{
    aggregation_params, config, device_with, exe, input, key, Log, SHORT_SEGMENT_BYTES,
};

const N: u64 = 20_000;

/// Devices that no other test has, on the same adapter, as their budgets differ.
fn devices(test: u64, n: u64) -> Vec<MetalDevice> {
    let open = |device| {
        device_with(&GpuOptions {
            memory_budget_bytes: Some((1 << 40) + (test << 8) + device),
            ..GpuOptions::from_env().unwrap()
        })
    };
    (0..n).map(open).collect()
}

fn prover(key: &AppProvingKey<SdkVmConfig>, devices: &[MetalDevice]) -> AppProver<SdkVmCpuBuilder> {
    // Traces depend on the number of threads that make them.
    let options = PipelineOptions {
        workers: Some(2),
        threads: Some(1),
        segment_max_memory_bytes: Some(SHORT_SEGMENT_BYTES),
        ..PipelineOptions::default()
    };
    let exe = exe("fibonacci", key.vm_config());
    AppProver::on_devices(SdkVmCpuBuilder, key, exe, devices, &options).unwrap()
}

fn app_proof(
    prover: &mut AppProver<SdkVmCpuBuilder>,
    log: &mut Log,
) -> Result<Vec<Vec<u8>>, Error> {
    let proof = prover.prove(input(N), log)?;
    let bytes = |proof: &openvm_stark_backend::proof::Proof<_>| proof.encode_to_vec().unwrap();
    Ok(proof.per_segment.iter().map(bytes).collect())
}

fn lose(device: &MetalDevice, n_spared: u64) {
    device.gpu().unwrap().inject(Fault::Lost, n_spared);
}

/// Segments proven by each of the first two devices.
fn proven_by(log: &Log) -> [usize; 2] {
    [0, 1].map(|number| {
        log.count(|event| matches!(event, Event::SegmentProven { device, .. } if *device == number))
    })
}

fn lost(log: &Log) -> Vec<usize> {
    let lost = log.0.iter().filter_map(|event| match event {
        Event::DeviceLost { device, .. } => Some(*device),
        _ => None,
    });
    lost.collect()
}

fn is_device_lost(error: &Error) -> bool {
    let Error::Prover { error, .. } = error else {
        return false;
    };
    matches!(error, MetalError::Gpu(GpuError::DeviceLost { .. }))
}

#[test]
fn devices_share_a_proof_which_is_that_of_one_and_a_lost_one_hands_its_work_over() {
    let key = key(config("riscv32"));
    let mut log = Log::default();
    let expected = app_proof(&mut prover(&key, &devices(1, 1)), &mut log).unwrap();
    let n_segments = expected.len();
    assert_eq!((proven_by(&log), lost(&log)), ([n_segments, 0], vec![]));

    let devices = devices(2, 2);
    let mut prover = prover(&key, &devices);
    let mut log = Log::default();
    assert!(app_proof(&mut prover, &mut log).unwrap() == expected);
    let [first, second] = proven_by(&log);
    assert!(first > 0 && second > 0, "{first} and {second} segments");
    assert_eq!(first + second, n_segments);

    // In the middle of its first proof.
    lose(&devices[0], 60);
    let mut log = Log::default();
    assert!(app_proof(&mut prover, &mut log).unwrap() == expected);
    assert!(devices[0].is_lost());
    let [first, second] = proven_by(&log);
    assert_eq!((lost(&log), first + second), (vec![0], n_segments));
    let made_again = log.0.iter().find_map(|event| match event {
        Event::DeviceLost { segments, .. } => Some(*segments),
        _ => None,
    });
    assert!(made_again > Some(0));

    // The prover goes on without it, and a proof fails when the last one is lost.
    let mut log = Log::default();
    assert!(app_proof(&mut prover, &mut log).unwrap() == expected);
    assert_eq!((proven_by(&log), lost(&log)), ([0, n_segments], vec![]));
    lose(&devices[1], 60);
    for _ in 0..2 {
        let error = app_proof(&mut prover, &mut Log::default()).unwrap_err();
        assert!(is_device_lost(&error), "{error}");
    }
}

#[test]
fn nodes_of_a_lost_device_are_made_on_another() {
    let app_key = key(config("riscv32"));
    let agg_key = aggregation_keygen(&app_key, aggregation_params()).unwrap();
    let tree = AggregationTreeConfig {
        num_children_leaf: 2,
        num_children_internal: 2,
    };
    let devices = devices(3, 2);
    let app = prover(&app_key, &devices);
    let mut prover = StarkProver::new(app, agg_key, tree).unwrap();
    // When the first node is proven, the device that has proven it is lost at once.
    struct LosesAtFirstNode<'a>(&'a [MetalDevice], Log);
    impl openvm_metal_sdk::Observer for LosesAtFirstNode<'_> {
        fn on_event(&mut self, event: &Event) {
            let is_first = self
                .1
                .count(|event| matches!(event, Event::NodeProven { .. }))
                == 0;
            self.1.on_event(event);
            if let (Event::NodeProven { device, .. }, true) = (event, is_first) {
                lose(&self.0[*device], 0);
            }
        }
    }
    let mut observer = LosesAtFirstNode(&devices, Log::default());
    let proof = prover.prove(input(N), &mut observer).unwrap();
    assert_eq!(lost(&observer.1).len(), 1);
    let verifying_key = prover.verifying_key().as_ref().clone();
    CpuSdk::verify_proof(verifying_key, prover.baseline(), &proof).unwrap();
}

#[test]
fn no_device_is_an_error() {
    let key = key(config("riscv32"));
    let exe = exe("fibonacci", key.vm_config());
    let options = PipelineOptions::default();
    let error = AppProver::on_devices(SdkVmCpuBuilder, &key, exe, &[], &options).err();
    assert!(matches!(error, Some(Error::NoDevice)), "{error:?}");
}
