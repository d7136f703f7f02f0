//! What an epoch's values are made of: scalars and columns of its trace in, words out.

use super::columns::{Reader, Slots, or_none, rows_of, some};
use yuma_epoch::{
    FixedRows, InputError, Mechanism, PotSearch, RawTerms, Rules, SparseRows, Subnet, Trace,
    dividend_parts, find_pots, fitting_weight, legacy_terms, masked_weights, rank_parts,
    weighed_sum,
};
use yuma_fixed::I32F32;

type Words = Vec<Vec<u64>>;

/// The weights that masks removed: spec version, neurons, the owner's uid, whether commits count; columns of
/// registrations, permits, updates, commits and rows of weights. Where the rows begin, and of each weight the target, the
/// value and the number of the reason.
pub fn masked(slots: &mut Slots<'_>, mut columns: Reader<'_, '_>) -> Result<Words, InputError> {
    let spec_version = slots.narrow("spec_version");
    let n: u16 = slots.narrow("n");
    let owner_uid = some(slots.narrow("owner_uid")).map(|uid| uid as u16);
    let commit_reveal_enabled = slots.flag("commit_reveal_enabled");
    slots.end()?;
    let uids = usize::from(n);
    let block_at_registration = columns.u64s("block_at_registration", uids);
    let validator_permit = columns.u8s("validator_permit", columns.rows());
    let last_update = columns.u64s("last_update", columns.rows());
    let commit_blocks = columns.u64s("commit_blocks", columns.rows());
    let row_start = columns.starts("weights", uids);
    let entries = rows_of(row_start);
    let uid = columns.u16s("weights", entries);
    let value = columns.u16s("weights", entries);
    columns.end()?;
    let rules = Rules::for_spec(spec_version)?;
    // Masks read neither stake nor hyperparameters.
    let total_stake = vec![[0; 2]; uids];
    let no_bonds = vec![0; uids + 1];
    let subnet = Subnet {
        n,
        block_at_registration,
        total_stake: &total_stake,
        owner_uid,
        validator_permit,
        commit_reveal_enabled,
        ..Subnet::default()
    };
    let mechanism = Mechanism {
        last_update,
        weights: SparseRows {
            row_start,
            uid,
            value,
        },
        bonds: SparseRows {
            row_start: &no_bonds,
            ..SparseRows::default()
        },
        commit_blocks,
        ..Mechanism::default()
    };
    let masked = masked_weights(&rules, &subnet, &mechanism)?;
    Ok(vec![
        masked.start.into_iter().map(u64::from).collect(),
        masked.uid.into_iter().map(u64::from).collect(),
        masked.value.into_iter().map(u64::from).collect(),
        masked.reason.into_iter().map(u64::from).collect(),
    ])
}

/// The columns that older runtimes stored beside an epoch's result: neurons; rows of weights, columns of active stake,
/// incentive, ranks and normalized emission. Rank, trust and pruning score.
pub fn legacy(slots: &mut Slots<'_>, mut columns: Reader<'_, '_>) -> Result<Words, InputError> {
    let n: u16 = slots.narrow("n");
    slots.end()?;
    let weights = Rows::read(&mut columns, n, "weights");
    let [active_stake, incentive, ranks, normalized_emission] =
        ["active_stake", "incentive", "ranks", "normalized_emission"]
            .map(|field| fixed(&mut columns, n.into(), field));
    columns.end()?;
    let raw = RawTerms {
        active_stake,
        incentive,
        ..RawTerms::default()
    };
    let trace = Trace {
        weights: weights.below(n)?,
        ranks,
        normalized_emission,
        ..Trace::default()
    };
    let terms = legacy_terms(&raw, &trace);
    Ok([terms.rank, terms.trust, terms.pruning_score]
        .map(|column| column.into_iter().map(u64::from).collect())
        .into())
}

/// A column as it is stored for a subnet: the emission; a column of what each mechanism shared out, and their own values,
/// one mechanism after the other.
pub fn weighed(slots: &mut Slots<'_>, mut columns: Reader<'_, '_>) -> Result<Words, InputError> {
    let emission = slots.narrow("emission");
    slots.end()?;
    let shares = columns.u64s("share", columns.rows());
    let own = columns.u16s("terms", columns.rows());
    columns.end()?;
    let sum = weighed_sum(own, shares, emission);
    Ok(vec![sum.into_iter().map(u64::from).collect()])
}

/// The amounts that an epoch may have shared out: spec version, neurons, mechanisms, whether there are parts, the least
/// and the most amount, how many columns are weighed by mechanism; parts; shares of the emission by mechanism; by neuron
/// what is stored and whether it counts; the weighed columns by mechanism, and what is stored of each. The least, the
/// most, and whether they fit.
pub fn pots(slots: &mut Slots<'_>, mut columns: Reader<'_, '_>) -> Result<Words, InputError> {
    let spec_version = slots.narrow("spec_version");
    let n: u16 = slots.narrow("n");
    let mechanisms: u8 = slots.narrow("mechanisms");
    let has_parts = slots.flag("mechanism_emission_split");
    let within = slots.narrow("least")..=slots.narrow("most");
    let weighed: u8 = slots.narrow("weighed");
    slots.end()?;
    let (n, mechanisms, weighed) = (
        usize::from(n),
        usize::from(mechanisms),
        usize::from(weighed),
    );
    let parts = columns.u16s("mechanism_emission_split", columns.rows());
    let shares = fixed(&mut columns, n * mechanisms, "normalized_emission");
    let stored = columns.u64s("emission", n);
    let counts = columns.u8s("counts", n);
    let terms = columns.u16s("terms", n * mechanisms * weighed);
    let stored_terms = columns.u16s("stored", n * weighed);
    columns.end()?;
    let search = PotSearch {
        mechanisms,
        shares: &shares,
        split: has_parts.then_some(parts),
        stored,
        counts,
        terms,
        stored_terms,
        within,
    };
    let found = find_pots(&Rules::for_spec(spec_version)?, &search)?;
    Ok(vec![vec![found.least, found.most, found.fits.into()]])
}

/// What validators add to a miner's rank: neurons, its uid; rows of clipped weights and a column of active stake. Uids
/// and bits.
pub fn ranks(slots: &mut Slots<'_>, mut columns: Reader<'_, '_>) -> Result<Words, InputError> {
    let n: u16 = slots.narrow("n");
    let uid = slots.narrow("uid");
    slots.end()?;
    let clipped = Rows::read(&mut columns, n, "clipped_weights");
    let active_stake = fixed(&mut columns, n.into(), "active_stake");
    columns.end()?;
    let raw = RawTerms {
        active_stake,
        ..RawTerms::default()
    };
    let trace = Trace {
        clipped_weights: clipped.below(n)?,
        ..Trace::default()
    };
    Ok(parts_words(&rank_parts(&raw, &trace, below(uid, n)?)))
}

/// What bonds add to a validator's dividends: neurons, its uid, whether by Yuma3; rows of bonds, columns of active stake
/// and incentive. Uids, bits, and three words: the sum, the dividends, and the stake that the sum is multiplied with.
pub fn dividends(slots: &mut Slots<'_>, mut columns: Reader<'_, '_>) -> Result<Words, InputError> {
    let n: u16 = slots.narrow("n");
    let uid = slots.narrow("uid");
    let yuma3 = slots.flag("yuma3_on");
    slots.end()?;
    let bonds = Rows::read(&mut columns, n, "ema_bonds");
    let active_stake = fixed(&mut columns, n.into(), "active_stake");
    let incentive = fixed(&mut columns, n.into(), "incentive");
    columns.end()?;
    let raw = RawTerms {
        active_stake,
        incentive,
        ..RawTerms::default()
    };
    let trace = Trace {
        ema_bonds: bonds.below(n)?,
        ..Trace::default()
    };
    let found = dividend_parts(&raw, &trace, below(uid, n)?, yuma3);
    let mut words = parts_words(&found.parts);
    let stake = found.stake.map(|stake| stake.to_bits() as u64);
    words.push(vec![
        found.sum.to_bits() as u64,
        found.dividends.to_bits() as u64,
        or_none(stake),
    ]);
    Ok(words)
}

/// The weight that is a share of its row beside others: the share's bits, the sum of the others.
pub fn fitting(slots: &mut Slots<'_>) -> Result<Words, InputError> {
    let share: u64 = slots.narrow("share");
    let others = slots.narrow("others");
    slots.end()?;
    let weight = fitting_weight(I32F32::from_bits(share as i64), others);
    Ok(vec![vec![weight.into()]])
}

fn below(uid: u16, n: u16) -> Result<u16, InputError> {
    if uid < n {
        return Ok(uid);
    }
    let expected = format!("expected a uid below {n}, found {uid}");
    Err(InputError::new("uid", expected))
}

fn fixed(columns: &mut Reader<'_, '_>, rows: usize, field: &'static str) -> Vec<I32F32> {
    let bits = columns.u64s(field, rows).iter();
    bits.map(|&bits| I32F32::from_bits(bits as i64)).collect()
}

/// Rows of a trace as they cross.
struct Rows<'a> {
    field: &'static str,
    starts: &'a [u32],
    uids: &'a [u16],
    bits: &'a [u64],
}

impl<'a> Rows<'a> {
    fn read(columns: &mut Reader<'_, 'a>, n: u16, field: &'static str) -> Self {
        let starts = columns.starts(field, n.into());
        let entries = rows_of(starts);
        Self {
            field,
            starts,
            uids: columns.u16s(field, entries),
            bits: columns.u64s(field, entries),
        }
    }

    /// The rows, once the reader has found nothing wrong, where all uids are below `n`.
    fn below(&self, n: u16) -> Result<FixedRows, InputError> {
        if let Some(uid) = self.uids.iter().find(|&&uid| uid >= n) {
            let expected = format!("expected uids below {n}, found {uid}");
            return Err(InputError::new(self.field, expected));
        }
        let mut rows = FixedRows::with_capacity(n.into(), self.uids.len());
        for pair in self.starts.windows(2) {
            for at in pair[0] as usize..pair[1] as usize {
                rows.push(self.uids[at], I32F32::from_bits(self.bits[at] as i64));
            }
            rows.end_row();
        }
        Ok(rows)
    }
}

fn parts_words(parts: &[(u16, I32F32)]) -> Words {
    vec![
        parts.iter().map(|&(uid, _)| uid.into()).collect(),
        parts
            .iter()
            .map(|&(_, bits)| bits.to_bits() as u64)
            .collect(),
    ]
}
