//! Kernels over a part of their workgroups, for dispatches that would take too long in one.

use std::ops::Range;

use super::{adapter::IMMEDIATE_BYTES, Interface, KernelText};

/// Words behind a kernel's own parameters: the first workgroup of the part and the number of all, along x,
/// y and z.
const WORDS: [&str; 6] = [
    "part_x", "part_y", "part_z", "groups_x", "groups_y", "groups_z",
];

/// The name of a builtin that a part of a grid changes, and what stands for it in the text.
const BUILTINS: [(&str, &str); 3] = [
    (
        "workgroup_id",
        "{in_part} + vec3<u32>(params.part_x, params.part_y, params.part_z)",
    ),
    (
        "global_invocation_id",
        "{in_part} + vec3<u32>(params.part_x, params.part_y, params.part_z) * vec3<u32>({size})",
    ),
    (
        "num_workgroups",
        "vec3<u32>(params.groups_x, params.groups_y, params.groups_z)",
    ),
];

/// Whether a kernel with `n_param_words` has room for the words of a part.
fn has_room(n_param_words: usize) -> bool {
    (n_param_words + WORDS.len()) * size_of::<u32>() <= IMMEDIATE_BYTES as usize
}

impl KernelText {
    /// The text for a part of the grid, which comes with the parameters. `None` where nothing is declared
    /// of it, or there is no room for more parameters.
    pub fn in_parts(&self) -> Option<Self> {
        let interface = self.interface.filter(|it| has_room(it.n_param_words))?;
        Some(Self {
            label: format!("{} in parts", self.label),
            source: text(&self.source, interface.workgroup_size)?,
            interface: Some(Interface {
                n_param_words: interface.n_param_words + WORDS.len(),
                ..interface
            }),
            is_foreign: self.is_foreign,
        })
    }
}

/// The text of a kernel, changed so that its entry point sees the whole grid.
fn text(whole: &str, workgroup_size: [u32; 3]) -> Option<String> {
    const PARAMS_END: &str = "}\nvar<immediate> params: Params;\n";
    let words: String = WORDS.map(|word| format!("    {word}: u32,\n")).concat();
    let (params, rest) = whole
        .split_once(PARAMS_END)
        .unwrap_or(("struct Params {\n", whole));
    let start = rest.find("fn main(")?;
    let (before, main) = rest.split_at(start);
    let (arguments, body) = main.split_once('{')?;
    let (mut arguments, mut body) = (arguments.to_owned(), body.to_owned());
    let size = workgroup_size.map(|size| format!("{size}u")).join(", ");
    for (builtin, value) in BUILTINS {
        let attribute = format!("@builtin({builtin})");
        let Some((before, after)) = arguments.split_once(&attribute) else {
            continue;
        };
        let (name, after) = after.split_once(':')?;
        let in_part = format!("{}_in_part", name.trim());
        let value = value
            .replace("{in_part}", &in_part)
            .replace("{size}", &size);
        body = format!("\n    let {} = {value};{body}", name.trim());
        arguments = format!("{before}{attribute} {in_part}:{after}");
    }
    Some(format!(
        "{params}{words}{PARAMS_END}{before}{arguments}{{{body}"
    ))
}

/// The words of the part of `grid` with the workgroups `range` along `axis`.
pub(super) fn words(grid: [u32; 3], axis: usize, range: &Range<u32>) -> [u32; 6] {
    let mut first = [0; 3];
    first[axis] = range.start;
    let [x, y, z] = grid;
    let [first_x, first_y, first_z] = first;
    [first_x, first_y, first_z, x, y, z]
}

/// The parts of `grid` that are a `n_parts`-th each at most, as far as it has as many workgroups along one
/// axis: the axis, and the workgroups along it.
pub(super) fn split(grid: [u32; 3], n_parts: u64) -> (usize, Vec<Range<u32>>) {
    let axis = (0..3).max_by_key(|&axis| grid[axis]).unwrap_or_default();
    let n_groups = grid[axis];
    let n_parts = n_parts.clamp(1, u64::from(n_groups).max(1)) as u32;
    let per_part = n_groups.div_ceil(n_parts).max(1);
    let starts = (0..n_groups).step_by(per_part as usize);
    let ranges = starts.map(|start| start..n_groups.min(start.saturating_add(per_part)));
    (axis, ranges.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_a_grid_without_gaps_and_are_no_larger_than_asked_for() {
        for (grid, n_parts, n_expected) in [
            ([7, 1, 1], 1, 1),
            ([7, 1, 1], 3, 3),
            ([2, 9, 1], 4, 3),
            ([1, 1, 5], 100, 5),
            ([65_535, 3, 1], u64::MAX, 65_535),
        ] {
            let (axis, ranges) = split(grid, n_parts);
            assert_eq!(ranges.len(), n_expected, "{grid:?} in {n_parts}");
            let mut ends = ranges.iter().map(|range| range.end);
            let starts = ranges.iter().map(|range| range.start);
            assert!(starts.eq([0].into_iter().chain(ends.clone().take(ranges.len() - 1))));
            assert_eq!(ends.next_back(), Some(grid[axis]));
            assert_eq!(words(grid, axis, &ranges[0])[3..], grid);
        }
    }

    #[test]
    fn an_entry_point_sees_the_whole_grid() {
        let whole = "fn f() {}\nfn main(@builtin(workgroup_id) group: vec3<u32>,\n    \
                     @builtin(num_workgroups) groups: vec3<u32>) {\n    f();\n}";
        let part = text(whole, [64, 1, 1]).unwrap();
        assert!(part.starts_with("struct Params {\n    part_x: u32,\n"));
        assert!(part.contains("@builtin(workgroup_id) group_in_part: vec3<u32>"));
        assert!(part.contains("let group = group_in_part + vec3<u32>(params.part_x"));
        assert!(part.contains("let groups = vec3<u32>(params.groups_x"));
        assert!(part.ends_with("    f();\n}"));
    }
}
