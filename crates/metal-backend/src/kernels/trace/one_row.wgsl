// A row for each record; those behind them are zero, or as the table says.
//
// `fill_row` is the chip's: from the RECORD_WORDS words of `records` from `at` on it puts the cells of `row`, and counts
// what the row looks up.

fn padding_cell(column: u32) -> u32 {
    if (HAS_PADDING_ROW) {
        return to_field(table[table[0u] + column]);
    }
    return 0u;
}

fn make_row(ix: u32, row: u32) {
    if (ix < params.n_records) {
        fill_row(row, ix * RECORD_WORDS);
    } else if (ix < params.n_rows) {
        for (var column = 0u; column < params.n_columns; column++) {
            trace[column * params.height + row] = padding_cell(params.first_column + column);
        }
    }
}
