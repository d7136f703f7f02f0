//! Several mechanisms of one subnet: the split of its emission and the combination of their results.

use crate::epoch::{Settings, epoch, fastest_steps};
use crate::prepare::Prepared;
use crate::steps::Steps;
use crate::stepwise;
use crate::validate::check_input;
use crate::{InputError, Mechanism, MechanismOutput, Rules, Subnet, SubnetOutput, Terms};
use yuma_fixed::U64F64;

/// Returns each mechanism's part of `emission` rao. What truncation leaves goes to the first.
///
/// `split` has u16 parts by mechanism, missing ones being zero; `None` stands for an even split.
///
/// Follows `split_emissions` of `pallets/subtensor/src/subnets/mechanism.rs`, spec 425.
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

/// Returns a subnet's epoch: every mechanism's, and their combination.
///
/// `emission` is in rao of alpha; `split` has u16 parts by mechanism, `None` standing for an even split.
///
/// Follows `epoch_with_mechanisms` of `pallets/subtensor/src/subnets/mechanism.rs`, spec 425.
///
/// # Errors
/// Input that no chain could hold is refused, with the field, the uid where one is to blame, and what was expected.
pub fn subnet_epoch(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
    emission: u64,
    settings: Settings,
) -> Result<SubnetOutput, InputError> {
    let steps = |prepared: &Prepared<'_>| fastest_steps(prepared, settings);
    subnet_epoch_by(steps, rules, subnet, mechanisms, split, emission)
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
    emission: u64,
    settings: Settings,
) -> Result<SubnetOutput, InputError> {
    let steps = |prepared: &Prepared<'_>| stepwise::steps(prepared, settings.trace);
    subnet_epoch_by(steps, rules, subnet, mechanisms, split, emission)
}

fn subnet_epoch_by(
    steps: impl Fn(&Prepared<'_>) -> Steps,
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
    emission: u64,
) -> Result<SubnetOutput, InputError> {
    check_input(rules, subnet, mechanisms, split)?;
    let shares = split_emission(emission, split, mechanisms.len());
    let outputs = mechanisms
        .iter()
        .zip(&shares)
        .map(|(mechanism, &share)| epoch(rules, subnet, mechanism, share, &steps))
        .collect::<Vec<_>>();
    Ok(SubnetOutput {
        terms: combine(&outputs, emission),
        mechanisms: outputs,
    })
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

/// Returns a mechanism's part of the emission; of no emission the first has all.
fn mechanism_weight(share: u64, emission: u64, first: bool) -> U64F64 {
    let fallback = if first { U64F64::ONE } else { U64F64::ZERO };
    U64F64::saturating_from_int(share as i128)
        .safe_div_or(U64F64::saturating_from_int(emission as i128), fallback)
}

fn first_terms(terms: &Terms, weight: U64F64) -> Terms {
    // A sole mechanism has all the emission, and a factor of one leaves every value as it is.
    if weight == U64F64::ONE {
        return terms.clone();
    }
    let weighted = |values: &[u16]| {
        values
            .iter()
            .map(|&v| accumulate(0, v.into(), weight).saturating_to_u16())
            .collect()
    };
    Terms {
        stake_weight: weighted(&terms.stake_weight),
        consensus: weighted(&terms.consensus),
        // Never added to by the others: each mechanism's own is stored beside it.
        incentive: weighted(&terms.incentive),
        dividends: weighted(&terms.dividends),
        validator_trust: weighted(&terms.validator_trust),
        emission: terms
            .emission
            .iter()
            .map(|&v| accumulate(0, v, weight).saturating_to_u64())
            .collect(),
        ..terms.clone()
    }
}

fn add_terms(sum: &mut Terms, terms: &Terms, weight: U64F64) {
    for (sum, added) in [
        (&mut sum.stake_weight, &terms.stake_weight),
        (&mut sum.consensus, &terms.consensus),
        (&mut sum.dividends, &terms.dividends),
        (&mut sum.validator_trust, &terms.validator_trust),
    ] {
        for (acc, &value) in sum.iter_mut().zip(added) {
            *acc = accumulate((*acc).into(), value.into(), weight).saturating_to_u16();
        }
    }
    for (acc, &value) in sum.emission.iter_mut().zip(&terms.emission) {
        *acc = accumulate(*acc, value, weight).saturating_to_u64();
    }
    for (sum, added) in [
        (&mut sum.server_emission, &terms.server_emission),
        (&mut sum.validator_emission, &terms.validator_emission),
        (&mut sum.stake, &terms.stake),
    ] {
        for (acc, &value) in sum.iter_mut().zip(added) {
            *acc = acc.saturating_add(value);
        }
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

/// Returns `existing + added * weight`, to be truncated by the caller at every mechanism.
fn accumulate(existing: u64, added: u64, weight: U64F64) -> U64F64 {
    U64F64::saturating_from_int(existing as i128)
        .saturating_add(U64F64::saturating_from_int(added as i128).saturating_mul(weight))
}
