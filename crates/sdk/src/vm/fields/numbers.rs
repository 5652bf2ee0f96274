//! Numbers of a table.

use num_bigint::BigUint;
use openvm_metal_backend::fields::{Factor, Operand};

/// The prime of a chip, and the numbers that its expressions need.
pub(super) struct Numbers {
    prime: BigUint,
    n_words: usize,
    others: Vec<BigUint>,
}

impl Numbers {
    /// For numbers of so many words. `None` for an even modulus, for which there is no Montgomery form.
    pub(super) fn new(prime: &BigUint, n_words: usize) -> Option<Self> {
        let is_prime = prime.bit(0) && prime.bits() > 1 && prime.bits() <= 32 * n_words as u64;
        is_prime.then(|| Self {
            prime: prime.clone(),
            n_words,
            others: vec![],
        })
    }

    /// R^2 modulo the prime, which brings a number into Montgomery form.
    pub(super) fn r_squared(&mut self) -> Option<Operand> {
        let number = (self.r() * self.r()) % &self.prime;
        self.place(number).map(Operand::number)
    }

    /// 1, which brings a number out of Montgomery form.
    pub(super) fn one(&mut self) -> Option<Operand> {
        self.place(1_u32.into()).map(Operand::number)
    }

    /// A number in Montgomery form.
    pub(super) fn in_form(&mut self, number: &BigUint) -> Option<Operand> {
        let number = (number * self.r()) % &self.prime;
        self.place(number).map(Operand::number)
    }

    /// A small integer in Montgomery form.
    pub(super) fn integer_in_form(&mut self, integer: isize) -> Option<Operand> {
        let size = BigUint::from(integer.unsigned_abs()) % &self.prime;
        let number = match integer < 0 {
            true => &self.prime - size,
            false => size,
        };
        self.in_form(&number)
    }

    /// A number as it is.
    pub(super) fn factor(&mut self, number: BigUint) -> Option<Factor> {
        self.place(number).map(Factor::number)
    }

    fn r(&self) -> BigUint {
        BigUint::from(1_u32) << (32 * self.n_words)
    }

    /// The place of a number, which is there once.
    fn place(&mut self, number: BigUint) -> Option<u8> {
        let known = self.others.iter().position(|known| *known == number);
        let place = known.unwrap_or_else(|| {
            self.others.push(number);
            self.others.len() - 1
        });
        u8::try_from(place).ok()
    }

    pub(super) fn prime(&self) -> Vec<u32> {
        self.prime.to_u32_digits()
    }

    pub(super) fn prime_minus_2(&self) -> Vec<u32> {
        (&self.prime - 2_u32).to_u32_digits()
    }

    pub(super) fn one_in_form(&self) -> Vec<u32> {
        (self.r() % &self.prime).to_u32_digits()
    }

    /// -1 / p modulo 2^32.
    pub(super) fn negative_inverse(&self) -> u32 {
        let word = self.prime.iter_u32_digits().next().unwrap_or(1);
        // Each step doubles the number of right bits, of which an odd word has three as its own inverse.
        let inverse = (0..4).fold(word, |inverse: u32, _| {
            inverse.wrapping_mul(2_u32.wrapping_sub(word.wrapping_mul(inverse)))
        });
        inverse.wrapping_neg()
    }

    pub(super) fn others(&self) -> Vec<Vec<u32>> {
        self.others.iter().map(BigUint::to_u32_digits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverses_are_those_of_the_low_word() {
        for prime in [3_u32, 7, 0xffff_fffb, 0x1234_5679] {
            let numbers = Numbers::new(&prime.into(), 8).unwrap();
            assert_eq!(numbers.negative_inverse().wrapping_mul(prime), u32::MAX);
        }
        assert!(Numbers::new(&10_u32.into(), 8).is_none());
        assert!(Numbers::new(&1_u32.into(), 8).is_none());
    }
}
