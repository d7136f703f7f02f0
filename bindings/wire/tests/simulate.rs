//! Requests of a simulation that nobody would make: they are refused, and never panic, hang or break the subnet.
#![cfg(feature = "simulate")]

use yuma_wire::Column;
use yuma_wire::simulate::{Handle, SimulateAnswer, method};

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// Mostly a small number, now and then one at the edge.
    fn word(&mut self) -> u64 {
        match self.below(12) {
            0 => u64::MAX,
            1 => 1 << 63,
            2 => f64::NAN.to_bits(),
            3 => 1f64.to_bits(),
            4 => 65_536,
            _ => self.below(9),
        }
    }
}

/// A column that owns its values.
enum Owned {
    U64(Vec<u64>),
    U32(Vec<u32>),
    U16(Vec<u16>),
    U8(Vec<u8>),
}

impl Owned {
    fn random(kind: char, len: usize, random: &mut Random) -> Self {
        let words = (0..len).map(|_| random.word());
        match kind {
            'd' => Self::U64(words.collect()),
            'w' => Self::U32(words.map(|word| word as u32).collect()),
            'h' => Self::U16(words.map(|word| word as u16).collect()),
            _ => Self::U8(words.map(|word| word as u8).collect()),
        }
    }

    fn borrow(&self) -> Column<'_> {
        match self {
            Self::U64(values) => Column::U64(values),
            Self::U32(values) => Column::U32(values),
            Self::U16(values) => Column::U16(values),
            Self::U8(values) => Column::U8(values),
        }
    }
}

/// Scalars of a made subnet: those of a call, whose hyperparameters are usual enough.
fn make_slots(n: u64) -> Vec<u64> {
    let mut slots = vec![n, 2, 1, 7, 1_000_000, 0, 0, 0];
    let mut scalars = vec![0; 32];
    scalars[0] = 475;
    scalars[1] = n;
    scalars[2] = 1000;
    scalars[3] = 10;
    scalars[7] = 5000;
    scalars[9] = u64::MAX;
    scalars[10] = 2;
    scalars[12] = 32_767;
    scalars[13] = 65_535;
    scalars[14] = 900_000;
    scalars[22] = 1_000_000;
    scalars[31] = u64::from(u32::MAX);
    slots.extend(scalars);
    slots
}

/// What the columns of each request are, as [`Owned::random`] names them.
const REQUESTS: [(u32, &str); 9] = [
    (method::CHANGE, "bwbhhhddwhh"),
    (method::RUN, "bwbhhhddwhh"),
    (method::AGENTS, "bdddwhwhwwwhwddwwhd"),
    (method::RECORD, "b"),
    (method::ADVANCE, "bddwhhh"),
    (method::TAKE, ""),
    (method::STATE, ""),
    (method::EPOCH, ""),
    (method::POINTS, ""),
];

#[test]
fn requests_that_mean_nothing_are_refused_and_leave_a_subnet_that_answers() {
    let mut random = Random(1);
    let (mut refused, mut answered) = (0, 0);
    for round in 0..3000 {
        let mut handle = Handle::default();
        let opened = handle.call(method::MAKE, &make_slots(5), &[]);
        assert!(matches!(opened, SimulateAnswer::Words(_)), "{opened:?}");
        for _ in 0..4 {
            let (number, kinds) = REQUESTS[random.below(9) as usize];
            // Of a list of changes or agents lengths that fit each other are the more telling ones.
            let rows = random.below(3) as usize;
            let columns = kinds
                .chars()
                .map(|kind| {
                    let len = if random.below(6) == 0 {
                        random.below(5) as usize
                    } else {
                        rows
                    };
                    let starts = kind == 'w' && random.below(2) == 0;
                    match starts {
                        true => Owned::U32(vec![0; rows + 1]),
                        false => Owned::random(kind, len, &mut random),
                    }
                })
                .collect::<Vec<_>>();
            let columns = columns.iter().map(Owned::borrow).collect::<Vec<_>>();
            let columns = if random.below(9) == 0 {
                &columns[..columns.len() / 2]
            } else {
                &columns
            };
            let slots = (0..random.below(4)).map(|_| random.below(4));
            let slots = slots.collect::<Vec<_>>();
            match handle.call(number, &slots, columns) {
                SimulateAnswer::Fault(..) => refused += 1,
                SimulateAnswer::Failure(reason) => assert_eq!(
                    (number, reason.as_str()),
                    (method::POINTS, "the subnet is closed, or failed before"),
                    "round {round}"
                ),
                answer => {
                    answered += 1;
                    assert!(answer.sections().bytes() > 0);
                }
            }
        }
        assert!(matches!(
            handle.call(method::STATE, &[], &[]),
            SimulateAnswer::State(_)
        ));
    }
    assert!(refused > 2000 && answered > 2000, "{refused} {answered}");
}

#[test]
fn a_handle_that_holds_nothing_says_so() {
    let mut handle = Handle::default();
    for number in 0..20 {
        let answer = handle.call(number, &[], &[]);
        assert!(!matches!(
            answer,
            SimulateAnswer::Output(_) | SimulateAnswer::State(_)
        ));
    }
}
