//! Sizes and places, as kernels take them.

/// A size or a place as a word of a kernel's parameters or tables.
///
/// # Panics
/// If it does not fit. A binding has less than 2^31 bytes, so what a kernel can reach does: one that does not would have
/// it work in the wrong place without a word.
pub(crate) fn word(n: impl TryInto<u32> + Copy + std::fmt::Display) -> u32 {
    let Ok(word) = n.try_into() else {
        panic!("{n} is larger than any buffer, so no place or size of a kernel")
    };
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_the_same_number() {
        assert_eq!(word(0_usize), 0);
        assert_eq!(word((1_u64 << 32) - 1), u32::MAX);
    }

    #[test]
    #[should_panic(expected = "4294967296 is larger than any buffer")]
    fn what_does_not_fit_is_not_cut() {
        word(1_u64 << 32);
    }
}
