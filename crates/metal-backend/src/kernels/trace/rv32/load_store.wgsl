// LOADW, LOADBU, LOADHU, STOREW, STOREH, STOREB (`LoadStoreCoreRecord`).

const LOADW: u32 = 0u;
const LOADBU: u32 = 1u;
const LOADHU: u32 = 2u;
const STOREW: u32 = 3u;
const STOREH: u32 = 4u;

// The four columns that say together which opcode it is and by how many bytes it is shifted, 2 bits each.
fn flags_of(opcode: u32, shift: u32) -> u32 {
    switch (opcode) {
        case LOADW: { return 2u; }
        case LOADHU: { return 2u << (2u + shift); }
        case LOADBU: {
            if (shift == 0u) {
                return 2u << 6u;
            }
            return 1u << (2u * (shift - 1u));
        }
        case STOREW: { return 1u << 6u; }
        case STOREH: { return select(0x11u, 0x05u, shift == 0u); }
        default: {
            // STOREB: the pairs 0 3, 1 2, 1 3, 2 3.
            return (0x50441441u >> (8u * shift)) & 0xffu;
        }
    }
}

// How many bytes an opcode moves.
fn width_of(opcode: u32) -> u32 {
    switch (opcode) {
        case LOADW, STOREW: { return 4u; }
        case LOADHU, STOREH: { return 2u; }
        default: { return 1u; }
    }
}

fn fill_row(row: u32, at: u32) {
    fill_load_store_adapter(row, at);
    let head = records[at + LOAD_STORE_WORDS];
    let opcode = byte_of(head, 0u);
    let shift = byte_of(head, 1u);
    let read = (head >> 16u) | (records[at + LOAD_STORE_WORDS + 1u] << 16u);
    let is_load = opcode <= LOADHU;
    let flags = flags_of(opcode, shift);
    for (var i = 0u; i < 4u; i++) {
        put(LOAD_STORE_COLUMNS + i, row, (flags >> (2u * i)) & 3u);
    }
    put_flag(LOAD_STORE_COLUMNS + 4u, row, true);
    put_flag(LOAD_STORE_COLUMNS + 5u, row, is_load);
    put_bytes(LOAD_STORE_COLUMNS + 6u, row, read);
    let width = width_of(opcode);
    for (var i = 0u; i < 4u; i++) {
        // Not always a byte: a store may be to an address space of field elements.
        let previous = records[at + LOAD_STORE_WORDS + 2u + i];
        var written = 0u;
        if (is_load) {
            if (i < width) {
                written = byte_of(read, i + shift);
            }
        } else if (i >= shift && i < shift + width) {
            written = byte_of(read, i - shift);
        } else {
            written = previous;
        }
        put(LOAD_STORE_COLUMNS + 10u + i, row, previous);
        put(LOAD_STORE_COLUMNS + 14u + i, row, written);
    }
}
