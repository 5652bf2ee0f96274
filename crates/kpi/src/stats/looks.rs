//! When to look at runs that are still being made, and how sure each look must be.

/// The first look comes after this many pairs: fewer could hardly decide anything.
pub const FIRST_LOOK: u32 = 10;

/// The looks that are planned, and what they may cost.
///
/// Looking again and again and stopping as soon as something shows would find differences where there are
/// none. So each of the planned looks spends its share of the probability of error (alpha spending: Lan
/// and DeMets, Discrete Sequential Boundaries for Clinical Trials, Biometrika 70, 1983), here the same
/// share for each. The shares add up to the whole, so that by the union bound it holds whatever the looks
/// have in common, and whenever one stops. The intervals of all looks hold together in the same sense
/// (Jennison and Turnbull, Interim Analyses: the Repeated Confidence Interval Approach, JRSS B 51, 1989).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    /// After how many pairs, ascending.
    after_pairs: Vec<u32>,
}

impl Looks {
    /// One look, at the end.
    pub fn once(pairs: u32) -> Looks {
        Looks {
            after_pairs: vec![pairs],
        }
    }

    /// After [`FIRST_LOOK`] pairs, then each time there are half as many again, the last after `most`.
    pub fn until(most: u32) -> Looks {
        let next = |pairs: &u32| Some(pairs.saturating_add(pairs.div_ceil(2)));
        let mut after_pairs: Vec<u32> = std::iter::successors(Some(FIRST_LOOK), next)
            .take_while(|pairs| *pairs < most)
            .collect();
        after_pairs.push(most);
        Looks { after_pairs }
    }

    /// How many looks are planned.
    pub fn planned(&self) -> usize {
        self.after_pairs.len()
    }

    /// Whether one is due after this many pairs.
    pub fn is_due(&self, pairs: u32) -> bool {
        self.after_pairs.binary_search(&pairs).is_ok()
    }

    /// After how many pairs the last one is.
    pub fn last(&self) -> u32 {
        self.after_pairs.last().copied().unwrap_or_default()
    }

    /// The confidence that each look needs so that all of them together have this one.
    pub fn confidence_of_each(&self, confidence: f64) -> f64 {
        1.0 - (1.0 - confidence) / self.planned().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_by_half_up_to_the_most() {
        assert_eq!(Looks::until(60).after_pairs, [10, 15, 23, 35, 53, 60]);
        assert_eq!(Looks::until(10).after_pairs, [10]);
        assert_eq!(Looks::until(4).after_pairs, [4]);
        assert!(Looks::until(60).is_due(23) && !Looks::until(60).is_due(24));
    }

    #[test]
    fn the_shares_of_all_looks_are_the_whole() {
        let looks = Looks::until(100);
        let spent = looks.planned() as f64 * (1.0 - looks.confidence_of_each(0.95));
        assert!((spent - 0.05).abs() < 1e-12);
    }
}
