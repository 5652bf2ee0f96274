// Arithmetic in a prime field (`FieldExpressionCoreRecordMut`: a byte that is the opcode, and the bytes of the inputs).

fn flags_of(opcode: u32) -> u32 {
    var at = table[OPCODES];
    for (var i = 0u; i < min(table[N_OPCODES], arrayLength(&table)); i++) {
        if (table[at] == opcode) {
            return table[at + 1u];
        }
        at += 2u;
    }
    return 0u;
}

fn fill_row(row: u32, at: u32) {
    fill_vec_heap(row, at);
    let core = at + VEC_HEAP_WORDS;
    let flags = flags_of(byte_of(records[core], 0u));
    let n_inputs = min(table[N_INPUTS], N_VALUES);
    let n_values = min(n_inputs + table[N_VARIABLES], N_VALUES);
    prime = operand(FIRST_NUMBER + PRIME);
    for (var i = 0u; i < n_inputs; i++) {
        for (var j = 0u; j < N_WORDS; j++) {
            let word = core + i * N_WORDS + j;
            numbers[i][j] = (records[word] >> 8u) | (records[word + 1u] << 24u);
        }
    }
    compute_variables(flags);

    var column = VEC_HEAP_COLUMNS;
    put_flag(column, row, true);
    column += 1u;
    for (var i = 0u; i < n_values; i++) {
        for (var j = 0u; j < N_WORDS; j++) {
            let word = numbers[i][j];
            put_bytes(column, row, word);
            column += 4u;
            if (i >= n_inputs) {
                for (var k = 0u; k < 4u; k++) {
                    count_range(byte_of(word, k), 8u);
                }
            }
        }
    }
    fill_constraints(row, column, flags);
    column += table[N_QUOTIENT_LIMBS] + table[N_CARRIES];
    for (var i = 0u; i < min(table[N_FLAGS], MAX_FLAGS); i++) {
        put_flag(column + i, row, ((flags >> i) & 1u) == 1u);
    }
}
