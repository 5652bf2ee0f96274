//! Prints the tables of docs/scaling.md, or with a file's name writes them there.

use std::{env, error::Error, fs};

use openvm_metal_cluster_simulation::tables::{with_tables, TABLES};

fn main() -> Result<(), Box<dyn Error>> {
    let Some(path) = env::args_os().nth(1) else {
        for (name, table) in TABLES {
            println!("{name}\n\n{}", table());
        }
        return Ok(());
    };
    let document = fs::read_to_string(&path)?;
    let document = with_tables(&document).map_err(|name| format!("no marks for {name}"))?;
    fs::write(&path, document)?;
    Ok(())
}
