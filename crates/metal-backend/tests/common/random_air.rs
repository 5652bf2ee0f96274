//! Random AIRs and traces. The traces satisfy nothing, which no prover looks at; the interactions
//! balance, because each is there twice with opposite counts.

use openvm_stark_backend::{
    air_builders::PartitionedAirBuilder,
    interaction::InteractionBuilder,
    p3_air::{Air, AirBuilderWithPublicValues, BaseAir, BaseAirWithPublicValues, PairBuilder},
    p3_field::{Field, PrimeCharacteristicRing},
    p3_matrix::{dense::RowMajorMatrix, Matrix},
    PartitionedBaseAir,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

/// An AIR whose constraints are made from its seed.
#[derive(Clone, Debug)]
pub struct RandomAir {
    pub seed: u64,
    pub max_degree: usize,
    /// Whether a constraint of degree `max_degree` comes first.
    pub has_max_degree: bool,
    pub height: usize,
    pub preprocessed: usize,
    pub cached: Vec<usize>,
    pub common: usize,
    pub n_public_values: usize,
    pub has_rotations: bool,
    pub n_constraints: usize,
    pub n_interactions: usize,
}

impl RandomAir {
    pub fn new(seed: u64, max_degree: usize, height: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        // Upstream refuses an AIR with neither.
        let n_constraints = [0, 1, 12][rng.random_range(0..3)];
        Self {
            seed,
            max_degree,
            has_max_degree: false,
            height,
            preprocessed: [0, 0, 2][rng.random_range(0..3)],
            cached: (0..rng.random_range(0..3))
                .map(|_| rng.random_range(1..4))
                .collect(),
            common: rng.random_range(1..6),
            n_public_values: rng.random_range(0..3),
            has_rotations: rng.random_bool(0.7),
            n_constraints,
            n_interactions: if n_constraints == 0 {
                2
            } else {
                [0, 1, 3][rng.random_range(0..3)]
            },
        }
    }

    /// One that has all that an AIR can have.
    pub fn with_every_part(seed: u64, max_degree: usize, height: usize) -> Self {
        Self {
            preprocessed: 2,
            cached: vec![1, 3],
            n_public_values: 2,
            has_rotations: true,
            n_constraints: 12,
            n_interactions: 3,
            ..Self::new(seed, max_degree, height)
        }
    }
}

impl<F: Field> BaseAir<F> for RandomAir {
    fn width(&self) -> usize {
        self.common + self.cached.iter().sum::<usize>()
    }

    fn preprocessed_trace(&self) -> Option<RowMajorMatrix<F>> {
        let mut rng = StdRng::seed_from_u64(!self.seed);
        let len = self.preprocessed * self.height;
        let values = (0..len)
            .map(|_| F::from_u32(rng.random_range(0..1 << 30)))
            .collect();
        (self.preprocessed > 0).then(|| RowMajorMatrix::new(values, self.preprocessed))
    }
}

impl<F: Field> BaseAirWithPublicValues<F> for RandomAir {
    fn num_public_values(&self) -> usize {
        self.n_public_values
    }
}

impl<F: Field> PartitionedBaseAir<F> for RandomAir {
    fn cached_main_widths(&self) -> Vec<usize> {
        self.cached.clone()
    }

    fn common_main_width(&self) -> usize {
        self.common
    }
}

impl<AB> Air<AB> for RandomAir
where
    AB: PartitionedAirBuilder + PairBuilder + AirBuilderWithPublicValues + InteractionBuilder,
{
    fn eval(&self, builder: &mut AB) {
        let mut rng = StdRng::seed_from_u64(self.seed + 1);
        let mut pool = self.leaves(builder);
        for _ in 0..self.n_constraints.max(60) {
            let [(a, degree_a), (b, degree_b)] =
                [(); 2].map(|()| pool[rng.random_range(0..pool.len())].clone());
            let is_product = degree_a + degree_b <= self.max_degree;
            pool.push(match rng.random_range(0..5) {
                0 => (a + b, degree_a.max(degree_b)),
                1 => (a - b, degree_a.max(degree_b)),
                2 => (-a, degree_a),
                _ if is_product => (a * b, degree_a + degree_b),
                _ => (a + AB::Expr::from_u32(7), degree_a),
            });
        }
        if self.has_max_degree {
            let is_first: AB::Expr = builder.is_first_row();
            builder.assert_zero(is_first.exp_u64(self.max_degree as u64));
        }
        let n_pool = pool.len();
        let mut pick = || pool[rng.random_range(0..n_pool)].0.clone();
        for _ in 0..self.n_constraints {
            builder.assert_zero(pick());
        }
        for i in 0..self.n_interactions {
            let message: Vec<_> = (0..1 + i).map(|_| pick()).collect();
            let count = pick();
            builder.push_interaction(3, message.clone(), count.clone(), 1);
            builder.push_interaction(3, message, -count, 1);
        }
    }
}

impl RandomAir {
    /// Selectors, constants, public values and columns, with their degrees.
    fn leaves<AB>(&self, builder: &AB) -> Vec<(AB::Expr, usize)>
    where
        AB: PartitionedAirBuilder + PairBuilder + AirBuilderWithPublicValues,
    {
        let mut leaves = vec![
            (builder.is_first_row(), 1),
            (builder.is_last_row(), 1),
            (builder.is_transition(), 1),
            (AB::Expr::from_u32(3), 0),
        ];
        leaves.extend(
            builder
                .public_values()
                .iter()
                .map(|&value| (value.into(), 0)),
        );
        let mut add = |matrix: &AB::M| {
            for row in 0..1 + usize::from(self.has_rotations) {
                if let Some(row) = matrix.row_slice(row) {
                    leaves.extend(row.iter().map(|value| (value.clone().into(), 1)));
                }
            }
        };
        if self.preprocessed > 0 {
            add(&builder.preprocessed());
        }
        builder.cached_mains().iter().for_each(&mut add);
        add(builder.common_main());
        leaves
    }
}
