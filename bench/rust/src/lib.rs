//! Reads the inputs that `bench/bench.mjs` leaves: the columns of a call, as they cross into Rust.
//!
//! A file is a `u32` count of columns, then for each a `u32` element size, a `u32` length and its little-endian
//! elements. The first column holds the scalars.

use std::fs;
use std::io;
use std::path::Path;
use yuma_wire::Column;

/// A column that owns its elements.
#[derive(Debug)]
pub enum Owned {
    /// `BigUint64Array`.
    U64(Vec<u64>),
    /// `Uint32Array`.
    U32(Vec<u32>),
    /// `Uint16Array`.
    U16(Vec<u16>),
    /// `Uint8Array`.
    U8(Vec<u8>),
}

impl Owned {
    /// The engine's view of it.
    pub fn borrow(&self) -> Column<'_> {
        match self {
            Owned::U64(values) => Column::U64(values),
            Owned::U32(values) => Column::U32(values),
            Owned::U16(values) => Column::U16(values),
            Owned::U8(values) => Column::U8(values),
        }
    }
}

/// The columns of a file, the scalars first.
///
/// # Errors
/// What reading the file says, and a file that is not of this layout.
pub fn read_columns(path: &Path) -> io::Result<Vec<Owned>> {
    let bytes = fs::read(path)?;
    parse(&bytes)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, path.display().to_string()))
}

fn parse(mut bytes: &[u8]) -> Option<Vec<Owned>> {
    let count = take_u32(&mut bytes)?;
    (0..count).map(|_| parse_column(&mut bytes)).collect()
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*head))
}

fn parse_column(bytes: &mut &[u8]) -> Option<Owned> {
    let size = take_u32(bytes)? as usize;
    let len = take_u32(bytes)? as usize;
    let (data, rest) = bytes.split_at_checked(size.checked_mul(len)?)?;
    *bytes = rest;
    match size {
        8 => Some(Owned::U64(elements(data, u64::from_le_bytes))),
        4 => Some(Owned::U32(elements(data, u32::from_le_bytes))),
        2 => Some(Owned::U16(elements(data, u16::from_le_bytes))),
        1 => Some(Owned::U8(data.to_vec())),
        _ => None,
    }
}

fn elements<T, const SIZE: usize>(data: &[u8], read: fn([u8; SIZE]) -> T) -> Vec<T> {
    data.as_chunks::<SIZE>()
        .0
        .iter()
        .map(|&bytes| read(bytes))
        .collect()
}
