//! Parts of buffers.

use super::{Buffer, Element};

/// The values of a buffer from a place on. Clones share the memory.
#[derive(Clone, Debug, PartialEq)]
pub struct View<T: Element> {
    /// The buffer.
    pub buffer: Buffer<T>,
    /// The first value's place.
    pub start: usize,
}

impl<T: Element> View<T> {
    /// `buffer` from place `start` on.
    pub fn new(buffer: &Buffer<T>, start: usize) -> Self {
        Self {
            buffer: buffer.clone(),
            start,
        }
    }
}
