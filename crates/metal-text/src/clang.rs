//! Type checks by clang.
