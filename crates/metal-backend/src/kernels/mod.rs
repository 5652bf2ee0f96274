//! The kernels: one topic is one `.wgsl` text, and one `.rs` that gives it typed calls.
//!
//! The text of a kernel is put together from its parameters, the field on one of the two forms of
//! multiplication ([`field::source`]), `poseidon2.wgsl` where it hashes, and the kernel itself, whose
//! entry point is `main`. Field elements are in Montgomery form, as in [`crate::gpu::Element`].

pub mod field;
pub mod gkr;
pub mod grind;
pub mod jobs;
pub mod merkle;
pub mod ntt;
pub mod poseidon2;
pub mod rap;
pub mod sponge;
pub mod stack;
pub mod stacked_reduction;
pub mod transcript;
pub mod transpose;
pub mod whir;

use crate::gpu::{Gpu, GpuError, KernelText, Multiply};

/// Declares a struct of `u32`s once, for both sides: its words in order, and its WGSL text between a
/// first and a last line.
macro_rules! kernel_words {
    (
        $first:literal, $last:literal,
        $(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name { $($(#[$field_doc])* pub $field: u32),* }

        impl $name {
            const WGSL: &'static str = concat!(
                $first,
                $("    ", stringify!($field), ": u32,\n",)*
                $last,
            );

            fn words(&self) -> Vec<u32> {
                vec![$(self.$field),*]
            }
        }
    };
}
use kernel_words;

/// Declares the parameters of a kernel, which are the immediate `params` in its text.
macro_rules! kernel_params {
    ($($declaration:tt)*) => {
        $crate::kernels::kernel_words! {
            "struct Params {\n", "}\nvar<immediate> params: Params;\n", $($declaration)*
        }
    };
}
use kernel_params;

use crate::gpu::flat_grid;

/// Uploads the tables that kernels read, unless they are there: they stay with the GPU.
pub fn upload_tables(gpu: &Gpu) -> Result<(), GpuError> {
    poseidon2::constants(gpu)?;
    ntt::twiddles(gpu)?;
    Ok(())
}

/// The text of every kernel with the given form of multiplication; of those that are written for a
/// size, every size. For tools that check or translate them.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    let mut sources = vec![
        ("transpose".to_owned(), transpose::source()),
        ("transcript".to_owned(), transcript::source(multiply)),
        ("grind".to_owned(), grind::source(multiply)),
    ];
    sources.extend(gkr::sources(multiply));
    sources.extend(merkle::sources(multiply));
    sources.extend(ntt::sources(multiply));
    sources.extend(stacked_reduction::sources(multiply));
    sources.extend(whir::sources(multiply));
    let mut texts = KernelText::all::<stack::Stack>(multiply);
    texts.extend(rap::texts(multiply));
    texts.extend(sources.into_iter().map(KernelText::undeclared));
    texts
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::texts;
    use crate::gpu::Multiply;

    /// Bindings, immediates, rows and workgroups are the same in every declaration and its text.
    #[test]
    fn texts_are_as_their_declarations_promise() {
        for multiply in [Multiply::U64, Multiply::U32] {
            let mut labels = HashSet::new();
            for text in texts(multiply) {
                text.check()
                    .unwrap_or_else(|reason| panic!("{}: {reason}", text.label));
                assert!(labels.insert(text.label.clone()), "two are {}", text.label);
            }
        }
    }
}
