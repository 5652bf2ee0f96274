// A pointer from a register and an immediate, what is read, and where it is written, which may be nowhere
// (`Rv32LoadStoreAdapterRecord`). Columns 0 to 22.

const LOAD_STORE_COLUMNS: u32 = 23u;
const LOAD_STORE_WORDS: u32 = 9u;
// Stands for the register where nothing is written.
const NO_REGISTER: u32 = 0xffffffffu;

fn fill_load_store_adapter(row: u32, at: u32) {
    let timestamp = records[at + 1u];
    put(0u, row, records[at]);
    put(1u, row, timestamp);
    put(2u, row, records[at + 2u]);
    let base = records[at + 3u];
    put_bytes(3u, row, base);
    put_access(7u, row, records[at + 4u], timestamp);
    let rd = records[at + 5u];
    let is_written = rd != NO_REGISTER;
    put(10u, row, select(0u, rd, is_written));
    put_access(11u, row, records[at + 6u], timestamp + 1u);

    // The immediate's two bytes, whether it is negative, and the address space.
    let packed = records[at + 7u];
    let immediate = packed & 0xffffu;
    let is_negative = byte_of(packed, 2u) == 1u;
    let pointer = base + select(immediate, immediate + 0xffff0000u, is_negative);
    put(14u, row, immediate);
    put_flag(15u, row, is_negative);
    put(16u, row, pointer & 0xffffu);
    put(17u, row, pointer >> 16u);
    put(18u, row, byte_of(packed, 3u));
    count_range((pointer & 0xffffu) >> 2u, 14u);
    count_range(pointer >> 16u, params.pointer_max_bits - 16u);
    if (is_written) {
        put_access(19u, row, records[at + 8u], timestamp + 2u);
    } else {
        put_no_access(19u, row);
    }
    put_flag(22u, row, is_written);
}
