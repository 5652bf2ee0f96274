//! From the file's text to a validated contract; every fault has its line.

use super::file::{BenchTable, ContractFile, GateTable, SpanGateTable};
use super::{check_name, Benchmark, Contract, CounterGate, CounterSpec, Gate, SpanGate, SpanSpec};
use crate::error::Error;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;

/// The version of the file's form that this program reads.
const SCHEMA: u32 = 1;
const DEFAULT_BASELINES_DIR: &str = "kpi-baselines";
const DEFAULT_CONFIDENCE: f64 = 0.95;

pub(super) fn contract(path: &Path, text: &str) -> Result<Contract, Error> {
    let source = Source { path, text };
    let file: ContractFile = toml::from_str(text).map_err(|error| {
        source.fault(
            error.span().unwrap_or(0..0),
            error.message().replace('\n', ", "),
        )
    })?;
    if *file.schema.get_ref() != SCHEMA {
        return Err(source.fault(
            file.schema.span(),
            format!(
                "schema {} is not known: this kpi reads schema {SCHEMA}",
                file.schema.get_ref()
            ),
        ));
    }
    source.no_duplicates("benchmark", file.bench.iter().map(|bench| &bench.name))?;
    source.no_duplicates("milestone column", &file.milestone)?;
    for column in &file.milestone {
        source.is_one_of(
            "benchmark",
            column,
            file.bench.iter().map(|bench| &bench.name),
        )?;
    }
    let root = path.parent().unwrap_or(Path::new(""));
    let baselines = file.baselines.as_deref().unwrap_or(DEFAULT_BASELINES_DIR);
    Ok(Contract {
        path: path.to_owned(),
        baselines_dir: root.join(baselines),
        milestone: file
            .milestone
            .into_iter()
            .map(Spanned::into_inner)
            .collect(),
        benches: file
            .bench
            .into_iter()
            .map(|bench| source.benchmark(bench))
            .collect::<Result<_, _>>()?,
    })
}

struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn benchmark(&self, bench: BenchTable) -> Result<Benchmark, Error> {
        check_name("benchmark name", bench.name.get_ref())
            .map_err(|error| self.fault(bench.name.span(), error.to_string()))?;
        self.holds(
            !bench.command.get_ref().trim().is_empty(),
            &bench.command,
            "`command` is empty",
        )?;
        self.holds(
            *bench.runs.get_ref() > 0,
            &bench.runs,
            "`runs` must be at least 1",
        )?;
        self.holds(
            *bench.timeout_s.get_ref() > 0,
            &bench.timeout_s,
            "`timeout_s` must be at least 1",
        )?;
        self.no_duplicates("span", bench.spans.iter().map(|span| &span.name))?;
        self.no_duplicates("counter", bench.counters.iter().map(|c| &c.name))?;
        let gate = match bench.gate {
            Some(ref gate) => Some(self.gate(gate, &bench)?),
            None => None,
        };
        let name = bench.name.into_inner();
        Ok(Benchmark {
            title: bench.title.unwrap_or_else(|| name.clone()),
            name,
            command: bench.command.into_inner(),
            warmup_runs: bench.warmup,
            runs: bench.runs.into_inner(),
            timeout: Duration::from_secs(bench.timeout_s.into_inner()),
            spans: bench
                .spans
                .into_iter()
                .map(|span| SpanSpec {
                    name: span.name.into_inner(),
                    unit: span.unit,
                    required: span.required,
                    combine: span.combine,
                })
                .collect(),
            counters: bench
                .counters
                .into_iter()
                .map(|counter| CounterSpec {
                    name: counter.name.into_inner(),
                    required: counter.required,
                })
                .collect(),
            gate,
        })
    }

    fn gate(&self, gate: &GateTable, bench: &BenchTable) -> Result<Gate, Error> {
        let spans = || bench.spans.iter().map(|span| &span.name);
        let counters = || bench.counters.iter().map(|counter| &counter.name);
        check_name("baseline label", gate.baseline.get_ref())
            .map_err(|error| self.fault(gate.baseline.span(), error.to_string()))?;
        self.no_duplicates("span gate", gate.span.iter().map(|span| &span.name))?;
        self.no_duplicates("counter gate", gate.counter.iter().map(|c| &c.name))?;
        for span in &gate.span {
            self.is_one_of("span of this benchmark", &span.name, spans())?;
        }
        for counter in &gate.counter {
            self.is_one_of("counter of this benchmark", &counter.name, counters())?;
        }
        if let Some(confidence) = &gate.confidence {
            let value = *confidence.get_ref();
            self.holds(
                value > 0.5 && value < 1.0,
                confidence,
                "`confidence` must lie between 0.5 and 1",
            )?;
        }
        Ok(Gate {
            baseline: gate.baseline.get_ref().clone(),
            min_runs: *gate.min_runs.get_ref(),
            confidence: gate
                .confidence
                .as_ref()
                .map_or(DEFAULT_CONFIDENCE, |c| *c.get_ref()),
            spans: self.span_gates(gate, bench)?,
            counters: gate
                .counter
                .iter()
                .map(|counter| CounterGate {
                    name: counter.name.get_ref().clone(),
                    max: counter.max,
                    against_baseline: counter.against_baseline,
                })
                .collect(),
        })
    }

    /// A slow-down allowed at the gate's head holds for every span; a span's own entry goes before it.
    fn span_gates(&self, gate: &GateTable, bench: &BenchTable) -> Result<Vec<SpanGate>, Error> {
        let mut gates = Vec::new();
        for span in &bench.spans {
            let own: Option<&SpanGateTable> = gate
                .span
                .iter()
                .find(|own| own.name.get_ref() == span.name.get_ref());
            let allowed = own
                .and_then(|own| own.max_slowdown_percent.as_ref())
                .or(gate.max_slowdown_percent.as_ref());
            let effect = own
                .and_then(|own| own.min_effect_ms.as_ref())
                .or(gate.min_effect_ms.as_ref());
            match (allowed, own) {
                (Some(allowed), _) => gates.push(SpanGate {
                    name: span.name.get_ref().clone(),
                    max_slowdown_percent: self.not_negative("max_slowdown_percent", allowed)?,
                    min_effect_ns: match effect {
                        Some(effect) => self.not_negative("min_effect_ms", effect)? * 1e6,
                        None => 0.0,
                    },
                }),
                (None, Some(own)) => {
                    return Err(self.fault(
                        own.name.span(),
                        "no `max_slowdown_percent`, neither here nor in [bench.gate]".to_owned(),
                    ))
                }
                (None, None) => {}
            }
        }
        Ok(gates)
    }

    fn not_negative(&self, key: &str, value: &Spanned<f64>) -> Result<f64, Error> {
        let number = *value.get_ref();
        self.holds(
            number.is_finite() && number >= 0.0,
            value,
            &format!("`{key}` must be a number of at least 0"),
        )?;
        Ok(number)
    }

    fn holds<T>(&self, is_held: bool, value: &Spanned<T>, otherwise: &str) -> Result<(), Error> {
        if is_held {
            Ok(())
        } else {
            Err(self.fault(value.span(), otherwise.to_owned()))
        }
    }

    fn no_duplicates<'s>(
        &self,
        what: &str,
        names: impl IntoIterator<Item = &'s Spanned<String>>,
    ) -> Result<(), Error> {
        let mut seen = HashMap::new();
        for name in names {
            if let Some(first) = seen.insert(name.get_ref(), name.span()) {
                return Err(self.fault(
                    name.span(),
                    format!(
                        "duplicate {what} `{}`, first named in line {}",
                        name.get_ref(),
                        self.line_of(first)
                    ),
                ));
            }
        }
        Ok(())
    }

    fn is_one_of<'s>(
        &self,
        what: &str,
        name: &Spanned<String>,
        mut known: impl Iterator<Item = &'s Spanned<String>>,
    ) -> Result<(), Error> {
        if known.any(|known| known.get_ref() == name.get_ref()) {
            Ok(())
        } else {
            Err(self.fault(name.span(), format!("`{}` is no {what}", name.get_ref())))
        }
    }

    fn fault(&self, at: Range<usize>, message: String) -> Error {
        Error::Contract {
            path: self.path.to_owned(),
            line: self.line_of(at),
            message,
        }
    }

    fn line_of(&self, at: Range<usize>) -> usize {
        let before = self.text.as_bytes().iter().take(at.start);
        1 + before.filter(|byte| **byte == b'\n').count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BENCH: &str = "schema = 1\n[[bench]]\nname = \"b\"\ncommand = \"true\"\n";

    fn fault_in(text: &str) -> String {
        match contract(Path::new("kpi.toml"), text) {
            Ok(_) => "no fault".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn defaults_are_one_warmup_and_five_runs() -> Result<(), Error> {
        let contract = contract(Path::new("dir/kpi.toml"), BENCH)?;
        let bench = contract.bench("b")?;
        assert_eq!((bench.warmup_runs, bench.runs), (1, 5));
        assert_eq!(contract.baselines_dir, Path::new("dir/kpi-baselines"));
        Ok(())
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let fault = fault_in(&format!("{BENCH}warm_up = 2\n"));
        assert!(
            fault.starts_with("kpi.toml:5: unknown field `warm_up`"),
            "{fault}"
        );
        let fault = fault_in(&format!(
            "{BENCH}spans = [\n  {{ name = \"a\", units = \"ms\" }},\n]\n"
        ));
        assert!(
            fault.starts_with("kpi.toml:6: unknown field `units`"),
            "{fault}"
        );
    }

    #[test]
    fn duplicates_are_named_with_both_lines() {
        let fault = fault_in(&format!(
            "{BENCH}[[bench]]\nname = \"b\"\ncommand = \"x\"\n"
        ));
        assert_eq!(
            fault,
            "kpi.toml:6: duplicate benchmark `b`, first named in line 3"
        );
        let fault = fault_in(&format!(
            "{BENCH}spans = [\n  {{ name = \"a\" }},\n  {{ name = \"a\" }},\n]\n"
        ));
        assert_eq!(
            fault,
            "kpi.toml:7: duplicate span `a`, first named in line 6"
        );
    }

    #[test]
    fn values_out_of_range_are_refused_with_their_line() {
        for (line, expected) in [
            ("runs = 0", "kpi.toml:5: `runs` must be at least 1"),
            (
                "timeout_s = 0",
                "kpi.toml:5: `timeout_s` must be at least 1",
            ),
            ("runs = -1", "kpi.toml:5: invalid value"),
            (
                "gate = { baseline = \"x\", confidence = 95 }",
                "kpi.toml:5: ",
            ),
            (
                "gate = { baseline = \"../x\" }",
                "kpi.toml:5: `../x` cannot be a baseline label",
            ),
            (
                "gate = { baseline = \"x\", span = [{ name = \"s\" }] }",
                "kpi.toml:5: `s` is no span of this benchmark",
            ),
        ] {
            let fault = fault_in(&format!("{BENCH}{line}\n"));
            assert!(fault.starts_with(expected), "{line}: {fault}");
        }
        assert!(fault_in("schema = 9\n").starts_with("kpi.toml:1: schema 9 is not known"));
    }
}
