// Two registers that are read (`Rv32BranchAdapterRecord`). Columns 0 to 9.

const BRANCH_COLUMNS: u32 = 10u;
const BRANCH_WORDS: u32 = 6u;

fn fill_branch_adapter(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    for (var i = 0u; i < 4u; i++) {
        // pc, timestamp, rs1, rs2
        put(i, row, records[at + i]);
    }
    put_access(4u, row, records[at + 4u], timestamp);
    put_access(7u, row, records[at + 5u], timestamp + 1u);
}
