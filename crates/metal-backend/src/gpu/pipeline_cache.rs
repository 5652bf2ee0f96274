//! Compiled kernels kept on disk between processes, where the adapter has pipeline caches (Vulkan).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use wgpu::{util::pipeline_cache_key, AdapterInfo, Device, ErrorFilter, PipelineCacheDescriptor};

/// The driver's cache of compiled kernels, and the file that it comes from and goes to.
///
/// The file is [`MAGIC`], [`checksum`] of the rest as 8 bytes in little-endian order, and the rest,
/// which is wgpu's.
pub(super) struct PipelineCache {
    driver: wgpu::PipelineCache,
    file: PathBuf,
}

/// What a file starts with; the last character is the version of the format.
const MAGIC: [u8; 8] = *b"OVMPIPE1";

impl PipelineCache {
    /// The cache of the adapter's file in `directory`, or an empty one if there is no usable file.
    /// `None`, and logged, if `device` has no pipeline caches.
    ///
    /// The feature `PIPELINE_CACHE` must have been asked for where the adapter has it.
    pub(super) fn open(device: &Device, adapter: &AdapterInfo, directory: &Path) -> Option<Self> {
        let has_caches = device.features().contains(wgpu::Features::PIPELINE_CACHE);
        let Some(key) = pipeline_cache_key(adapter).filter(|_| has_caches) else {
            tracing::info!(adapter = adapter.name, "this adapter has no pipeline cache");
            return None;
        };
        let file = directory.join(key);
        let driver = match load(device, &file) {
            Ok(Some(driver)) => Ok(driver),
            Ok(None) => create(device, None),
            Err(reason) => {
                tracing::warn!(file = %file.display(), reason, "pipeline cache ignored");
                create(device, None)
            }
        };
        match driver {
            Ok(driver) => Some(Self { driver, file }),
            Err(reason) => {
                tracing::warn!(reason, "no pipeline cache could be made");
                None
            }
        }
    }

    /// What a pipeline's descriptor names.
    pub(super) fn driver(&self) -> &wgpu::PipelineCache {
        &self.driver
    }

    /// Writes the cache to its file, all or nothing. A failure is logged.
    pub(super) fn save(&self) {
        let Some(data) = self.driver.get_data() else {
            return;
        };
        if let Err(error) = replace(&self.file, &encode(&data)) {
            tracing::warn!(file = %self.file.display(), %error, "pipeline cache not written");
        }
    }
}

/// The cache in `file`, or why it is of no use; `None` if there is no file.
fn load(device: &Device, file: &Path) -> Result<Option<wgpu::PipelineCache>, String> {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let data = decode(&bytes).ok_or("it is broken, or not a pipeline cache")?;
    create(device, Some(data)).map(Some)
}

fn create(device: &Device, data: Option<&[u8]>) -> Result<wgpu::PipelineCache, String> {
    let internal = device.push_error_scope(ErrorFilter::Internal);
    let validation = device.push_error_scope(ErrorFilter::Validation);
    let descriptor = PipelineCacheDescriptor {
        label: Some("openvm-metal-backend"),
        data,
        // An error says why data is refused; the caller then starts without.
        fallback: false,
    };
    // SAFETY: data must come from `get_data`. It does: what is read from a file has the checksum
    // that `save` wrote over such data, and wgpu refuses data of another adapter or driver
    // version by the header in it. The directory is documented to be the user's own.
    #[allow(unsafe_code, reason = "drivers trust what they are given")]
    let cache = unsafe { device.create_pipeline_cache(&descriptor) };
    let errors = [
        pollster::block_on(validation.pop()),
        pollster::block_on(internal.pop()),
    ];
    match errors.into_iter().flatten().next() {
        None => Ok(cache),
        Some(error) => Err(error.to_string()),
    }
}

fn encode(data: &[u8]) -> Vec<u8> {
    [&MAGIC[..], &checksum(data).to_le_bytes(), data].concat()
}

fn decode(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, data) = bytes.strip_prefix(&MAGIC)?.split_first_chunk()?;
    (u64::from_le_bytes(*sum) == checksum(data)).then_some(data)
}

/// FNV-1a. wgpu checks the header of the data only, and drivers trust the rest.
fn checksum(data: &[u8]) -> u64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    data.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Gives `file` new contents by renaming, so that no reader ever sees a part of them.
fn replace(file: &Path, contents: &[u8]) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    // A name that no other process or thread uses.
    let number = NUMBER.fetch_add(1, Relaxed);
    let temporary = file.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let written = fs::write(&temporary, contents).and_then(|()| fs::rename(&temporary, file));
    if written.is_err() {
        // Nothing more can be done about it if that fails too.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_of_a_file_is_found() {
        let file = encode(b"compiled kernels");
        assert_eq!(decode(&file), Some(&b"compiled kernels"[..]));
        for i in 0..file.len() {
            assert_eq!(decode(&file[..i]), None, "cut to {i} bytes");
            let mut changed = file.clone();
            changed[i] ^= 1;
            assert_eq!(decode(&changed), None, "byte {i} changed");
        }
        assert_eq!(decode(&[&file[..], b"!"].concat()), None);
    }
}
