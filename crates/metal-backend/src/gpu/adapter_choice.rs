//! Which adapters a text means: an index, a PCI address, part of a name, several of these, or all.

use super::{AdapterSummary, GpuError};

/// The places of the adapters that `wanted` means among those `present`, each once; without it, that of the
/// first hardware GPU.
pub(super) fn chosen(
    wanted: Option<&str>,
    present: &[AdapterSummary],
) -> Result<Vec<usize>, GpuError> {
    let Some(wanted) = wanted else {
        return Ok(vec![hardware(present)?[0]]);
    };
    // Names have commas, too.
    if wanted.contains(',') {
        if let Ok(place) = by_name(wanted, present) {
            return Ok(vec![place]);
        }
    }
    let mut chosen = vec![];
    for part in wanted.split(',') {
        let part = part.trim();
        let places = match part.eq_ignore_ascii_case("all") {
            true => hardware(present)?,
            false => vec![one(part, present)?],
        };
        for place in places {
            if !chosen.contains(&place) {
                chosen.push(place);
            }
        }
    }
    Ok(chosen)
}

/// All that are no software, each once: one may be there through several graphics interfaces.
fn hardware(present: &[AdapterSummary]) -> Result<Vec<usize>, GpuError> {
    let mut places: Vec<usize> = vec![];
    for (place, adapter) in present.iter().enumerate() {
        let is_there = |&other: &usize| is_same_gpu(&present[other], adapter);
        if !adapter.is_software && !places.iter().any(is_there) {
            places.push(place);
        }
    }
    match places.is_empty() {
        true => Err(GpuError::NoAdapter {
            present: listed(present),
        }),
        false => Ok(places),
    }
}

fn is_same_gpu(a: &AdapterSummary, b: &AdapterSummary) -> bool {
    match (&a.pci_address, &b.pci_address) {
        (Some(a), Some(b)) => a == b,
        _ => a.name == b.name && a.backend != b.backend,
    }
}

fn one(wanted: &str, present: &[AdapterSummary]) -> Result<usize, GpuError> {
    if let Some(address) = pci_address(wanted) {
        let is_there = |adapter: &AdapterSummary| {
            let own = adapter.pci_address.as_deref().and_then(pci_address);
            own == Some(address)
        };
        let place = present.iter().position(is_there);
        return place.ok_or_else(|| unknown(wanted, present));
    }
    match wanted.parse::<usize>() {
        Ok(index) if index < present.len() => Ok(index),
        _ => by_name(wanted, present),
    }
}

/// The first of the name, or of those that contain the text, which must all have one name.
fn by_name(wanted: &str, present: &[AdapterSummary]) -> Result<usize, GpuError> {
    let lower = wanted.to_lowercase();
    let is_name = |adapter: &AdapterSummary| adapter.name.to_lowercase() == lower;
    if let Some(place) = present.iter().position(is_name) {
        return Ok(place);
    }
    let contains = |adapter: &&AdapterSummary| adapter.name.to_lowercase().contains(&lower);
    let matching: Vec<_> = present.iter().filter(contains).cloned().collect();
    match matching.first() {
        Some(first) if matching.iter().all(|other| other.name == first.name) => Ok(first.index),
        Some(_) => Err(GpuError::AmbiguousAdapter {
            wanted: wanted.to_owned(),
            matching: listed(&matching),
        }),
        None => Err(unknown(wanted, present)),
    }
}

/// Domain, bus, device and function; some programs write the domain with eight digits, or not at all.
fn pci_address(text: &str) -> Option<[u32; 4]> {
    let (place, function) = text.split_once('.')?;
    let parts: Vec<_> = place.split(':').collect();
    let (domain, bus, device) = match parts[..] {
        [domain, bus, device] => (domain, bus, device),
        [bus, device] => ("0", bus, device),
        _ => return None,
    };
    let number = |digits| u32::from_str_radix(digits, 16).ok();
    Some([
        number(domain)?,
        number(bus)?,
        number(device)?,
        number(function)?,
    ])
}

fn unknown(wanted: &str, present: &[AdapterSummary]) -> GpuError {
    GpuError::UnknownAdapter {
        wanted: wanted.to_owned(),
        present: listed(present),
    }
}

fn listed(adapters: &[AdapterSummary]) -> Vec<String> {
    adapters.iter().map(AdapterSummary::listing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(adapters: &[(&str, &str, &str)]) -> Vec<AdapterSummary> {
        let summary = |(index, (name, backend, address)): (usize, &(&str, &str, &str))| {
            let address = (!address.is_empty()).then(|| (*address).to_owned());
            AdapterSummary {
                index,
                name: (*name).to_owned(),
                pci_address: address,
                driver: "1".to_owned(),
                backend: (*backend).to_owned(),
                is_software: name.contains("llvmpipe"),
            }
        };
        adapters.iter().enumerate().map(summary).collect()
    }

    fn server() -> Vec<AdapterSummary> {
        machine(&[
            ("NVIDIA H100", "vulkan", "0000:65:00.0"),
            ("NVIDIA H100", "vulkan", "0001:65:00.0"),
            ("NVIDIA A2", "vulkan", "0000:c1:00.0"),
            ("llvmpipe (LLVM 15.0.6, 256 bits)", "vulkan", ""),
        ])
    }

    #[test]
    fn the_first_hardware_gpu_is_the_default() {
        assert_eq!(chosen(None, &server()), Ok(vec![0]));
        let software = &server()[3..];
        let error = chosen(None, software).unwrap_err();
        assert!(matches!(error, GpuError::NoAdapter { .. }), "{error}");
        assert!(matches!(
            chosen(Some("all"), software),
            Err(GpuError::NoAdapter { .. })
        ));
    }

    #[test]
    fn each_way_to_name_one() {
        for (wanted, place) in [
            ("0", 0),
            ("1", 1),
            ("3", 3),
            ("0000:65:00.0", 0),
            ("0001:65:00.0", 1),
            ("00000001:65:00.0", 1),
            ("C1:00.0", 2),
            ("h100", 0),
            ("nvidia a2", 2),
            ("100", 0),
            ("llvmpipe", 3),
            ("llvmpipe (LLVM 15.0.6, 256 bits)", 3),
        ] {
            assert_eq!(chosen(Some(wanted), &server()), Ok(vec![place]), "{wanted}");
        }
    }

    #[test]
    fn several_are_each_taken_once_and_all_is_no_software() {
        for (wanted, places) in [
            ("0,1", vec![0, 1]),
            ("1, 0", vec![1, 0]),
            ("H100,0", vec![0]),
            ("ALL", vec![0, 1, 2]),
            ("llvmpipe,all", vec![3, 0, 1, 2]),
        ] {
            assert_eq!(chosen(Some(wanted), &server()), Ok(places), "{wanted}");
        }
    }

    #[test]
    fn a_gpu_that_is_there_through_two_interfaces_is_one_of_all() {
        for address in ["0000:01:00.0", ""] {
            let machine = machine(&[
                ("Radeon", "vulkan", address),
                ("Radeon", "dx12", address),
                ("Iris", "vulkan", ""),
            ]);
            assert_eq!(chosen(Some("all"), &machine), Ok(vec![0, 2]));
            assert_eq!(chosen(Some("radeon"), &machine), Ok(vec![0]));
            assert_eq!(chosen(Some("1"), &machine), Ok(vec![1]));
        }
    }

    #[test]
    fn ambiguous_and_unknown_names_list_what_there_is() {
        let error = chosen(Some("nvidia"), &server()).unwrap_err().to_string();
        for part in [
            "\"nvidia\"",
            "0: NVIDIA H100",
            "at 0001:65:00.0",
            "2: NVIDIA A2",
        ] {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains("llvmpipe"), "{error}");
        for wanted in ["radeon", "4", "0000:66:00.0", "0,radeon"] {
            let error = chosen(Some(wanted), &server()).unwrap_err();
            assert!(matches!(error, GpuError::UnknownAdapter { .. }), "{error}");
            assert!(error.to_string().contains("3: llvmpipe"), "{error}");
        }
    }
}
