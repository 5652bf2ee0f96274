//! Which device is given a segment or a node: the one that is likely to be done with it first.

use std::time::Duration;

/// What a node's proof takes, in bytes of a segment's traces whose proof takes as long.
const NODE_BYTES: u64 = 1 << 29;

/// What a device has to do, and how fast it has been.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// What the traces of segments may take, in the making, waiting and being proven.
    limit_bytes: u64,
    segment_bytes: u64,
    nodes: u64,
    /// Of what it has proven.
    done_bytes: u64,
    done_time: Duration,
    is_lost: bool,
}

/// A segment with so many bytes of traces, or a node.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    Segment(u64),
    Node,
}

impl Work {
    fn bytes(self) -> u64 {
        match self {
            Self::Segment(bytes) => bytes,
            Self::Node => NODE_BYTES,
        }
    }
}

impl Load {
    /// Of a device whose segments' traces may take so much.
    pub(super) fn new(limit_bytes: u64) -> Self {
        Self {
            limit_bytes,
            segment_bytes: 0,
            nodes: 0,
            done_bytes: 0,
            done_time: Duration::ZERO,
            is_lost: false,
        }
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// From now on it is given nothing, and has nothing.
    pub(super) fn lose(&mut self) {
        (self.segment_bytes, self.nodes) = (0, 0);
        self.is_lost = true;
    }

    pub(super) fn add(&mut self, work: Work) {
        match work {
            Work::Segment(bytes) => self.segment_bytes += bytes,
            Work::Node => self.nodes += 1,
        }
    }

    /// The device has proven what it was given, in so much time.
    pub(super) fn done(&mut self, work: Work, time: Duration) {
        match work {
            Work::Segment(bytes) => self.segment_bytes -= bytes,
            Work::Node => self.nodes -= 1,
        }
        self.done_bytes += work.bytes();
        self.done_time += time;
    }

    fn has_room(&self, work: Work) -> bool {
        match work {
            Work::Segment(bytes) => {
                self.segment_bytes == 0 || self.segment_bytes + bytes <= self.limit_bytes
            }
            Work::Node => true,
        }
    }

    fn bytes(&self) -> u64 {
        self.segment_bytes + self.nodes * NODE_BYTES
    }

    /// Bytes a second, once something is proven.
    fn speed(&self) -> Option<f64> {
        let seconds = self.done_time.as_secs_f64();
        (seconds > 0.0).then(|| self.done_bytes as f64 / seconds)
    }
}

/// The device to be given `work`, if there is room: the first of those that will be done with it soonest. One that has
/// proven nothing yet is taken to be as fast as the fastest.
pub(super) fn choose(loads: &[Load], work: Work) -> Option<usize> {
    let fastest = loads.iter().filter_map(Load::speed).fold(0.0, f64::max);
    let fastest = if fastest > 0.0 { fastest } else { 1.0 };
    let seconds = |device: usize| {
        let bytes = loads[device].bytes() + work.bytes();
        bytes as f64 / loads[device].speed().unwrap_or(fastest)
    };
    (0..loads.len())
        .filter(|&device| !loads[device].is_lost && loads[device].has_room(work))
        .min_by(|&a, &b| seconds(a).total_cmp(&seconds(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: Work = Work::Segment(500);

    fn loads<const N: usize>(limits: [u64; N]) -> Vec<Load> {
        limits.into_iter().map(Load::new).collect()
    }

    /// Gives out `n` segments, and says who got them.
    fn given(loads: &mut [Load], n: usize) -> Vec<Option<usize>> {
        let give = |_| {
            let device = choose(loads, SEGMENT)?;
            loads[device].add(SEGMENT);
            Some(device)
        };
        (0..n).map(give).collect()
    }

    #[test]
    fn devices_take_turns_until_they_are_full() {
        let mut loads = loads([1500, 1000]);
        let turns = [Some(0), Some(1), Some(0), Some(1), Some(0), None];
        assert_eq!(given(&mut loads, 6), turns);
        loads[1].done(SEGMENT, Duration::from_secs(1));
        assert_eq!(choose(&loads, SEGMENT), Some(1));
    }

    #[test]
    fn a_segment_larger_than_the_limit_has_a_device_to_itself() {
        let mut loads = loads([100]);
        assert_eq!(given(&mut loads, 2), [Some(0), None]);
        assert_eq!(choose(&loads, Work::Node), Some(0));
    }

    #[test]
    fn the_faster_device_is_given_more() {
        let mut loads = loads([u64::MAX; 2]);
        for (load, seconds) in loads.iter_mut().zip([4, 1]) {
            load.add(SEGMENT);
            load.done(SEGMENT, Duration::from_secs(seconds));
        }
        let given = given(&mut loads, 10);
        let of_slow = given.iter().filter(|&&device| device == Some(0)).count();
        assert_eq!((given[0], of_slow), (Some(1), 2));
    }

    #[test]
    fn nodes_count_as_work_and_take_no_room() {
        let mut loads = loads([600; 2]);
        loads[0].add(Work::Node);
        assert_eq!(choose(&loads, SEGMENT), Some(1));
        loads[1].add(SEGMENT);
        assert_eq!(choose(&loads, SEGMENT), Some(0));
        loads[0].done(Work::Node, Duration::ZERO);
        assert_eq!(choose(&loads, SEGMENT), Some(0));
    }

    #[test]
    fn a_lost_device_is_given_nothing() {
        let mut loads = loads([1000; 2]);
        loads[0].add(SEGMENT);
        loads[0].lose();
        assert_eq!(given(&mut loads, 3), [Some(1), Some(1), None]);
        loads[1].lose();
        assert_eq!(choose(&loads, Work::Node), None);
    }
}
