// Instructions that change nothing but the host's state (`PhantomRecord`).

fn fill_row(row: u32, at: u32) {
    // pc, three operands, timestamp
    for (var i = 0u; i < 5u; i++) {
        put(i, row, records[at + i]);
    }
    put_flag(5u, row, true);
}
