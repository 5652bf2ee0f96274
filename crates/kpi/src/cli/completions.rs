//! `kpi completions`: a shell's completion script.

use super::arguments::Completions;
use super::{Arguments, Console};
use clap::CommandFactory;
use openvm_kpi::Error;

pub fn run(what: &Completions, console: &Console) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(what.shell, &mut Arguments::command(), "kpi", &mut script);
    console.result(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
