//! What each GPU has done for a proof.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use openvm_metal_sdk::{Event, Observer};

/// The proofs that each GPU made for a proof, as its events tell.
#[derive(Clone, Debug)]
pub struct AdapterUse {
    started: Instant,
    /// When they began and ended, by GPU.
    proofs: BTreeMap<usize, Vec<[Duration; 2]>>,
}

impl AdapterUse {
    /// Of a proof that starts now.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            proofs: BTreeMap::new(),
        }
    }

    /// How many proofs a GPU made, and how long it was making at least one.
    pub fn of(&self, device: usize) -> (usize, Duration) {
        let proofs = self.proofs.get(&device).map_or(&[][..], Vec::as_slice);
        (proofs.len(), covered(proofs.to_vec()))
    }
}

impl Observer for AdapterUse {
    fn on_event(&mut self, event: &Event) {
        let (Event::SegmentProven { device, time, .. } | Event::NodeProven { device, time, .. }) =
            event
        else {
            return;
        };
        let end = self.started.elapsed();
        let proofs = self.proofs.entry(*device).or_default();
        proofs.push([end.saturating_sub(*time), end]);
    }
}

/// The time that is in at least one of the periods.
fn covered(mut periods: Vec<[Duration; 2]>) -> Duration {
    periods.sort();
    let (mut covered, mut until) = (Duration::ZERO, Duration::ZERO);
    for [start, end] in periods {
        covered += end.saturating_sub(start.max(until));
        until = until.max(end);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_several_periods_counts_once() {
        let periods = [[4, 6], [0, 2], [1, 3], [1, 2], [8, 8]];
        let periods = periods.map(|period| period.map(Duration::from_secs));
        assert_eq!(covered(periods.to_vec()), Duration::from_secs(5));
    }
}
