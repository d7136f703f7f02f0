//! Several mechanisms of one subnet: the split of its emission and the combination of their results.

use crate::epoch::{Settings, epoch, fastest_steps};
use crate::memory::ensure_epoch;
use crate::null;
use crate::stepwise;
use crate::validate::{check_input, check_output};
use crate::{
    InputError, MalformedSplit, Mechanism, MechanismOutput, Pools, Rules, Subnet, SubnetOutput,
    Terms,
};
use yuma_fixed::U64F64;
use yuma_vectorized::Steps;
use yuma_vectorized::prepare::Prepared;

/// Returns each mechanism's part of `emission` rao. What truncation leaves goes to the first.
///
/// `split` has u16 parts by mechanism, missing ones being zero; `None` stands for an even split. Spec versions that
/// ignore a split of another length have it even.
///
/// Follows `split_emissions` of `pallets/subtensor/src/subnets/mechanism.rs`, spec 425.
#[inline(never)]
pub fn split_emission(emission: u64, split: Option<&[u16]>, mechanisms: usize) -> Vec<u64> {
    let mut parts = match split {
        Some(split) => split
            .iter()
            .map(|&part| (u128::from(emission) * u128::from(part) / u128::from(u16::MAX)) as u64)
            .collect(),
        None => vec![emission / mechanisms.max(1) as u64; mechanisms],
    };
    parts.resize(mechanisms, 0);
    let shared_out = parts.iter().fold(0u64, |acc, &part| acc.wrapping_add(part));
    if let Some(first) = parts.first_mut() {
        *first = first.saturating_add(emission.saturating_sub(shared_out));
    }
    parts
}

/// Returns the split that the rules have in place of one of whatever length: `None` where they ignore it.
pub(crate) fn known_split<'a>(
    rules: &Rules,
    split: Option<&'a [u16]>,
    mechanisms: usize,
) -> Option<&'a [u16]> {
    split.filter(|parts| {
        rules.malformed_split == MalformedSplit::Fitted || parts.len() == mechanisms
    })
}

/// Returns a subnet's epoch: every mechanism's, and their combination.
///
/// `pools` are in rao of alpha; `split` has u16 parts by mechanism, `None` standing for an even split.
///
/// Follows `epoch_with_mechanism_budgets` of `pallets/subtensor/src/subnets/mechanism.rs`, spec 475, and
/// `epoch_with_mechanisms` of the same file where a spec version has no Null consensus.
///
/// # Errors
/// Input that no chain could hold is refused, with the field, the uid where one is to blame, and what was expected; so
/// is input on which what is known of the spec version's rules does not suffice.
pub fn subnet_epoch(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
    pools: impl Into<Pools>,
    settings: Settings,
) -> Result<SubnetOutput, InputError> {
    let steps = |prepared: &Prepared<'_>| fastest_steps(prepared, settings);
    let input = (rules, subnet, mechanisms, split);
    subnet_epoch_by(steps, input, pools.into(), settings)
}

/// Returns the same as [`subnet_epoch`], every step taken by itself: slower, and a fraction of its machine code where
/// nothing else asks for the vectorized steps.
///
/// # Errors
/// The same as those of [`subnet_epoch`].
pub fn subnet_epoch_stepwise(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
    pools: impl Into<Pools>,
    settings: Settings,
) -> Result<SubnetOutput, InputError> {
    let steps = |prepared: &Prepared<'_>| stepwise::steps(prepared, settings.trace);
    let input = (rules, subnet, mechanisms, split);
    subnet_epoch_by(steps, input, pools.into(), settings)
}

/// What an epoch is computed from: rules, subnet, mechanisms and the split of the emission.
type Input<'a> = (
    &'a Rules,
    &'a Subnet<'a>,
    &'a [Mechanism<'a>],
    Option<&'a [u16]>,
);

fn subnet_epoch_by(
    steps: impl Fn(&Prepared<'_>) -> Steps,
    (rules, subnet, mechanisms, split): Input<'_>,
    pools: Pools,
    settings: Settings,
) -> Result<SubnetOutput, InputError> {
    check_input(rules, subnet, mechanisms, split)?;
    let _room = ensure_epoch(subnet, mechanisms, settings.trace);
    let split = known_split(rules, split, mechanisms.len());
    let outputs = if rules.pays_by_null(subnet) {
        null_epochs(rules, subnet, mechanisms, split, pools, settings)
    } else {
        let shares = split_emission(pools.total(), split, mechanisms.len());
        let epochs = mechanisms.iter().zip(&shares);
        epochs
            .map(|(mechanism, &share)| {
                epoch(rules, subnet, mechanism, share, settings.platform, &steps)
            })
            .collect()
    };
    let combined = (outputs.len() > 1).then(|| {
        let mut terms = combine(&outputs, pools.total());
        if rules.pays_by_null(subnet) {
            sum_emission(&mut terms, &outputs);
        }
        terms
    });
    let output = SubnetOutput {
        combined,
        mechanisms: outputs,
    };
    check_output(rules, subnet, mechanisms, &output)?;
    Ok(output)
}

/// Returns the mechanisms' epochs under Null consensus: each of the pools is split by itself.
fn null_epochs(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
    pools: Pools,
    settings: Settings,
) -> Vec<MechanismOutput> {
    let [server, validator, root] = [pools.server, pools.validator, pools.root]
        .map(|pool| split_emission(pool, split, mechanisms.len()));
    let of_mechanism = |id: usize| Pools {
        server: server[id],
        validator: validator[id],
        root: root[id],
    };
    mechanisms
        .iter()
        .enumerate()
        .map(|(id, mechanism)| null::epoch(rules, subnet, mechanism, of_mechanism(id), settings))
        .collect()
}

/// Sets the subnet's emission to the plain sum of its mechanisms', as Null consensus has it.
fn sum_emission(terms: &mut Terms, outputs: &[MechanismOutput]) {
    terms.emission.fill(0);
    for output in outputs {
        add_saturating(&mut terms.emission, &output.terms.emission);
    }
}

/// Returns the terms stored for the subnet, from its mechanisms' outputs, in order, which share `emission` rao.
///
/// Part of `epoch_with_mechanisms` of `pallets/subtensor/src/subnets/mechanism.rs`, spec 425.
pub fn combine(outputs: &[MechanismOutput], emission: u64) -> Terms {
    let mut combined: Option<Terms> = None;
    for (id, output) in outputs.iter().enumerate() {
        let weight = mechanism_weight(output.share, emission, id == 0);
        match &mut combined {
            None => combined = Some(first_terms(&output.terms, weight)),
            Some(terms) => add_terms(terms, &output.terms, weight),
        }
    }
    combined.unwrap_or_default()
}

/// Returns a column that is stored for the subnet, from the mechanisms' own, one after the other, whose epochs shared out
/// `shares` of `emission` rao: of what [`combine`] combines, and of the columns of [`crate::LegacyTerms`].
///
/// Part of `epoch_with_mechanisms` of `pallets/subtensor/src/subnets/mechanism.rs`, specs 320 to 425.
pub fn weighed_sum(columns: &[u16], shares: &[u64], emission: u64) -> Vec<u16> {
    let n = columns.len() / shares.len().max(1);
    let mut sum = vec![0; n];
    for (id, (own, &share)) in columns.chunks(n.max(1)).zip(shares).enumerate() {
        add_weighed(&mut sum, own, mechanism_weight(share, emission, id == 0));
    }
    sum
}

/// Returns a mechanism's part of the emission; of no emission the first has all.
#[inline(never)]
pub(crate) fn mechanism_weight(share: u64, emission: u64, first: bool) -> U64F64 {
    let fallback = if first { U64F64::ONE } else { U64F64::ZERO };
    U64F64::saturating_from_int(share as i128)
        .safe_div_or(U64F64::saturating_from_int(emission as i128), fallback)
}

fn first_terms(terms: &Terms, weight: U64F64) -> Terms {
    let mut first = terms.clone();
    // A sole mechanism has all the emission, and a factor of one leaves every value as it is.
    if weight == U64F64::ONE {
        return first;
    }
    for column in [
        &mut first.stake_weight,
        &mut first.consensus,
        // Never added to by the others: each mechanism's own is stored beside it.
        &mut first.incentive,
        &mut first.dividends,
        &mut first.validator_trust,
    ] {
        for value in column {
            *value = accumulate(0, (*value).into(), weight).saturating_to_u16();
        }
    }
    for value in &mut first.emission {
        *value = accumulate(0, *value, weight).saturating_to_u64();
    }
    first
}

fn add_terms(sum: &mut Terms, terms: &Terms, weight: U64F64) {
    for (sum, added) in [
        (&mut sum.stake_weight, &terms.stake_weight),
        (&mut sum.consensus, &terms.consensus),
        (&mut sum.dividends, &terms.dividends),
        (&mut sum.validator_trust, &terms.validator_trust),
    ] {
        add_weighed(sum, added, weight);
    }
    for (acc, &value) in sum.emission.iter_mut().zip(&terms.emission) {
        *acc = accumulate(*acc, value, weight).saturating_to_u64();
    }
    for (sum, added) in [
        (&mut sum.server_emission, &terms.server_emission),
        (&mut sum.validator_emission, &terms.validator_emission),
        (&mut sum.stake, &terms.stake),
    ] {
        add_saturating(sum, added);
    }
    for (sum, added) in [
        (&mut sum.active, &terms.active),
        (&mut sum.validator_permit, &terms.validator_permit),
    ] {
        for (acc, &value) in sum.iter_mut().zip(added) {
            *acc |= value;
        }
    }
}

/// Adds to each value the one beside it, weighed.
#[inline(never)]
fn add_weighed(sum: &mut [u16], added: &[u16], weight: U64F64) {
    for (acc, &value) in sum.iter_mut().zip(added) {
        *acc = accumulate((*acc).into(), value.into(), weight).saturating_to_u16();
    }
}

/// Adds to each value the one beside it.
#[inline(never)]
pub(crate) fn add_saturating(sum: &mut [u64], added: &[u64]) {
    for (acc, &value) in sum.iter_mut().zip(added) {
        *acc = acc.saturating_add(value);
    }
}

/// Returns `existing + added * weight`, to be truncated by the caller at every mechanism.
#[inline(never)]
pub(crate) fn accumulate(existing: u64, added: u64, weight: U64F64) -> U64F64 {
    U64F64::saturating_from_int(existing as i128)
        .saturating_add(U64F64::saturating_from_int(added as i128).saturating_mul(weight))
}
