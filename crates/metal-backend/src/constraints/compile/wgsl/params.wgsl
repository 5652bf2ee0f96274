struct Params {
    // Lanes in use, at most `stride`.
    n_lanes: u32,
    // Values from one slot to the next.
    stride: u32,
    // The slice of the first row of workgroups.
    first_slice: u32,
    // Index of the weight that every slice of a fold starts from.
    initial: u32,
    // Index of the plan's first weight.
    first_weight: u32,
}

var<immediate> params: Params;
