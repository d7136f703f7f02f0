//! What crosses the boundary: calls of epochs, of emission's functions, of networks that stay resident, and of state
//! proofs, written as the other side writes them and then changed. Whatever comes in, an answer comes out.

use crate::generated::call::{Request, call as epoch_call};
use crate::network::network;
use crate::subnet::{spec_version, subnet};
use crate::values::{any, column, maybe, word};
use arbitrary::{Result, Unstructured};
use std::mem::MaybeUninit;
use std::sync::LazyLock;
use yuma_differential::OwnedSubnet;
use yuma_wire::emission::{EmissionAnswer, Handle, call as emission_call, method, network_columns};
use yuma_wire::proof::call as proof_call;
use yuma_wire::{Answer, Column, Platform, Sections};

/// See the module.
pub fn check(data: &[u8]) {
    let u = &mut Unstructured::new(data);
    // Bytes that are too few for what they choose are no input.
    let _ = match u.int_in_range(0..=5) {
        Ok(0 | 1) => epoch(u),
        Ok(2) => functions(u),
        Ok(3) => resident(u),
        Ok(4) => laid_out(u),
        _ => proof(u),
    };
}

/// A column with memory of its own.
#[derive(Clone, Debug, PartialEq)]
enum Owned {
    U64(Vec<u64>),
    U32(Vec<u32>),
    U16(Vec<u16>),
    U8(Vec<u8>),
}

impl Owned {
    fn borrow(&self) -> Column<'_> {
        match self {
            Self::U64(values) => Column::U64(values),
            Self::U32(values) => Column::U32(values),
            Self::U16(values) => Column::U16(values),
            Self::U8(values) => Column::U8(values),
        }
    }

    /// Bytes of each element, and all of them.
    fn bytes(&self) -> (usize, Vec<u8>) {
        match self {
            Self::U64(values) => (8, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Self::U32(values) => (4, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Self::U16(values) => (2, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Self::U8(values) => (1, values.clone()),
        }
    }

    /// The column whose bytes these are, of the same type.
    fn of_bytes(&self, bytes: &[u8]) -> Self {
        fn chunks<const N: usize, T>(bytes: &[u8], value: fn([u8; N]) -> T) -> Vec<T> {
            let (chunks, rest) = bytes.as_chunks();
            assert!(rest.is_empty(), "whole values");
            chunks.iter().copied().map(value).collect()
        }
        match self {
            Self::U64(_) => Self::U64(chunks(bytes, u64::from_le_bytes)),
            Self::U32(_) => Self::U32(chunks(bytes, u32::from_le_bytes)),
            Self::U16(_) => Self::U16(chunks(bytes, u16::from_le_bytes)),
            Self::U8(_) => Self::U8(bytes.to_vec()),
        }
    }
}

impl From<Column<'_>> for Owned {
    fn from(column: Column<'_>) -> Self {
        match column {
            Column::U64(values) => Self::U64(values.to_vec()),
            Column::U32(values) => Self::U32(values.to_vec()),
            Column::U16(values) => Self::U16(values.to_vec()),
            Column::U8(values) => Self::U8(values.to_vec()),
        }
    }
}

/// A call's scalars and columns.
#[derive(Clone, Debug, PartialEq)]
struct Crossing {
    scalars: Vec<u64>,
    columns: Vec<Owned>,
}

impl Crossing {
    fn columns(&self) -> Vec<Column<'_>> {
        self.columns.iter().map(Owned::borrow).collect()
    }

    /// All of it in one block of words.
    fn words(&self) -> Vec<u64> {
        let pair = |low: usize, high: usize| low as u64 | (high as u64) << 32;
        let mut words = vec![pair(self.scalars.len(), self.columns.len())];
        words.extend_from_slice(&self.scalars);
        let columns: Vec<(usize, Vec<u8>)> = self.columns.iter().map(Owned::bytes).collect();
        let shapes = columns
            .iter()
            .map(|(element, bytes)| pair(*element, bytes.len() / element));
        words.extend(shapes);
        for (_, bytes) in &columns {
            words.extend(bytes.chunks(8).map(|chunk| {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                u64::from_le_bytes(word)
            }));
        }
        words
    }

    fn change(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        for _ in 0..u.int_in_range(0..=3)? {
            self.change_once(u)?;
        }
        Ok(())
    }

    fn change_once(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let Self { scalars, columns } = self;
        match u.int_in_range(0..=7)? {
            0 | 1 if !scalars.is_empty() => {
                let at = u.choose_index(scalars.len())?;
                scalars[at] = word(u)?;
            }
            2 if !scalars.is_empty() => {
                scalars.truncate(u.choose_index(scalars.len())?);
            }
            3 => scalars.push(word(u)?),
            4 if !columns.is_empty() => drop(columns.remove(u.choose_index(columns.len())?)),
            5 => columns.push(any_column(u)?),
            6 if !columns.is_empty() => {
                let at = u.choose_index(columns.len())?;
                columns[at] = any_column(u)?;
            }
            _ if !columns.is_empty() => {
                let at = u.choose_index(columns.len())?;
                change_column(u, &mut columns[at])?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn any_column(u: &mut Unstructured<'_>) -> Result<Owned> {
    let len = u.int_in_range(0..=12)?;
    Ok(match u.int_in_range(0..=3)? {
        0 => Owned::U64(column(u, len, word)?),
        1 => Owned::U32(column(u, len, |u| Ok(word(u)? as u32))?),
        2 => Owned::U16(column(u, len, |u| Ok(word(u)? as u16))?),
        _ => Owned::U8(column(u, len, |u| Ok(word(u)? as u8))?),
    })
}

/// A value of a column changed, put in or taken out; the type stays.
fn change_column(u: &mut Unstructured<'_>, column: &mut Owned) -> Result<()> {
    fn change<T>(u: &mut Unstructured<'_>, values: &mut Vec<T>, of: fn(u64) -> T) -> Result<()> {
        let at = u.int_in_range(0..=values.len())?;
        match u.int_in_range(0..=3)? {
            0 => values.insert(at, of(word(u)?)),
            1 if at < values.len() => drop(values.remove(at)),
            2 => values.truncate(at),
            _ if at < values.len() => values[at] = of(word(u)?),
            _ => {}
        }
        Ok(())
    }
    match column {
        Owned::U64(values) => change(u, values, |word| word),
        Owned::U32(values) => change(u, values, |word| word as u32),
        Owned::U16(values) => change(u, values, |word| word as u16),
        Owned::U8(values) => change(u, values, |word| word as u8),
    }
}

/// Whether an answer is an output, and each of its sections; its bytes are written too, as the hosts do.
fn sections(sections: &Sections<'_>) -> (bool, Vec<Vec<u8>>) {
    let mut bytes = vec![MaybeUninit::uninit(); sections.bytes()];
    sections.write(&mut bytes);
    let data: Vec<Vec<u8>> = sections.data().map(<[u8]>::to_vec).collect();
    let directory = sections.directory();
    for (data, entry) in data.iter().zip(directory[2..].chunks(3)) {
        let (from, len) = (entry[1] as usize, entry[2] as usize);
        assert_eq!(len, data.len());
        assert!(from + len <= bytes.len());
    }
    (sections.are_output(), data)
}

/// The call of a subnet's epoch as the other side writes it.
fn crossing_of(u: &mut Unstructured<'_>, subnet: &OwnedSubnet) -> Result<Crossing> {
    let pools = subnet.pools;
    let request = Request {
        spec_version: spec_version(u)?,
        emission: pools.total(),
        pending_server_emission: maybe(u, |_| Ok(pools.server))?,
        pending_validator_emission: maybe(u, |_| Ok(pools.validator))?,
        pending_root_alpha_divs: maybe(u, |_| Ok(pools.root))?,
        mechanism_emission_split: subnet.split.as_deref(),
        trace: any(u)?,
        fields: any(u)?,
    };
    let (scalars, columns) = epoch_call(&request, &subnet.borrow(), &subnet.borrow_mechanisms());
    let crossing = Crossing {
        scalars,
        columns: columns.into_iter().map(Owned::from).collect(),
    };
    Ok(crossing)
}

fn epoch(u: &mut Unstructured<'_>) -> Result<()> {
    let subnet = subnet(u)?;
    let mut crossing = crossing_of(u, &subnet)?;
    crossing.change(u)?;
    let columns = crossing.columns();
    let answer = |answer: Answer| sections(&answer.sections());
    let expected = answer(yuma_wire::reference_epoch(&crossing.scalars, &columns));
    for platform in Platform::available() {
        let ours = answer(yuma_wire::epoch(platform, &crossing.scalars, &columns));
        assert!(ours == expected, "{}: {crossing:?}", platform.name());
    }
    Ok(())
}

/// A call as one block of words, which answers as the call itself does; and such a block changed.
fn laid_out(u: &mut Unstructured<'_>) -> Result<()> {
    let subnet = subnet(u)?;
    let mut crossing = crossing_of(u, &subnet)?;
    crossing.change(u)?;
    let platform = *u.choose(&Platform::available().collect::<Vec<_>>())?;
    let mut words = crossing.words();
    let ours = sections(&yuma_wire::epoch_laid_out(platform, &words).sections());
    let expected = yuma_wire::epoch(platform, &crossing.scalars, &crossing.columns());
    assert!(ours == sections(&expected.sections()), "{crossing:?}");
    for _ in 0..u.int_in_range(1..=3)? {
        // What says how long the others are lies in front.
        let at = match u.ratio(3, 4)? {
            true => u.int_in_range(0..=words.len().min(50) - 1)?,
            false => u.choose_index(words.len())?,
        };
        match u.int_in_range(0..=2)? {
            0 => words.truncate(at.max(1)),
            1 => words[at] = word(u)?,
            _ => words[at] = word(u)? << 32 | word(u)? & 0xff,
        }
    }
    sections(&yuma_wire::epoch_laid_out(platform, &words).sections());
    Ok(())
}

/// The scalars and columns of a network without anything. Which types its columns have is found from what the reader
/// says of the first that is not as it should be.
static EMPTY: LazyLock<Crossing> = LazyLock::new(|| {
    let kinds: [fn() -> Owned; 5] = [
        || Owned::U64(vec![]),
        || Owned::U32(vec![]),
        || Owned::U16(vec![]),
        || Owned::U8(vec![]),
        // Where the rows of no rows begin.
        || Owned::U32(vec![0]),
    ];
    let fault = |crossing: &Crossing| {
        let opened = Handle::default().call(method::OPEN, &crossing.scalars, &crossing.columns());
        match opened {
            EmissionAnswer::Fault(error, _) => Some(error),
            _ => None,
        }
    };
    let mut empty = Crossing {
        scalars: [&[475, 0][..], &[0; 100]].concat(),
        columns: Vec::new(),
    };
    while fault(&empty).is_some_and(|error| error.field == "scalars") {
        empty.scalars.pop();
    }
    while let Some(error) = fault(&empty) {
        assert!(empty.columns.len() < 1000, "{error}");
        let next = kinds.iter().find(|kind| {
            let mut with = empty.clone();
            with.columns.push(kind());
            fault(&with).is_none_or(|next| next.field != error.field)
        });
        empty.columns.push(next.expect("a column of some type")());
    }
    empty
});

/// What opens a network, as its columns are written: the version, whether epochs are plain, the globals, the tables.
fn opening(answer: &EmissionAnswer, spec_version: u64, plain: bool) -> Crossing {
    let (written, data) = sections(&answer.sections());
    assert!(written, "{answer:?}");
    // The globals are one section.
    let (globals, tables) = data.split_first().expect("the globals");
    let Owned::U64(globals) = Owned::U64(vec![]).of_bytes(globals) else {
        unreachable!("a column stays of its type");
    };
    assert_eq!(tables.len(), EMPTY.columns.len());
    let columns = EMPTY.columns.iter().zip(tables);
    Crossing {
        scalars: [vec![spec_version, plain.into()], globals].concat(),
        columns: columns.map(|(kind, bytes)| kind.of_bytes(bytes)).collect(),
    }
}

/// A network that is opened as it was written, or changed, and then asked for anything.
fn resident(u: &mut Unstructured<'_>) -> Result<()> {
    let spec_version = *u.choose(&[475, 475, 473, 425, 300, 448, 415, 440])?;
    let written = match network(u)? {
        Some(network) => opening(&network_columns(&network), spec_version, any(u)?),
        None => EMPTY.clone(),
    };
    let mut crossing = written.clone();
    crossing.change(u)?;
    let mut handle = Handle::default();
    let opened = handle.call(method::OPEN, &crossing.scalars, &crossing.columns());
    if sections(&opened.sections()).0 {
        let answer = handle.call(method::COLUMNS, &[], &[]);
        let again = opening(&answer, crossing.scalars[0], crossing.scalars[1] != 0);
        // What is written is read as it is.
        let mut other = Handle::default();
        let reopened = other.call(method::OPEN, &again.scalars, &again.columns());
        assert!(sections(&reopened.sections()).0, "{reopened:?}");
        let answer = other.call(method::COLUMNS, &[], &[]);
        assert!(opening(&answer, again.scalars[0], again.scalars[1] != 0) == again);
    }
    for _ in 0..u.int_in_range(0..=4)? {
        ask(u, &mut handle)?;
    }
    Ok(())
}

/// Asks anything of a network, or something that is none of it.
fn ask(u: &mut Unstructured<'_>, handle: &mut Handle) -> Result<()> {
    let number = u.int_in_range(1..=10)?;
    let slots = u.int_in_range(0..=7)?;
    let mut asked = Crossing {
        scalars: column(u, slots, word)?,
        columns: Vec::new(),
    };
    let steps = [
        || Owned::U32(vec![]),
        || Owned::U8(vec![]),
        || Owned::U16(vec![]),
        || Owned::U64(vec![]),
    ];
    for _ in 0..u.int_in_range(0..=14)? {
        asked.columns.push(match u.ratio(3, 4)? {
            true => u.choose(&steps)?(),
            false => any_column(u)?,
        });
    }
    if number == method::RUN {
        // Thousands of blocks take as long as they take.
        if let Some(blocks) = asked.scalars.first_mut() {
            *blocks %= 4;
        }
    }
    sections(
        &handle
            .call(number, &asked.scalars, &asked.columns())
            .sections(),
    );
    Ok(())
}

fn functions(u: &mut Unstructured<'_>) -> Result<()> {
    let number = u.int_in_range(0..=13)?;
    let slots = u.int_in_range(0..=40)?;
    let columns = u.int_in_range(0..=16)?;
    let asked = Crossing {
        scalars: column(u, slots, word)?,
        columns: (0..columns).map(|_| any_column(u)).collect::<Result<_>>()?,
    };
    sections(&emission_call(number, &asked.scalars, &asked.columns()).sections());
    Ok(())
}

/// Texts of nodes and keys, of hex or of anything.
fn proof(u: &mut Unstructured<'_>) -> Result<()> {
    let root = match u.ratio(7, 8)? {
        true => [7; 32].to_vec(),
        false => Vec::new(),
    };
    let (nodes, node_lengths) = texts(u)?;
    let (keys, key_lengths) = texts(u)?;
    let mut asked = Crossing {
        scalars: Vec::new(),
        columns: vec![
            Owned::U8(root),
            Owned::U8(nodes),
            Owned::U32(node_lengths),
            Owned::U8(keys),
            Owned::U32(key_lengths),
        ],
    };
    let number = u.int_in_range(0..=2)?;
    let slots = u.int_in_range(0..=2)?;
    asked.scalars = column(u, slots, |u| Ok(any::<bool>(u)?.into()))?;
    asked.change(u)?;
    sections(&proof_call(number, &asked.scalars, &asked.columns()).sections());
    Ok(())
}

fn texts(u: &mut Unstructured<'_>) -> Result<(Vec<u8>, Vec<u32>)> {
    let (mut texts, mut lengths) = (Vec::new(), Vec::new());
    for _ in 0..u.int_in_range(0..=5)? {
        let before = texts.len();
        texts.extend_from_slice(b"0x");
        for _ in 0..u.int_in_range(0..=12)? {
            texts.push(*u.choose(b"0123456789abcdefABCDEF0000x")?);
        }
        lengths.push((texts.len() - before) as u32);
    }
    Ok((texts, lengths))
}

#[cfg(test)]
mod tests {
    use super::*;
    use yuma_wire::Call;

    /// Bytes that read as subnets of all kinds.
    fn bytes(seed: u64) -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(seed);
        std::iter::repeat_with(|| rng.u8(..)).take(4096).collect()
    }

    #[test]
    fn a_call_is_read_as_it_was_written() {
        for seed in 0..500 {
            let bytes = bytes(seed);
            let u = &mut Unstructured::new(&bytes);
            let subnet = subnet(u).expect("enough bytes");
            let crossing = crossing_of(u, &subnet).expect("enough bytes");
            let columns = crossing.columns();
            let Ok(call) = Call::decode(&crossing.scalars, &columns) else {
                continue;
            };
            let shown = |subnet: &dyn std::fmt::Debug| format!("{subnet:?}");
            assert_eq!(shown(&call.subnet), shown(&subnet.borrow()));
            assert_eq!(shown(&call.mechanisms), shown(&subnet.borrow_mechanisms()));
            assert_eq!(call.split, subnet.split.as_deref());
            assert_eq!(call.pools.total(), subnet.pools.total());
        }
    }

    #[test]
    fn a_network_is_read_as_it_was_written() {
        let mut read = 0;
        for seed in 0..300 {
            let bytes = bytes(seed);
            let u = &mut Unstructured::new(&bytes);
            let Ok(Some(network)) = network(u) else {
                continue;
            };
            let written = opening(&network_columns(&network), 475, false);
            let mut handle = Handle::default();
            let opened = handle.call(method::OPEN, &written.scalars, &written.columns());
            if !sections(&opened.sections()).0 {
                continue;
            }
            read += 1;
            let answer = handle.call(method::COLUMNS, &[], &[]);
            assert!(opening(&answer, 475, false) == written, "seed {seed}");
        }
        assert!(read > 50, "{read}");
    }
}
