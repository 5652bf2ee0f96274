//! `open_paths.wgsl`: the digests that authenticate what queries open.

use openvm_stark_sdk::config::baby_bear_poseidon2::{Digest, F};

use crate::gpu::{kernel, row};

/// Number of pieces that the kernel takes: those that fit beside the tape and the paths into the
/// eight storage buffers that every adapter has.
pub const N_PIECES: usize = 6;

row! {
    /// Digests of one level that lie one after the other in a buffer. A row of zeros has none.
    pub struct PathPiece as "Piece" {
        /// Their level, counted from the query layer.
        level,
        /// Number of the first one in the level.
        first_digest,
        /// How many.
        n_digests,
        /// Where the digest of this level on the first query's path goes, in vectors of four words.
        offset,
    }
}

kernel! {
    /// Copies the siblings on the paths of queries, as far as they lie in the given pieces: by query,
    /// from the query layer up.
    pub struct OpenPaths("whir open_paths");
    text(_multiply) = [
        format!("const N_PIECES: u32 = {N_PIECES}u;\n"),
        include_str!("open_paths.wgsl"),
    ];
    workgroup_size = [64, 1, 1];
    bindings OpenPathsBindings {
        /// The tape.
        tape: Read<F>,
        /// Where the paths go.
        opened: Write<F> as "array<vec4<u32>>",
        /// What the pieces are.
        pieces: Uniform<PathPiece> as "array<Piece, N_PIECES>",
        /// The first piece's digests.
        piece_0: Read<Digest> as "array<vec4<u32>>",
        /// The second one's.
        piece_1: Read<Digest> as "array<vec4<u32>>",
        /// The third one's.
        piece_2: Read<Digest> as "array<vec4<u32>>",
        /// The fourth one's.
        piece_3: Read<Digest> as "array<vec4<u32>>",
        /// The fifth one's.
        piece_4: Read<Digest> as "array<vec4<u32>>",
        /// The sixth one's.
        piece_5: Read<Digest> as "array<vec4<u32>>",
    }
    params OpenPathsParams {
        /// Number of queries.
        n_queries,
        /// Place of the indices on the tape.
        place,
        /// Digests of a path.
        depth,
    }
    grid(params) = {
        let [n_groups, ..] = threads(2 * params.n_queries);
        [n_groups, N_PIECES as u32, 1]
    };
}
