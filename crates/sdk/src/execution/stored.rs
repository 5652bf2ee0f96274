//! A state of an execution as bytes, for machines that go on from there.
//!
//! They have the program and its input, so the bytes are what these do not tell: the program counter, how much of the
//! input was read, hints that wait, and the pages of memory in use, as they lie in the memory of a little-endian machine.
//! A state that says more cannot be stored, see [`encode`].

use openvm_circuit::{
    arch::{MemoryCellType, MemoryConfig, Streams, VmState},
    system::memory::{
        online::{GuestMemory, LinearMemory, PAGE_SIZE},
        AddressMap,
    },
};
use openvm_sdk::StdIn;
use openvm_stark_backend::p3_field::{PrimeCharacteristicRing, PrimeField32};

use crate::{
    vm::memory::{Page, PagesInUse},
    Error, F,
};

/// Changes with the order or the meaning of what follows it.
const FORMAT: u32 = 1;

/// Of the random numbers of every execution: upstream's default.
const SEED: u64 = 0;

/// What a page takes beside its bytes.
const PAGE_HEADER_BYTES: usize = 2 * size_of::<u32>();

/// The state after so many instructions of the execution with `input`; nothing if something in it could not be made
/// again from bytes.
///
/// That is the case once random numbers were drawn, as their generator does not tell where it is; with deferred
/// computations, which nothing here proves; and if an extension has put something into the input. Upstream's metrics
/// are left out: execution does not see them.
pub(crate) fn encode(state: &VmState<F>, instructions: u64, input: &StdIn) -> Option<Vec<u8>> {
    let Streams {
        input_stream,
        hint_stream,
        deferrals,
    } = &state.streams;
    let n_read = input.buffer.len().checked_sub(input_stream.len())?;
    let has_drawn = state.rng != with_streams((), state.pc(), Streams::default()).rng;
    if has_drawn || !deferrals.is_empty() || !input_stream.iter().eq(input.buffer.range(n_read..)) {
        return None;
    }
    let memory = &state.memory.memory;
    let PagesInUse(pages) = PagesInUse::of(memory);
    let hints: Vec<u32> = hint_stream.iter().map(F::as_canonical_u32).collect();
    // Nearly all of them are.
    let are_bytes = hints.iter().all(|&hint| hint <= u32::from(u8::MAX));

    let n_bytes = pages.len() * (PAGE_HEADER_BYTES + PAGE_SIZE) + size_of_val(&hints[..]) + 64;
    let mut bytes = Vec::with_capacity(n_bytes);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(instructions.to_le_bytes());
    bytes.extend(state.pc().to_le_bytes());
    bytes.extend((n_read as u64).to_le_bytes());
    bytes.push(u8::from(are_bytes));
    bytes.extend((hints.len() as u64).to_le_bytes());
    match are_bytes {
        true => bytes.extend(hints.iter().map(|&hint| hint as u8)),
        false => bytes.extend(hints.iter().flat_map(|hint| hint.to_le_bytes())),
    }
    bytes.extend((pages.len() as u64).to_le_bytes());
    for page in pages {
        bytes.extend((page.address_space as u32).to_le_bytes());
        bytes.extend((page.number as u32).to_le_bytes());
        bytes.extend(page.bytes(memory));
    }
    Some(bytes)
}

/// The state that these are the bytes of, after so many instructions of the execution with `input`.
///
/// # Errors
/// [`Error::StoredState`] if they are of none.
pub(crate) fn decode(
    bytes: &[u8],
    instructions: u64,
    config: &MemoryConfig,
    input: &StdIn,
) -> Result<VmState<F>, Error> {
    let mut reader = Reader(bytes);
    if reader.word()? != FORMAT {
        return Err(Error::StoredState("it has another format"));
    }
    if reader.long()? != instructions {
        return Err(Error::StoredState("it is of another place"));
    }
    let pc = reader.word()?;
    let n_read = usize::try_from(reader.long()?).ok();
    let n_read = n_read.filter(|&n_read| n_read <= input.buffer.len());
    let n_read = n_read.ok_or(Error::StoredState("it has read more than the input"))?;
    let hints = reader.hints()?;
    let memory = reader.memory(config)?;
    if !reader.0.is_empty() {
        return Err(Error::StoredState("it goes on after its end"));
    }
    let streams = Streams {
        input_stream: input.buffer.range(n_read..).cloned().collect(),
        hint_stream: hints.into(),
        deferrals: vec![],
    };
    Ok(with_streams(memory, pc, streams))
}

fn with_streams<M>(memory: M, pc: u32, streams: Streams<F>) -> VmState<F, M> {
    VmState::new_with_defaults(pc, memory, streams, SEED)
}

/// What was not read yet. Nothing is made room for before it is there.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn hints(&mut self) -> Result<Vec<F>, Error> {
        let hint_bytes = match self.array()? {
            [0] => size_of::<u32>(),
            [1] => size_of::<u8>(),
            _ => return Err(Error::StoredState("its hints are of no kind")),
        };
        let n_bytes = self.long()?.checked_mul(hint_bytes as u64);
        let bytes = self.bytes(n_bytes.ok_or(CUT_OFF)?)?;
        let hints = bytes.chunks_exact(hint_bytes).map(little_endian);
        hints.map(to_field).collect()
    }

    fn memory(&mut self, config: &MemoryConfig) -> Result<GuestMemory, Error> {
        let mut memory: AddressMap = AddressMap::from_mem_config(config);
        let mut last = None;
        for _ in 0..self.long()? {
            let [address_space, number] = [self.word()? as usize, self.word()? as usize];
            let page = Page {
                address_space,
                number,
            };
            let size = memory.mem.get(address_space).map(LinearMemory::size);
            if size.is_none_or(|size| page.start() >= size) {
                return Err(Error::StoredState("it has a page where there is no memory"));
            }
            if last.replace(page) >= Some(page) {
                return Err(Error::StoredState("its pages are in no order"));
            }
            let to = page.bytes_mut(&mut memory);
            to.copy_from_slice(self.bytes(to.len() as u64)?);
            check_cells(config.addr_spaces[address_space].layout, to)?;
        }
        // Without a note of its pages, which will be others as soon as something is executed.
        Ok(GuestMemory::new(memory))
    }

    fn word(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (array, rest) = self.0.split_first_chunk().ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(*array)
    }

    fn bytes(&mut self, n: u64) -> Result<&'b [u8], Error> {
        let n = usize::try_from(n).ok();
        let split = n.and_then(|n| self.0.split_at_checked(n));
        let (bytes, rest) = split.ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(bytes)
    }
}

const CUT_OFF: Error = Error::StoredState("it is cut off");

/// Field elements lie in memory in Montgomery form, which is below the order, too.
fn check_cells(layout: MemoryCellType, cells: &[u8]) -> Result<(), Error> {
    match layout {
        MemoryCellType::F { size } if size > 0 => {
            let mut cells = cells.chunks_exact(usize::from(size)).map(little_endian);
            cells.try_for_each(|cell| to_field(cell).map(drop))
        }
        _ => Ok(()),
    }
}

fn to_field(value: u64) -> Result<F, Error> {
    let value = u32::try_from(value).ok().filter(|&v| v < F::ORDER_U32);
    let value = value.ok_or(Error::StoredState("it has a value beyond the field"))?;
    Ok(F::from_u32(value))
}

/// Of at most eight bytes.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |n, &byte| n << 8 | u64::from(byte))
}
