//! One run's lines in, its spans and counters out.

use super::duration::{parse_duration_ns, DurationError};
use super::event::{Place, Statement};
use super::{forest, json, Selection};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// How many different span names, and how many different counters, one run may have: 4,096.
pub const MAX_NAMES: usize = 4096;

/// Events by which a program reports what it counted, and on what it ran.
const COUNTERS_EVENT: &str = "gpu_counters";
const ADAPTER_EVENT: &str = "gpu_adapter";
const FALLBACK_EVENT: &str = "host_fallback";

/// Every occurrence of one span within one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrences {
    /// The span's name.
    pub name: String,
    /// All durations added up.
    pub sum_ns: u64,
    /// The duration that the log names first.
    pub first_ns: u64,
    /// The longest duration.
    pub max_ns: u64,
    /// How often the span occurs.
    pub count: u64,
    /// The nearest wanted span around it, if it is the same one every time.
    pub within: Option<String>,
    /// The first duration that could not be read.
    pub unreadable: Option<Unreadable>,
}

/// A duration that could not be read, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line of the log, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: DurationError,
}

/// The graphics adapter as the program reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// The device's name.
    pub name: String,
    /// The driver and its version.
    pub driver: String,
    /// The interface through which it was used, such as `vulkan` or `metal`.
    pub backend: String,
}

/// What one run reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunLog {
    /// The wanted spans, in the order of their first appearance.
    pub spans: Vec<Occurrences>,
    /// The deterministic counters: peaks are the largest, all others the sum of what was reported.
    pub counters: BTreeMap<String, u64>,
    /// The adapter, if the program named one.
    pub adapter: Option<Adapter>,
    /// How many lines were not UTF-8.
    pub invalid_utf8_lines: u64,
}

impl RunLog {
    /// The occurrences of one span.
    pub fn span(&self, name: &str) -> Option<&Occurrences> {
        self.spans.iter().find(|span| span.name == name)
    }
}

/// Reads one run, line by line.
#[derive(Debug)]
pub struct RunParser<'s> {
    selection: &'s Selection,
    run: RunLog,
    index_of: HashMap<String, usize>,
    /// The wanted spans around the current line, with their depths.
    open: Vec<(usize, String)>,
}

impl<'s> RunParser<'s> {
    /// A parser that keeps the spans of `selection`.
    pub fn new(selection: &'s Selection) -> Self {
        RunParser {
            selection,
            run: RunLog::default(),
            index_of: HashMap::new(),
            open: Vec::new(),
        }
    }

    /// Takes the line with this number of the log, from 1, without its line feed.
    pub fn read_line(&mut self, number: u64, line: &[u8]) -> Result<(), Error> {
        if std::str::from_utf8(line).is_err() {
            self.run.invalid_utf8_lines += 1;
        }
        let plain = without_colours(line);
        let text = String::from_utf8_lossy(&plain);
        let text = text.trim_end();
        let statement = if text.starts_with('{') {
            json::parse_line(text)
        } else {
            forest::parse_line(text)
        };
        match statement {
            Some(Statement::Span {
                name,
                duration,
                place,
            }) => self.close_span(number, &name, &duration, place),
            Some(Statement::Event { message, fields }) => {
                self.take_event(number, &message, &fields)
            }
            None => Ok(()),
        }
    }

    /// What the lines so far amount to.
    pub fn finish(self) -> RunLog {
        self.run
    }

    fn close_span(
        &mut self,
        line: u64,
        name: &str,
        duration: &str,
        place: Place,
    ) -> Result<(), Error> {
        let is_wanted = self.selection.wants(name);
        let within = match place {
            Place::Depth(depth) => {
                while self.open.last().is_some_and(|(open, _)| *open >= depth) {
                    self.open.pop();
                }
                let within = self.open.last().map(|(_, name)| name.clone());
                if is_wanted {
                    self.open.push((depth, name.to_owned()));
                }
                within
            }
            Place::Below(scope) => scope
                .into_iter()
                .rev()
                .find(|above| self.selection.wants(above)),
        };
        if !is_wanted {
            return Ok(());
        }
        let duration_ns = parse_duration_ns(duration);
        let unreadable = duration_ns
            .clone()
            .err()
            .map(|reason| Unreadable { line, reason });
        let duration_ns = duration_ns.unwrap_or_default();
        match self.index_of.get(name) {
            Some(&index) => {
                let span = &mut self.run.spans[index];
                span.sum_ns = span.sum_ns.saturating_add(duration_ns);
                span.max_ns = span.max_ns.max(duration_ns);
                span.count += 1;
                span.within = span.within.take().filter(|is| Some(is) == within.as_ref());
                span.unreadable = span.unreadable.take().or(unreadable);
            }
            None if self.index_of.len() == MAX_NAMES => {
                return Err(Error::TooManyNames {
                    what: "spans",
                    limit: MAX_NAMES,
                })
            }
            None => {
                self.index_of.insert(name.to_owned(), self.run.spans.len());
                self.run.spans.push(Occurrences {
                    name: name.to_owned(),
                    sum_ns: duration_ns,
                    first_ns: duration_ns,
                    max_ns: duration_ns,
                    count: 1,
                    within,
                    unreadable,
                });
            }
        }
        Ok(())
    }

    fn take_event(
        &mut self,
        line: u64,
        message: &str,
        fields: &[(Cow<'_, str>, Cow<'_, str>)],
    ) -> Result<(), Error> {
        match message {
            COUNTERS_EVENT => {
                self.count(FALLBACK_EVENT, 0)?;
                for (name, value) in fields {
                    if name == "stage" {
                        continue;
                    }
                    let value = value.parse().map_err(|_| Error::BadCounter {
                        line,
                        name: name.to_string(),
                        value: value.to_string(),
                    })?;
                    self.count(name, value)?;
                }
                Ok(())
            }
            FALLBACK_EVENT => self.count(FALLBACK_EVENT, 1),
            ADAPTER_EVENT => {
                self.count(FALLBACK_EVENT, 0)?;
                self.take_adapter(fields)
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, name: &str, value: u64) -> Result<(), Error> {
        if let Some(so_far) = self.run.counters.get_mut(name) {
            *so_far = if name.starts_with("peak_") {
                value.max(*so_far)
            } else {
                so_far.saturating_add(value)
            };
        } else if self.run.counters.len() == MAX_NAMES {
            return Err(Error::TooManyNames {
                what: "counters",
                limit: MAX_NAMES,
            });
        } else {
            self.run.counters.insert(name.to_owned(), value);
        }
        Ok(())
    }

    fn take_adapter(&mut self, fields: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<(), Error> {
        let field = |wanted: &str| {
            fields
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.to_string())
                .unwrap_or_default()
        };
        let adapter = Adapter {
            name: field("name"),
            driver: field("driver"),
            backend: field("backend"),
        };
        match &self.run.adapter {
            Some(first) if *first != adapter => Err(Error::AdapterChanged {
                first: first.name.clone(),
                then: adapter.name,
            }),
            _ => {
                self.run.adapter = Some(adapter);
                Ok(())
            }
        }
    }
}

fn without_colours(line: &[u8]) -> Cow<'_, [u8]> {
    const ESCAPE: u8 = 0x1b;
    if memchr::memchr(ESCAPE, line).is_none() {
        return Cow::Borrowed(line);
    }
    Cow::Owned(anstream::adapter::strip_bytes(line).into_vec())
}
