use std::collections::BTreeMap;

use super::{table, Plan, Section, Shape};

/// What a plan costs, counted on its table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Columns, selectors and public values that are read.
    pub n_inputs: usize,
    /// Virtual columns.
    pub n_columns: usize,
    /// Virtual columns of one level can be computed at the same time.
    pub n_levels: usize,
    /// Sums, virtual columns and outputs together.
    pub n_sums: usize,
    /// Words of the table.
    pub n_table_words: usize,
    /// Products in the sums, by shape.
    pub n_products: BTreeMap<Shape, usize>,
    /// Slots read for a row.
    pub n_reads: usize,
    /// Multiplications of two values for a row.
    pub n_multiplications: usize,
    /// Multiplications of a value with a coefficient for a row.
    pub n_scalings: usize,
    /// Additions and subtractions for a row, without those of the weighted sums.
    pub n_additions: usize,
    /// Weighted sums, each of which is multiplied with its weight and added up.
    pub n_weighted_sums: usize,
}

impl Statistics {
    /// Operations in the field of the values for a row, without the weighting of the sums.
    pub fn n_operations(&self) -> usize {
        self.n_multiplications + self.n_scalings + self.n_additions
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.n_inputs += other.n_inputs;
        self.n_columns += other.n_columns;
        self.n_levels = self.n_levels.max(other.n_levels);
        self.n_sums += other.n_sums;
        self.n_table_words += other.n_table_words;
        for (&shape, count) in &other.n_products {
            *self.n_products.entry(shape).or_default() += count;
        }
        self.n_reads += other.n_reads;
        self.n_multiplications += other.n_multiplications;
        self.n_scalings += other.n_scalings;
        self.n_additions += other.n_additions;
        self.n_weighted_sums += other.n_weighted_sums;
    }

    fn section(&mut self, words: &[u32], section: &Section) {
        self.n_sums += section.n_sums();
        let words = &words[section.starts[0] as usize..section.starts[section.n_sums()] as usize];
        let mut cursor = 0;
        while cursor < words.len() {
            cursor = self.sum(words, cursor + 1);
        }
    }

    /// Counts the segments of a sum from `cursor` on; returns where they end.
    fn sum(&mut self, words: &[u32], mut cursor: usize) -> usize {
        loop {
            let (shape, n_products, is_last) = table::read_segment(words[cursor]);
            cursor += 1;
            *self.n_products.entry(shape).or_default() += n_products;
            for _ in 0..n_products {
                cursor = self.product(shape, words, cursor);
            }
            if is_last {
                // The first product of a sum is not added to anything.
                self.n_additions -= 1;
                return cursor;
            }
        }
    }

    fn product(&mut self, shape: Shape, words: &[u32], mut cursor: usize) -> usize {
        let n_factors = usize::from(shape.n_leaves + shape.n_linears);
        self.n_reads += usize::from(shape.n_leaves);
        self.n_multiplications += n_factors.saturating_sub(1);
        self.n_scalings += usize::from(shape.scaled && n_factors > 0);
        self.n_additions += 1;
        cursor += usize::from(shape.scaled) + usize::from(shape.n_leaves);
        for _ in 0..shape.n_linears {
            let (n_units, n_scaled) = table::read_counts(words[cursor + 1]);
            self.n_reads += n_units + n_scaled;
            self.n_scalings += n_scaled;
            self.n_additions += n_units + n_scaled - usize::from(words[cursor] == 0);
            cursor += 2 + n_units + 2 * n_scaled;
        }
        cursor
    }
}

impl Plan {
    /// Counts the plan.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics {
            n_inputs: self.inputs.len(),
            n_columns: self.n_columns(),
            n_levels: self.levels.len() - 1,
            n_table_words: self.table.len(),
            ..Statistics::default()
        };
        statistics.section(&self.table, &self.columns);
        let outputs = [&self.constraints, &self.numerators, &self.denominators];
        for section in outputs {
            statistics.section(&self.table, section);
            statistics.n_weighted_sums += section.n_sums();
        }
        statistics
    }
}
