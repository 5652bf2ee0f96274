//! One proof from its description to its end.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use openvm_metal_sdk::{Event, Node, TraceTimes};
use tokio::{
    sync::{mpsc, Semaphore},
    task::{self, JoinSet},
    time::{interval, MissedTickBehavior},
};
use tracing::{debug, info};

use super::{
    checkpoints::Checkpoints,
    fleet::{jobs_of, Fleet, Heard},
    journal::Journal,
    notice::{ClusterObserver, Notice},
    publish::Publisher,
    state::{Limits, Result as JobResult, State},
    statement::{Ends, Reached, Statement},
};
use crate::{
    error::Error,
    hash::Hash,
    job::{Job, Outcome, ProofStatus},
    names::{self, JobName},
    retry::until_answered,
    server::Server,
    status::seconds_since_1970,
};

/// What was proven.
pub struct Finished {
    /// The proofs of the segments in order, or that of the whole tree alone.
    pub proofs: Vec<Bytes>,
    /// That of the last segment.
    pub last_segment: Bytes,
    /// Proofs that were checked.
    pub n_checks: usize,
    /// How long that took, of one core.
    pub check_time: Duration,
}

/// How often is looked for what no message tells.
const TICK: Duration = Duration::from_millis(500);

/// Proves a statement with whatever workers the server has, and tells `observer` how it comes along. The same statement
/// goes on from what an earlier run has left on the server.
///
/// A server that is away is waited for.
///
/// # Errors
/// [`Error::Prover`] if the program does not end well, [`Error::Failed`] if a job fails again and again,
/// [`Error::StoreFull`].
pub async fn prove<S: Statement>(
    server: &Server,
    statement: Arc<S>,
    limits: Limits,
    observer: &mut dyn ClusterObserver,
) -> Result<Finished, Error> {
    let description = statement.description().clone();
    let proof = Hash::of(&description.encode());
    info!(
        proof = proof.short(),
        program = description.program,
        "proving"
    );
    store_objects(server, &*statement).await?;
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut run = Run {
        journal: Journal::open(server.clone(), &proof).await?,
        fleet: Fleet::watch(server).await?,
        publisher: Publisher::new(server.clone(), proof, limits.ack_wait),
        state: State::new(statement.tree(), limits),
        checkpoints: Checkpoints::of(server.clone(), &proof).await,
        checks: JoinSet::new(),
        check_room: Arc::new(Semaphore::new(n_cores)),
        n_checks: 0,
        check_time: Duration::ZERO,
        provers: vec![],
        status_at: None,
        is_waiting: false,
        program: description.program,
        server: server.clone(),
        proof,
        statement,
        observer,
    };
    let result = run.run().await;
    run.clean_up(result.is_ok()).await;
    result
}

async fn store_objects<S: Statement>(server: &Server, statement: &S) -> Result<(), Error> {
    let description = statement.description();
    for name in description.objects.keys() {
        let bytes = statement.object(name)?;
        until_answered(|| server.objects.put(&bytes)).await?;
    }
    let bytes = description.encode();
    until_answered(|| server.objects.put(&bytes)).await?;
    Ok(())
}

struct Run<'o, S> {
    server: Server,
    statement: Arc<S>,
    proof: Hash,
    program: String,
    observer: &'o mut dyn ClusterObserver,
    journal: Journal,
    fleet: Fleet,
    publisher: Publisher,
    state: State,
    checkpoints: Checkpoints,
    checks: JoinSet<Checked>,
    check_room: Arc<Semaphore>,
    n_checks: usize,
    check_time: Duration,
    /// Workers whose proofs count.
    provers: Vec<String>,
    status_at: Option<Instant>,
    /// For a server that is away.
    is_waiting: bool,
}

struct Checked {
    result: JobResult,
    time: Duration,
    check: Result<(Option<Ends>, Bytes), Error>,
}

enum Found {
    Segment(Job),
    All(Result<(), Error>),
}

impl<S: Statement> Run<'_, S> {
    async fn run(&mut self) -> Result<Finished, Error> {
        let (sender, mut found) = mpsc::unbounded_channel();
        let statement = self.statement.clone();
        let mut checkpoints = self.checkpoints.maker();
        task::spawn_blocking(move || {
            let mut on_segment = |job, reached: &Reached<'_>| {
                let is_wanted = sender.send(Found::Segment(job)).is_ok();
                checkpoints.passes(reached);
                is_wanted
            };
            let result = statement.find_segments(&mut on_segment);
            // Nobody is there any more if the proof failed elsewhere.
            let _ = sender.send(Found::All(result));
        });
        self.take_earlier_results().await?;
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.state.is_done() {
            tokio::select! {
                Some(found) = found.recv() => self.takes_found(found)?,
                () = self.journal.rings() => self.reads_journal().await?,
                Some(checked) = self.checks.join_next() => self.takes_check(checked)?,
                heard = self.fleet.hears() => self.takes_heard(heard).await?,
                _ = tick.tick() => self.looks_around().await?,
            }
            self.starts_checks();
            self.publishes().await?;
            self.tells_status().await?;
        }
        let (proofs, last_segment) = self.state.proofs();
        Ok(Finished {
            proofs,
            last_segment,
            n_checks: self.n_checks,
            check_time: self.check_time,
        })
    }

    /// What workers said before this run. That they failed then says nothing of now.
    async fn take_earlier_results(&mut self) -> Result<(), Error> {
        let mut n_results = 0;
        let journal = &mut self.journal;
        let reports = loop {
            match journal.read().await {
                Err(error) if error.may_pass() => {
                    debug!("{error}");
                    tokio::time::sleep(TICK).await;
                }
                reports => break reports?,
            }
        };
        for report in reports {
            if matches!(report.outcome, Outcome::Proven { .. }) {
                n_results += 1;
                self.state.take_report(report, &BTreeSet::new())?;
            }
        }
        if n_results > 0 {
            self.observer
                .on_notice(&Notice::Resumed { results: n_results });
        }
        Ok(())
    }

    fn takes_found(&mut self, found: Found) -> Result<(), Error> {
        match found {
            Found::Segment(job) => {
                self.observer.on_event(&Event::SegmentFound {
                    segment: self.state.n_segments(),
                    instructions: job.instructions(),
                });
                self.state.add_job(job);
            }
            Found::All(result) => {
                result?;
                self.state.all_found();
                self.observer.on_event(&Event::ProgramExecuted {
                    segments: self.state.n_segments(),
                    instructions: self.state.instructions(),
                    nodes: self.state.n_nodes(),
                });
            }
        }
        Ok(())
    }

    async fn reads_journal(&mut self) -> Result<(), Error> {
        let reports = self.journal.read().await;
        let Some(reports) = self.answered(reports)? else {
            return Ok(());
        };
        for report in reports {
            if let Outcome::Failed { error } = &report.outcome {
                self.observer.on_notice(&Notice::Failed {
                    job: report.job,
                    worker: report.worker.clone(),
                    error: error.clone(),
                });
            }
            let is_full = matches!(report.outcome, Outcome::StoreFull { .. });
            if is_full && self.checkpoints.give_way().await {
                self.state.again(report.job);
                continue;
            }
            self.state.take_report(report, &self.fleet.names())?;
        }
        Ok(())
    }

    fn starts_checks(&mut self) {
        for result in self.state.take_checks() {
            let (server, statement) = (self.server.clone(), self.statement.clone());
            let room = self.check_room.clone();
            self.checks.spawn(async move {
                // Never closed.
                let _permit = room.acquire_owned().await;
                check(&server, statement, result).await
            });
        }
    }

    fn takes_check(&mut self, checked: Result<Checked, task::JoinError>) -> Result<(), Error> {
        let Checked {
            result,
            time,
            check,
        } = checked.map_err(|error| Error::System {
            doing: "checking a proof",
            reason: error.to_string(),
        })?;
        self.n_checks += 1;
        self.check_time += time;
        let wrong = check.as_ref().err().map(ToString::to_string);
        let counts = self.state.checked(&result, check, &self.fleet.names())?;
        if !counts {
            self.observer.on_notice(&Notice::WrongProof {
                job: result.job,
                worker: result.worker,
                error: wrong.unwrap_or_else(|| "it does not fit to its neighbours".to_owned()),
            });
            return Ok(());
        }
        let (traced, proven) = (result.traced, result.proven);
        let device = self.number(&result.worker);
        let [traced, proven] = match result.job {
            JobName::Segment(segment) => [
                Event::SegmentTraced {
                    segment,
                    device,
                    bytes: 0,
                    times: TraceTimes {
                        traces: traced,
                        ..TraceTimes::default()
                    },
                    cpu_traces: vec![],
                },
                Event::SegmentProven {
                    segment,
                    device,
                    time: proven,
                },
            ],
            JobName::Node { layer, index } => {
                let node = Node { layer, index };
                [
                    Event::NodeTraced {
                        node,
                        device,
                        time: traced,
                    },
                    Event::NodeProven {
                        node,
                        device,
                        time: proven,
                    },
                ]
            }
        };
        self.observer.on_event(&traced);
        self.observer.on_event(&proven);
        Ok(())
    }

    async fn takes_heard(&mut self, heard: Heard) -> Result<(), Error> {
        match heard {
            Heard::Status(status) => {
                let jobs = jobs_of(&status, &self.proof).map(|job| job.name);
                self.state.held(jobs, Instant::now());
            }
            Heard::Other(notice) => self.observer.on_notice(&notice),
            Heard::Gone(status) => {
                let (proof, mut n_jobs) = (self.proof, 0);
                for job in jobs_of(&status, &proof) {
                    n_jobs += 1;
                    let given = self.publisher.give_to_others(job).await;
                    self.answered(given)?;
                }
                self.observer.on_notice(&Notice::Gone {
                    worker: status.name,
                    jobs: n_jobs,
                });
            }
        }
        Ok(())
    }

    /// Workers stand for devices: in the order in which their first proofs count.
    fn number(&mut self, worker: &str) -> usize {
        let known = self.provers.iter().position(|name| name == worker);
        known.unwrap_or_else(|| {
            self.provers.push(worker.to_owned());
            self.provers.len() - 1
        })
    }

    /// What no message tells: results whose bell was not heard, jobs that are stuck, workers that lack.
    async fn looks_around(&mut self) -> Result<(), Error> {
        self.reads_journal().await?;
        self.fleet.ask(&self.proof).await;
        self.checkpoints.pass(self.state.proven_to()).await;
        if let Some(notice) = self.fleet.lacks(self.state.largest_open()) {
            self.observer.on_notice(&notice);
        }
        if !self.fleet.has_idle() {
            return Ok(());
        }
        let stuck = self.state.take_stuck(Instant::now());
        for job in &stuck {
            let withdrawn = self.publisher.withdraw(job).await;
            self.answered(withdrawn)?;
        }
        if !stuck.is_empty() {
            self.observer
                .on_notice(&Notice::Republished { jobs: stuck.len() });
        }
        Ok(())
    }

    async fn publishes(&mut self) -> Result<(), Error> {
        let workers = self.fleet.names();
        for (job, not_for) in self.state.to_publish(Instant::now(), &workers) {
            let name = job.name();
            let checkpoint = self.checkpoints.before(&job);
            let published = self.publisher.publish(job, not_for, checkpoint).await;
            // The others are tried again then, too.
            let Some(was_there) = self.answered(published)? else {
                return Ok(());
            };
            self.state.published(name, was_there, Instant::now());
        }
        Ok(())
    }

    async fn tells_status(&mut self) -> Result<(), Error> {
        if self.status_at.is_some_and(|at| at.elapsed() < 2 * TICK) {
            return Ok(());
        }
        self.status_at = Some(Instant::now());
        let (segments_proven, nodes_proven, instructions_proven) = self.state.progress();
        let status = ProofStatus {
            version: names::VERSION.to_owned(),
            program: self.program.clone(),
            segments: self.state.n_segments(),
            all_found: self.state.is_all_found(),
            segments_proven,
            nodes: self.state.n_nodes(),
            nodes_proven,
            instructions_proven,
            checkpoints: self.checkpoints.all(),
            at: seconds_since_1970(),
        };
        let status = serde_json::to_vec(&status).unwrap_or_default();
        let key = self.proof.to_string();
        let told = self.server.proofs.put(key, status.into()).await;
        let told = told.map_err(|error| Error::refused_or_full("telling the state", error));
        self.answered(told).map(drop)
    }

    /// What the server answered; nothing if it is away, which is said once.
    fn answered<T>(&mut self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Err(error) if error.may_pass() => {
                if !self.is_waiting {
                    self.is_waiting = true;
                    self.observer.on_notice(&Notice::Waiting {
                        error: error.to_string(),
                    });
                }
                Ok(None)
            }
            result => {
                self.is_waiting = false;
                result.map(Some)
            }
        }
    }

    /// After an end of whatever kind no jobs are left, and after a proof nothing else that was only for it.
    async fn clean_up(&mut self, is_proven: bool) {
        self.checks.abort_all();
        if let Err(error) = self.publisher.withdraw_all().await {
            debug!("{error}");
        }
        self.checkpoints.end(is_proven).await;
        if !is_proven {
            return;
        }
        if let Err(error) = self.journal.erase().await {
            debug!("{error}");
        }
        for hash in self.state.proven_hashes() {
            if let Err(error) = self.server.objects.delete(&hash).await {
                debug!("{error}");
            }
        }
        if let Err(error) = self.server.proofs.delete(self.proof.to_string()).await {
            debug!("{error}");
        }
    }
}

/// Fetches a proof, and checks it.
async fn check<S: Statement>(server: &Server, statement: Arc<S>, result: JobResult) -> Checked {
    let fetched = until_answered(|| server.objects.get(&result.proof)).await;
    let bytes = match fetched {
        Ok(bytes) => bytes,
        Err(error) => {
            return Checked {
                result,
                time: Duration::ZERO,
                check: Err(error),
            }
        }
    };
    let (job, is_last) = (result.job, result.is_last);
    let checked = task::spawn_blocking(move || {
        let prepared = statement.prepare_checks();
        let started = Instant::now();
        let ends = prepared.and_then(|()| statement.check(job, is_last, &bytes));
        (ends.map(|ends| (ends, bytes)), started.elapsed())
    });
    let (check, time) = checked.await.unwrap_or_else(|error| {
        let error = Error::System {
            doing: "checking a proof",
            reason: error.to_string(),
        };
        (Err(error), Duration::ZERO)
    });
    Checked {
        result,
        time,
        check,
    }
}
