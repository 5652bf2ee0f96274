//! What an execution has reached, and where others go on from.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
    thread::{scope, sleep},
    time::Duration,
};

use openvm_sdk_config::SdkVmCpuBuilder;

use super::*;
use crate::{
    execution::tests::{
        exe, input, key, riscv32,
        stored::{assert_same, memory_config},
        SEGMENT_BYTES,
    },
    execution::{decode, encode},
    jobs::HostProgram,
};

/// The state after so many instructions.
fn state(to: u64) -> VmState<F> {
    let config = riscv32();
    let exe = exe("fibonacci", &config);
    let executor = VmExecutor::new(config).unwrap();
    let boundaries = Boundaries::new(executor.instance(&exe).unwrap(), input(30_000));
    let boundaries = boundaries.go_to(to, &input(30_000)).unwrap();
    boundaries.state()
}

#[test]
fn what_is_reached_when_a_segment_is_known_can_be_gone_on_from() {
    let mut config = riscv32();
    let system: &mut SystemConfig = config.as_mut();
    system.set_segmentation_max_memory(SEGMENT_BYTES as usize);
    let (key, exe) = (key(config.clone()), exe("fibonacci", &config));
    let program = HostProgram::new(SdkVmCpuBuilder, key, exe).unwrap();
    let (mut reached, mut ends) = (vec![], vec![]);
    let found = program.find_segments(&input(30_000), |segment, at| {
        ends.push(segment.instret_start + segment.num_insns);
        reached.push((at.instructions(), at.encode()));
        true
    });
    found.unwrap();
    assert!(ends.len() >= 3, "{} segments", ends.len());
    // The program has ended there.
    assert!(reached.pop().unwrap().1.is_none());
    for ((at, bytes), end) in reached.into_iter().zip(ends) {
        assert!(at >= end, "{at} is before {end}");
        let bytes = bytes.unwrap();
        let stored = decode(&bytes, at, memory_config(&config), &input(30_000)).unwrap();
        assert_same(&state(at), &stored, &format!("{at} instructions"));
    }
}

/// A stored state as it is offered with a segment.
#[derive(Clone, Copy)]
enum Offer {
    Nothing,
    Good(u64),
    /// That takes long.
    Slow(u64),
    Missing(u64),
    Broken(u64),
}

/// Reaches one place after the other, and says of which the stored state was asked for.
fn fetched(places: &[(u64, Offer)]) -> Vec<bool> {
    let (config, input) = (riscv32(), Arc::new(input(30_000)));
    let exe = exe("fibonacci", &config);
    let (sender, requests) = channel();
    scope(|scope| {
        let (config, exe) = (&config, &exe);
        scope.spawn(move || reach_states::<SdkVmCpuBuilder>(config, exe, &requests));
        let ask = |&(to, offer): &(u64, Offer)| {
            let was_fetched = Arc::new(AtomicBool::new(false));
            let noted = was_fetched.clone();
            let stored = |at: u64, fetch: fn(u64) -> Result<Vec<u8>, String>| StoredState {
                instructions: at,
                fetch: Box::new(move || {
                    noted.store(true, Ordering::Relaxed);
                    fetch(at)
                }),
            };
            let good = |at: u64| Ok(encode(&state(at), at, &self::input(30_000)).unwrap());
            let slow = |at: u64| {
                sleep(Duration::from_millis(500));
                Ok(encode(&state(at), at, &self::input(30_000)).unwrap())
            };
            let stored = match offer {
                Offer::Nothing => None,
                Offer::Good(at) => Some(stored(at, good)),
                Offer::Slow(at) => Some(stored(at, slow)),
                Offer::Missing(at) => Some(stored(at, |_| Err("it is gone".to_owned()))),
                Offer::Broken(at) => Some(stored(at, |_| Ok(vec![1, 0, 0, 0, 9]))),
            };
            let (reply, answer) = channel();
            let request = StateRequest {
                input: input.clone(),
                instructions: to,
                stored,
                reply,
            };
            sender.send(request).unwrap();
            let reached = answer.recv().unwrap().unwrap();
            assert_same(&state(to), &reached, &format!("{to}"));
            was_fetched.load(Ordering::Relaxed)
        };
        let fetched = places.iter().map(ask).collect();
        drop(sender);
        fetched
    })
}

#[test]
fn a_stored_state_is_fetched_where_that_saves_execution() {
    use Offer::*;
    assert_eq!(fetched(&[(90_000, Good(90_000))]), [true]);
    // The own state is further on, or the stored one too far.
    let places = [
        (50_000, Nothing),
        (70_000, Good(20_000)),
        (80_000, Good(80_001)),
        (60_000, Good(40_000)),
    ];
    assert_eq!(fetched(&places), [false, false, false, true]);
    // Executing these would take a fraction of what the last one took.
    let places = [(50_000, Slow(20_000)), (80_000, Good(60_000))];
    assert_eq!(fetched(&places), [true, false]);
}

#[test]
fn without_the_stored_state_it_is_executed_further() {
    for offer in [Offer::Missing(90_000), Offer::Broken(90_000)] {
        let places = [(10_000, Offer::Nothing), (95_000, offer)];
        assert_eq!(fetched(&places), [false, true]);
    }
}
