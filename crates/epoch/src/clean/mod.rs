//! The fast path: epochs whose rows are sorted and whose values stay in [0, 1].
//!
//! That is nearly every epoch of a real network. Two passes go over the columns in slices of sixteen: the first
//! reads the weights and settles consensus, trust and ranks; the second, when incentive is known, moves the bonds. A
//! slice's rows are gathered once and stay in the cache for all that is done to them. Order of addition is free here:
//! every sum is proved to stay below where the chain's saturates or wraps. What is not proved takes the general path.

mod bonds;
mod columns;
mod consensus;
mod liquid;
mod rows;

use crate::bonds::last_tempo;
use crate::kernels::simd::{Lanes32, Lanes64, ONE, ONE_U32};
use crate::kernels::{Platform, run_on};
use crate::output::StoredRows;
use crate::run::Steps;
use crate::stake::Participants;
use crate::vector::{normalize, proportion};
use crate::{Mechanism, Rules, Subnet};
use bonds::{BondPass, Outgoing, Rule};
use columns::{Columns, Numbering};
use consensus::{Choice, ConsensusPass, Followed, Handed, vote_in_u32};
use liquid::Liquid;
use rows::{Calendar, NotClean, ReadRows, Row};
use std::cell::RefCell;
use yuma_fixed::{I32F32, I64F64};

/// Memory that the next epoch of this thread uses again.
#[derive(Default)]
struct Scratch {
    numbering: Numbering,
    work: Work,
}

/// Memory of the two passes.
#[derive(Default)]
struct Work {
    calendar: Calendar,
    cursors: Vec<usize>,
    pair_cursors: Vec<[usize; 2]>,
    weights: consensus::Panel,
    bonds: bonds::Panel,
    entries: Vec<u32>,
    trust: Vec<Lanes32>,
    dividends: Vec<Lanes64>,
    consensus: Vec<u64>,
    ranks: Vec<u64>,
    gained: Vec<u64>,
    incentive: Vec<u64>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The epoch from weights to bonds, or `None` where it is not clean.
pub(crate) fn run(
    platform: Platform,
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    who: &Participants,
) -> Option<Steps> {
    SCRATCH.with_borrow_mut(|scratch| {
        Epoch {
            platform,
            rules,
            subnet,
            mechanism,
            who,
        }
        .run(scratch)
        .ok()
    })
}

struct Epoch<'a> {
    platform: Platform,
    rules: &'a Rules,
    subnet: &'a Subnet<'a>,
    mechanism: &'a Mechanism<'a>,
    who: &'a Participants,
}

fn refill<T: Clone>(vec: &mut Vec<T>, len: usize, value: T) {
    vec.clear();
    vec.resize(len, value);
}

fn fixed(values: &[u64]) -> Vec<I32F32> {
    values
        .iter()
        .map(|&v| I32F32::from_bits(v as i64))
        .collect()
}

/// Values of rows, I32F32 bits, as those of uids, zero for the rest.
fn by_uid(rows: &[Row], values: impl Iterator<Item = u64>, n: usize) -> Vec<I32F32> {
    let mut out = vec![I32F32::ZERO; n];
    for (row, value) in rows.iter().zip(values) {
        out[row.uid as usize] = I32F32::from_bits(value as i64);
    }
    out
}

/// Whether a weight of the row remains when it is clipped.
fn trusts(columns: &Columns<'_>, row: &Row, consensus: &[u64]) -> bool {
    row.weights.clone().any(|at| {
        let column = columns.weights.uid[at];
        columns.weights.value[at] > 0
            && consensus[column as usize] > 0
            && !row.masks(columns.registered, column)
    })
}

impl Epoch<'_> {
    fn run(&self, scratch: &mut Scratch) -> Result<Steps, NotClean> {
        let n = self.subnet.n as usize;
        self.check_stake()?;
        let rule = self.rule()?;
        let read = ReadRows {
            rules: self.rules,
            subnet: self.subnet,
            mechanism: self.mechanism,
            who: self.who,
        };
        let mut rows = run_on(self.platform, read)?;
        // More rows, and a column's stored bonds could sum past I32F32.
        if rows.len() > 1 << 15 {
            return Err(NotClean);
        }

        let Scratch { numbering, work } = scratch;
        let columns = numbering.columns(self.subnet, self.mechanism, &mut rows);
        let handed = self.handed(&rule);
        self.consensus_pass(&columns, &rows, handed, work)?;
        let validator_trust = self.trust(&columns, &rows, work);
        let mut incentive = fixed(&work.ranks);
        normalize(&mut incentive);
        if incentive.contains(&I32F32::ONE) {
            return Err(NotClean);
        }
        work.incentive.clear();
        let bits = incentive.iter().map(|v| v.to_bits() as u64);
        work.incentive.extend(bits);

        // Without any consensus the chain leaves liquid alpha aside.
        let rule = match rule {
            Rule::Liquid(_) if work.consensus.iter().all(|&c| c == 0) => Rule::Yuma3 {
                alpha: self.plain_alpha()?,
            },
            rule => rule,
        };
        let bonds = self.bond_pass(&columns, &rows, &rule, work);
        let earned = work.dividends.iter().map(|lanes| lanes.0.iter().sum());
        let mut dividends = by_uid(&rows, earned, n);
        if self.subnet.yuma3_on {
            for (dividend, &stake) in dividends.iter_mut().zip(&self.who.active_stake) {
                *dividend = dividend.checked_mul(stake).unwrap_or(I32F32::ZERO);
            }
        }
        Ok(Steps {
            consensus: columns.by_uid(&work.consensus, n),
            validator_trust,
            incentive: columns.by_uid(&work.incentive, n),
            dividends,
            bonds,
            trace: None,
        })
    }

    /// Stakes below 1 that sum to 1 at most: only absurd ones, whose sum wrapped, and a sole validator's do not.
    ///
    /// With every factor below 1 a product needs no care for 1 times 1. The subnets that this leaves out are small.
    fn check_stake(&self) -> Result<(), NotClean> {
        let mut sum = 0u64;
        for stake in &self.who.active_stake {
            let bits = u64::try_from(stake.to_bits()).map_err(|_| NotClean)?;
            sum = sum.checked_add(bits).ok_or(NotClean)?;
        }
        let sole = self.who.active_stake.contains(&I32F32::ONE);
        if sum <= ONE && !sole {
            Ok(())
        } else {
            Err(NotClean)
        }
    }

    fn rule(&self) -> Result<Rule, NotClean> {
        let alpha = self.plain_alpha()?;
        if !self.subnet.yuma3_on {
            return Ok(Rule::Classic { alpha });
        }
        if !self.subnet.liquid_alpha_on {
            return Ok(Rule::Yuma3 { alpha });
        }
        Liquid::new(self.rules, self.subnet)
            .map(Rule::Liquid)
            .ok_or(NotClean)
    }

    /// One less the part that bonds keep, where both are below 1. There both bond rules convert it alike.
    fn plain_alpha(&self) -> Result<u64, NotClean> {
        if !(1..1_000_000).contains(&self.subnet.bonds_moving_average) {
            return Err(NotClean);
        }
        let keep = I64F64::saturating_from_int(self.subnet.bonds_moving_average.into())
            .safe_div(I64F64::saturating_from_int(1_000_000));
        Ok(ONE - I32F32::saturating_from(keep).to_bits() as u64)
    }

    fn handed(&self, rule: &Rule) -> Handed {
        match rule {
            Rule::Classic { .. } => Handed::Gains(Followed::new(self.penalty())),
            _ => Handed::Shares,
        }
    }

    /// The bonds penalty, I32F32 bits.
    fn penalty(&self) -> u64 {
        proportion(self.subnet.bonds_penalty).to_bits() as u64
    }

    /// # Errors
    /// A consensus of one: incentive nearly always is then too.
    fn consensus_pass(
        &self,
        columns: &Columns<'_>,
        rows: &[Row],
        handed: Handed,
        work: &mut Work,
    ) -> Result<(), NotClean> {
        let mut stakes = self
            .who
            .active_stake
            .iter()
            .copied()
            .filter(|&stake| stake > I32F32::ZERO)
            .collect::<Vec<_>>();
        normalize(&mut stakes);
        let stakes = stakes
            .iter()
            .map(|stake| stake.to_bits() as u64)
            .collect::<Vec<_>>();
        let kappa = proportion(self.subnet.kappa).to_bits() as u64;

        let mut in_turn = stakes.iter();
        let mut by_uid = self.who.active_stake.iter().map(|&stake| {
            (stake > I32F32::ZERO)
                .then(|| in_turn.next())
                .flatten()
                .map(|&stake| vote_in_u32(stake))
        });
        let mut at = 0;
        let votes = rows
            .iter()
            .map(|row| {
                let vote = by_uid.nth(row.uid as usize - at).flatten();
                at = row.uid as usize + 1;
                vote
            })
            .collect::<Vec<_>>();

        refill(&mut work.trust, rows.len(), Lanes32::ZERO);
        refill(&mut work.consensus, columns.count(), 0);
        refill(&mut work.ranks, columns.count(), 0);
        refill(&mut work.gained, columns.count(), 0);
        work.entries.resize(self.mechanism.weights.uid.len(), 0);
        let pass = ConsensusPass {
            columns,
            rows,
            votes: &votes,
            voters: stakes.len(),
            choice: Choice::new(&stakes, kappa),
            calendar: &mut work.calendar,
            cursors: &mut work.cursors,
            panel: &mut work.weights,
            handed,
            entries: &mut work.entries,
            trust: &mut work.trust,
            consensus: &mut work.consensus,
            ranks: &mut work.ranks,
            gained: &mut work.gained,
        };
        run_on(self.platform, pass);
        if work.consensus.contains(&ONE_U32.into()) {
            return Err(NotClean);
        }
        Ok(())
    }

    /// Validator trust by uid.
    fn trust(&self, columns: &Columns<'_>, rows: &[Row], work: &Work) -> Vec<I32F32> {
        let trust = rows.iter().zip(&work.trust).map(|(row, lanes)| {
            let sum = lanes.0.iter().copied().map(u64::from).sum();
            // A trust of one in a lane of 32 bits is zero again.
            let wrapped = sum == 0 && trusts(columns, row, &work.consensus);
            if wrapped { ONE } else { sum }
        });
        by_uid(rows, trust, self.subnet.n.into())
    }

    fn bond_pass(
        &self,
        columns: &Columns<'_>,
        rows: &[Row],
        rule: &Rule,
        work: &mut Work,
    ) -> StoredRows {
        let liquid = matches!(rule, Rule::Liquid(_));
        let room = rows.iter().map(|row| {
            if !self.who.permit_after[row.uid as usize] {
                return 0;
            }
            let bonds = if liquid { 0 } else { row.bonds.len() };
            columns.count().min(row.weights.len() + bonds)
        });
        let mut outgoing = Outgoing::new(room);
        refill(&mut work.dividends, rows.len(), Lanes64::ZERO);
        let pass = BondPass {
            columns,
            rows,
            rule,
            penalty: self.penalty(),
            registered_before: last_tempo(self.rules, self.subnet),
            entries: &work.entries,
            consensus: &work.consensus,
            gained: &work.gained,
            incentive: &work.incentive,
            calendar: &mut work.calendar,
            cursors: &mut work.pair_cursors,
            panel: &mut work.bonds,
            dividends: &mut work.dividends,
            outgoing: &mut outgoing,
        };
        run_on(self.platform, pass);
        outgoing.finish(self.subnet.n.into(), rows, columns)
    }
}
