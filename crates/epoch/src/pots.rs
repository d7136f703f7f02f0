//! Which amount an epoch shared out, told from the emission that it stored.

use crate::mechanisms::{accumulate, known_split, mechanism_weight, split_emission, weighed_sum};
use crate::{InputError, Rules};
use std::ops::RangeInclusive;
use yuma_fixed::I32F32;
use yuma_vectorized::payout::part_of;

/// No subnet has as much alpha: 21 million of it are 2^54.2 rao.
const MOST_RAO: u64 = 1 << 60;

/// Amounts that are tried one by one at most.
const MOST_TRIED: u64 = 1 << 24;

/// An epoch whose emission is not known: what each neuron's share of it is, and what the chain stored. Columns have a
/// value for each of the neurons; where each mechanism has its own they stand one after the other.
#[derive(Clone, Debug)]
pub struct PotSearch<'a> {
    /// How many mechanisms there are, at least one.
    pub mechanisms: usize,
    /// The shares of the emission, by mechanism ([`crate::Trace::normalized_emission`]).
    pub shares: &'a [I32F32],
    /// Parts of the emission by mechanism, u16 proportions; `None` for an even split.
    pub split: Option<&'a [u16]>,
    /// Rao that the chain stored for each neuron.
    pub stored: &'a [u64],
    /// Whether what is stored is of this epoch, non-zero for yes.
    pub counts: &'a [u8],
    /// What else the chain stores for the subnet, weighed by mechanism, where there are several: a rao more or less in
    /// their shares can show in it. Each column by mechanism, one column after the other.
    pub terms: &'a [u16],
    /// What the chain stored of each of these columns, one after the other.
    pub stored_terms: &'a [u16],
    /// Rao, the least and the most that the epoch can have shared out.
    pub within: RangeInclusive<u64>,
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
    n: usize,
    /// Neurons with a share, the one with the most stored first: it tells most amounts apart.
    uids: Vec<usize>,
    start: u64,
    /// The first amount beyond.
    end: u64,
}

/// Amounts from the first to before the second.
type Span = (u64, u64);

impl<'a> Search<'a> {
    fn new(rules: &Rules, search: &PotSearch<'a>) -> Self {
        let mut given = search.clone();
        given.split = known_split(rules, search.split, search.mechanisms);
        let n = given.stored.len();
        let mut uids: Vec<usize> = Vec::with_capacity(n);
        for uid in 0..n {
            let has_share =
                (0..given.mechanisms).any(|id| given.shares[id * n + uid] > I32F32::ZERO);
            if given.counts[uid] == 0 || !has_share {
                continue;
            }
            uids.push(uid);
            if given.stored[uid] > given.stored[uids[0]] {
                let last = uids.len() - 1;
                uids.swap(0, last);
            }
        }
        let start = (*given.within.start()).min(MOST_RAO);
        let end = (*given.within.end()).clamp(start, MOST_RAO) + 1;
        Self {
            given,
            n,
            uids,
            start,
            end,
        }
    }

    fn find(&self) -> Result<Pots, InputError> {
        let (holding, spans) = self.spans();
        let (first, end) = match spans.first() {
            Some(&span) if self.given.mechanisms == 1 => span,
            Some(_) => return self.best_of(&spans),
            None => (self.start, self.end),
        };
        Ok(self.pots(first, end - 1, holding == self.uids.len()))
    }

    #[inline(never)]
    fn pots(&self, least: u64, most: u64, fits: bool) -> Pots {
        let given = &self.given;
        let is_zero = |uid| given.counts[uid] == 0 || given.stored[uid] == 0;
        let others_are_zero = (0..self.n).all(|uid| is_zero(uid) || self.uids.contains(&uid));
        Pots {
            least,
            most,
            fits: fits && others_are_zero,
        }
    }

    /// How many rao a neuron's emission of several mechanisms can be off a multiple of the amount.
    ///
    /// With `q` a mechanism's part, its share is `pot q` but for at most as many rao as there are mechanisms, `m`; so
    /// share times weight, `share^2 / pot`, is `pot q^2` but for `2 m`, for each of them. Shares in rao, weights and sums
    /// are floored once each.
    fn slack(&self) -> u64 {
        match self.given.mechanisms as u64 {
            1 => 0,
            m => 2 * m * m + 3 * m,
        }
    }

    /// Returns how many neurons' emissions can hold together at most, and the spans of amounts in which as many can;
    /// none where nobody has a share.
    fn spans(&self) -> (usize, Vec<Span>) {
        let around = 2 * self.slack();
        let mut own: Vec<Span> = Vec::with_capacity(self.uids.len());
        for &uid in &self.uids {
            let stored = self.given.stored[uid];
            let beyond = stored.saturating_add(around + 1 + around.min(1));
            let from = self.first(uid, stored.saturating_sub(around));
            own.push((from, self.first(uid, beyond)));
        }
        let (mut most, mut spans) = (0, Vec::<Span>::new());
        // As many as anywhere hold from where one of them begins.
        for &(from, _) in &own {
            let (mut holding, mut end) = (0, self.end);
            for &(first, to) in &own {
                if first <= from && from < to {
                    holding += 1;
                    end = end.min(to);
                }
            }
            if holding > most {
                most = holding;
                spans.clear();
            }
            if holding == most && holding > 0 && !spans.contains(&(from, end)) {
                spans.push((from, end));
            }
        }
        (most, spans)
    }

    /// Returns the first amount of which a neuron gets as much; the one beyond all where of none.
    #[inline(never)]
    fn first(&self, uid: usize, emission: u64) -> u64 {
        let (mut from, mut to) = (self.start, self.end);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.emission(uid, middle, &self.split(middle)) >= emission {
                true => to = middle,
                false => from = middle + 1,
            }
        }
        from
    }

    /// Returns what each mechanism shares out of an amount.
    fn split(&self, pot: u64) -> Vec<u64> {
        split_emission(pot, self.given.split, self.given.mechanisms)
    }

    /// Returns what the chain stores for a neuron of an amount.
    #[inline(never)]
    fn emission(&self, uid: usize, pot: u64, split: &[u64]) -> u64 {
        let mut sum = 0;
        for (id, &rao) in split.iter().enumerate() {
            let own = part_of(self.given.shares[id * self.n + uid], rao);
            sum = accumulate(sum, own, mechanism_weight(rao, pot, id == 0)).saturating_to_u64();
        }
        sum
    }

    /// Returns those amounts of the spans of which least is otherwise than it is stored.
    fn best_of(&self, spans: &[Span]) -> Result<Pots, InputError> {
        let tried = |tried: u64, &(from, to): &Span| tried.saturating_add(to - from);
        if spans.iter().fold(0, tried) > MOST_TRIED {
            return Err(InputError::new(
                "emission",
                "expected emissions that tell the amount they are of; too many amounts come close",
            ));
        }
        let (mut best, mut least, mut most) = ((usize::MAX, usize::MAX), self.start, self.start);
        for &(from, to) in spans {
            for pot in from..to {
                let off = self.off(pot, best);
                if off < best {
                    (best, least) = (off, pot);
                }
                if off == best {
                    (least, most) = (least.min(pot), most.max(pot));
                }
            }
        }
        Ok(self.pots(least, most, best.0 == 0))
    }

    /// Returns how many emissions, and how many other values, are otherwise than they are stored; of more than `best`
    /// not how many more.
    fn off(&self, pot: u64, best: (usize, usize)) -> (usize, usize) {
        let split = self.split(pot);
        let mut emissions = 0;
        for &uid in &self.uids {
            emissions += usize::from(self.emission(uid, pot, &split) != self.given.stored[uid]);
            if emissions > best.0 {
                return (emissions, 0);
            }
        }
        let given = &self.given;
        let mut others = 0;
        for (id, own) in given.terms.chunks(self.n * given.mechanisms).enumerate() {
            let sum = weighed_sum(own, &split, pot);
            for (uid, value) in sum.into_iter().enumerate() {
                let is_off = value != given.stored_terms[id * self.n + uid];
                others += usize::from(given.counts[uid] != 0 && is_off);
            }
        }
        (emissions, others)
    }
}
