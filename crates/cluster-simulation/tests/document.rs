//! docs/scaling.md has the tables that the simulation makes.

use std::{fs, path::Path};

use openvm_metal_cluster_simulation::tables::with_tables;

#[test]
fn the_tables_are_those_of_the_document() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scaling.md");
    let document = fs::read_to_string(path).unwrap();
    let current = with_tables(&document).expect("marks for every table");
    let outdated: Vec<_> = current
        .lines()
        .filter(|line| !document.contains(line))
        .collect();
    assert!(
        current == document,
        "write them with `cargo run --release -p openvm-metal-cluster-simulation docs/scaling.md`: {outdated:#?}"
    );
}
