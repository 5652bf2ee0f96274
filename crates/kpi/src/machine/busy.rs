//! Whether a run was made while the machine was busy with something else, or slower than usual.

use crate::record::Run;
use crate::stats::Summary;

/// A clock below this share of the usual one is slow: 90 %.
pub const BUSY_CLOCK: f64 = 0.9;

/// More load than this for each processor is never the command's own doing alone, though it keeps all of
/// them busy.
const BUSY_LOAD: f64 = 1.25;

/// Why `run` was made while the machine was busy; nothing, if it was not. `others` are the runs so far,
/// whose median clocks are the usual ones.
pub fn reasons(run: &Run, others: &[Run], cpu_threads: Option<u64>) -> Vec<String> {
    let mut reasons = Vec::new();
    let load = run.load_average_1m.unwrap_or_default();
    if let Some(threads) = cpu_threads.filter(|threads| load > BUSY_LOAD * *threads as f64) {
        reasons.push(format!("load {load:.1} on {threads} threads"));
    }
    reasons.extend(slow_clock("processor", run, others, cpu_clock));
    reasons.extend(slow_clock("GPU", run, others, gpu_clock));
    reasons
}

/// The fastest processor's clock at the run's end, in MHz.
pub(crate) fn cpu_clock(run: &Run) -> Option<f64> {
    run.after?.cpu_max_mhz
}

/// The GPU's clock at the run's end, in MHz: as the program reported it, else as the system does.
pub(crate) fn gpu_clock(run: &Run) -> Option<f64> {
    run.reported_gpu_mhz.or_else(|| run.after?.gpu_mhz)
}

fn slow_clock(
    what: &str,
    run: &Run,
    others: &[Run],
    clock: fn(&Run) -> Option<f64>,
) -> Option<String> {
    let mhz = clock(run)?;
    let usual: Vec<f64> = others.iter().filter_map(clock).collect();
    let usual = Summary::of(&usual)?.median;
    (mhz < BUSY_CLOCK * usual)
        .then(|| format!("{what} at {mhz:.0} MHz, otherwise at {usual:.0} MHz"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::MachineState;

    fn run(load: f64, cpu_mhz: f64, gpu_mhz: Option<f64>) -> Run {
        Run {
            load_average_1m: Some(load),
            after: Some(MachineState {
                cpu_max_mhz: Some(cpu_mhz),
                gpu_mhz,
                ..MachineState::default()
            }),
            ..Run::default()
        }
    }

    #[test]
    fn load_and_slow_clocks_are_reasons() {
        let others = [run(0.5, 3000.0, Some(1980.0)), run(0.5, 3000.0, None)];
        for (run, expected) in [
            (run(4.9, 3000.0, Some(1980.0)), 0),
            (run(5.1, 3000.0, None), 1),
            (run(0.5, 2600.0, None), 1),
            (run(9.0, 2600.0, Some(495.0)), 3),
        ] {
            let reasons = reasons(&run, &others, Some(4));
            assert_eq!(reasons.len(), expected, "{reasons:?}");
        }
        assert_eq!(reasons(&Run::default(), &others, None), [""; 0]);
    }
}
