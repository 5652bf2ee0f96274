// Pairs of numbers, the second below `params.tuple_size`: row tuple_size * x + y is x, y (`RangeTupleColsRef`).

fn fill_row(row: u32) {
    let x = row / params.tuple_size;
    put(0u, row, x);
    put(1u, row, row - x * params.tuple_size);
    put(2u, row, total(row));
}
