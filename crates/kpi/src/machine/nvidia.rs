//! NVIDIA's GPUs, by `nvidia-smi`.

use super::{output_of, GpuState};

pub(super) fn read() -> Option<GpuState> {
    let query = [
        "--query-gpu=clocks.sm,power.draw",
        "--format=csv,noheader,nounits",
    ];
    parse(&output_of("nvidia-smi", &query)?)
}

/// One line a GPU; what one does not tell is `[N/A]`.
fn parse(said: &str) -> Option<GpuState> {
    let gpus = said.lines().filter_map(|line| {
        let (mhz, watts) = line.split_once(',')?;
        Some(GpuState {
            mhz: mhz.trim().parse().ok(),
            watts: watts.trim().parse().ok(),
        })
    });
    gpus.reduce(GpuState::beside)?.if_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_power_of_all_gpus_are_read() {
        let state = |mhz, watts| Some(GpuState { mhz, watts });
        for (said, expected) in [
            ("1980, 132.45\n", state(Some(1980.0), Some(132.45))),
            ("345, 20.0\n1980, 130.5\n", state(Some(1980.0), Some(150.5))),
            ("1980, [N/A]\n", state(Some(1980.0), None)),
            ("[N/A], [N/A]\n", None),
            ("No devices were found\n", None),
            ("", None),
        ] {
            assert_eq!(parse(said), expected, "{said}");
        }
    }
}
