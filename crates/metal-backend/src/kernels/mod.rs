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
pub mod stack;
pub mod stacked_reduction;
pub mod trace;
pub mod transcript;
pub mod transpose;
pub mod whir;

use crate::gpu::{Calibrate, Gpu, GpuError, KernelText, Multiply, Sing};

/// Uploads the tables that kernels read, unless they are there: they stay with the GPU.
pub fn upload_tables(gpu: &Gpu) -> Result<(), GpuError> {
    poseidon2::constants(gpu)?;
    poseidon2::lanes_constants(gpu)?;
    ntt::twiddles(gpu)?;
    Ok(())
}

/// The text of every kernel with the given form of multiplication; of those that are written for a
/// size, every size. For tools that check or translate them.
pub fn texts(multiply: Multiply) -> Vec<KernelText> {
    let mut texts = KernelText::all::<Sing>(multiply);
    texts.extend(KernelText::all::<Calibrate>(multiply));
    texts.extend(KernelText::all::<stack::Stack>(multiply));
    texts.extend(KernelText::all::<transpose::Transpose>(multiply));
    texts.extend(KernelText::all::<transcript::RunTranscript>(multiply));
    texts.extend(KernelText::all::<ntt::RunNttStep>(multiply));
    texts.extend(merkle::texts(multiply));
    texts.extend(gkr::texts(multiply));
    texts.extend(rap::texts(multiply));
    texts.extend(stacked_reduction::texts(multiply));
    texts.extend(KernelText::all::<grind::Grind>(multiply));
    texts.extend(whir::texts(multiply));
    texts.extend(trace::texts(multiply));
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

    /// Every kernel can be split along its grid, and sees all of it there.
    #[test]
    fn texts_for_parts_of_a_grid_are_as_they_promise() {
        for multiply in [Multiply::U64, Multiply::U32] {
            for text in texts(multiply) {
                let part = text.in_parts();
                let part = part.unwrap_or_else(|| panic!("{} cannot be split", text.label));
                part.check()
                    .unwrap_or_else(|reason| panic!("{}: {reason}", part.label));
                for builtin in ["workgroup_id", "num_workgroups", "global_invocation_id"] {
                    let of_main = |source: &str| source.matches(builtin).count();
                    assert_eq!(of_main(&text.source), of_main(&part.source));
                    assert!(
                        of_main(&text.source) <= 1,
                        "{}: not in main alone",
                        text.label
                    );
                }
            }
        }
    }
}
