//! Random numbers that follow from a seed and from what they are for, and not from the order in which they are asked for.

/// What a number is for.
#[derive(Clone, Copy)]
pub enum Purpose {
    Traces,
    Proof,
    Verification,
    Death,
    Freeze,
}

/// 64 random bits for number `index` of a purpose (SplitMix64's finalizer, thrice).
pub fn bits(seed: u64, purpose: Purpose, index: u64) -> u64 {
    let mut state = 0;
    for word in [seed, purpose as u64, index] {
        state = mixed(state ^ word.wrapping_add(0x9e37_79b9_7f4a_7c15));
    }
    state
}

/// A number from `min` to `max`.
pub fn between(bits: u64, min: u64, max: u64) -> u64 {
    let width = u128::from(max - min) + 1;
    min + ((u128::from(bits) * width) >> 64) as u64
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_where_they_should_and_are_spread() {
        let numbers = (0..10_000).map(|i| between(bits(1, Purpose::Proof, i), 10, 19));
        let mut counts = [0; 10];
        for number in numbers {
            counts[number as usize - 10] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1150).contains(count)),
            "{counts:?}"
        );
        assert_ne!(bits(1, Purpose::Proof, 0), bits(2, Purpose::Proof, 0));
        assert_ne!(bits(1, Purpose::Proof, 0), bits(1, Purpose::Traces, 0));
    }
}
