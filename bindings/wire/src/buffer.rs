//! One buffer with a directory of sections.
//!
//! Little-endian. `u32` status, `u32` count of sections, then per section three `u32`: key (tag in the low 16 bits,
//! mechanism above), byte offset, byte length. Section data begins on multiples of eight.

/// The sections hold an output.
pub const STATUS_OK: u32 = 0;
/// The sections say what is wrong with the input.
pub const STATUS_INPUT_ERROR: u32 = 1;
/// The sections say how the engine failed.
pub const STATUS_ENGINE_ERROR: u32 = 2;

const HEADER: usize = 8;
const ENTRY: usize = 12;

/// A finished answer.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
}

impl Buffer {
    /// The bytes, to hand over.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The bytes, to look at.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A value whose bytes are all its own, in the order in which JavaScript's typed arrays read them.
///
/// # Safety
/// The type has no padding and no uninitialised bytes.
pub(crate) unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($type:ty),*) => {$(
        // SAFETY: an integer, a bool, or an integer in a transparent wrapper: every byte is initialised.
        unsafe impl Plain for $type {}
    )*};
}
plain!(bool, u8, u16, u32, u64, i64, yuma_fixed::I32F32);

#[cfg(target_endian = "big")]
compile_error!("typed arrays are read in the machine's order: the layout is little-endian only");

fn bytes_of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: `Plain` promises that every byte is initialised; a u8 has no alignment, and the length is the slice's.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// Sections on their way into a buffer: gathered first, so that the buffer is allocated once.
pub(crate) struct Builder<'a> {
    status: u32,
    sections: Vec<(u32, &'a [u8])>,
}

fn aligned(at: usize) -> usize {
    at.next_multiple_of(8)
}

impl<'a> Builder<'a> {
    pub fn new(status: u32) -> Self {
        Self {
            status,
            sections: Vec::new(),
        }
    }

    pub fn add<T: Plain>(&mut self, tag: u16, mechanism: u16, values: &'a [T]) {
        let key = u32::from(mechanism) << 16 | u32::from(tag);
        self.sections.push((key, bytes_of(values)));
    }

    /// Lays everything down; `None` where that is more than a 32-bit offset reaches.
    pub fn build(self) -> Option<Buffer> {
        let mut directory = vec![self.status, self.sections.len() as u32];
        let mut at = aligned(HEADER + ENTRY * self.sections.len());
        for &(key, data) in &self.sections {
            directory.extend([
                key,
                u32::try_from(at).ok()?,
                u32::try_from(data.len()).ok()?,
            ]);
            at = aligned(at + data.len());
        }
        let mut bytes = Vec::with_capacity(at);
        bytes.extend_from_slice(bytes_of(&directory));
        for (_, data) in &self.sections {
            bytes.resize(aligned(bytes.len()), 0);
            bytes.extend_from_slice(data);
        }
        Some(Buffer { bytes })
    }
}
