//! Random records of every chip, in upstream's own types, with many at the edges.

use openvm_circuit::{
    arch::{
        AdapterTraceExecutor, CustomBorrow, EmptyAdapterCoreLayout, EmptyMultiRowLayout,
        MatrixRecordArena, RecordArena,
    },
    system::{
        memory::offline_checker::{MemoryReadAuxRecord, MemoryWriteBytesAuxRecord},
        phantom::PhantomRecord,
    },
};
use openvm_metal_sdk::{ChipRecords, PackedRecords, F};
use openvm_rv32im_circuit::{adapters::*, *};
use openvm_stark_backend::p3_field::PrimeField32;
use rand::{rngs::StdRng, Rng};

/// No register is written.
const NO_REGISTER: u32 = u32::MAX;

/// The same records for the host and for the device.
pub struct Twins {
    pub host: MatrixRecordArena<F>,
    pub device: ChipRecords<MatrixRecordArena<F>>,
}

impl Twins {
    /// Room for so many rows on the host, and for none on the device, which makes it.
    pub fn new(n_rows: usize, width: usize) -> Self {
        use openvm_circuit::arch::Arena;
        Self {
            host: MatrixRecordArena::with_capacity(n_rows, width),
            device: ChipRecords::Packed(PackedRecords::default()),
        }
    }

    pub fn put<AE, A: 'static, C: 'static>(
        &mut self,
        rng: &mut StdRng,
        make: impl Fn(&mut StdRng) -> (A, C),
    ) where
        AE: AdapterTraceExecutor<F>,
        for<'a> MatrixRecordArena<F>:
            RecordArena<'a, EmptyAdapterCoreLayout<F, AE>, (&'a mut A, &'a mut C)>,
        for<'a> ChipRecords<MatrixRecordArena<F>>:
            RecordArena<'a, EmptyAdapterCoreLayout<F, AE>, (&'a mut A, &'a mut C)>,
    {
        let mut twin = rng.clone();
        let (adapter, core) = self.host.alloc(EmptyAdapterCoreLayout::new());
        (*adapter, *core) = make(rng);
        let (adapter, core) = self.device.alloc(EmptyAdapterCoreLayout::new());
        (*adapter, *core) = make(&mut twin);
    }
}

/// A word, often one of those where something changes.
pub fn word(rng: &mut StdRng) -> u32 {
    const EDGES: [u32; 10] = [
        0,
        1,
        0x7f,
        0x80,
        0xff,
        0x100,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fffe,
        0xffff_ffff,
    ];
    match rng.random_bool(0.5) {
        true => EDGES[rng.random_range(0..EDGES.len())],
        false => rng.random(),
    }
}

/// Two words' bytes, which are often the same but for a byte, or altogether.
fn operands(rng: &mut StdRng) -> [[u8; 4]; 2] {
    let b = word(rng).to_le_bytes();
    let mut c = b;
    match rng.random_range(0..4) {
        0 => {}
        1 => c[rng.random_range(0..4)] ^= rng.random::<u8>() | 1,
        _ => c = word(rng).to_le_bytes(),
    }
    [b, c]
}

pub const MAX_TIMESTAMP: u32 = (1 << 29) - 1;

/// When an instruction starts that has so many accesses.
pub fn start(rng: &mut StdRng, n_accesses: u32) -> u32 {
    let last = MAX_TIMESTAMP + 1 - n_accesses;
    match rng.random_range(0..4) {
        0 => 1,
        1 => last,
        _ => rng.random_range(1..=last),
    }
}

fn timestamp(rng: &mut StdRng) -> u32 {
    start(rng, 3)
}

/// A time before that of an access, often the first or the last one.
fn before(rng: &mut StdRng, timestamp: u32) -> u32 {
    match rng.random_range(0..4) {
        0 => 0,
        1 => timestamp - 1,
        _ => rng.random_range(0..timestamp),
    }
}

pub fn read(rng: &mut StdRng, timestamp: u32) -> MemoryReadAuxRecord {
    MemoryReadAuxRecord {
        prev_timestamp: before(rng, timestamp),
    }
}

pub fn write(rng: &mut StdRng, timestamp: u32) -> MemoryWriteBytesAuxRecord<4> {
    MemoryWriteBytesAuxRecord {
        prev_timestamp: before(rng, timestamp),
        prev_data: word(rng).to_le_bytes(),
    }
}

pub fn pc(rng: &mut StdRng) -> u32 {
    match rng.random_range(0..4) {
        0 => 0,
        1 => (1 << 30) - 8,
        _ => rng.random_range(0..(1 << 28) - 2) * 4,
    }
}

pub fn register(rng: &mut StdRng) -> u32 {
    rng.random_range(0..32) * 4
}

/// A pointer of as many bits as one may have.
pub fn pointer(rng: &mut StdRng) -> u32 {
    const MAX: u32 = (1 << 29) - 4;
    match rng.random_range(0..4) {
        0 => 0,
        1 => MAX,
        _ => rng.random::<u32>() & MAX,
    }
}

fn register_or_none(rng: &mut StdRng) -> u32 {
    match rng.random_bool(0.3) {
        true => NO_REGISTER,
        false => register(rng),
    }
}

fn alu_adapter(rng: &mut StdRng) -> Rv32BaseAluAdapterRecord {
    let from_timestamp = timestamp(rng);
    let is_register = rng.random_bool(0.5);
    Rv32BaseAluAdapterRecord {
        from_pc: pc(rng),
        from_timestamp,
        rd_ptr: register(rng),
        rs1_ptr: register(rng),
        rs2: match is_register {
            true => register(rng),
            false => word(rng) & 0xff_ffff,
        },
        rs2_as: is_register.into(),
        reads_aux: [read(rng, from_timestamp), read(rng, from_timestamp + 1)],
        writes_aux: write(rng, from_timestamp + 2),
    }
}

type AluExecutor = Rv32BaseAluAdapterExecutor<8>;

pub fn base_alu(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<AluExecutor, _, _>(rng, |rng| {
        let [b, c] = operands(rng);
        let local_opcode = rng.random_range(0..5);
        (alu_adapter(rng), BaseAluCoreRecord { b, c, local_opcode })
    });
}

pub fn less_than(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<AluExecutor, _, _>(rng, |rng| {
        let [b, c] = operands(rng);
        let local_opcode = rng.random_range(0..2);
        let core = LessThanCoreRecord::<4, 8> { b, c, local_opcode };
        (alu_adapter(rng), core)
    });
}

pub fn shift(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<AluExecutor, _, _>(rng, |rng| {
        let [b, mut c] = operands(rng);
        c[0] = rng.random();
        let local_opcode = rng.random_range(0..3);
        let core = ShiftCoreRecord::<4, 8> { b, c, local_opcode };
        (alu_adapter(rng), core)
    });
}

fn branch_adapter(rng: &mut StdRng) -> Rv32BranchAdapterRecord {
    let from_timestamp = timestamp(rng);
    Rv32BranchAdapterRecord {
        from_pc: pc(rng),
        from_timestamp,
        rs1_ptr: register(rng),
        rs2_ptr: register(rng),
        reads_aux: [read(rng, from_timestamp), read(rng, from_timestamp + 1)],
    }
}

/// A branch's offset, as the field element that an instruction has.
pub fn offset(rng: &mut StdRng) -> u32 {
    match rng.random_range(0..3) {
        0 => F::ORDER_U32 - rng.random_range(1..=1 << 12),
        _ => rng.random_range(0..1 << 12),
    }
}

pub fn branch_equal(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32BranchAdapterExecutor, _, _>(rng, |rng| {
        let [a, b] = operands(rng);
        let core = BranchEqualCoreRecord {
            a,
            b,
            imm: offset(rng),
            local_opcode: rng.random_range(0..2),
        };
        (branch_adapter(rng), core)
    });
}

pub fn branch_less_than(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32BranchAdapterExecutor, _, _>(rng, |rng| {
        let [a, b] = operands(rng);
        let core = BranchLessThanCoreRecord::<4, 8> {
            a,
            b,
            imm: offset(rng),
            local_opcode: rng.random_range(0..4),
        };
        (branch_adapter(rng), core)
    });
}

fn write_adapter(rng: &mut StdRng, rd_ptr: u32) -> Rv32RdWriteAdapterRecord {
    let from_timestamp = timestamp(rng);
    Rv32RdWriteAdapterRecord {
        from_pc: pc(rng),
        from_timestamp,
        rd_ptr,
        // Not written where there is no register.
        rd_aux_record: match rd_ptr {
            NO_REGISTER => MemoryWriteBytesAuxRecord {
                prev_timestamp: 0,
                prev_data: [0; 4],
            },
            _ => write(rng, from_timestamp),
        },
    }
}

pub fn jal_lui(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32CondRdWriteAdapterExecutor, _, _>(rng, |rng| {
        let core = Rv32JalLuiCoreRecord {
            imm: offset(rng),
            rd_data: word(rng).to_le_bytes(),
            is_jal: rng.random_bool(0.5),
        };
        let register = register_or_none(rng);
        (write_adapter(rng, register), core)
    });
}

pub fn auipc(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32RdWriteAdapterExecutor, _, _>(rng, |rng| {
        let core = Rv32AuipcCoreRecord {
            from_pc: pc(rng),
            imm: word(rng) & 0xff_ffff,
        };
        let register = register(rng);
        (write_adapter(rng, register), core)
    });
}

/// An immediate, and the register's value that makes `sum` with it.
fn base_of(rng: &mut StdRng, sum: u32) -> (u16, bool, u32) {
    let (imm, is_negative): (u16, bool) = (word(rng) as u16, rng.random());
    let extended = u32::from(imm) + u32::from(is_negative) * 0xffff_0000;
    (imm, is_negative, sum.wrapping_sub(extended))
}

pub fn jalr(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32JalrAdapterExecutor, _, _>(rng, |rng| {
        let from_timestamp = timestamp(rng);
        let rd_ptr = register_or_none(rng);
        let to_pc = pc(rng) + rng.random_range(0..4);
        let (imm, imm_sign, rs1_val) = base_of(rng, to_pc);
        let from_pc = pc(rng);
        let adapter = Rv32JalrAdapterRecord {
            from_pc,
            from_timestamp,
            rs1_ptr: register(rng),
            rd_ptr,
            reads_aux: read(rng, from_timestamp),
            writes_aux: match rd_ptr {
                NO_REGISTER => MemoryWriteBytesAuxRecord {
                    prev_timestamp: 0,
                    prev_data: [0; 4],
                },
                _ => write(rng, from_timestamp + 1),
            },
        };
        let core = Rv32JalrCoreRecord {
            imm,
            from_pc,
            rs1_val,
            imm_sign,
        };
        (adapter, core)
    });
}

fn load_store_adapter(
    rng: &mut StdRng,
    rd_rs2_ptr: u32,
    mem_as: u8,
    shift: u8,
) -> Rv32LoadStoreAdapterRecord {
    let from_timestamp = timestamp(rng);
    let pointer = (word(rng) & ((1 << 29) - 4)) + u32::from(shift);
    let (imm, imm_sign, rs1_val) = base_of(rng, pointer);
    Rv32LoadStoreAdapterRecord {
        from_pc: pc(rng),
        from_timestamp,
        rs1_ptr: register(rng),
        rs1_val,
        rs1_aux_record: read(rng, from_timestamp),
        rd_rs2_ptr,
        read_data_aux: read(rng, from_timestamp + 1),
        imm,
        imm_sign,
        mem_as,
        write_prev_timestamp: before(rng, from_timestamp + 2),
    }
}

/// Opcodes of loads and stores with all shifts that they may have.
const LOADS_AND_STORES: [(u8, u8); 14] = [
    (0, 0),
    (1, 0),
    (1, 1),
    (1, 2),
    (1, 3),
    (2, 0),
    (2, 2),
    (3, 0),
    (4, 0),
    (4, 2),
    (5, 0),
    (5, 1),
    (5, 2),
    (5, 3),
];

pub fn load_store(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32LoadStoreAdapterExecutor, _, _>(rng, |rng| {
        let (local_opcode, shift_amount) = LOADS_AND_STORES[rng.random_range(0..14)];
        let is_load = local_opcode <= 2;
        // Memory of field elements may be stored to.
        let mem_as = if is_load { 2 } else { rng.random_range(2..5) };
        let core = LoadStoreCoreRecord {
            local_opcode,
            shift_amount,
            read_data: word(rng).to_le_bytes(),
            prev_data: std::array::from_fn(|_| match mem_as {
                4 => rng.random_range(0..F::ORDER_U32),
                _ => word(rng) & 0xff,
            }),
        };
        let register = match is_load {
            true => register_or_none(rng),
            false => register(rng),
        };
        (
            load_store_adapter(rng, register, mem_as, shift_amount),
            core,
        )
    });
}

pub fn load_sign_extend(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32LoadStoreAdapterExecutor, _, _>(rng, |rng| {
        let is_byte = rng.random();
        let shift_amount = match is_byte {
            true => rng.random_range(0..4),
            false => 2 * rng.random_range(0..2),
        };
        let core = LoadSignExtendCoreRecord {
            is_byte,
            shift_amount,
            read_data: word(rng).to_le_bytes(),
            prev_data: word(rng).to_le_bytes(),
        };
        let register = register_or_none(rng);
        (load_store_adapter(rng, register, 2, shift_amount), core)
    });
}

fn multiply_adapter(rng: &mut StdRng) -> Rv32MultAdapterRecord {
    let from_timestamp = timestamp(rng);
    Rv32MultAdapterRecord {
        from_pc: pc(rng),
        from_timestamp,
        rd_ptr: register(rng),
        rs1_ptr: register(rng),
        rs2_ptr: register(rng),
        reads_aux: [read(rng, from_timestamp), read(rng, from_timestamp + 1)],
        writes_aux: write(rng, from_timestamp + 2),
    }
}

pub fn multiplication(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32MultAdapterExecutor, _, _>(rng, |rng| {
        let [b, c] = operands(rng);
        let core = MultiplicationCoreRecord::<4, 8> { b, c };
        (multiply_adapter(rng), core)
    });
}

pub fn multiplication_high(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32MultAdapterExecutor, _, _>(rng, |rng| {
        let [b, c] = operands(rng);
        let local_opcode = rng.random_range(0..3);
        let core = MulHCoreRecord::<4, 8> { b, c, local_opcode };
        (multiply_adapter(rng), core)
    });
}

pub fn divide_remainder(twins: &mut Twins, rng: &mut StdRng) {
    twins.put::<Rv32MultAdapterExecutor, _, _>(rng, |rng| {
        let [b, mut c] = operands(rng);
        if rng.random_bool(0.2) {
            // Often shorter, so that the quotient is more than a bit.
            c = (u32::from_le_bytes(c) >> rng.random_range(0..32)).to_le_bytes();
        }
        let local_opcode = rng.random_range(0..4);
        (
            multiply_adapter(rng),
            DivRemCoreRecord { b, c, local_opcode },
        )
    });
}

pub fn phantom(twins: &mut Twins, rng: &mut StdRng) {
    let record = PhantomRecord {
        pc: pc(rng),
        operands: std::array::from_fn(|_| rng.random_range(0..F::ORDER_U32)),
        timestamp: timestamp(rng),
    };
    let place: &mut PhantomRecord = twins.host.alloc(EmptyMultiRowLayout::default());
    *place = record.clone();
    let place: &mut PhantomRecord = twins.device.alloc(EmptyMultiRowLayout::default());
    *place = record;
}

/// Fills a record of some words, in one arena.
fn store_hint<'a>(
    arena: &'a mut impl RecordArena<'a, Rv32HintStoreLayout, Rv32HintStoreRecordMut<'a>>,
    n_words: u32,
    rng: &mut StdRng,
) {
    let header = [n_words, 0, 0, 0, 0, 0, 0, 0];
    let header: &[u8] = bytemuck::cast_slice(&header);
    // SAFETY: a header, which begins with the number of words and is read for that alone.
    #[allow(unsafe_code, reason = "upstream's layout can be made in no other way")]
    let layout = unsafe { CustomBorrow::<Rv32HintStoreRecordMut<'_>, _>::extract_layout(header) };
    let record = arena.alloc(layout);
    let timestamp = rng.random_range(1..MAX_TIMESTAMP - 3 * n_words);
    let is_single = n_words == 1 && rng.random();
    *record.inner = Rv32HintStoreRecordHeader {
        num_words: n_words,
        from_pc: pc(rng),
        timestamp,
        mem_ptr_ptr: register(rng),
        mem_ptr: rng.random_range(0..(1 << 27) - n_words) * 4,
        mem_ptr_aux_record: read(rng, timestamp),
        num_words_ptr: match is_single {
            true => NO_REGISTER,
            false => register(rng),
        },
        num_words_read: read(rng, timestamp + 1),
    };
    for (number, word_of) in (0..).zip(record.var) {
        word_of.data_write_aux = write(rng, timestamp + 3 * number + 2);
        word_of.data = word(rng).to_le_bytes();
    }
}

/// A record of one row, and one of some more if there is room.
pub fn hint_store(twins: &mut Twins, rng: &mut StdRng) {
    let n_words = match rng.random_range(0..8) {
        0 => 1023,
        1 => rng.random_range(1..300),
        _ => 1,
    };
    let rows = twins.host.trace_buffer.len() / twins.host.width;
    let free = rows - twins.host.trace_offset / twins.host.width;
    let n_words = n_words.min(free as u32).max(1);
    store_hint(&mut twins.host, n_words, &mut rng.clone());
    store_hint(&mut twins.device, n_words, rng);
}
