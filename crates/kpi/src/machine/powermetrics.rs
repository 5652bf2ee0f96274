//! Apple's GPUs, by `powermetrics`, which only answers the administrator.

use super::{output_of, GpuState};

pub(super) fn read() -> Option<GpuState> {
    parse(&output_of(
        "powermetrics",
        &["--samplers", "gpu_power", "-n", "1", "-i", "50"],
    )?)
}

fn parse(said: &str) -> Option<GpuState> {
    let value = |name: &str, unit: &str| {
        let value = said.lines().find_map(|line| line.strip_prefix(name))?;
        value.trim().strip_suffix(unit)?.trim().parse::<f64>().ok()
    };
    let state = GpuState {
        mhz: value("GPU HW active frequency:", "MHz"),
        watts: value("GPU Power:", "mW").map(|milliwatts| milliwatts / 1000.0),
    };
    state.if_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_and_power_are_read() {
        let said = "**** GPU usage ****\n\nGPU HW active frequency: 1398 MHz\nGPU idle residency:  2.11%\nGPU Power: 12345 mW\n";
        let expected = GpuState {
            mhz: Some(1398.0),
            watts: Some(12.345),
        };
        assert_eq!(parse(said), Some(expected));
        assert_eq!(
            parse("powermetrics must be invoked as the superuser\n"),
            None
        );
    }
}
