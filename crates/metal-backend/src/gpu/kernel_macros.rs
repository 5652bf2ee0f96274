//! `kernel!`, `params!` and `row!`, which declare what both Rust and WGSL must know.

/// Declares a kernel: a type that implements [`Declaration`](super::Declaration), a struct of its
/// typed buffers and, unless they are those of a [`JobRange`](crate::kernels::jobs::JobRange), one of
/// its parameters.
///
/// ```ignore
/// kernel! {
///     /// Copies the columns of a trace to their places in the stacked matrix.
///     pub struct Stack("stack");
///     text(multiply) = [field::source(multiply), include_str!("stack.wgsl")];
///     workgroup_size = [256, 1, 1];
///     bindings StackBindings {
///         /// A block of the trace.
///         trace: Read<F>,
///         /// A block of the stacked matrix.
///         stacked: Write<F>,
///     }
///     params StackParams {
///         /// Number of values.
///         n_values,
///     }
///     grid(params) = threads(params.n_values);
/// }
/// ```
///
/// A buffer's type in the text is an array of its elements, unless another stands behind it:
/// `tape: Read<F> as "array<vec4<u32>>"`. A kernel of several texts names them:
/// `text(multiply, l_skip: usize, of 0..=6) = [...]`, and the grid may depend on which it is:
/// `grid(params, l_skip) = [...]`. A kernel whose threads do far more than others says how much:
/// `work(params) = 500 * u64::from(params.n_columns);`, which may depend on it, too. A kernel with texts that are not
/// this crate's says which: `foreign(variant) = variant.is_foreign();`. Of several kernels with the same parameters, or
/// jobs, all but one say `params TheirType;`.
macro_rules! kernel {
    (
        $(#[$doc:meta])*
        pub struct $name:ident($label:literal);
        text($multiply:ident $(, $variant:ident: $variant_ty:ty, of $variants:expr)?) = [$($part:expr),* $(,)?];
        workgroup_size = $workgroup_size:expr;
        bindings $bindings:ident {
            $($(#[$binding_doc:meta])* $binding:ident: $access:ident<$element:ty> $(as $wgsl:literal)?),* $(,)?
        }
        params $params:ident $({ $($(#[$param_doc:meta])* $param:ident),* $(,)? })? $(;)?
        grid($grid_params:pat $(, $grid_variant:ident)?) = $grid:expr;
        $(work($work_params:pat $(, $work_variant:ident)?) = $work:expr;)?
        $(foreign($foreign:ident) = $is_foreign:expr;)?
    ) => {
        $(#[$doc])*
        pub struct $name;

        #[doc = concat!("The buffers of [`", stringify!($name), "`].")]
        #[derive(Clone, Copy)]
        pub struct $bindings<'a> {
            $($(#[$binding_doc])* pub $binding: &'a $crate::gpu::Buffer<$element>),*
        }

        $($crate::gpu::params! {
            #[doc = concat!("The parameters of [`", stringify!($name), "`].")]
            $params { $($(#[$param_doc])* $param),* }
        })?

        impl $crate::gpu::Bindings for $bindings<'_> {
            const LAYOUTS: &'static [$crate::gpu::BindingLayout] = &[
                $($crate::gpu::BindingLayout {
                    name: stringify!($binding),
                    access: $crate::gpu::Access::$access,
                    ty: $crate::gpu::kernel!(@type $element $(as $wgsl)?),
                    row: <$element as $crate::gpu::Element>::ROW,
                }),*
            ];

            fn bindings(&self) -> Vec<$crate::gpu::Binding> {
                vec![$(self.$binding.binding()),*]
            }
        }

        impl $crate::gpu::Declaration for $name {
            const NAME: &'static str = $label;
            const WORKGROUP_SIZE: [u32; 3] = $workgroup_size;

            type Variant = $crate::gpu::kernel!(@variant $($variant_ty)?);
            type Bindings<'a> = $bindings<'a>;
            type Params = $params;

            fn variants() -> Vec<Self::Variant> {
                $crate::gpu::kernel!(@variants $($variants)?)
            }

            fn parts(
                $multiply: $crate::gpu::Multiply,
                $crate::gpu::kernel!(@pattern $($variant)?): Self::Variant,
            ) -> Vec<std::borrow::Cow<'static, str>> {
                vec![$($part.into()),*]
            }

            fn grid(
                $grid_params: &Self::Params,
                $crate::gpu::kernel!(@used $($grid_variant)?): &Self::Variant,
            ) -> [u32; 3] {
                #[allow(dead_code, reason = "some kernels have a rule of their own")]
                fn threads(n_threads: impl Into<u64>) -> [u32; 3] {
                    let workgroup_size = <$name as $crate::gpu::Declaration>::WORKGROUP_SIZE;
                    let workgroup_size: u32 = workgroup_size.iter().product();
                    $crate::gpu::flat_grid(n_threads.into(), workgroup_size.into())
                }
                $grid
            }

            $(fn work(
                $work_params: &Self::Params,
                $crate::gpu::kernel!(@used $($work_variant)?): &Self::Variant,
            ) -> u64 {
                $work
            })?

            $(fn is_foreign($foreign: &Self::Variant) -> bool {
                $is_foreign
            })?
        }
    };

    (@type $element:ty) => { <$element as $crate::gpu::Element>::WGSL_ARRAY };
    (@type $element:ty as $wgsl:literal) => { $wgsl };
    (@variant) => { () };
    (@variant $variant:ty) => { $variant };
    (@variants) => { vec![()] };
    (@variants $variants:expr) => { $variants.into_iter().collect() };
    (@used) => { _ };
    (@used $variant:ident) => { $variant };
    (@pattern) => { () };
    (@pattern $variant:ident) => { $variant };
}

/// Declares the immediates of a kernel, which are `params` in its text.
macro_rules! params {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name { $($(#[$field_doc])* pub $field: u32),* }

        impl $crate::gpu::Params for $name {
            const WGSL: &'static str = concat!(
                "struct Params {\n",
                $("    ", stringify!($field), ": u32,\n",)*
                "}\nvar<immediate> params: Params;\n",
            );
            const N_WORDS: usize = [$(stringify!($field)),*].len();

            fn words(&self) -> Vec<u32> {
                vec![$(self.$field),*]
            }
        }
    };
}

/// Declares a row of a table that a kernel reads: words, which have the same names in its text, where
/// the struct has the name that is given.
macro_rules! row {
    ($(#[$doc:meta])* pub struct $name:ident as $wgsl:literal {
        $($(#[$field_doc:meta])* $field:ident),* $(,)?
    }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name { $($(#[$field_doc])* pub $field: u32),* }

        // SAFETY: `repr(C)` over words: no padding, alignment 4, every pattern valid.
        #[allow(unsafe_code, reason = "the promise of `Element`, which the macro keeps")]
        unsafe impl $crate::gpu::Element for $name {
            const WGSL_ARRAY: &'static str = concat!("array<", $wgsl, ">");
            const ROW: Option<$crate::gpu::RowLayout> = Some($crate::gpu::RowLayout {
                name: $wgsl,
                first: None,
                words: &[$(stringify!($field)),*],
            });
        }
    };
}

pub(crate) use {kernel, params, row};
