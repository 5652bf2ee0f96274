// Values on cosets of the skip domain to slots. Needs source.wgsl and a constant LOG_SKIP.
//
// D = <w> has N = 2^LOG_SKIP points. On chunk x of N rows a column is a polynomial of degree < N by its values on D.
// Word (c * N + z) * count + x of a slot, whose words begin target * stride after first_word, is its value at g^(c+1) w^z
// on chunk first + x, for x < count, which is
//     sum over i of factors[c * N + i] * w^(i z) * sum over y of w^(-i y) * value(y),   factors[c * N + i] = g^((c+1) i) / N.
// Chunks are taken modulo the height, as rows are.

