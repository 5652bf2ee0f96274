// A register that is written (`Rv32RdWriteAdapterRecord`). Columns 0 to 9.

const WRITE_COLUMNS: u32 = 10u;
const WRITE_WORDS: u32 = 5u;
// Stands for the register where nothing is written.
const NO_REGISTER: u32 = 0xffffffffu;

fn fill_write_adapter(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    put(0u, row, records[at]);
    put(1u, row, timestamp);
    let rd = records[at + 2u];
    if (rd == NO_REGISTER) {
        put_element(2u, row, 0u);
        put_no_write(3u, row);
    } else {
        put(2u, row, rd);
        put_write(3u, row, records[at + 3u], timestamp, records[at + 4u]);
    }
}
