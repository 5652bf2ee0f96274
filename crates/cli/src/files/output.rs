//! Writing: whole files or none, and known to be possible before long work starts.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::error::{upstream, Error};

/// The file that is being written, under its temporary name.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Removes the file that is being written, before the program ends.
pub fn remove_unfinished() {
    let unfinished = UNFINISHED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(path) = unfinished {
        // Nothing else can be done.
        let _ = fs::remove_file(path);
    }
}

/// A file that will be written.
pub struct Output {
    path: PathBuf,
}

impl Output {
    /// A file at `path`, whose directories are made if need be.
    ///
    /// # Errors
    /// [`Error::Write`] if nothing can be written there.
    pub fn new(path: &Path) -> Result<Self, Error> {
        let output = Self {
            path: path.to_owned(),
        };
        output.probe().map_err(|source| output.error(source))?;
        Ok(output)
    }

    /// Where the file will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an object in bitcode.
    pub fn write_object(&self, object: &impl Serialize) -> Result<(), Error> {
        let bytes = bitcode::serialize(object);
        self.write(&bytes.map_err(|error| upstream("encoding an object", error))?)
    }

    /// Writes an object in JSON.
    pub fn write_json(&self, object: &impl Serialize) -> Result<(), Error> {
        let bytes = serde_json::to_vec_pretty(object);
        self.write(&bytes.map_err(|error| upstream("encoding an object", error))?)
    }

    /// Writes the whole file, or leaves what was there before.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        self.write_or_not(bytes)
            .map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> Error {
        Error::Write {
            path: self.path.clone(),
            source,
        }
    }

    fn probe(&self) -> io::Result<()> {
        if let Some(directory) = self.path.parent() {
            fs::create_dir_all(directory)?;
        }
        match fs::metadata(&self.path) {
            Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            // Opening a pipe would wait for its reader.
            Ok(there) if !there.is_file() => Ok(()),
            _ => self.temporary().map(drop),
        }
    }

    fn write_or_not(&self, bytes: &[u8]) -> io::Result<()> {
        let is_special = fs::metadata(&self.path).is_ok_and(|there| !there.is_file());
        if is_special {
            // A device or a pipe: to be written to, not to be replaced.
            return OpenOptions::new()
                .write(true)
                .open(&self.path)?
                .write_all(bytes);
        }
        let mut file = self.temporary()?;
        let set = |path| *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = path;
        set(Some(file.path().to_owned()));
        let written = file
            .as_file_mut()
            .write_all(bytes)
            .and_then(|()| file.as_file().sync_all());
        let result = match written {
            Ok(()) => file
                .persist(self.target())
                .map(drop)
                .map_err(|error| error.error),
            Err(error) => Err(error),
        };
        set(None);
        result
    }

    /// The file itself, where `path` is a link.
    fn target(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    /// An empty file in the same directory, so that it can take the other's place at once.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let target = self.target();
        let directory = match target.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".openvm-metal-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What others may do with it is the user's umask to say, as for every file.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        // Without the temporary name, which would tell the user nothing.
        let made = builder.tempfile_in(directory);
        made.map_err(|error| error.kind().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_as_a_whole_and_nothing_else_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/proof");
        let output = Output::new(&path).unwrap();
        assert!(!path.exists());

        output.write(b"one").unwrap();
        output.write(b"two").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::read_dir(directory.path().join("new")).unwrap().count(),
            1
        );
    }

    #[test]
    fn directories_and_missing_rights_are_known_before_work_starts() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();

        let error = |path: &Path| Output::new(path).err().unwrap().to_string();

        assert!(error(directory.path()).contains("is a directory"));
        assert!(error(&file.join("below")).starts_with("cannot write"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn devices_are_written_to_and_stay() {
        let output = Output::new(Path::new("/dev/full")).unwrap();
        let error = output.write(b"proof").unwrap_err().to_string();
        assert!(
            error.starts_with("cannot write /dev/full: No space left"),
            "{error}"
        );
        Output::new(Path::new("/dev/null"))
            .unwrap()
            .write(b"proof")
            .unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();

        Output::new(&link).unwrap().write(b"new").unwrap();

        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
