// Where the values of a plan's inputs come from, for the kernels that bring them into slots. Needs a field text.
//
// An entry says what is wanted in a slot: `column` of a block of the part, or the public value of that number, `next`
// (0 or 1) rows further. Rows are taken modulo the height, so that beyond it the trace repeats itself: this is the
// lift of a trace that is shorter than the skip domain.

const KIND_COLUMN: u32 = 0u;
const KIND_IS_FIRST: u32 = 1u;
const KIND_IS_LAST: u32 = 2u;
const KIND_IS_TRANSITION: u32 = 3u;

// Columns of a part that lie one after the other in `source`, or the public values.
struct Block {
    // Place of the first column, or of the first public value.
    start: u32,
    // Number of the first column in its part.
    column_start: u32,
    // Rows of the trace, a power of two.
    height: u32,
}

fn column_place(block: Block, entry: Entry) -> u32 {
    return block.start + (entry.column - block.column_start) * block.height;
}

fn source_value(block: Block, entry: Entry, row: u32) -> u32 {
    let last = block.height - 1u;
    switch entry.kind {
        case KIND_COLUMN: {
            return source[column_place(block, entry) + ((row + entry.next) & last)];
        }
        case KIND_IS_FIRST: {
            return select(0u, FP_ONE, (row & last) == 0u);
        }
        case KIND_IS_LAST: {
            return select(0u, FP_ONE, (row & last) == last);
        }
        case KIND_IS_TRANSITION: {
            return select(FP_ONE, 0u, (row & last) == last);
        }
        default: {
            return source[block.start + entry.column];
        }
    }
}
