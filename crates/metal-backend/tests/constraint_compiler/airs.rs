//! The AIRs that the compiler is tested with.

use openvm_metal_backend::internals::constraints::compile::{compile, Plan, Targets};
use openvm_stark_backend::{
    air_builders::symbolic::{get_symbolic_builder, SymbolicConstraintsDag, SymbolicRapBuilder},
    interaction::BusIndex,
    keygen::types::{StarkVerifyingKey, StarkVerifyingParams, TraceWidth},
    p3_air::{Air, AirBuilder, BaseAir, BaseAirWithPublicValues},
    test_utils::dummy_airs::{
        fib_air::air::FibonacciAir,
        fib_selector_air::air::FibonacciSelectorAir,
        interaction::{
            dummy_interaction_air::DummyInteractionAir, self_interaction_air::SelfInteractionAir,
        },
        preprocessed_cached_air::air::PreprocessedCachedAir,
    },
    PartitionedBaseAir,
};
use p3_keccak_air::{KeccakAir, NUM_KECCAK_COLS};

pub type F = p3_baby_bear::BabyBear;

/// What the compiler reads of an AIR.
#[derive(Clone)]
pub struct AirUnderTest {
    pub name: String,
    pub dag: SymbolicConstraintsDag<F>,
    pub params: StarkVerifyingParams,
}

impl AirUnderTest {
    pub fn plan(&self, targets: Targets) -> Plan {
        compile(&self.dag, &self.params, targets).unwrap()
    }
}

/// The 72 AIRs of the standard OpenVM 2.0.2, as postcard of names and verifying keys.
pub fn standard_vm() -> Vec<AirUnderTest> {
    let bytes = include_bytes!("../data/vm-airs.postcard");
    let keys: Vec<(String, StarkVerifyingKey<F, [F; 8]>)> = postcard::from_bytes(bytes).unwrap();
    let air = |(name, key): (_, StarkVerifyingKey<F, _>)| AirUnderTest {
        name,
        dag: key.symbolic_constraints,
        params: key.params,
    };
    keys.into_iter().map(air).collect()
}

/// Plonky3's Keccak AIR as it is, without interactions.
pub fn keccak() -> AirUnderTest {
    symbolic("Keccak", &PublicKeccakAir(KeccakAir {}))
}

/// Upstream's test AIRs: rotations, selectors, public values, interactions, preprocessed and
/// cached parts.
pub fn fixtures() -> Vec<AirUnderTest> {
    let bus: BusIndex = 3;
    vec![
        symbolic("Fibonacci", &FibonacciAir),
        symbolic(
            "FibonacciSelector",
            &FibonacciSelectorAir::new(vec![true, false, true, true], true),
        ),
        symbolic("DummySender", &DummyInteractionAir::new(4, true, bus)),
        symbolic(
            "DummyReceiverPartitioned",
            &DummyInteractionAir::new(4, false, bus).partition(),
        ),
        symbolic(
            "SelfInteraction",
            &SelfInteractionAir {
                width: 4,
                bus_index: bus,
            },
        ),
        symbolic(
            "PreprocessedCached",
            &PreprocessedCachedAir::new(vec![true, false, false, true], 2),
        ),
    ]
}

fn symbolic<A>(name: &str, air: &A) -> AirUnderTest
where
    A: Air<SymbolicRapBuilder<F>> + BaseAirWithPublicValues<F> + PartitionedBaseAir<F>,
{
    let width = TraceWidth {
        preprocessed: air.preprocessed_trace().map(|trace| trace.width),
        cached_mains: air.cached_main_widths(),
        common_main: air.common_main_width(),
    };
    let builder = get_symbolic_builder(air, &width);
    let dag: SymbolicConstraintsDag<F> = builder.constraints().into();
    let need_rot = dag.constraints.max_rotation() > 0;
    let num_public_values = air.num_public_values();
    let params = StarkVerifyingParams {
        width,
        num_public_values,
        need_rot,
    };
    AirUnderTest {
        name: name.into(),
        dag,
        params,
    }
}

/// The Keccak AIR with the traits that upstream's builder asks for.
struct PublicKeccakAir(KeccakAir);

impl BaseAir<F> for PublicKeccakAir {
    fn width(&self) -> usize {
        NUM_KECCAK_COLS
    }
}

impl BaseAirWithPublicValues<F> for PublicKeccakAir {}

impl PartitionedBaseAir<F> for PublicKeccakAir {}

impl<AB: AirBuilder<F = F>> Air<AB> for PublicKeccakAir {
    fn eval(&self, builder: &mut AB) {
        self.0.eval(builder);
    }
}
