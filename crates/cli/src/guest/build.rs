//! The guest package, built by openvm-build as `cargo openvm build` does.

use std::{env, path::PathBuf};

use openvm_build::{build_generic, GuestOptions};
use openvm_circuit::arch::InitFileGenerator;

use super::{config::read_config, exe::transpile};
use crate::{
    arguments::{Arguments, CargoArgs, ConfigArgs},
    console::Console,
    error::{caught, Error},
    files::{self, names, Output, Project},
};

/// Builds the one program that is meant, and returns the path of its .vmexe.
pub fn build(
    config: &ConfigArgs,
    cargo: &CargoArgs,
    all: &Arguments,
    console: &Console,
) -> Result<PathBuf, Error> {
    let project = Project::find(&cargo.target.manifest)?;
    let target = project.single_target(&cargo.target)?;
    let profile = &cargo.target.profile;
    let output = project.target_file(profile, &target, names::VMEXE_EXT)?;
    let output = Output::new(&output)?;
    let app_config =
        read_config(config.config.as_deref(), &cargo.target.manifest, console)?.app_vm_config;
    let init_file = &config.init_file_name;
    let written = app_config.write_to_init_file(project.manifest_dir(), Some(init_file));
    written.map_err(|source| Error::Write {
        path: project.manifest_dir().join(init_file),
        source,
    })?;

    console.note("building the guest package");
    let options = guest_options(&project, cargo, all)?;
    let built = caught("openvm-build", || {
        build_generic(&options).map_err(|code| Error::Build { code })
    })?;
    let elf_path = built.join(&target);
    let exe = transpile(&elf_path, &files::read(&elf_path)?, &app_config)?;
    output.write_object(&exe)?;
    console.wrote("program", output.path());
    if let Some(directory) = &config.output_dir {
        let name = target.with_extension(names::VMEXE_EXT);
        Output::new(&directory.join(name))?.write_object(&exe)?;
    }
    Ok(output.path().to_owned())
}

/// The options of `cargo build`.
fn guest_options(
    project: &Project,
    cargo: &CargoArgs,
    all: &Arguments,
) -> Result<GuestOptions, Error> {
    let rust_flags = env::var("RUSTFLAGS").unwrap_or_default();
    let options = GuestOptions::default()
        .with_features(&cargo.features)
        .with_profile(cargo.target.profile.clone())
        .with_rustc_flags(rust_flags.split_whitespace())
        .with_target_dir(project.target_dir()?);
    let with_value = [
        ("--package", cargo.target.package.as_slice()),
        ("--bin", &cargo.target.bin[..]),
        ("--example", &cargo.target.example[..]),
    ];
    let with_value = with_value
        .into_iter()
        .flat_map(|(option, values)| values.iter().flat_map(move |value| [option, value]));
    let flags = [
        ("--all-features", cargo.all_features),
        ("--no-default-features", cargo.no_default_features),
        ("--verbose", all.verbose),
        ("--quiet", all.quiet),
        ("--ignore-rust-version", cargo.ignore_rust_version),
        ("--locked", cargo.locked),
        ("--offline", cargo.offline),
        ("--frozen", cargo.frozen),
    ];
    let flags = flags
        .into_iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(flag, _)| flag);
    Ok(options
        .with_options([format!("--color={}", cargo.color)])
        .with_options([
            "--manifest-path".into(),
            project.manifest_path().to_string_lossy(),
        ])
        .with_options(with_value)
        .with_options(flags))
}
