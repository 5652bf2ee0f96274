// The sums of two rounds at once, a library for kernels. Needs sums.wgsl before it.
//
// With both rounds' variables left, the sum over the points y of the others is a polynomial G(X, Y) of degree 2 in each.
// The first round's polynomial is (1 - xi) G(X, 0) + xi G(X, 1), where xi is the second round's coordinate; the second
// round's is G(r, Y), with the first round's challenge r.

struct Grid {
    // G(X, 0), G(X, 1), and the coefficient of Y^2
    rows: array<Sums, 3>,
}

// The term of one y, from the factors for (X, Y) = (0, 0), (1, 0), (0, 1) and (1, 1).
fn grid_term(at_00: Factors, at_10: Factors, at_01: Factors, at_11: Factors, weight: vec4<u32>) -> Grid {
    return Grid(array<Sums, 3>(
        weighted_term(at_00, at_10, weight),
        weighted_term(at_01, at_11, weight),
        weighted_term(sub_factors(at_01, at_00), sub_factors(at_11, at_10), weight),
    ));
}

fn add_grids(a: Grid, b: Grid) -> Grid {
    return Grid(array<Sums, 3>(
        add_sums(a.rows[0], b.rows[0]),
        add_sums(a.rows[1], b.rows[1]),
        add_sums(a.rows[2], b.rows[2]),
    ));
}

// The sum over all lanes, for all lanes.
fn workgroup_grid(lane: u32, own: Grid) -> Grid {
    return Grid(array<Sums, 3>(
        workgroup_sums(lane, own.rows[0], N_THREADS),
        workgroup_sums(lane, own.rows[1], N_THREADS),
        workgroup_sums(lane, own.rows[2], N_THREADS),
    ));
}
