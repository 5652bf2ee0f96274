//! What the host says of digests, and of the rows that they are in.

use crate::gpu::row;

row! {
    /// A digest that is made of two others. All three are places in a table.
    pub struct HashPair as "HashPair" {
        /// Its place.
        place,
        /// The first one's.
        left,
        /// The second one's.
        right,
    }
}

row! {
    /// A chunk of memory that a segment accessed. Values and hashes are places in a table of digests.
    pub struct BoundaryRecord as "BoundaryRecord" {
        /// Address space.
        address_space,
        /// Number of the chunk there.
        label,
        /// Values before the segment.
        values_before,
        /// Hash of these.
        hash_before,
        /// Values after it.
        values_after,
        /// Hash of these.
        hash_after,
        /// Last access to the first block.
        timestamp_0,
        /// Last access to the second.
        timestamp_1,
    }
}

row! {
    /// A node of the tree over chunks that a segment accessed. Nodes are places in a table of digests.
    pub struct MerkleRecord as "MerkleRecord" {
        /// Its height above the leaves.
        height,
        /// The part of its number that names an address space.
        address_space,
        /// The part that names a place there.
        label,
        /// A bit each: the left child is the same before and after, the right one is, the node is above the
        /// trees of address spaces, it is the root.
        flags,
        /// Before the segment.
        before,
        /// The left child then.
        left_before,
        /// The right child then.
        right_before,
        /// After it.
        after,
        /// The left child then.
        left_after,
        /// The right child then.
        right_after,
    }
}

row! {
    /// A permutation of two digests, which are places in a table.
    pub struct HashRecord as "HashRecord" {
        /// The first one.
        left,
        /// The second one.
        right,
        /// How often it is asked for.
        n_asked,
    }
}
