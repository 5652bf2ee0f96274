//! How often `kpi ab` is wrong: comparisons of a program with itself, and with a copy that is 2 % slower,
//! while other work comes and goes on the machine.
//!
//! `cargo bench -p openvm-kpi --bench same_program` prints false alarms and misses, and those of hyperfine
//! where that is installed. `-- --comparisons 10` makes fewer. Under `cargo test` one comparison is made
//! and nothing is judged.

use openvm_kpi::compare::{compare_pairs, CompareOptions, Pairing, CPU_TIME, WALL_CLOCK};
use openvm_kpi::record::{Capture, Store};
use openvm_kpi::stats::Looks;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Unless `KPI` says otherwise.
const DEFAULT_KPI: &str = env!("CARGO_BIN_EXE_kpi");
/// How long the program works, about.
const WORK: Duration = Duration::from_millis(10);
const SLOW_DOWN: f64 = 1.02;
/// A comparison's bounds.
const MOST_PAIRS: &str = "200";
const MOST_SECONDS: &str = "10";
const MOST_SECONDS_OF_A_TEST: &str = "1";
const HYPERFINE_RUNS: &str = "25";
/// How long the other work stays the same.
const LOAD_STEP: Duration = Duration::from_millis(700);
/// The row that is judged while the pairs are made, and one that is judged of the same pairs afterwards.
const ROWS: [&str; 2] = [CPU_TIME, WALL_CLOCK];

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [what, rounds] = arguments.as_slice() {
        if what == "work" {
            work(rounds.parse()?);
            return Ok(());
        }
    }
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    let comparisons = match arguments.iter().position(|a| a == "--comparisons") {
        Some(at) => arguments.get(at + 1).ok_or("--comparisons N")?.parse()?,
        None if is_bench => 100,
        None => 1,
    };
    let program = Program::calibrated()?;
    let has_hyperfine = is_bench && Command::new("hyperfine").arg("--version").output().is_ok();
    let most_seconds = if is_bench {
        MOST_SECONDS
    } else {
        MOST_SECONDS_OF_A_TEST
    };
    let load = Load::start();
    for (title, slow_down) in [("itself", 1.0), ("a copy that is 2 % slower", SLOW_DOWN)] {
        let mut kpi = ROWS.map(|_| Tally::default());
        let mut hyperfine = Tally::default();
        let (start, mut all_pairs) = (Instant::now(), 0);
        for seed in 0..comparisons {
            let commands = [program.command(1.0), program.command(slow_down)];
            let (verdicts, pairs) = judged_by_kpi(&commands, seed, most_seconds)?;
            for (tally, verdict) in kpi.iter_mut().zip(verdicts) {
                tally.add(verdict);
            }
            all_pairs += u64::from(pairs);
            if has_hyperfine {
                hyperfine.add(judged_by_hyperfine(&commands)?);
            }
        }
        println!(
            "a program against {title}, {comparisons} times ({:.0} s, {:.0} pairs each):",
            start.elapsed().as_secs_f64(),
            all_pairs as f64 / comparisons as f64
        );
        for (row, tally) in ROWS.iter().zip(&kpi) {
            println!("  kpi ab, {row}: {}", tally.in_words());
        }
        if has_hyperfine {
            println!("  hyperfine: {}", hyperfine.in_words());
        }
    }
    load.stop();
    Ok(())
}

/// What the program does: arithmetic that cannot be left out.
fn work(rounds: u64) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..rounds {
        state = (state ^ round)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
            .rotate_left(27);
    }
    std::hint::black_box(state);
}

/// This file's own binary, told to work.
struct Program {
    path: PathBuf,
    rounds: u64,
}

impl Program {
    /// As many rounds as take about [`WORK`], by the quickest of a few tries.
    fn calibrated() -> Outcome<Program> {
        const TRIED_ROUNDS: u64 = 2_000_000;
        let quickest = (0..20).map(|_| {
            let start = Instant::now();
            work(TRIED_ROUNDS);
            start.elapsed()
        });
        let quickest = quickest.min().ok_or("no try")?;
        let share = WORK.as_secs_f64() / quickest.as_secs_f64();
        Ok(Program {
            path: std::env::current_exe()?,
            rounds: (TRIED_ROUNDS as f64 * share) as u64,
        })
    }

    fn command(&self, slow_down: f64) -> String {
        let rounds = (self.rounds as f64 * slow_down).round();
        format!("{} work {rounds}", self.path.display())
    }
}

/// Threads that keep some of the processors busy, each time as many as a coin says.
struct Load {
    is_over: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Load {
    fn start() -> Load {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let is_over = Arc::new(AtomicBool::new(false));
        let busy = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        for index in 0..processors {
            let (is_over, busy) = (is_over.clone(), busy.clone());
            threads.push(std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    if index < busy.load(Ordering::Relaxed) {
                        work(100_000);
                    } else {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
            }));
        }
        let over = is_over.clone();
        threads.push(std::thread::spawn(move || {
            let mut random = fastrand::Rng::with_seed(2);
            while !over.load(Ordering::Relaxed) {
                busy.store(random.usize(0..=processors), Ordering::Relaxed);
                std::thread::sleep(LOAD_STEP);
            }
        }));
        Load { is_over, threads }
    }

    fn stop(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // A load that panicked is over as well.
            let _ = thread.join();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Slower,
    Faster,
    Same,
    Unknown,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    slower: u32,
    faster: u32,
    same: u32,
    unknown: u32,
}

impl Tally {
    fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Slower => &mut self.slower,
            Verdict::Faster => &mut self.faster,
            Verdict::Same => &mut self.same,
            Verdict::Unknown => &mut self.unknown,
        } += 1;
    }

    fn in_words(&self) -> String {
        format!(
            "{} slower, {} faster, {} no change, {} undecided",
            self.slower, self.faster, self.same, self.unknown
        )
    }
}

/// The verdict of each row, and how many pairs it took.
fn judged_by_kpi(
    commands: &[String; 2],
    seed: u64,
    most_seconds: &str,
) -> Outcome<([Verdict; 2], u32)> {
    let dir = std::env::temp_dir().join(format!("kpi-same-program-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let seed = seed.to_string();
    let kpi = std::env::var_os("KPI").unwrap_or_else(|| DEFAULT_KPI.into());
    let output = Command::new(kpi)
        .args([
            "ab",
            "-q",
            "-a",
            &commands[0],
            "-b",
            &commands[1],
            "--until-decided",
        ])
        .args([
            "--max-runs",
            MOST_PAIRS,
            "--max-time",
            most_seconds,
            "--seed",
            &seed,
        ])
        .args(["--span", ROWS[0], "--format", "json", "--out-dir", "."])
        .current_dir(&dir)
        .stderr(Stdio::inherit())
        .output()?;
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let first = match said[0]["spans"][0]["verdict"]
        .as_str()
        .ok_or("no verdict")?
    {
        "regressed" => Verdict::Slower,
        "improved" => Verdict::Faster,
        "no_change" => Verdict::Same,
        _ => Verdict::Unknown,
    };
    let mut captures: Vec<Capture> = Store::new(&dir)
        .all()?
        .into_iter()
        .map(|f| f.capture)
        .collect();
    captures.sort_by(|a, b| a.label.cmp(&b.label));
    let [base, new] = captures.as_slice() else {
        return Err("not two captures".into());
    };
    let second = judged_of_the_same_pairs(base, new);
    std::fs::remove_dir_all(&dir)?;
    Ok(([first, second], base.runs.len() as u32))
}

fn judged_of_the_same_pairs(base: &Capture, new: &Capture) -> Verdict {
    let options = CompareOptions {
        confidence: 0.99,
        noise_threshold: 0.01,
        spans: vec![ROWS[1].to_owned()],
    };
    let looks = Looks::once(base.runs.len() as u32);
    let comparison = compare_pairs(base, new, &options, &looks, Pairing::default(), None);
    match comparison.spans.first().map(|row| row.verdict) {
        Some(openvm_kpi::compare::Verdict::Regressed) => Verdict::Slower,
        Some(openvm_kpi::compare::Verdict::Improved) => Verdict::Faster,
        Some(openvm_kpi::compare::Verdict::NoChange) => Verdict::Same,
        _ => Verdict::Unknown,
    }
}

/// hyperfine always names one as the faster, `r ± s times`: taken as its verdict if r is further from 1
/// than s, which more runs do not make smaller.
fn judged_by_hyperfine(commands: &[String; 2]) -> Outcome<Verdict> {
    let file = std::env::temp_dir().join(format!("kpi-hyperfine-{}.json", std::process::id()));
    let status = Command::new("hyperfine")
        .args([
            "-N",
            "--warmup",
            "1",
            "--style",
            "none",
            "--runs",
            HYPERFINE_RUNS,
        ])
        .arg("--export-json")
        .arg(&file)
        .args(commands)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("hyperfine ended with {status}").into());
    }
    hyperfines_verdict(&file)
}

fn hyperfines_verdict(file: &Path) -> Outcome<Verdict> {
    let said: serde_json::Value = serde_json::from_slice(&std::fs::read(file)?)?;
    std::fs::remove_file(file)?;
    let of = |index: usize, what: &str| said["results"][index][what].as_f64().ok_or("no result");
    let (base, new) = (of(0, "mean")?, of(1, "mean")?);
    let relative = |index, mean: f64| Ok::<f64, &str>(of(index, "stddev")? / mean);
    let (fast, slow) = if base < new { (base, new) } else { (new, base) };
    let ratio = slow / fast;
    let spread = ratio * relative(0, base)?.hypot(relative(1, new)?);
    Ok(match (ratio - spread > 1.0, base < new) {
        (true, true) => Verdict::Slower,
        (true, false) => Verdict::Faster,
        (false, _) => Verdict::Unknown,
    })
}
