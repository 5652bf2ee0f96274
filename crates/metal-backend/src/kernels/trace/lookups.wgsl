// Counts of what rows look up in tables. All rows may look up the same, so a workgroup counts in its own memory first: a
// slot of a table has one place there, which it shares with others and has if it came first; whoever finds its place
// taken counts in the table's buffer at once. At its end the workgroup adds its counts to the buffers.

const RANGE_TABLE: u32 = 1u;
const BITWISE_TABLE: u32 = 2u;
const TUPLE_TABLE: u32 = 3u;

// A key is the table's number above the slot's.
const SLOT_BITS: u32 = 28u;
const LOG_N_PLACES: u32 = 10u;
const N_PLACES: u32 = 1024u;

var<workgroup> sh_keys: array<atomic<u32>, N_PLACES>;
var<workgroup> sh_counts: array<atomic<u32>, N_PLACES>;

fn start_counts(thread: u32) {
    for (var place = thread; place < N_PLACES; place += N_THREADS) {
        atomicStore(&sh_keys[place], 0u);
        atomicStore(&sh_counts[place], 0u);
    }
}

fn add_count(key: u32, n: u32) {
    let slot = key & ((1u << SLOT_BITS) - 1u);
    let table = key >> SLOT_BITS;
    if (table == RANGE_TABLE) {
        atomicAdd(&range_counts[slot], n);
    } else if (table == BITWISE_TABLE) {
        atomicAdd(&bitwise_counts[slot], n);
    } else {
        atomicAdd(&tuple_counts[slot], n);
    }
}

fn finish_counts(thread: u32) {
    for (var place = thread; place < N_PLACES; place += N_THREADS) {
        let n = atomicLoad(&sh_counts[place]);
        if (n > 0u) {
            add_count(atomicLoad(&sh_keys[place]), n);
        }
    }
}

// A trace in several blocks has its rows made more than once, and counted once.
fn count(table: u32, slot: u32) {
    if (params.first_column != 0u) {
        return;
    }
    let key = (table << SLOT_BITS) | slot;
    let place = (key * 0x9e3779b1u) >> (32u - LOG_N_PLACES);
    var holder = atomicLoad(&sh_keys[place]);
    if (holder == 0u) {
        // May fail although the place is free: then it stays so.
        let claim = atomicCompareExchangeWeak(&sh_keys[place], 0u, key);
        holder = select(claim.old_value, key, claim.exchanged);
    }
    if (holder == key) {
        atomicAdd(&sh_counts[place], 1u);
    } else {
        add_count(key, 1u);
    }
}

// `value` has at most `n_bits` bits.
fn count_range(value: u32, n_bits: u32) {
    count(RANGE_TABLE, (1u << n_bits) + value - 1u);
}

// x and y are bytes.
fn count_bytes(x: u32, y: u32) {
    count(BITWISE_TABLE, (x << 8u) | y);
}

// The exclusive or of the bytes x and y.
fn count_xor(x: u32, y: u32) {
    count(BITWISE_TABLE, (1u << 16u) | (x << 8u) | y);
}

// All four bytes of a word, two at a time.
fn count_word(word: u32) {
    count_bytes(byte_of(word, 0u), byte_of(word, 1u));
    count_bytes(byte_of(word, 2u), byte_of(word, 3u));
}

// x and y are below the sizes of the table of pairs.
fn count_pair(x: u32, y: u32) {
    count(TUPLE_TABLE, x * params.tuple_size + y);
}
