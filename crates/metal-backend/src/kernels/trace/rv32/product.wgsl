// The product of two words byte by byte, as a chip shows it: of each of its eight bytes what is carried on to the next.

// Carries of the low four bytes of x * y + z.
fn low_carries(x: u32, y: u32, z: u32) -> vec4<u32> {
    var carries: vec4<u32>;
    var carry = 0u;
    for (var i = 0u; i < 4u; i++) {
        carry += byte_of(z, i);
        for (var j = 0u; j <= i; j++) {
            carry += byte_of(x, j) * byte_of(y, i - j);
        }
        carry >>= 8u;
        carries[i] = carry;
    }
    return carries;
}

// The high four bytes of x * y + z before they are cut, the carry of the low ones given: what is above a byte is
// carried. A word that is extended has the same byte everywhere above its four.
fn high_sums(x: u32, y: u32, extensions: vec3<u32>, low_carry: u32) -> vec4<u32> {
    var sums: vec4<u32>;
    var carry = low_carry;
    var x_prefix = 0u;
    var y_prefix = 0u;
    for (var i = 0u; i < 4u; i++) {
        x_prefix += byte_of(x, i);
        y_prefix += byte_of(y, i);
        var sum = carry + x_prefix * extensions.y + y_prefix * extensions.x + extensions.z;
        for (var j = i + 1u; j < 4u; j++) {
            sum += byte_of(x, j) * byte_of(y, 4u + i - j);
        }
        sums[i] = sum;
        carry = sum >> 8u;
    }
    return sums;
}
