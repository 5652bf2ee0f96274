//! What is logged on one thread.
//!
//! One subscriber serves all tests, and is there before anything is logged: one that comes and goes
//! beside other tests misses events whose place in the code is reached for the first time then.

use std::{
    cell::RefCell,
    fmt::{Debug, Write},
    sync::Once,
};

use tracing::{
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    Event, Metadata, Subscriber,
};

thread_local! {
    static EVENTS: RefCell<Vec<String>> = const { RefCell::new(vec![]) };
}

/// Starts to keep what is logged; to be called before a GPU is opened.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Collector).unwrap());
}

/// The events that `run` logs on its thread: level, then name and value of each field.
pub fn logged_by<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
    listen();
    EVENTS.take();
    let result = run();
    (result, EVENTS.take())
}

struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        EVENTS.with_borrow_mut(|events| events.push(line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}
