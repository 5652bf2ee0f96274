//! What one line of a run says, whichever format it is written in.

use std::borrow::Cow;

/// One line's meaning.
#[derive(Debug, PartialEq)]
pub(super) enum Statement<'a> {
    /// A span was closed.
    Span {
        name: Cow<'a, str>,
        /// As printed, unit included: whether it can be read matters only for spans that are wanted.
        duration: Cow<'a, str>,
        place: Place,
    },
    /// An event was logged.
    Event {
        message: Cow<'a, str>,
        fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    },
}

/// Where in the tree of spans a span lies.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// This deep, below the last shallower span of the lines before it.
    Depth(usize),
    /// Below these spans, outermost first.
    Below(Vec<String>),
}
