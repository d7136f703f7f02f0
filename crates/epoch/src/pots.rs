//! Which amount an epoch shared out, told from the emission that it stored.

use crate::mechanisms::{accumulate, known_split, mechanism_weight, split_emission};
use crate::{InputError, Rules};
use std::ops::RangeInclusive;
use yuma_fixed::{I32F32, U64F64};
use yuma_vectorized::payout::part_of;

/// No subnet has as much alpha: 21 million of it are 2^54.2 rao.
const MOST_RAO: u64 = 1 << 60;

/// Amounts that are tried one by one at most.
const MOST_TRIED: u64 = 1 << 24;

/// An epoch whose emission is not known: what each neuron's share of it is, and what the chain stored.
#[derive(Clone, Debug)]
pub struct PotSearch<'a> {
    /// The shares of the emission by mechanism, `n` values each ([`crate::Trace::normalized_emission`]).
    pub shares: &'a [&'a [I32F32]],
    /// Parts of the emission by mechanism, u16 proportions; `None` for an even split.
    pub split: Option<&'a [u16]>,
    /// Rao that the chain stored for each neuron, `n` values.
    pub stored: &'a [u64],
    /// Whether what is stored is of this epoch, `n` values, non-zero for yes.
    pub counts: &'a [u8],
    /// What else the chain stores for the subnet, weighed by mechanism, where there are several: a part of a rao in
    /// their shares can show in it.
    pub weighed: &'a [Weighed<'a>],
    /// Rao, the least and the most that the epoch can have shared out.
    pub within: RangeInclusive<u64>,
}

/// A column that the chain stores for the subnet, weighed by mechanism.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    /// Each mechanism's own, `n` values each.
    pub mechanisms: &'a [&'a [u16]],
    /// What the chain stored, `n` values.
    pub stored: &'a [u16],
}

/// Amounts of rao that an epoch may have shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pots {
    /// The least of them.
    pub least: u64,
    /// The most of them.
    pub most: u64,
    /// Whether each neuron's stored emission is what it gets of them; else no amount is like that, and these are of
    /// those that most neurons' are.
    pub fits: bool,
}

/// Returns the amounts that the epoch may have shared out.
///
/// A neuron's emission grows with the amount, so that what is stored for it holds between two amounts, which are found by
/// halving; those that hold for every neuron are the answer. Of several mechanisms it grows but for a few rao, since the
/// split and the weights are rounded: there every amount within that of what is stored is tried.
///
/// Follows `epoch_mechanism` of `pallets/subtensor/src/epoch/run_epoch.rs` and `epoch_with_mechanisms` of
/// `subnets/mechanism.rs`, spec 425.
///
/// # Errors
/// Emissions of several mechanisms so small that too many amounts would have to be tried.
pub fn find_pots(rules: &Rules, search: &PotSearch<'_>) -> Result<Pots, InputError> {
    Search::new(rules, search).find()
}

struct Search<'a> {
    given: PotSearch<'a>,
    /// Neurons with a share, that with the most stored first: it tells most amounts apart.
    uids: Vec<usize>,
    start: u64,
    /// The first amount beyond.
    end: u64,
}

/// A mechanism's part of an amount, and its weight.
type Part = (u64, U64F64);

impl<'a> Search<'a> {
    fn new(rules: &Rules, search: &PotSearch<'a>) -> Self {
        let mut given = search.clone();
        given.split = known_split(rules, search.split, search.shares.len());
        let has_share = |uid: usize| given.shares.iter().any(|of| of[uid] > I32F32::ZERO);
        let mut uids: Vec<usize> = (0..given.stored.len())
            .filter(|&uid| given.counts[uid] != 0 && has_share(uid))
            .collect();
        uids.sort_by_key(|&uid| std::cmp::Reverse(given.stored[uid]));
        let start = (*given.within.start()).min(MOST_RAO);
        let end = (*given.within.end()).clamp(start, MOST_RAO) + 1;
        Self {
            given,
            uids,
            start,
            end,
        }
    }

    fn find(&self) -> Result<Pots, InputError> {
        let (holding, spans) = self.spans();
        let (first, last) = match spans.first() {
            Some(&(first, end)) if self.mechanisms() == 1 => (first, end - 1),
            Some(_) => return self.best_of(&spans),
            None => (self.start, self.end - 1),
        };
        Ok(self.pots(first, last, holding == self.uids.len()))
    }

    fn pots(&self, least: u64, most: u64, fits: bool) -> Pots {
        let given = &self.given;
        let others_are_zero = (0..given.stored.len()).all(|uid| {
            given.counts[uid] == 0 || given.stored[uid] == 0 || self.uids.contains(&uid)
        });
        Pots {
            least,
            most,
            fits: fits && others_are_zero,
        }
    }

    fn mechanisms(&self) -> usize {
        self.given.shares.len()
    }

    /// How many rao a neuron's emission of several mechanisms can be off a multiple of the amount.
    ///
    /// With `q` a mechanism's part, its share is `pot q` but for at most as many rao as there are mechanisms, `m`; so
    /// share times weight, `share^2 / pot`, is `pot q^2` but for `2 m`, for each of them. Shares in rao, weights and sums
    /// are floored once each.
    fn slack(&self) -> u64 {
        match self.mechanisms() as u64 {
            1 => 0,
            m => 2 * m * m + 3 * m,
        }
    }

    /// Returns how many neurons' emissions can hold together at most, and the spans of amounts in which as many can,
    /// the end of each left out; none where nobody has a share.
    fn spans(&self) -> (usize, Vec<(u64, u64)>) {
        let around = 2 * self.slack();
        let mut edges: Vec<(u64, isize)> = Vec::with_capacity(2 * self.uids.len());
        for &uid in &self.uids {
            let stored = self.given.stored[uid];
            let from = self.first(uid, stored.saturating_sub(around));
            let to = self.first(uid, stored.saturating_add(around + 1 + around.min(1)));
            if from < to {
                edges.extend([(from, 1), (to, -1)]);
            }
        }
        edges.sort_unstable();
        let mut spans = Vec::new();
        let (mut holding, mut most) = (0, 1);
        for (at, &(from, change)) in edges.iter().enumerate() {
            holding += change;
            let to = edges.get(at + 1).map_or(from, |next| next.0);
            if holding < most || to == from {
                continue;
            }
            if holding > most {
                spans.clear();
            }
            most = holding;
            spans.push((from, to));
        }
        (if spans.is_empty() { 0 } else { most as usize }, spans)
    }

    /// Returns the first amount of which a neuron gets as much; the one beyond all where of none.
    fn first(&self, uid: usize, emission: u64) -> u64 {
        let (mut from, mut to) = (self.start, self.end);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.emission(uid, middle, &self.parts(middle)) >= emission {
                true => to = middle,
                false => from = middle + 1,
            }
        }
        from
    }

    fn parts(&self, pot: u64) -> Vec<Part> {
        if self.mechanisms() == 1 {
            return Vec::new();
        }
        let shares = split_emission(pot, self.given.split, self.mechanisms());
        let weighed = |(id, share)| (share, mechanism_weight(share, pot, id == 0));
        shares.into_iter().enumerate().map(weighed).collect()
    }

    /// Returns what the chain stores for a neuron of an amount.
    fn emission(&self, uid: usize, pot: u64, parts: &[Part]) -> u64 {
        let shares = self.given.shares;
        if parts.is_empty() {
            return part_of(shares[0][uid], pot);
        }
        shares.iter().zip(parts).fold(0, |sum, (of, part)| {
            accumulate(sum, part_of(of[uid], part.0), part.1).saturating_to_u64()
        })
    }

    /// Returns those amounts of the spans of which least is otherwise than it is stored.
    fn best_of(&self, spans: &[(u64, u64)]) -> Result<Pots, InputError> {
        let tried: u64 = spans.iter().map(|(from, to)| to - from).sum();
        if tried > MOST_TRIED {
            return Err(InputError::new(
                "emission",
                format!(
                    "expected emissions that tell the amount they are of; {tried} amounts come close"
                ),
            ));
        }
        let (mut best, mut least, mut most) = ((usize::MAX, usize::MAX), self.start, self.start);
        for &(from, to) in spans {
            for pot in from..to {
                let parts = self.parts(pot);
                let Some(off) = self.off(pot, &parts, best) else {
                    continue;
                };
                if off < best {
                    (best, least) = (off, pot);
                }
                most = pot;
            }
        }
        Ok(self.pots(least, most, best.0 == 0))
    }

    /// Returns how many emissions, and how many other values, are otherwise than they are stored; `None` where more than
    /// `best`.
    fn off(&self, pot: u64, parts: &[Part], best: (usize, usize)) -> Option<(usize, usize)> {
        let mut emissions = 0;
        for &uid in &self.uids {
            emissions += usize::from(self.emission(uid, pot, parts) != self.given.stored[uid]);
            if emissions > best.0 {
                return None;
            }
        }
        let others = self
            .given
            .weighed
            .iter()
            .map(|of| of.off(parts, self.given.counts));
        let off = (emissions, others.sum());
        (off <= best).then_some(off)
    }
}

impl Weighed<'_> {
    fn off(&self, parts: &[Part], counts: &[u8]) -> usize {
        let is_off = |&uid: &usize| {
            let columns = self.mechanisms.iter().zip(parts);
            let value = columns.fold(0, |sum: u16, (of, part)| {
                accumulate(sum.into(), of[uid].into(), part.1).saturating_to_u16()
            });
            counts[uid] != 0 && value != self.stored[uid]
        };
        (0..self.stored.len()).filter(is_off).count()
    }
}
