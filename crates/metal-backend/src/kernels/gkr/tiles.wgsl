// Where fractions lie, a library for kernels that read or write them.
//
// An array of fractions is cut into tiles of 256, and fraction 32 t + l of a tile lies at place 8 l + t. Threads that take
// two, eight or 32 neighbours each, as those of the tree and of the rounds do, then read and write side by side.
fn tiled(i: u32) -> u32 {
    return (i & ~255u) | ((i & 31u) << 3u) | ((i >> 5u) & 7u);
}

// The number of the fraction at a place.
fn untiled(place: u32) -> u32 {
    return (place & ~255u) | ((place & 7u) << 5u) | ((place >> 3u) & 31u);
}
