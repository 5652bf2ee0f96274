// How often an instruction of the program was executed.

fn fill_row(row: u32, at: u32) {
    put(0u, row, records[at]);
}
