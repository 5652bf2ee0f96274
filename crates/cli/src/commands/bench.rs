//! stub
use clap::Args;
use crate::{arguments::Arguments, console::Console, error::Error};
/// stub
#[derive(Args)]
pub struct Bench {}
impl Bench { pub fn run(&self, _: &Arguments, _: &Console) -> Result<(), Error> { Ok(()) } }
