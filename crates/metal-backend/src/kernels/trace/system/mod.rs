//! The system's chips whose rows follow from records, beside those of memory.

use super::TraceKernel;

/// `ProgramChip`: a record is how often an instruction was executed.
pub const PROGRAM: TraceKernel = TraceKernel::new("Program", 1, 1, include_str!("program.wgsl"));

/// `VmConnectorChip`: a record is the state that a segment begins with, or that it ends with: pc, timestamp,
/// whether the program has ended, its exit code, and whether the segment begins.
pub const CONNECTOR: TraceKernel =
    TraceKernel::new("VmConnector", 6, 5, include_str!("connector.wgsl"));

/// All of them.
pub const ALL: [TraceKernel; 2] = [PROGRAM, CONNECTOR];
