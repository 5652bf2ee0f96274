// ROWS_PER_RECORD rows for each record; all rows behind them are of the last one.
//
// `fill_row` is the chip's: from the RECORD_WORDS words of `records` from `at` on it puts the cells of `row`, which is
// number `part` of the record's rows, and counts what the row looks up.

fn make_row(ix: u32, row: u32) {
    if (ix < params.n_rows) {
        let record = min(ix / ROWS_PER_RECORD, params.n_records - 1u);
        fill_row(row, record * RECORD_WORDS, ix - record * ROWS_PER_RECORD);
    }
}
