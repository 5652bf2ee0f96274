//! Typed device buffers.

use std::{marker::PhantomData, sync::Arc};

use super::{
    pool::{Allocation, Fit, Usage},
    Element, Gpu, GpuError,
};

/// A device array of `len` values of type `T`. Clones share the memory.
pub struct Buffer<T> {
    pub(super) allocation: Arc<Allocation>,
    len: usize,
    _element: PhantomData<T>,
}

impl<T> Clone for Buffer<T> {
    fn clone(&self) -> Self {
        Self {
            allocation: self.allocation.clone(),
            len: self.len,
            _element: PhantomData,
        }
    }
}

impl<T> PartialEq for Buffer<T> {
    /// Whether one is a clone of the other.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.allocation, &other.allocation)
    }
}

impl<T> std::fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer<{}>[{}]", std::any::type_name::<T>(), self.len)
    }
}

/// What a kernel's binding is filled with.
#[derive(Clone)]
pub struct Binding {
    pub(super) allocation: Arc<Allocation>,
    pub(super) bytes: u64,
}

impl<T: Element> Buffer<T> {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The same memory as words, for a kernel that takes any elements.
    pub fn words(&self) -> Buffer<u32> {
        self.rows()
    }

    /// The same memory as elements of another type, as many as are whole.
    pub fn rows<R: Element>(&self) -> Buffer<R> {
        Buffer {
            allocation: self.allocation.clone(),
            len: self.len * T::WORDS / R::WORDS,
            _element: PhantomData,
        }
    }

    /// The whole buffer, for a kernel to read or write.
    pub fn binding(&self) -> Binding {
        Binding {
            allocation: self.allocation.clone(),
            bytes: byte_len::<T>(self.len).max(4),
        }
    }
}

pub(super) fn byte_len<T: Element>(len: usize) -> u64 {
    (len * size_of::<T>()) as u64
}

impl Gpu {
    /// A buffer of `len` elements with undefined contents; `what` names it in errors.
    ///
    /// # Errors
    /// If it is larger than the largest block of a matrix and than [`super::SMALL_BUFFER_BYTES`], or there is
    /// not enough memory.
    pub fn alloc<T: Element>(&self, len: usize, what: &'static str) -> Result<Buffer<T>, GpuError> {
        self.alloc_with(len, Fit::Roomy, what)
    }

    pub(super) fn alloc_with<T: Element>(
        &self,
        len: usize,
        fit: Fit,
        what: &'static str,
    ) -> Result<Buffer<T>, GpuError> {
        let bytes = byte_len::<T>(len);
        if bytes > self.max_buffer_bytes {
            return Err(GpuError::TooLarge {
                what,
                bytes,
                limit: self.max_buffer_bytes,
            });
        }
        self.link.check()?;
        Ok(Buffer {
            allocation: Arc::new(self.pool.take(Usage::Storage, bytes, fit, what)?),
            len,
            _element: PhantomData,
        })
    }

    /// Reads `buffer` back; waits for all work submitted before.
    pub fn download<T: Element>(&self, buffer: &Buffer<T>) -> Result<Vec<T>, GpuError> {
        let mut recorder = self.recorder("download");
        let values = recorder.read_back(buffer, 0..buffer.len());
        recorder.submit()?.wait()?.values(&values)
    }
}
