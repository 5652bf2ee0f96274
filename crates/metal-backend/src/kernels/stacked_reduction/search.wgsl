// How a thread finds its row in a table whose rows are for some threads each, in order, a library.
//
// The kernel that includes it defines first_of(row), the first thread of a row; that of row 0 is at most `thread`.

// The last of `n_rows` rows that begins at or before `thread`.
fn row_of(thread: u32, n_rows: u32) -> u32 {
    var low = 0u;
    var high = n_rows;
    while (high - low > 1u) {
        let middle = (low + high) / 2u;
        if (first_of(middle) <= thread) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}
