//! The tables of docs/scaling.md.

use crate::{
    scenario::{Micros, MS, SECOND},
    simulate, Failures, Network, Outcome, Phases, Policy, Scenario, Sizes,
};

/// A table's name, and how it is made.
type Table = (&'static str, fn() -> String);

/// All tables.
pub const TABLES: [Table; 7] = [
    ("makespan", makespan),
    ("limits", limits),
    ("held", held),
    ("checkpoints", checkpoints),
    ("failures", failures),
    ("networks", networks),
    ("cold", cold),
];

/// `document` with the tables as they are now, each between its two marks.
///
/// # Errors
/// The name of a table that has no marks.
pub fn with_tables(document: &str) -> Result<String, &'static str> {
    let mut text = document.to_owned();
    for (name, table) in TABLES {
        let start = format!("<!-- simulated: {name} -->\n\n");
        let end = "<!-- end -->";
        let (before, rest) = text.split_once(&start).ok_or(name)?;
        let (_, after) = rest.split_once(end).ok_or(name)?;
        text = format!("{before}{start}{}\n{end}{after}", table());
    }
    Ok(text)
}

fn makespan() -> String {
    let workers = [1, 4, 8, 16, 64, 256, 1000];
    let mut table = header("segments", &workers.map(counted));
    for segments in [60, 200, 1000, 10_000] {
        let cells = workers.map(|workers| {
            let outcome = simulate(&Scenario::measured(segments, workers));
            let busy = percent(outcome.busy_per_mille(workers));
            format!("{} ({busy})", seconds(outcome.makespan))
        });
        table += &row(&segments.to_string(), &cells);
    }
    table
}

/// One bend after the other is straightened.
fn limits() -> String {
    let faster = |phases: Phases, times: u64| Phases {
        metered_per_second: phases.metered_per_second * times,
        pure_per_second: phases.pure_per_second * times,
        ..phases
    };
    let base = Scenario::measured(10_000, 1000);
    let faster_execution = Scenario {
        phases: faster(base.phases, 20),
        ..base
    };
    let checkpoints = Scenario {
        policy: Policy {
            checkpoint_every: 64,
            ..base.policy
        },
        ..faster_execution
    };
    let root_only = Scenario {
        policy: Policy {
            verifies_all: false,
            ..checkpoints.policy
        },
        ..checkpoints
    };
    let faster_server = Scenario {
        network: Network {
            server_per_second: base.network.server_per_second * 10,
            ..base.network
        },
        ..root_only
    };
    let faster_nodes = Scenario {
        phases: Phases {
            node_traces: base.phases.node_proof,
            ..faster_server.phases
        },
        ..faster_server
    };
    let sizes = [16, 64, 256, 1000];
    let mut table = header("and then", &sizes.map(counted));
    for (what, scenario) in [
        ("as measured", base),
        ("execution 20 times as fast", faster_execution),
        ("a checkpoint every 64 segments", checkpoints),
        ("the coordinator verifies the root alone", root_only),
        ("a server with 100 Gbit/s", faster_server),
        ("node traces as fast as node proofs", faster_nodes),
    ] {
        let cells = sizes.map(|workers| {
            let outcome = simulate(&Scenario {
                workers,
                ..scenario
            });
            let busy = percent(outcome.busy_per_mille(workers));
            format!("{} ({busy})", seconds(outcome.makespan))
        });
        table += &row(what, &cells);
    }
    table
}

fn held() -> String {
    let held = [1, 2, 4, 8, 16];
    let mut table = header("segments, workers", &held.map(|n| format!("{n} held")));
    for (segments, workers) in [(200, 1), (200, 4), (1000, 4)] {
        let cells = held.map(|jobs_held| {
            let mut scenario = Scenario::measured(segments, workers);
            scenario.policy.jobs_held = jobs_held;
            seconds(simulate(&scenario).makespan)
        });
        table += &row(&format!("{segments}, {workers}"), &cells);
    }
    table
}

fn checkpoints() -> String {
    let columns = ["time, 150 MHz", "time, 3 GHz", "executed again", "sent"];
    let mut table = header("a checkpoint every", &columns.map(str::to_owned));
    for every in [0, 512, 64, 8, 1] {
        let mut scenario = Scenario::measured(1000, 64);
        scenario.policy.checkpoint_every = every;
        let outcome = simulate(&scenario);
        let mut faster = scenario;
        faster.phases.metered_per_second *= 20;
        faster.phases.pure_per_second *= 20;
        let faster = simulate(&faster);
        let program = 1000 * scenario.phases.segment_instructions;
        let again = faster.instructions_to_starts * 10 / program;
        let name = match every {
            0 => "none".to_owned(),
            1 => "segment".to_owned(),
            every => format!("{every} segments"),
        };
        let cells = [
            seconds(outcome.makespan),
            seconds(faster.makespan),
            format!("{}.{} times", again / 10, again % 10),
            gigabytes(faster.bytes),
        ];
        table += &row(&name, &cells);
    }
    table
}

fn failures() -> String {
    let columns = [
        "time",
        "GPU time wasted",
        "jobs given out again",
        "refused",
        "deaths",
    ];
    let mut table = header("64 workers, 10,000 segments", &columns.map(str::to_owned));
    let base = Failures {
        away: 60 * SECOND,
        frozen: 90 * SECOND,
        ..Failures::default()
    };
    // For a thousand hours.
    let an_hour = 1000;
    let dying = Failures {
        deaths: 10 * an_hour,
        ..base
    };
    let freezing = Failures {
        freezes: 10 * an_hour,
        ..base
    };
    let once = Failures {
        deaths: an_hour,
        ..base
    };
    let lying = Failures { liars: 4, ..base };
    let cases = [
        ("nothing fails", base, 30, 64),
        ("each dies once an hour", once, 30, 64),
        ("ten times an hour", dying, 30, 64),
        ("the same, 10 s of silence", dying, 10, 64),
        ("the same, 120 s of silence", dying, 120, 64),
        ("the same, without checkpoints", dying, 30, 0),
        ("each freezes ten times an hour", freezing, 30, 64),
        ("the same, 10 s of silence", freezing, 10, 64),
        ("four of them lie", lying, 30, 64),
    ];
    for (what, failures, silence, every) in cases {
        let mut scenario = Scenario::measured(10_000, 64);
        scenario.failures = failures;
        scenario.policy.ack_wait = silence * SECOND;
        scenario.policy.checkpoint_every = every;
        let outcome = simulate(&scenario);
        let cells = [
            seconds(outcome.makespan),
            percent(outcome.wasted_per_mille()),
            outcome.redeliveries.to_string(),
            outcome.refused.to_string(),
            outcome.deaths.to_string(),
        ];
        table += &row(what, &cells);
    }
    table
}

fn networks() -> String {
    let columns = ["4 workers", "64 workers", "messages", "bytes"];
    let mut table = header("1,000 segments", &columns.map(str::to_owned));
    for (what, network) in [
        ("a building: 0.2 ms, 10 Gbit/s", Network::BUILDING),
        ("a city: 5 ms, 1 Gbit/s", Network::CITY),
        ("a continent: 40 ms, 100 Mbit/s", Network::CONTINENT),
    ] {
        let run = |workers| {
            simulate(&Scenario {
                network,
                ..Scenario::measured(1000, workers)
            })
        };
        let outcome: Outcome = run(64);
        let cells = [
            seconds(run(4).makespan),
            seconds(outcome.makespan),
            outcome.messages.to_string(),
            gigabytes(outcome.bytes),
        ];
        table += &row(what, &cells);
    }
    table
}

/// Workers that have nothing yet.
fn cold() -> String {
    let workers = [1, 16, 64, 256, 1000];
    let mut table = header("200 segments", &workers.map(counted));
    let ready = Phases::MEASURED.setup;
    let megabyte = 1 << 20;
    for (what, keys, program, setup) in [
        ("workers that have the keys", 0, megabyte, ready),
        (
            "that fetch them and compile kernels",
            Sizes::KEYS,
            megabyte,
            3 * SECOND,
        ),
        ("ready ones, an input of 64 MiB", 0, 64 * megabyte, ready),
        ("an input of 256 MiB", 0, 256 * megabyte, ready),
    ] {
        let cells = workers.map(|workers| {
            let mut scenario = Scenario::measured(200, workers);
            scenario.phases.setup = setup;
            (scenario.sizes.keys, scenario.sizes.program) = (keys, program);
            seconds(simulate(&scenario).makespan)
        });
        table += &row(what, &cells);
    }
    table
}

fn header(first: &str, columns: &[String]) -> String {
    let rule = "---:|".repeat(columns.len());
    format!("{}|---|{rule}\n", row(first, columns))
}

fn row(first: &str, cells: &[String]) -> String {
    format!("| {first} | {} |\n", cells.join(" | "))
}

fn counted(workers: usize) -> String {
    match workers {
        1 => "1 worker".to_owned(),
        n => format!("{n} workers"),
    }
}

fn seconds(time: Micros) -> String {
    let tenths = (time + 50 * MS) / (100 * MS);
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn percent(per_mille: u64) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

fn gigabytes(bytes: u64) -> String {
    let hundredths = bytes / 10_000_000;
    format!("{}.{:02} GB", hundredths / 100, hundredths % 100)
}
