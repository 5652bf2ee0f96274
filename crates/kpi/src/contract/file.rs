//! `kpi.toml` as it is written. Every name and number keeps its place, so that a fault can be shown.

use super::{AgainstBaseline, Combine};
use crate::unit::Unit;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractFile {
    pub schema: Spanned<u32>,
    pub baselines: Option<String>,
    #[serde(default)]
    pub milestone: Vec<Spanned<String>>,
    #[serde(default)]
    pub bench: Vec<BenchTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BenchTable {
    pub name: Spanned<String>,
    pub title: Option<String>,
    pub command: Spanned<String>,
    #[serde(default = "one_run")]
    pub warmup: u32,
    #[serde(default = "five_runs")]
    pub runs: Spanned<u32>,
    #[serde(default = "half_an_hour")]
    pub timeout_s: Spanned<u64>,
    #[serde(default)]
    pub spans: Vec<SpanTable>,
    #[serde(default)]
    pub counters: Vec<CounterTable>,
    pub gate: Option<GateTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpanTable {
    pub name: Spanned<String>,
    #[serde(default)]
    pub unit: Unit,
    #[serde(default = "is_required")]
    pub required: bool,
    #[serde(default)]
    pub combine: Combine,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CounterTable {
    pub name: Spanned<String>,
    #[serde(default = "is_required")]
    pub required: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GateTable {
    pub baseline: Spanned<String>,
    #[serde(default = "five_runs")]
    pub min_runs: Spanned<u32>,
    pub confidence: Option<Spanned<f64>>,
    pub max_slowdown_percent: Option<Spanned<f64>>,
    pub min_effect_ms: Option<Spanned<f64>>,
    #[serde(default)]
    pub span: Vec<SpanGateTable>,
    #[serde(default)]
    pub counter: Vec<CounterGateTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpanGateTable {
    pub name: Spanned<String>,
    pub max_slowdown_percent: Option<Spanned<f64>>,
    pub min_effect_ms: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CounterGateTable {
    pub name: Spanned<String>,
    pub max: Option<u64>,
    #[serde(default)]
    pub against_baseline: AgainstBaseline,
}

fn one_run() -> u32 {
    1
}

fn five_runs() -> Spanned<u32> {
    Spanned::new(0..0, 5)
}

fn half_an_hour() -> Spanned<u64> {
    Spanned::new(0..0, 1800)
}

fn is_required() -> bool {
    true
}
