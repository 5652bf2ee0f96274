//! Records of stored hints, one for each word.
//!
//! Execution leaves one for each instruction: a header, and then for each word what was written and what was there
//! before. A kernel makes a row from a record of fixed size, so each word gets the header and its number, too.

/// Words of `Rv32HintStoreRecordHeader`, of which the first is the number of words stored.
const HEADER_WORDS: usize = 8;

/// Words of `Rv32HintStoreVar`.
const WORD_WORDS: usize = 3;

/// The records of `rv32::HINT_STORE`.
pub(super) fn records(mut words: &[u32]) -> Vec<u32> {
    let mut records = vec![];
    while let Some((header, rest)) = words.split_at_checked(HEADER_WORDS) {
        let (stored, rest) = rest.split_at(header[0] as usize * WORD_WORDS);
        for (number, word) in (0..).zip(stored.chunks_exact(WORD_WORDS)) {
            records.extend_from_slice(header);
            records.push(number);
            records.extend_from_slice(word);
        }
        words = rest;
    }
    records
}

#[cfg(test)]
mod tests {
    use std::mem::{offset_of, size_of};

    use openvm_rv32im_circuit::{Rv32HintStoreRecordHeader, Rv32HintStoreVar};

    use super::*;

    #[test]
    fn the_layout_is_upstreams() {
        assert_eq!(size_of::<Rv32HintStoreRecordHeader>(), 4 * HEADER_WORDS);
        assert_eq!(offset_of!(Rv32HintStoreRecordHeader, num_words), 0);
        assert_eq!(size_of::<Rv32HintStoreVar>(), 4 * WORD_WORDS);
    }

    #[test]
    fn every_word_has_its_instructions_header() {
        let words = [1, 10, 11, 12, 13, 14, 15, 16, 20, 21, 22];
        let more = [2, 30, 31, 32, 33, 34, 35, 36, 40, 41, 42, 50, 51, 52];
        let expected = [
            [1, 10, 11, 12, 13, 14, 15, 16, 0, 20, 21, 22],
            [2, 30, 31, 32, 33, 34, 35, 36, 0, 40, 41, 42],
            [2, 30, 31, 32, 33, 34, 35, 36, 1, 50, 51, 52],
        ];
        assert_eq!(records(&[&words[..], &more].concat()), expected.concat());
        assert!(records(&[]).is_empty());
    }
}
