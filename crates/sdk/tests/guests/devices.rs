//! Several devices for one proof, and devices that are lost.

use openvm_metal_backend::{internals::gpu::Fault, GpuError, GpuOptions, MetalDevice, MetalError};
use openvm_metal_sdk::{
    aggregation_keygen, AppProver, Error, Event, Observer, PipelineOptions, StarkProver,
};
use openvm_sdk::{config::AggregationTreeConfig, keygen::AppProvingKey, CpuSdk};
use openvm_sdk_config::{SdkVmConfig, SdkVmCpuBuilder};
use openvm_stark_backend::codec::Encode;

use crate::common::{
    aggregation_params, config, device_with, exe, input, key, Log, SHORT_SEGMENT_BYTES,
};

/// Makes two segments.
const N: u64 = 8_000;

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

fn segment_proofs(
    prover: &mut AppProver<SdkVmCpuBuilder>,
    observer: &mut dyn Observer,
) -> Result<Vec<Vec<u8>>, Error> {
    let proof = prover.prove(input(N), observer)?;
    let bytes = |proof: &openvm_stark_backend::proof::Proof<_>| proof.encode_to_vec().unwrap();
    Ok(proof.per_segment.iter().map(bytes).collect())
}

/// Loses a device the first time that `when` names one.
struct Loses<'a> {
    devices: &'a [MetalDevice],
    when: fn(&Event) -> Option<usize>,
    lost: Option<usize>,
    log: Log,
}

impl<'a> Loses<'a> {
    fn new(devices: &'a [MetalDevice], when: fn(&Event) -> Option<usize>) -> Self {
        Self {
            devices,
            when,
            lost: None,
            log: Log::default(),
        }
    }

    /// Whether the device was lost, and had so much to do.
    fn check(&self, n_segments: usize, n_nodes: usize) {
        let reported = self.log.0.iter().filter_map(|event| match event {
            Event::DeviceLost {
                device,
                segments,
                nodes,
                ..
            } => Some((Some(*device), *segments, *nodes)),
            _ => None,
        });
        let reported: Vec<_> = reported.collect();
        assert_eq!(reported, [(self.lost, n_segments, n_nodes)]);
    }
}

impl Observer for Loses<'_> {
    fn on_event(&mut self, event: &Event) {
        self.log.on_event(event);
        if let (None, Some(device)) = (self.lost, (self.when)(event)) {
            lose(&self.devices[device]);
            self.lost = Some(device);
        }
    }
}

fn lose(device: &MetalDevice) {
    device.gpu().unwrap().inject(Fault::Lost, 0);
}

/// Segments proven by each of two devices.
fn proven_by(log: &Log) -> [usize; 2] {
    [0, 1].map(|number| {
        log.count(|event| matches!(event, Event::SegmentProven { device, .. } if *device == number))
    })
}

#[test]
fn devices_share_a_proof_which_is_that_of_one_and_a_lost_one_hands_its_work_over() {
    let key = key(config("riscv32"));
    let one = devices(1, 1);
    let expected = segment_proofs(&mut prover(&key, &one), &mut ()).unwrap();
    assert_eq!(expected.len(), 2);

    let two = devices(2, 2);
    let mut prover = prover(&key, &two);
    let mut log = Log::default();
    assert!(segment_proofs(&mut prover, &mut log).unwrap() == expected);
    assert_eq!(proven_by(&log), [1, 1]);

    // When it has traces that it has not proven.
    let mut observer = Loses::new(&two, |event| match event {
        Event::SegmentTraced { device, .. } => Some(*device),
        _ => None,
    });
    assert!(segment_proofs(&mut prover, &mut observer).unwrap() == expected);
    observer.check(1, 0);
    let lost = observer.lost.unwrap();
    assert!(two[lost].is_lost() && !two[1 - lost].is_lost());
    assert_eq!(proven_by(&observer.log)[1 - lost], 2);

    // A proof fails when the last one is lost, and so does the next.
    lose(&two[1 - lost]);
    for _ in 0..2 {
        let error = segment_proofs(&mut prover, &mut ()).unwrap_err();
        let Error::Prover { error, .. } = &error else {
            panic!("{error}");
        };
        let is_lost = matches!(error, MetalError::Gpu(GpuError::DeviceLost { .. }));
        assert!(is_lost, "{error}");
    }
}

#[test]
#[ignore = "takes minutes on a software adapter: the nightly workflow runs it"]
fn nodes_of_a_lost_device_are_made_on_another() {
    let app_key = key(config("riscv32"));
    let agg_key = aggregation_keygen(&app_key, aggregation_params()).unwrap();
    let tree = AggregationTreeConfig {
        num_children_leaf: 2,
        num_children_internal: 2,
    };
    let two = devices(3, 2);
    let app = prover(&app_key, &two);
    let mut prover = StarkProver::new(app, agg_key, tree).unwrap();
    let mut observer = Loses::new(&two, |event| match event {
        Event::NodeTraced { device, .. } => Some(*device),
        _ => None,
    });
    let proof = prover.prove(input(N), &mut observer).unwrap();
    observer.check(0, 1);
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
