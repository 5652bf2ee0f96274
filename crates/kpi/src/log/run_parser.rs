//! One run's lines in, its spans and counters out.

use super::duration::parse_duration_ns;
use super::nearest::NearMiss;
use super::run::{Adapter, Occurrences, RunLog, Unreadable, MAX_NAMES, MAX_UNWANTED};
use super::statement::{
    Field, Place, Statement, ADAPTER_EVENT, CLOCK_EVENT, COUNTERS_EVENT, FALLBACK_EVENT,
};
use super::{form, Selection};
use crate::error::Error;
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads one run, line by line.
#[derive(Debug)]
pub struct RunParser<'s> {
    selection: &'s Selection,
    run: RunLog,
    index_of: HashMap<String, usize>,
    /// The wanted spans around the current line, with their depths.
    open: Vec<(usize, String)>,
    /// A span that was closed and not yet named.
    closing: Option<Closing>,
}

/// A closed span while the lines that name it are read.
#[derive(Debug)]
struct Closing {
    line: u64,
    target: String,
    duration: String,
    /// The span itself, then those around it.
    scope: Vec<String>,
}

/// One duration of one span.
struct Closed<'a> {
    line: u64,
    name: &'a str,
    duration: &'a str,
    calls: u64,
    within: Option<String>,
}

impl<'s> RunParser<'s> {
    /// A parser that keeps the spans of `selection`.
    pub fn new(selection: &'s Selection) -> Self {
        RunParser {
            selection,
            run: RunLog::default(),
            index_of: HashMap::new(),
            open: Vec::new(),
            closing: None,
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
        match form::parse_line(text) {
            Some(Statement::In { path }) => {
                self.name_closing(path);
                Ok(())
            }
            Some(statement) => {
                self.close_pretty()?;
                self.take(number, statement)
            }
            None if text.is_empty() => self.close_pretty(),
            None => {
                self.look_for_near_miss(number, text);
                Ok(())
            }
        }
    }

    /// What the lines so far amount to.
    pub fn finish(mut self) -> Result<RunLog, Error> {
        self.close_pretty()?;
        Ok(self.run)
    }

    /// Takes a span of a file of metrics, which has no lines.
    pub(super) fn close_metric(&mut self, name: &str, duration: &str) -> Result<(), Error> {
        self.close_span(Closed {
            line: 1,
            name,
            duration,
            calls: 1,
            within: None,
        })
    }

    fn take(&mut self, line: u64, statement: Statement<'_>) -> Result<(), Error> {
        match statement {
            Statement::Span {
                name,
                duration,
                calls,
                place,
            } => {
                let within = self.around(&name, place);
                self.close_span(Closed {
                    line,
                    name: &name,
                    duration: &duration,
                    calls,
                    within,
                })
            }
            Statement::Closing { target, duration } => {
                self.closing = Some(Closing {
                    line,
                    target: target.to_owned(),
                    duration: duration.to_owned(),
                    scope: Vec::new(),
                });
                Ok(())
            }
            Statement::Event { message, fields } => self.take_event(line, &message, &fields),
            // Taken before.
            Statement::In { .. } => Ok(()),
        }
    }

    /// The nearest wanted span around one of this name.
    fn around(&mut self, name: &str, place: Place) -> Option<String> {
        match place {
            Place::Depth(depth) => {
                while self.open.last().is_some_and(|(open, _)| *open >= depth) {
                    self.open.pop();
                }
                let within = self.open.last().map(|(_, name)| name.clone());
                if self.selection.wants(name) {
                    self.open.push((depth, name.to_owned()));
                }
                within
            }
            Place::Below(scope) => scope
                .into_iter()
                .rev()
                .find(|above| self.selection.wants(above)),
        }
    }

    fn name_closing(&mut self, path: &str) {
        let Some(closing) = &mut self.closing else {
            return;
        };
        // The closed span has the event's target; another one's ends where its name begins.
        let name = path
            .strip_prefix(&closing.target)
            .and_then(|rest| rest.strip_prefix("::"))
            .unwrap_or_else(|| path.rsplit("::").next().unwrap_or(path));
        if closing.scope.len() < MAX_NAMES {
            closing.scope.push(name.to_owned());
        }
    }

    fn close_pretty(&mut self) -> Result<(), Error> {
        let Some(closing) = self.closing.take() else {
            return Ok(());
        };
        let Some((name, around)) = closing.scope.split_first() else {
            return Ok(());
        };
        let within = around.iter().find(|above| self.selection.wants(above));
        self.close_span(Closed {
            line: closing.line,
            name,
            duration: &closing.duration,
            calls: 1,
            within: within.cloned(),
        })
    }

    fn close_span(&mut self, closed: Closed<'_>) -> Result<(), Error> {
        if !self.selection.wants(closed.name) {
            let unwanted = &mut self.run.unwanted;
            if unwanted.len() < MAX_UNWANTED && !unwanted.iter().any(|name| name == closed.name) {
                unwanted.push(closed.name.to_owned());
            }
            return Ok(());
        }
        let duration_ns = parse_duration_ns(closed.duration);
        let unreadable = duration_ns.clone().err().map(|reason| Unreadable {
            line: closed.line,
            reason,
        });
        let duration_ns = duration_ns.unwrap_or_default();
        let summed_at = (closed.calls > 1).then_some(closed.line);
        match self.index_of.get(closed.name) {
            Some(&index) => {
                let span = &mut self.run.spans[index];
                span.sum_ns = span.sum_ns.saturating_add(duration_ns);
                span.min_ns = span.min_ns.min(duration_ns);
                span.max_ns = span.max_ns.max(duration_ns);
                span.count = span.count.saturating_add(closed.calls);
                span.summed_at = span.summed_at.or(summed_at);
                let within = span.within.take();
                span.within = within.filter(|is| Some(is) == closed.within.as_ref());
                span.unreadable = span.unreadable.take().or(unreadable);
            }
            None if self.index_of.len() == MAX_NAMES => {
                return Err(Error::TooManyNames {
                    what: "spans",
                    limit: MAX_NAMES,
                })
            }
            None => {
                self.index_of
                    .insert(closed.name.to_owned(), self.run.spans.len());
                self.run.spans.push(Occurrences {
                    name: closed.name.to_owned(),
                    sum_ns: duration_ns,
                    first_ns: duration_ns,
                    min_ns: duration_ns,
                    max_ns: duration_ns,
                    count: closed.calls,
                    summed_at,
                    within: closed.within,
                    unreadable,
                });
            }
        }
        Ok(())
    }

    /// Only until a span is found: then it is known what spans look like here.
    fn look_for_near_miss(&mut self, line: u64, text: &str) {
        if self.run.spans.is_empty() && self.run.unwanted.is_empty() {
            let so_far = self.run.nearest.take();
            self.run.nearest = NearMiss::nearer(so_far, line, text);
        }
    }

    fn take_event(&mut self, line: u64, message: &str, fields: &[Field<'_>]) -> Result<(), Error> {
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
            CLOCK_EVENT => self.take_clock(line, fields),
            _ => Ok(()),
        }
    }

    fn take_clock(&mut self, line: u64, fields: &[Field<'_>]) -> Result<(), Error> {
        let Some((name, value)) = fields.iter().find(|(name, _)| name == "mhz") else {
            return Ok(());
        };
        let mhz = value.parse().map_err(|_| Error::BadCounter {
            line,
            name: name.to_string(),
            value: value.to_string(),
        })?;
        self.run.gpu_mhz = Some(mhz);
        Ok(())
    }

    pub(super) fn count(&mut self, name: &str, value: u64) -> Result<(), Error> {
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

    fn take_adapter(&mut self, fields: &[Field<'_>]) -> Result<(), Error> {
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
