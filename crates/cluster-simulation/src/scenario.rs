//! What is simulated: a program, machines, a network, what fails, and how jobs are given out.

/// A duration in microseconds.
pub type Micros = u64;

/// A millisecond.
pub const MS: Micros = 1_000;
/// A second.
pub const SECOND: Micros = 1_000 * MS;

/// A duration that lies between these two, evenly spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// At least.
    pub min: Micros,
    /// At most.
    pub max: Micros,
}

/// All that the outcome depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Segments of the program.
    pub segments: usize,
    /// Machines with one GPU each.
    pub workers: usize,
    /// Whether the segments' proofs are aggregated to one.
    pub aggregates: bool,
    /// Of all that is random.
    pub seed: u64,
    /// How long things take.
    pub phases: Phases,
    /// What is sent.
    pub sizes: Sizes,
    /// How it is sent.
    pub network: Network,
    /// What fails.
    pub failures: Failures,
    /// How jobs are given out.
    pub policy: Policy,
}

/// How long things take on a worker's sixteen cores and H100, and on the coordinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    /// Instructions of a segment.
    pub segment_instructions: u64,
    /// Instructions a second of metered execution, which finds the segments.
    pub metered_per_second: u64,
    /// Of pure execution, to where a segment starts.
    pub pure_per_second: u64,
    /// Of execution with records.
    pub preflight_per_second: u64,
    /// A segment's traces after that.
    pub segment_traces: Span,
    /// A segment's proof.
    pub segment_proof: Span,
    /// A node's traces, of which a worker makes two at a time.
    pub node_traces: Span,
    /// A node's proof.
    pub node_proof: Span,
    /// Verification of a proof, on one core.
    pub verification: Span,
    /// Until a worker that has program and keys can prove.
    pub setup: Micros,
}

/// Bytes of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The program with its input.
    pub program: u64,
    /// Keys of the VM and of aggregation that a worker lacks.
    pub keys: u64,
    /// A proof of a segment or of a node.
    pub proof: u64,
    /// A job or an answer.
    pub message: u64,
    /// A checkpoint: the guest's memory.
    pub checkpoint: u64,
}

/// Links of all machines to the server. Each link sends and receives at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// One way.
    pub latency: Micros,
    /// Bytes a second of a worker's link and of the coordinator's.
    pub link_per_second: u64,
    /// Of the server's.
    pub server_per_second: u64,
}

/// What fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Deaths of a worker in a thousand hours.
    pub deaths: u64,
    /// How long a dead one is away.
    pub away: Micros,
    /// Times a worker freezes in a thousand hours.
    pub freezes: u64,
    /// How long for.
    pub frozen: Micros,
    /// Workers all of whose proofs are wrong.
    pub liars: usize,
}

/// How jobs are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Jobs that a worker has at a time, in all phases.
    pub jobs_held: usize,
    /// How long a job may be without a sign of progress until it is given to another. Workers send three in that time.
    pub ack_wait: Micros,
    /// Cores of the coordinator that verify.
    pub verifying_cores: usize,
    /// Whether the coordinator verifies each proof, or the root alone.
    pub verifies_all: bool,
    /// Segments from one checkpoint to the next; 0 for none: workers execute from the program's start, or on from where
    /// they are.
    pub checkpoint_every: usize,
}

impl Scenario {
    /// As measured on H100s, in one building, without failures, by workers that have the keys and all kernels.
    pub fn measured(segments: usize, workers: usize) -> Self {
        Self {
            segments,
            workers,
            aggregates: true,
            seed: 1,
            phases: Phases::MEASURED,
            sizes: Sizes::ESTIMATED,
            network: Network::BUILDING,
            failures: Failures::default(),
            policy: Policy::DEFAULT,
        }
    }
}

impl Phases {
    /// Of fibonacci, on an H100 and sixteen cores.
    pub const MEASURED: Self = Self {
        segment_instructions: 1_750_000,
        metered_per_second: 100_000_000,
        pure_per_second: 150_000_000,
        preflight_per_second: 6_000_000,
        segment_traces: Span {
            min: 27 * MS,
            max: 60 * MS,
        },
        segment_proof: Span {
            min: 60 * MS,
            max: 63 * MS,
        },
        node_traces: Span {
            min: 200 * MS,
            max: 360 * MS,
        },
        node_proof: Span {
            min: 70 * MS,
            max: 100 * MS,
        },
        verification: Span {
            min: 55 * MS,
            max: 100 * MS,
        },
        setup: 300 * MS,
    };
}

impl Sizes {
    /// Keys of the VM and of aggregation.
    pub const KEYS: u64 = 1 << 20;

    /// See docs/scaling.md for what is measured of it.
    pub const ESTIMATED: Self = Self {
        program: 1 << 20,
        keys: 0,
        proof: 512 << 10,
        message: 256,
        checkpoint: 16 << 20,
    };
}

impl Network {
    /// 10 Gbit/s everywhere.
    pub const BUILDING: Self = Self {
        latency: 200,
        link_per_second: 1_250_000_000,
        server_per_second: 1_250_000_000,
    };
    /// 1 Gbit/s for workers.
    pub const CITY: Self = Self {
        latency: 5 * MS,
        link_per_second: 125_000_000,
        server_per_second: 1_250_000_000,
    };
    /// 100 Mbit/s for workers, 1 Gbit/s for the server.
    pub const CONTINENT: Self = Self {
        latency: 40 * MS,
        link_per_second: 12_500_000,
        server_per_second: 125_000_000,
    };
}

impl Policy {
    /// One job for each phase, and one ahead.
    pub const DEFAULT: Self = Self {
        jobs_held: 8,
        ack_wait: 30 * SECOND,
        verifying_cores: 16,
        verifies_all: true,
        checkpoint_every: 0,
    };
}

/// How long `amount` takes at so much a second.
pub fn time_for(amount: u64, per_second: u64) -> Micros {
    let micros = u128::from(amount) * u128::from(SECOND) / u128::from(per_second);
    u64::try_from(micros).unwrap_or(u64::MAX)
}
