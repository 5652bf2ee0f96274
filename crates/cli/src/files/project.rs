//! The guest's package and the directories that belong to it.

use std::{
    env,
    path::{Path, PathBuf},
};

use cargo_metadata::{Metadata, MetadataCommand, Package};

use super::names;
use crate::{
    arguments::{ManifestArgs, TargetArgs},
    error::Error,
};

/// The package in the current directory or above it, or the one that is named.
pub struct Project {
    manifest_dir: PathBuf,
    target_dir: Option<PathBuf>,
}

impl Project {
    /// # Errors
    /// [`Error::NoPackage`] if there is no Cargo.toml.
    pub fn find(manifest: &ManifestArgs) -> Result<Self, Error> {
        let manifest_dir = match &manifest.manifest_path {
            Some(path) if !path.ends_with("Cargo.toml") => {
                let path = path.display();
                let message = format!("--manifest-path {path} is not the path of a Cargo.toml");
                return Err(Error::NoPackage(message));
            }
            Some(path) => {
                let found = path.canonicalize().map_err(|source| Error::Read {
                    path: path.clone(),
                    source,
                })?;
                found.parent().map(Path::to_owned).unwrap_or(found)
            }
            None => manifest_dir_here_or_above()?,
        };
        Ok(Self {
            manifest_dir,
            target_dir: manifest.target_dir.clone(),
        })
    }

    /// Where its Cargo.toml is.
    pub fn manifest_dir(&self) -> &Path {
        &self.manifest_dir
    }

    /// Its Cargo.toml.
    pub fn manifest_path(&self) -> PathBuf {
        self.manifest_dir.join("Cargo.toml")
    }

    /// Its VM configuration, if there is one.
    pub fn config(&self) -> PathBuf {
        self.manifest_dir.join(names::CONFIG)
    }

    /// Where cargo builds.
    pub fn target_dir(&self) -> Result<PathBuf, Error> {
        match &self.target_dir {
            Some(directory) => Ok(directory.clone()),
            None => Ok(self.metadata()?.target_directory.into()),
        }
    }

    /// A file of the package's, beside cargo's `target`: keys.
    pub fn openvm_file(&self, name: &str) -> Result<PathBuf, Error> {
        Ok(self.openvm_dir()?.join(name))
    }

    /// A file of one of its targets: the program, and what belongs to it. `target` without extension.
    pub fn target_file(
        &self,
        profile: &str,
        target: &Path,
        extension: &str,
    ) -> Result<PathBuf, Error> {
        let directory = self.openvm_dir()?.join(profile);
        Ok(directory.join(target.with_extension(extension)))
    }

    fn openvm_dir(&self) -> Result<PathBuf, Error> {
        let target_dir = self.target_dir()?;
        Ok(target_dir.parent().unwrap_or(&target_dir).join("openvm"))
    }

    /// The one binary or example that the user means, as a path without extension: `NAME` or
    /// `examples/NAME`.
    pub fn single_target(&self, wanted: &TargetArgs) -> Result<PathBuf, Error> {
        match (&wanted.bin[..], &wanted.example[..]) {
            ([], []) => self.single_binary(wanted.package.as_deref()),
            ([bin], []) => Ok(PathBuf::from(bin)),
            ([], [example]) => Ok(Path::new("examples").join(example)),
            _ => Err(Error::Usage(
                "several binaries or examples are named: choose one with --bin or --example"
                    .to_owned(),
            )),
        }
    }

    fn single_binary(&self, package: Option<&str>) -> Result<PathBuf, Error> {
        let packages = self.packages_in_scope(package)?;
        let targets = packages.iter().flat_map(|package| &package.targets);
        let binaries: Vec<_> = targets.filter(|target| target.is_bin()).collect();
        match &binaries[..] {
            [binary] => Ok(PathBuf::from(&binary.name)),
            [] => Err(Error::NoPackage(format!(
                "there is no binary in {}: name an example with --example, or a program with --exe",
                self.manifest_path().display()
            ))),
            several => {
                let names: Vec<_> = several.iter().map(|binary| binary.name.as_str()).collect();
                let names = names.join(", ");
                Err(Error::Usage(format!(
                    "choose one of the binaries with --bin: {names}"
                )))
            }
        }
    }

    /// The package of the manifest; all of the workspace's where it has none, or where one is named.
    fn packages_in_scope(&self, name: Option<&str>) -> Result<Vec<Package>, Error> {
        let metadata = self.metadata()?;
        let members = metadata.workspace_members;
        let is_member = |package: &Package| members.contains(&package.id);
        let packages: Vec<_> = metadata.packages.into_iter().filter(is_member).collect();
        if let Some(name) = name {
            return Ok(packages
                .into_iter()
                .filter(|package| package.name == name)
                .collect());
        }
        let manifest_path = self.manifest_path();
        let is_own = |package: &&Package| package.manifest_path == manifest_path;
        Ok(match packages.iter().find(is_own) {
            Some(package) => vec![package.clone()],
            None => packages,
        })
    }

    fn metadata(&self) -> Result<Metadata, Error> {
        let mut command = MetadataCommand::new();
        let metadata = command.manifest_path(self.manifest_path()).no_deps().exec();
        metadata.map_err(|error| Error::NoPackage(format!("cargo metadata failed: {error}")))
    }
}

/// A file that belongs to a program with the name `guest`: of the package's target, if there is one.
pub fn artifact(target: &TargetArgs, guest: &Path, extension: &str) -> Result<PathBuf, Error> {
    let project = Project::find(&target.manifest)?;
    let name = project
        .single_target(target)
        .unwrap_or_else(|_| guest.to_owned());
    project.target_file(&target.profile, &name, extension)
}

/// The current directory or the nearest above it with a Cargo.toml.
fn manifest_dir_here_or_above() -> Result<PathBuf, Error> {
    let here = env::current_dir().map_err(|source| Error::Read {
        path: PathBuf::from("."),
        source,
    })?;
    let found = here
        .ancestors()
        .find(|directory| directory.join("Cargo.toml").exists());
    found.map(Path::to_owned).ok_or_else(|| {
        Error::NoPackage(
            "there is no Cargo.toml in this directory or above it: change to a guest package, or \
             name every file that is needed with its option"
                .to_owned(),
        )
    })
}
