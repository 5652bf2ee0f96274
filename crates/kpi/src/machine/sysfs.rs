//! GPUs whose Linux driver tells in files: amdgpu, i915 and xe.

use super::GpuState;
use std::fs;
use std::path::Path;

pub(super) const ROOT: &str = "/sys/class/drm";

/// All cards below `root` together.
pub(super) fn read(root: &Path) -> Option<GpuState> {
    let cards = fs::read_dir(root).ok()?.flatten();
    let states = cards.filter_map(|card| {
        let card = card.path();
        let state = GpuState {
            mhz: amd_mhz(&card).or_else(|| intel_mhz(&card)),
            watts: watts(&card),
        };
        state.if_any()
    });
    states.reduce(GpuState::beside)
}

/// `1: 1800Mhz *`: the marked one is current.
fn amd_mhz(card: &Path) -> Option<f64> {
    let clocks = fs::read_to_string(card.join("device/pp_dpm_sclk")).ok()?;
    let current = clocks
        .lines()
        .find_map(|line| line.trim().strip_suffix('*'))?;
    let (_, mhz) = current.split_once(':')?;
    mhz.trim()
        .trim_end_matches(char::is_alphabetic)
        .parse()
        .ok()
}

fn intel_mhz(card: &Path) -> Option<f64> {
    let files = ["gt_act_freq_mhz", "device/tile0/gt0/freq0/act_freq"];
    files.iter().find_map(|file| {
        let text = fs::read_to_string(card.join(file)).ok()?;
        text.trim().parse().ok()
    })
}

/// In microwatts, of whichever sensor the card has.
fn watts(card: &Path) -> Option<f64> {
    let sensors = fs::read_dir(card.join("device/hwmon")).ok()?.flatten();
    sensors.into_iter().find_map(|sensor| {
        let files = ["power1_average", "power1_input"];
        files.iter().find_map(|file| {
            let text = fs::read_to_string(sensor.path().join(file)).ok()?;
            let microwatts: f64 = text.trim().parse().ok()?;
            Some(microwatts / 1e6)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_power_are_read_from_the_drivers_files() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        assert_eq!(read(root.path()), None);
        let device = root.path().join("card0/device");
        fs::create_dir_all(device.join("hwmon/hwmon3"))?;
        fs::write(device.join("pp_dpm_sclk"), "0: 500Mhz\n1: 1800Mhz *\n")?;
        fs::write(device.join("hwmon/hwmon3/power1_average"), "45000000\n")?;
        let expected = GpuState {
            mhz: Some(1800.0),
            watts: Some(45.0),
        };
        assert_eq!(read(root.path()), Some(expected));
        fs::create_dir_all(root.path().join("card1"))?;
        fs::write(root.path().join("card1/gt_act_freq_mhz"), "2050\n")?;
        let both = GpuState {
            mhz: Some(2050.0),
            watts: Some(45.0),
        };
        assert_eq!(read(root.path()), Some(both));
        Ok(())
    }
}
