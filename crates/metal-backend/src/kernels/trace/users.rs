//! Kernels whose text a user wrote.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
};

use thiserror::Error;

use super::{functions, FillRows, TraceKernel};
use crate::gpu::{check_foreign, Expected, ForeignTextError, KernelText, Multiply};

/// What the text of a chip defines.
const FILL_ROW: Expected = Expected {
    name: "fill_row",
    arguments: &["row", "at"],
};

/// Why there is no such [`TraceKernel`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceKernelError {
    /// A trace without columns, or records without words.
    #[error("trace kernel {kernel} has no {what}")]
    Empty {
        /// The kernel's name.
        kernel: String,
        /// What there is none of.
        what: &'static str,
    },
    /// A text that cannot make rows.
    #[error("the text of trace kernel {kernel} cannot be used: {reason}")]
    Text {
        /// The kernel's name.
        kernel: String,
        /// Why not; with the places in the text, where there are any.
        reason: ForeignTextError,
    },
}

impl TraceKernel {
    /// A kernel of one's own, for a chip whose trace has `width` columns and whose records `record_words` words of 32
    /// bits.
    ///
    /// `text` is WGSL that defines `fill_row(row: u32, at: u32)`: from the words of a record, `records[at]` and those
    /// that follow, it puts all cells of `row`, and counts what the row looks up. What it can call, and how records
    /// lie, is described in `docs/guest-programs.md` of the repository. Indices and loops are checked at run time.
    ///
    /// # Errors
    /// If the text does not compile with either form of multiplication, does not define `fill_row`, or has an entry
    /// point or shared variables of its own.
    pub fn from_wgsl(
        name: impl Into<Cow<'static, str>>,
        width: usize,
        record_words: usize,
        text: impl Into<Cow<'static, str>>,
    ) -> Result<Self, TraceKernelError> {
        let kernel = Self {
            name: name.into(),
            width,
            record_words,
            text: text.into(),
            is_foreign: true,
            ..Self::new("", 0, 0, "")
        };
        for (number, what) in [(width, "columns"), (record_words, "words in a record")] {
            if number == 0 {
                return Err(TraceKernelError::Empty {
                    kernel: kernel.name.into_owned(),
                    what,
                });
            }
        }
        match kernel.check_text() {
            Ok(()) => Ok(kernel),
            Err(reason) => Err(TraceKernelError::Text {
                kernel: kernel.name.into_owned(),
                reason,
            }),
        }
    }

    fn check_text(&self) -> Result<(), ForeignTextError> {
        for multiply in [Multiply::U64, Multiply::U32] {
            let header = KernelText::header::<FillRows>();
            let others = header + &functions(multiply, self);
            check_foreign(&self.text, &others, &FILL_ROW, multiply)?;
            KernelText::new::<FillRows>(multiply, self.clone()).validate(multiply)?;
        }
        Ok(())
    }

    /// Tells texts of the same name apart.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.text, self.record_words).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOUBLES: &str =
        "fn fill_row(row: u32, at: u32) {\n    put(0u, row, 2u * records[at]);\n}\n";

    fn refused(text: &'static str) -> ForeignTextError {
        match TraceKernel::from_wgsl("Doubles", 1, 1, text) {
            Err(TraceKernelError::Text { kernel, reason }) if kernel == "Doubles" => reason,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_text_that_fills_rows_is_a_kernel() {
        let kernel = TraceKernel::from_wgsl("Doubles", 1, 1, DOUBLES).unwrap();
        assert_eq!(
            (kernel.name(), kernel.width(), kernel.record_words()),
            ("Doubles", 1, 1)
        );
        // Another text of the same name is another kernel.
        let other = TraceKernel::from_wgsl("Doubles", 1, 1, DOUBLES.replace("2u", "3u")).unwrap();
        assert_ne!(format!("{kernel:?}"), format!("{other:?}"));
    }

    #[test]
    fn what_does_not_compile_is_marked_with_its_own_lines() {
        let text = "fn fill_row(row: u32, at: u32) {\n    put(0u, row, recods[at]);\n}\n";
        let message = refused(text).to_string();
        assert!(message.contains("recods"), "{message}");
        assert!(message.contains(":2:"), "{message}");
        // Types are checked, too, and what one of the two multiplications lacks.
        let text =
            "fn fill_row(row: u32, at: u32) {\n    put(0u, row, u32(u64(records[at]) / 3lu));\n}\n";
        assert!(matches!(refused(text), ForeignTextError::Rejected(_)));
    }

    #[test]
    fn what_fills_no_row_is_refused() {
        let expected = ForeignTextError::NoFunction("fill_row(row: u32, at: u32)".to_owned());
        for text in [
            "",
            "fn fill(row: u32, at: u32) {}",
            "fn fill_row(row: u32) {}",
            "fn fill_row(row: u32, at: i32) {}",
            "fn fill_row(row: u32, at: u32) -> u32 { return row; }",
        ] {
            assert_eq!(refused(text), expected, "{text}");
        }
    }

    #[test]
    fn what_reaches_beyond_its_rows_is_refused() {
        let with = |more: &str| -> &'static str { format!("{DOUBLES}{more}").leak() };
        assert_eq!(
            refused(with("@compute @workgroup_size(1) fn other() {}")),
            ForeignTextError::EntryPoint("other".to_owned())
        );
        for declaration in [
            "@group(0) @binding(7) var<storage> mine: array<u32>;",
            "var<workgroup> mine: array<u32, 4>;",
        ] {
            assert_eq!(
                refused(with(declaration)),
                ForeignTextError::Variable("mine".to_owned()),
                "{declaration}"
            );
        }
        let barrier =
            "fn fill_row(row: u32, at: u32) {\n    if (row == 0u) { workgroupBarrier(); }\n}\n";
        assert_eq!(
            refused(barrier),
            ForeignTextError::Barrier("fill_row".to_owned())
        );
        assert_eq!(
            refused(with("override mine: u32;")),
            ForeignTextError::Override
        );
        let is_kernel = |text| TraceKernel::from_wgsl("Doubles", 1, 1, text).is_ok();
        assert!(is_kernel(with("var<private> mine: array<u32, 4>;")));
        assert!(!is_kernel(with("fn main() {}")));
        assert!(!is_kernel(with("fn put(x: u32) {}")));
    }

    #[test]
    fn traces_have_columns_and_records_words() {
        for (width, record_words) in [(0, 1), (1, 0)] {
            let kernel = TraceKernel::from_wgsl("Doubles", width, record_words, DOUBLES);
            assert!(matches!(kernel, Err(TraceKernelError::Empty { .. })));
        }
    }
}
