// A node over touched chunks and its children, before a segment and after it (`MemoryMerkleCols`).
//
// The root's rows come first, before and after; those of all others come after and before.

const IS_LEFT_DIFFERENT: u32 = 1u;
const IS_RIGHT_DIFFERENT: u32 = 2u;
const IS_ADDRESS_SPACE: u32 = 4u;
const IS_ROOT: u32 = 8u;

fn fill_row(row: u32, node: MerkleRecord) {
    let is_after = ((row & 1u) == 0u) != (row < 2u);
    put_element(0u, row, select(BEFORE, AFTER, is_after));
    put_flag(1u, row, (node.flags & IS_ADDRESS_SPACE) != 0u);
    let height = to_field(node.height);
    put_element(2u, row, height);
    put_element(3u, row, fp_inverse(height));
    put_flag(4u, row, (node.flags & IS_ROOT) != 0u);
    put(5u, row, node.address_space);
    put(6u, row, node.label);
    put_digest(7u, row, select(node.before, node.after, is_after));
    put_digest(15u, row, select(node.left_before, node.left_after, is_after));
    put_digest(23u, row, select(node.right_before, node.right_after, is_after));
    put_flag(31u, row, is_after && (node.flags & IS_LEFT_DIFFERENT) != 0u);
    put_flag(32u, row, is_after && (node.flags & IS_RIGHT_DIFFERENT) != 0u);
}
