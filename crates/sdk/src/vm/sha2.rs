//! Records of SHA-2 blocks, from those of the instructions that ask for them.

use std::borrow::Cow;

/// Words of 32 bits of `Sha2RecordHeader`, behind which are the message and the states before and after.
const HEADER_WORDS: usize = 12;

/// The records of `sha2::BLOCK_256`.
pub(super) fn blocks_256(calls: &[u32]) -> Cow<'_, [u32]> {
    blocks::<1>(calls)
}

/// The records of `sha2::BLOCK_512`.
pub(super) fn blocks_512(calls: &[u32]) -> Cow<'_, [u32]> {
    blocks::<2>(calls)
}

/// What the rows of a block depend on, of its own and its neighbours', as `block_columns.wgsl` has it; words have
/// `WORD_LEN` times 32 bits. The last record is of the rows that fill the trace up: behind the last block and before the
/// first.
fn blocks<const WORD_LEN: usize>(calls: &[u32]) -> Cow<'_, [u32]> {
    let (state_len, message_len) = (8 * WORD_LEN, 16 * WORD_LEN);
    let call_len = HEADER_WORDS + 2 * message_len + 5 * state_len;
    let calls: Vec<Call<'_>> = calls
        .chunks_exact(call_len)
        .map(|call| {
            let (message, rest) = call[HEADER_WORDS..].split_at(message_len);
            Call {
                message,
                states: &rest[..2 * state_len],
            }
        })
        .collect();
    let Some(first) = calls.first() else {
        return Cow::default();
    };
    let zeros = vec![0; message_len];
    let (no_message, no_states) = (&zeros[..], &zeros[..2 * state_len]);
    let mut records = vec![];
    for number in 0..=calls.len() {
        let call = calls.get(number);
        let next = match call {
            Some(_) => calls.get(number + 1),
            None => Some(first),
        };
        let before = number.checked_sub(1).map(|before| &calls[before]);
        records.extend_from_slice(call.map_or(no_message, |call| call.message));
        records.extend_from_slice(&call.unwrap_or(first).states[..state_len]);
        records.extend_from_slice(&call.map_or(no_states, |call| call.states)[state_len..]);
        records.extend_from_slice(before.map_or(no_states, |before| before.states));
        records.extend_from_slice(&next.unwrap_or(first).states[..state_len]);
        records.extend_from_slice(&next.map_or(no_message, |next| next.message)[..4 * WORD_LEN]);
        records.extend([number as u32 + 1, call.is_none().into()]);
    }
    records.into()
}

/// Of an instruction: a block's message, and the states before and after it.
struct Call<'a> {
    message: &'a [u32],
    states: &'a [u32],
}

#[cfg(test)]
mod tests {
    use openvm_metal_backend::sha2;

    use super::*;

    /// Records of instructions, whose words say which they are of and where.
    fn calls(n: u32, kernel: openvm_metal_backend::TraceKernel) -> Vec<u32> {
        let words = |call| (0..kernel.record_words() as u32).map(move |at| 1000 * (call + 1) + at);
        (0..n).flat_map(words).collect()
    }

    #[test]
    fn blocks_have_their_neighbours() {
        let calls = calls(2, sha2::CALL_256);
        let records = blocks_256(&calls);
        let len = sha2::BLOCK_256.record_words();
        assert_eq!(records.len(), 3 * len);
        let range = |from: u32, n| (from..from + n).collect::<Vec<u32>>();
        let zeros = |n| vec![0; n];
        let first = [
            range(1012, 16),
            range(1028, 16),
            zeros(16),
            range(2028, 8),
            range(2012, 4),
            vec![1, 0],
        ];
        let second = [
            range(2012, 16),
            range(2028, 16),
            range(1028, 16),
            range(1028, 8),
            zeros(4),
            vec![2, 0],
        ];
        let last = [
            zeros(16),
            range(1028, 8),
            zeros(8),
            range(2028, 16),
            range(1028, 8),
            range(1012, 4),
            vec![3, 1],
        ];
        assert_eq!(records[..len], first.concat());
        assert_eq!(records[len..2 * len], second.concat());
        assert_eq!(records[2 * len..], last.concat());
        assert!(blocks_256(&[]).is_empty());
    }

    #[test]
    fn words_may_be_longer() {
        let calls = calls(3, sha2::CALL_512);
        assert_eq!(blocks_512(&calls).len(), 4 * sha2::BLOCK_512.record_words());
    }
}
