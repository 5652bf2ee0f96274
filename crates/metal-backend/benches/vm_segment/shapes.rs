//! The AIRs of a fibonacci program's segments, and how tall their traces are.

use super::airs::AirUnderTest;

/// End of an AIR's name, and the logarithms of its heights: in a segment of 3.5 M instructions, 136 M
/// cells, and in some that differ from it a little, as those of a program do.
#[rustfmt::skip]
pub const AIRS: [(&str, [usize; 5]); 12] = [
    ("Rv32BaseAluAdapterAir, BaseAluCoreAir<4, 8>",     [21, 21, 21, 20, 21]),
    ("RangeTupleCheckerAir<2>",                         [21, 21, 21, 21, 21]),
    ("Rv32BaseAluAdapterAir, LessThanCoreAir<4, 8>",    [19, 19, 18, 19, 18]),
    ("Rv32BranchAdapterAir, BranchEqualCoreAir<4>",     [19, 18, 19, 20, 19]),
    ("Rv32JalLuiCoreAir>",                              [19, 19, 18, 18, 17]),
    ("VariableRangeCheckerAir",                         [18, 18, 18, 18, 18]),
    ("Rv32BranchAdapterAir, BranchLessThanCoreAir<4, 8>", [17, 18, 17, 19, 18]),
    ("BitwiseOperationLookupAir<8>",                    [16, 16, 16, 16, 16]),
    ("Poseidon2PeripheryAir<BabyBearParameters>, 1>",   [14, 15, 13, 14, 16]),
    ("ProgramAir",                                      [13, 13, 13, 13, 13]),
    ("LoadStoreCoreAir<4>",                             [12, 14, 16, 18, 17]),
    ("MemoryMerkleAir<8>",                              [12, 13, 11, 13, 14]),
];

/// Those of `all` that are meant by [`AIRS`].
pub fn airs(all: Vec<AirUnderTest>) -> Vec<AirUnderTest> {
    let named = |name: &str| {
        let is_meant = |air: &&AirUnderTest| air.name.contains(name);
        all.iter().find(is_meant).expect("an AIR of the VM").clone()
    };
    AIRS.iter().map(|(name, _)| named(name)).collect()
}
