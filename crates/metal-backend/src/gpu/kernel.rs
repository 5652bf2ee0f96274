//! Kernels: one declaration each, from which come its text's header, its typed record and its check.

use std::{borrow::Cow, fmt::Debug, marker::PhantomData, sync::Arc};

use super::{
    budget::TYPICAL_WORK,
    interface::{BindingLayout, Interface},
    parts, Binding, Gpu, GpuError, Multiply, Pipeline, Recorder,
};

/// What is known of a kernel beside its own text. [`kernel!`](super::kernel) declares one.
pub trait Declaration: 'static {
    /// Its name, which no other kernel has.
    const NAME: &'static str;

    /// Threads of a workgroup along x, y and z. Their product is `N_THREADS` in the text.
    const WORKGROUP_SIZE: [u32; 3];

    /// Which of its texts is meant; `()` if there is but one.
    type Variant: Clone + Debug;

    /// The buffers that it reads and writes.
    type Bindings<'a>: Bindings;

    /// Its immediates.
    type Params: Params;

    /// Every variant that has a text of its own to be checked and translated.
    fn variants() -> Vec<Self::Variant>;

    /// Its text behind the header, in parts.
    fn parts(multiply: Multiply, variant: Self::Variant) -> Vec<Cow<'static, str>>;

    /// The workgroups that it needs along x, y and z. None are dispatched if one is zero.
    fn grid(params: &Self::Params, variant: &Self::Variant) -> [u32; 3];

    /// About how many field multiplications a thread does.
    fn work(_params: &Self::Params, _variant: &Self::Variant) -> u64 {
        TYPICAL_WORK
    }

    /// Whether its text is not this crate's own.
    fn is_foreign(_variant: &Self::Variant) -> bool {
        false
    }
}

/// The buffers of a kernel, in order.
pub trait Bindings {
    /// What the text knows of them.
    const LAYOUTS: &'static [BindingLayout];

    /// The buffers.
    fn bindings(&self) -> Vec<Binding>;
}

/// The immediates of a kernel.
pub trait Params {
    /// The struct `Params`, or nothing.
    const WGSL: &'static str;

    /// Number of its words.
    const N_WORDS: usize;

    /// The words.
    fn words(&self) -> Vec<u32>;
}

impl Params for () {
    const WGSL: &'static str = "";
    const N_WORDS: usize = 0;

    fn words(&self) -> Vec<u32> {
        vec![]
    }
}

/// The text of a kernel, and what its declaration promises of it.
#[derive(Clone, Debug)]
pub struct KernelText {
    /// Name, and variant if there are several.
    pub label: String,
    /// The WGSL, whose entry point is `main`.
    pub source: String,
    /// What is promised, if there is a declaration.
    pub interface: Option<Interface>,
    /// Whether it is not this crate's own, so that its indices and loops are checked at run time.
    pub is_foreign: bool,
}

impl KernelText {
    /// What stands before a kernel's own text.
    pub fn header<D: Declaration>() -> String {
        interface::<D>().header(D::Params::WGSL)
    }

    /// The text of one variant.
    pub fn new<D: Declaration>(multiply: Multiply, variant: D::Variant) -> Self {
        let label = label::<D>(&variant);
        let is_foreign = D::is_foreign(&variant);
        let mut source = Self::header::<D>();
        for part in D::parts(multiply, variant) {
            source += "\n";
            source += &part;
        }
        Self {
            label,
            source,
            interface: Some(interface::<D>()),
            is_foreign,
        }
    }

    /// A text without a declaration, of which nothing is promised.
    pub fn undeclared(label: &str, source: String) -> Self {
        Self {
            label: label.to_owned(),
            source,
            interface: None,
            is_foreign: false,
        }
    }

    /// Whether the text is as its declaration promises; if not, what differs.
    #[cfg(test)]
    pub(crate) fn check(&self) -> Result<(), String> {
        let module = wgpu::naga::front::wgsl::parse_str(&self.source)
            .map_err(|error| error.emit_to_string(&self.source))?;
        self.interface
            .map_or(Ok(()), |interface| interface.check(&module))
    }

    /// The text of every variant.
    pub fn all<D: Declaration>(multiply: Multiply) -> Vec<Self> {
        let variants = D::variants().into_iter();
        variants
            .map(|variant| Self::new::<D>(multiply, variant))
            .collect()
    }
}

fn interface<D: Declaration>() -> Interface {
    Interface {
        workgroup_size: D::WORKGROUP_SIZE,
        bindings: D::Bindings::LAYOUTS,
        n_param_words: D::Params::N_WORDS,
    }
}

fn label<D: Declaration>(variant: &D::Variant) -> String {
    match size_of::<D::Variant>() {
        0 => D::NAME.to_owned(),
        _ => format!("{} {variant:?}", D::NAME),
    }
}

/// A compiled kernel.
pub struct Kernel<D: Declaration> {
    pipeline: Arc<Pipeline>,
    variant: D::Variant,
    _declaration: PhantomData<fn() -> D>,
}

impl<D: Declaration> Clone for Kernel<D> {
    fn clone(&self) -> Self {
        Self {
            pipeline: self.pipeline.clone(),
            variant: self.variant.clone(),
            _declaration: PhantomData,
        }
    }
}

impl<D: Declaration<Variant = ()>> Kernel<D> {
    /// The kernel, compiled unless it has been before.
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        Self::variant(gpu, ())
    }
}

impl<D: Declaration> Kernel<D> {
    /// A variant of the kernel, compiled unless it has been before.
    pub fn variant(gpu: &Gpu, variant: D::Variant) -> Result<Self, GpuError> {
        let text = || KernelText::new::<D>(gpu.multiply(), variant.clone());
        Ok(Self {
            pipeline: gpu.find_or_compile(&label::<D>(&variant), text).1?,
            variant,
            _declaration: PhantomData,
        })
    }

    /// Records a dispatch, unless there is nothing to do; several, where one would take too long.
    pub fn record(
        &self,
        recorder: &mut Recorder<'_>,
        bindings: D::Bindings<'_>,
        params: D::Params,
    ) {
        let grid = D::grid(&params, &self.variant);
        if grid.contains(&0) {
            return;
        }
        let work = D::work(&params, &self.variant).saturating_mul(n_threads::<D>(grid));
        let (bindings, params) = (bindings.bindings(), params.words());
        let n_parts = recorder.gpu().parts_of(work);
        let in_parts = match n_parts > 1 && grid != [1; 3] {
            true => self.in_parts(recorder),
            false => None,
        };
        let Some(pipeline) = in_parts else {
            return recorder.dispatch_work(&self.pipeline, &bindings, &params, grid, work);
        };
        let (axis, ranges) = parts::split(grid, n_parts);
        for range in ranges {
            let mut part = grid;
            part[axis] = range.end - range.start;
            let work = work / u64::from(grid[axis]) * u64::from(part[axis]);
            let params = [&params[..], &parts::words(grid, axis, &range)].concat();
            recorder.dispatch_work(&pipeline, &bindings, &params, part, work);
        }
    }

    /// The kernel for parts of its grid, compiled when it is first needed. `None` if there is none: if it has
    /// no room for more parameters, or, which `recorder` notes, does not compile.
    fn in_parts(&self, recorder: &mut Recorder<'_>) -> Option<Arc<Pipeline>> {
        let gpu = recorder.gpu();
        let text = KernelText::new::<D>(gpu.multiply(), self.variant.clone()).in_parts()?;
        let compiled = gpu.pipeline(&text);
        compiled.map_err(|error| recorder.fail(error)).ok()
    }
}

fn n_threads<D: Declaration>(grid: [u32; 3]) -> u64 {
    let counts = grid.into_iter().chain(D::WORKGROUP_SIZE).map(u64::from);
    counts.fold(1, u64::saturating_mul)
}

/// The workgroups for one thread an element: x, and y beyond what one grid dimension holds.
///
/// The kernel's element is `id.x + id.y * num_workgroups.x * N_THREADS`.
pub fn flat_grid(n_threads: u64, workgroup_size: u64) -> [u32; 3] {
    const MAX_GROUPS: u64 = 65_535;
    let groups = n_threads.div_ceil(workgroup_size);
    let rows = groups.div_ceil(MAX_GROUPS).max(1);
    [groups.div_ceil(rows) as u32, rows as u32, 1]
}

#[cfg(test)]
mod tests {
    use super::flat_grid;

    #[test]
    fn flat_grids_cover_all_threads_within_the_limit() {
        for n_threads in [1, 255, 256, 257, 65_535 * 256, 65_535 * 256 + 1, 1 << 30] {
            let [x, y, z] = flat_grid(n_threads, 256);
            assert!(x <= 65_535 && y <= 65_535 && z == 1);
            assert!(u64::from(x) * u64::from(y) * 256 >= n_threads);
            assert!(u64::from(x - 1) * u64::from(y) * 256 < n_threads);
        }
        assert_eq!(flat_grid(0, 256), [0, 1, 1]);
    }
}
