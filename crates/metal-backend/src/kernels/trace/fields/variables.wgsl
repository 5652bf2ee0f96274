// The variables of a row, by a program that the table has.
//
// A step is a word: the operation above three bytes, of which the first is where the result goes. It and operands are places
// in `numbers`, and operands from FIRST_NUMBER on numbers of the table.

const FIRST_NUMBER: u32 = 128u;

// Inputs and then variables, as they are; behind N_VALUES, numbers in Montgomery form.
var<private> numbers: array<Number, N_VALUES + N_REGISTERS>;

fn operand(ix: u32) -> Number {
    var number: Number;
    for (var i = 0u; i < N_WORDS; i++) {
        if (ix >= FIRST_NUMBER) {
            number[i] = table[table[NUMBERS] + (ix - FIRST_NUMBER) * N_WORDS + i];
        } else {
            number[i] = numbers[ix][i];
        }
    }
    return number;
}

fn result(operation: u32, a: Number, b: Number) -> Number {
    switch (operation) {
        case STEP_ADD: { return sum(a, b); }
        case STEP_SUBTRACT: { return difference(a, b); }
        case STEP_MULTIPLY: { return product(a, b); }
        case STEP_INVERT: { return inverse(a); }
        default: { return a; }
    }
}

fn compute_variables(flags: u32) {
    let start = table[STEPS];
    let end = start + table[N_STEPS];
    var place = start;
    // A step goes on at one behind it, so there are no more than the table has.
    for (var n = 0u; n < min(table[N_STEPS], arrayLength(&table)); n++) {
        if (place >= end) {
            break;
        }
        let code = table[place];
        let operation = code >> 24u;
        let to = (code >> 16u) & 0xffu;
        place += 1u;
        if (operation >= STEP_JUMP) {
            if (operation == STEP_JUMP || ((flags >> to) & 1u) == 0u) {
                place = start + (code & 0xffffu);
            }
        } else {
            numbers[to] = result(operation, operand((code >> 8u) & 0xffu), operand(code & 0xffu));
        }
    }
}
