//! OpenVM's file of metrics: `{"counter": […], "gauge": […]}`, each with labels.
//!
//! A gauge whose name ends in `_time_ms` is a span without that ending. Each is read for its group,
//! `prove{group=leaf}`, and where it has a `segment` or an `idx`, for that as well:
//! `prove{group=leaf,idx=0}`. A selection may ask for any labels instead. Counters are added up per group.

use super::selection::Selector;
use super::{RunLog, RunParser, Selection};
use crate::error::Error;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::Deserialize;
use std::fmt;
use std::io::Read;

const SPAN_ENDING: &str = "_time_ms";
const GROUP: &str = "group";
/// What a group consists of.
const PARTS: [&str; 2] = ["segment", "idx"];

/// Whether a file that begins like this is one of OpenVM's metrics.
pub fn is_metrics(start: &[u8]) -> bool {
    let start = String::from_utf8_lossy(start);
    let after = |text: &str, what: &str| Some(text.trim_start().strip_prefix(what)?.to_owned());
    let is_list_of = |kind: &str| {
        after(&start, "{")
            .and_then(|rest| after(&rest, kind))
            .and_then(|rest| after(&rest, ":"))
            .and_then(|rest| after(&rest, "["))
    };
    ["\"counter\"", "\"gauge\"", "\"histogram\""]
        .iter()
        .any(|kind| is_list_of(kind).is_some())
}

/// Reads such a file as one run. Entries are read one at a time, however many there are.
pub(super) fn read(name: &str, file: impl Read, selection: &Selection) -> Result<RunLog, Error> {
    let mut metrics = Metrics {
        run: RunParser::new(selection),
        selectors: selection.selectors(),
        fault: None,
    };
    let mut json = serde_json::Deserializer::from_reader(std::io::BufReader::new(file));
    let read = json.deserialize_map(&mut metrics).and_then(|()| json.end());
    if let Some(fault) = metrics.fault {
        return Err(fault.in_log(name));
    }
    if let Err(error) = read {
        return Err(if error.is_io() {
            Error::read(name, error.into())
        } else {
            Error::BadMetrics { reason: error }.in_log(name)
        });
    }
    let mut run = metrics.run.finish()?;
    // Groups as a whole, then their parts, as the file has them.
    run.spans.sort_by_key(|span| {
        let labels = span.name.split_once('{').map_or("", |(_, labels)| labels);
        let group = labels.split([',', '}']).next().unwrap_or_default();
        (group.to_owned(), labels.len(), labels.to_owned())
    });
    Ok(run)
}

struct Metrics<'s> {
    run: RunParser<'s>,
    /// What is asked for; `None` is everything.
    selectors: Option<Vec<Selector<'s>>>,
    /// What serde cannot carry.
    fault: Option<Error>,
}

#[derive(Deserialize)]
struct Entry {
    labels: Vec<(String, String)>,
    metric: String,
    value: Number,
}

/// OpenVM writes numbers as texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Whole(u64),
    Real(f64),
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Text(text) => f.write_str(text),
            Number::Whole(number) => number.fmt(f),
            Number::Real(number) => number.fmt(f),
        }
    }
}

impl Entry {
    fn label(&self, key: &str) -> Option<&str> {
        self.labels
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// `name{group=…}`, or `name` without a group.
    fn of_group(&self, name: &str) -> String {
        match self.label(GROUP) {
            Some(group) => format!("{name}{{{GROUP}={group}}}"),
            None => name.to_owned(),
        }
    }

    /// `name{group=…,segment=…}`, if it is of a part.
    fn of_part(&self, name: &str) -> Option<String> {
        let (key, part) = PARTS.iter().find_map(|key| Some((key, self.label(key)?)))?;
        let group = match self.label(GROUP) {
            Some(group) => format!("{GROUP}={group},"),
            None => String::new(),
        };
        Some(format!("{name}{{{group}{key}={part}}}"))
    }
}

impl Metrics<'_> {
    fn gauge(&mut self, entry: &Entry) -> Result<(), Error> {
        let Some(name) = entry.metric.strip_suffix(SPAN_ENDING) else {
            return Ok(());
        };
        let duration = format!("{}ms", entry.value);
        let names: Vec<String> = match &self.selectors {
            Some(selectors) => selectors
                .iter()
                .filter(|selector| selector.matches(name, |key| entry.label(key)))
                .map(|selector| selector.text.to_owned())
                .collect(),
            None => [Some(entry.of_group(name)), entry.of_part(name)]
                .into_iter()
                .flatten()
                .collect(),
        };
        if names.is_empty() {
            return self.run.close_metric(&entry.of_group(name), &duration);
        }
        names
            .iter()
            .try_for_each(|name| self.run.close_metric(name, &duration))
    }

    fn counter(&mut self, entry: &Entry) -> Result<(), Error> {
        match entry.value.to_string().parse() {
            Ok(value) => self.run.count(&entry.of_group(&entry.metric), value),
            Err(_) => Ok(()),
        }
    }
}

impl<'de> Visitor<'de> for &mut Metrics<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of `counter` and `gauge`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(kind) = map.next_key::<String>()? {
            match kind.as_str() {
                "counter" => map.next_value_seed(Entries(self, Metrics::counter))?,
                "gauge" => map.next_value_seed(Entries(self, Metrics::gauge))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A list of entries, and what is done with each.
struct Entries<'m, 's, F>(&'m mut Metrics<'s>, F);

impl<'de, 's, F> DeserializeSeed<'de> for Entries<'_, 's, F>
where
    F: Fn(&mut Metrics<'s>, &Entry) -> Result<(), Error>,
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, 's, F> Visitor<'de> for Entries<'_, 's, F>
where
    F: Fn(&mut Metrics<'s>, &Entry) -> Result<(), Error>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of `labels`, `metric` and `value`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<Entry>()? {
            if let Err(fault) = self.1(self.0, &entry) {
                let reason = serde::de::Error::custom(&fault);
                self.0.fault = Some(fault);
                return Err(reason);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::is_metrics;

    #[test]
    fn a_file_is_known_by_its_beginning() {
        for start in [
            "{\"counter\":[",
            "\n{\n  \"gauge\": [\n",
            "{\"histogram\" : []",
        ] {
            assert!(is_metrics(start.as_bytes()), "{start}");
        }
        for start in ["", "{", "{\"counter\":1", "{\"level\":\"INFO\"}", "counter"] {
            assert!(!is_metrics(start.as_bytes()), "{start}");
        }
    }
}
