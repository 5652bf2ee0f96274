//! The chips of upstream's `openvm-sha2-circuit`.

use super::{join_texts, TraceKernel};

/// `Sha2MainChip` of SHA-256.
pub const CALL_256: TraceKernel = TraceKernel::new(
    "Sha256Main",
    284,
    84,
    join_texts!["words_32.wgsl", "functions.wgsl", "call.wgsl"],
);

/// `Sha2MainChip` of SHA-512.
pub const CALL_512: TraceKernel = TraceKernel::new(
    "Sha512Main",
    540,
    156,
    join_texts!["words_64.wgsl", "functions.wgsl", "call.wgsl"],
);

/// `Sha2BlockHasherChip` of SHA-256, whose records are made of those of `Sha2MainChip`: see `block_columns.wgsl`.
pub const BLOCK_256: TraceKernel = TraceKernel::new(
    "Sha256BlockHasher",
    456,
    62,
    join_texts![
        "words_32.wgsl",
        "functions.wgsl",
        "block_columns.wgsl",
        "digest_cells.wgsl",
        "block_rounds.wgsl",
        "block_sums.wgsl",
        "block_rows.wgsl",
    ],
)
.with_rows(17)
.with_table(&ROUND_CONSTANT_WORDS);

/// `Sha2BlockHasherChip` of SHA-512.
pub const BLOCK_512: TraceKernel = TraceKernel::new(
    "Sha512BlockHasher",
    903,
    122,
    join_texts![
        "words_64.wgsl",
        "functions.wgsl",
        "block_columns.wgsl",
        "digest_cells.wgsl",
        "block_rounds.wgsl",
        "block_sums.wgsl",
        "block_rows.wgsl",
    ],
)
.with_rows(21)
.with_table(&ROUND_CONSTANT_WORDS);

/// All of them.
pub const ALL: [TraceKernel; 4] = [CALL_256, BLOCK_256, CALL_512, BLOCK_512];

/// The round constants of SHA-512, with their low words first; those of SHA-256 are the high words of the first 64.
const ROUND_CONSTANT_WORDS: [u32; 160] = {
    let mut words = [0; 160];
    let mut i = 0;
    while i < words.len() {
        words[i] = (ROUND_CONSTANTS[i / 2] >> (32 * (i % 2))) as u32;
        i += 1;
    }
    words
};

/// The first 64 bits of the fractional parts of the cube roots of the first 80 primes (FIPS 180-4, 4.2.3).
#[rustfmt::skip]
const ROUND_CONSTANTS: [u64; 80] = [
    0x428a_2f98_d728_ae22, 0x7137_4491_23ef_65cd, 0xb5c0_fbcf_ec4d_3b2f, 0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538, 0x59f1_11f1_b605_d019, 0x923f_82a4_af19_4f9b, 0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242, 0x1283_5b01_4570_6fbe, 0x2431_85be_4ee4_b28c, 0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f, 0x80de_b1fe_3b16_96b1, 0x9bdc_06a7_25c7_1235, 0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2, 0xefbe_4786_384f_25e3, 0x0fc1_9dc6_8b8c_d5b5, 0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275, 0x4a74_84aa_6ea6_e483, 0x5cb0_a9dc_bd41_fbd4, 0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab, 0xa831_c66d_2db4_3210, 0xb003_27c8_98fb_213f, 0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2, 0xd5a7_9147_930a_a725, 0x06ca_6351_e003_826f, 0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc, 0x2e1b_2138_5c26_c926, 0x4d2c_6dfc_5ac4_2aed, 0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de, 0x766a_0abb_3c77_b2a8, 0x81c2_c92e_47ed_aee6, 0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364, 0xa81a_664b_bc42_3001, 0xc24b_8b70_d0f8_9791, 0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218, 0xd699_0624_5565_a910, 0xf40e_3585_5771_202a, 0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8, 0x1e37_6c08_5141_ab53, 0x2748_774c_df8e_eb99, 0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63, 0x4ed8_aa4a_e341_8acb, 0x5b9c_ca4f_7763_e373, 0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc, 0x78a5_636f_4317_2f60, 0x84c8_7814_a1f0_ab72, 0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28, 0xa450_6ceb_de82_bde9, 0xbef9_a3f7_b2c6_7915, 0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c, 0xd186_b8c7_21c0_c207, 0xeada_7dd6_cde0_eb1e, 0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba, 0x0a63_7dc5_a2c8_98a6, 0x113f_9804_bef9_0dae, 0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84, 0x32ca_ab7b_40c7_2493, 0x3c9e_be0a_15c9_bebc, 0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6, 0x597f_299c_fc65_7e2a, 0x5fcb_6fab_3ad6_faec, 0x6c44_198c_4a47_5817,
];
