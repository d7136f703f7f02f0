//! That whatever columns come in, an answer comes out, and that state that is read is written as it was.
#![cfg(feature = "emission")]

use std::mem::MaybeUninit;
use yuma_wire::emission::{EmissionAnswer, Handle, call, method};
use yuma_wire::{Column, Sections};

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
}

const OPEN: [u64; 2] = [425, 0];

/// The sections of an answer as bytes.
fn sections(sections: &Sections<'_>) -> (bool, Vec<Vec<u8>>) {
    let mut bytes = vec![MaybeUninit::new(0); sections.bytes()];
    sections.write(&mut bytes);
    let data = sections.data().map(<[u8]>::to_vec).collect();
    (sections.are_output(), data)
}

fn state(handle: &mut Handle) -> Vec<Vec<u8>> {
    let answer = handle.call(method::COLUMNS, &[], &[]);
    let (fine, data) = sections(&answer.sections());
    assert!(fine, "{answer:?}");
    data
}

/// A network without anything that can be opened.
fn network() -> (Vec<u64>, Vec<Owned>) {
    let mut handle = Handle::default();
    let (slots, columns) = empty();
    let borrowed: Vec<_> = columns.iter().map(Owned::borrow).collect();
    let opened = handle.call(method::OPEN, &slots, &borrowed);
    assert!(sections(&opened.sections()).0, "{opened:?}");
    (slots, columns)
}

/// The slots and columns of a network without anything, found from what the reader asks for.
fn empty() -> (Vec<u64>, Vec<Owned>) {
    let mut slots = OPEN.to_vec();
    slots.resize(100, 0);
    let mut columns: Vec<Owned> = Vec::new();
    let kinds: [fn() -> Owned; 5] = [
        || Owned::U64(vec![]),
        || Owned::U32(vec![]),
        || Owned::U16(vec![]),
        || Owned::U8(vec![]),
        // Where the rows of no rows begin.
        || Owned::U32(vec![0]),
    ];
    // The first fault names the first column that is not as it should be: one is tried after the other.
    let fault = |slots: &[u64], columns: &[Owned]| {
        let borrowed: Vec<_> = columns.iter().map(Owned::borrow).collect();
        match Handle::default().call(method::OPEN, slots, &borrowed) {
            EmissionAnswer::Fault(error, _) => Some(error),
            _ => None,
        }
    };
    while fault(&slots, &columns).is_some_and(|error| error.field == "scalars") {
        slots.pop();
    }
    while let Some(error) = fault(&slots, &columns) {
        let next = kinds.iter().find(|kind| {
            let mut with = columns.clone();
            with.push(kind());
            fault(&slots, &with).is_none_or(|next| next.field != error.field)
        });
        columns.push(next.expect("a column of some type")());
        assert!(columns.len() < 1000);
    }
    (slots, columns)
}

#[test]
fn an_empty_network_is_written_as_it_was_read() {
    let (slots, columns) = network();
    let borrowed: Vec<_> = columns.iter().map(Owned::borrow).collect();
    let mut handle = Handle::default();
    handle.call(method::OPEN, &slots, &borrowed);
    let written = state(&mut handle);
    // The globals are one section.
    assert_eq!(written.len(), 1 + columns.len());
    let bytes: Vec<u8> = slots[OPEN.len()..]
        .iter()
        .flat_map(|slot| slot.to_le_bytes())
        .collect();
    assert_eq!(written[0], bytes);
}

/// A small generator of numbers.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % below.max(1)
    }

    fn change(&mut self, columns: &mut Vec<Owned>) {
        let at = self.next(columns.len());
        let value = [0, 1, 2, 3, 255, u32::MAX as usize, usize::MAX][self.next(7)];
        let len = self.next(4);
        match (self.next(6), &mut columns[at]) {
            (0, _) => drop(columns.remove(at)),
            (1, column) => *column = Owned::U8(vec![value as u8; len]),
            (_, Owned::U64(values)) => *values = vec![value as u64; len],
            (_, Owned::U32(values)) if self.next(2) == 0 => values.push(value as u32),
            (_, Owned::U32(values)) => *values = vec![value as u32; len],
            (_, Owned::U16(values)) => *values = vec![value as u16; len],
            (_, Owned::U8(values)) => *values = vec![value as u8; len],
        }
    }
}

#[test]
fn whatever_comes_in_an_answer_comes_out() {
    let (slots, whole) = network();
    let mut random = Random(7);
    let mut opened = 0;
    for _ in 0..20_000 {
        let mut columns = whole.clone();
        for _ in 0..=random.next(6) {
            random.change(&mut columns);
        }
        let mut scalars = slots.clone();
        if random.next(4) == 0 {
            let at = random.next(scalars.len());
            scalars[at] = u64::MAX;
        }
        let borrowed: Vec<_> = columns.iter().map(Owned::borrow).collect();
        let mut handle = Handle::default();
        let answer = handle.call(method::OPEN, &scalars, &borrowed);
        opened += usize::from(sections(&answer.sections()).0);
        for number in 1..12 {
            sections(
                &handle
                    .call(number, &scalars[..random.next(9)], &borrowed)
                    .sections(),
            );
        }
        sections(&call(random.next(9) as u32, &scalars, &borrowed).sections());
    }
    assert!(opened > 100, "{opened}");
}
