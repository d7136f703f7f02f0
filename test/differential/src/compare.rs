//! The engine's answer beside the reference's.

use crate::subnet::{OwnedSubnet, random_subnet};
use std::fmt::Debug;
use yuma_epoch::{
    FixedRows, MechanismOutput, Platform, Rules, Settings, StoredRows, SubnetOutput, subnet_epoch,
};
use yuma_fixed::I32F32;
use yuma_reference as plain;

/// Runs the random subnet of a seed through the reference, through the engine step by step, and through the engine
/// on every platform of this machine.
///
/// # Errors
/// The first output or intermediate that differs, in words.
pub fn check_seed(seed: u64) -> Result<(), String> {
    let subnet = random_subnet(seed);
    // One mechanism is all that spec 300 has; of the others it takes every other.
    let spec_version = match subnet.mechanisms.len() {
        1 if seed % 2 == 1 => 300,
        _ => 425,
    };
    let expected = reference(&subnet, spec_version);
    let traced = Settings {
        trace: true,
        ..Settings::default()
    };
    let ours = engine(&subnet, spec_version, traced)?;
    compare(&ours, &expected, true).map_err(|field| format!("step by step: {field}"))?;
    for platform in Platform::available() {
        let settings = Settings {
            platform,
            trace: false,
        };
        compare(&engine(&subnet, spec_version, settings)?, &expected, false)
            .map_err(|field| format!("{}: {field}", platform.name()))?;
    }
    Ok(())
}

fn engine(
    subnet: &OwnedSubnet,
    spec_version: u32,
    settings: Settings,
) -> Result<SubnetOutput, String> {
    let rules = Rules::for_spec(spec_version).map_err(|error| error.to_string())?;
    let mechanisms = subnet
        .mechanisms
        .iter()
        .map(|mechanism| mechanism.borrow())
        .collect::<Vec<_>>();
    subnet_epoch(
        &rules,
        &subnet.borrow(),
        &mechanisms,
        subnet.split.as_deref(),
        subnet.emission,
        settings,
    )
    .map_err(|error| error.to_string())
}

fn reference(subnet: &OwnedSubnet, spec_version: u32) -> plain::SubnetOutput {
    let scalars = &subnet.scalars;
    let common = plain::Input {
        n: scalars.n as usize,
        block: scalars.block,
        tempo: scalars.tempo,
        last_mechanism_step_block: scalars.last_mechanism_step_block,
        activity_cutoff_blocks: scalars.activity_cutoff_blocks,
        block_at_registration: subnet.block_at_registration.clone(),
        total_stake: subnet
            .total_stake
            .iter()
            .map(|&[low, high]| (u128::from(high) << 64 | u128::from(low)) as i128)
            .collect(),
        stake_threshold: scalars.stake_threshold,
        owner_uid: scalars.owner_uid,
        validator_permit: subnet.validator_permit.iter().map(|&p| p != 0).collect(),
        max_allowed_validators: scalars.max_allowed_validators,
        commit_reveal_enabled: scalars.commit_reveal_enabled,
        kappa: scalars.kappa,
        bonds_penalty: scalars.bonds_penalty,
        bonds_moving_average: scalars.bonds_moving_average,
        yuma3_on: scalars.yuma3_on,
        liquid_alpha_on: scalars.liquid_alpha_on,
        alpha_low: scalars.alpha_low,
        alpha_high: scalars.alpha_high,
        alpha_sigmoid_steepness: scalars.alpha_sigmoid_steepness,
        ..plain::Input::default()
    };
    let mechanisms = subnet
        .mechanisms
        .iter()
        .map(|mechanism| plain::Mechanism {
            last_update: mechanism.last_update.clone(),
            weights: mechanism.weights.lists(),
            bonds: mechanism.bonds.lists(),
            commit_blocks: mechanism.commit_blocks.clone(),
        })
        .collect::<Vec<_>>();
    let rules = match spec_version {
        300 => plain::Rules::SPEC_300,
        _ => plain::Rules::default(),
    };
    plain::subnet_epoch(
        &rules,
        &common,
        &mechanisms,
        subnet.split.as_deref(),
        subnet.emission,
    )
}

fn same<T: PartialEq + Debug>(field: &str, ours: &T, expected: &T) -> Result<(), String> {
    if ours == expected {
        return Ok(());
    }
    Err(format!("{field}: {ours:?}, by the reference {expected:?}"))
}

fn bits(values: &[I32F32]) -> Vec<i64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn fixed_lists(rows: &FixedRows) -> Vec<Vec<(u16, i64)>> {
    (0..rows.rows())
        .map(|row| {
            rows.row(row)
                .map(|(uid, value)| (uid, value.to_bits()))
                .collect()
        })
        .collect()
}

fn stored_lists(rows: &StoredRows) -> Vec<Vec<(u16, u16)>> {
    rows.start
        .windows(2)
        .map(|pair| {
            let range = pair[0] as usize..pair[1] as usize;
            let values = rows.value[range.clone()].iter().copied();
            rows.uid[range].iter().copied().zip(values).collect()
        })
        .collect()
}

/// Compares the fields that both sides name alike.
macro_rules! same_fields {
    ($ours:expr, $expected:expr, $convert:expr; $($field:ident),* $(,)?) => {
        $(same(stringify!($field), &$convert(&$ours.$field), &$expected.$field)?;)*
    };
}

macro_rules! same_terms {
    ($ours:expr, $expected:expr) => {
        same_fields!($ours, $expected, Clone::clone;
            stake_weight, consensus, incentive, dividends, validator_trust, active, validator_permit,
            server_emission, validator_emission, emission, stake);
    };
}

fn compare(
    ours: &SubnetOutput,
    expected: &plain::SubnetOutput,
    traced: bool,
) -> Result<(), String> {
    same_terms!(ours.terms, expected);
    same(
        "mechanisms",
        &ours.mechanisms.len(),
        &expected.mechanisms.len(),
    )?;
    for (id, (ours, (share, expected))) in
        ours.mechanisms.iter().zip(&expected.mechanisms).enumerate()
    {
        same("share", &ours.share, share)
            .and_then(|()| compare_mechanism(ours, expected, traced))
            .map_err(|field| format!("mechanism {id}: {field}"))?;
    }
    Ok(())
}

fn compare_mechanism(
    ours: &MechanismOutput,
    expected: &plain::Output,
    traced: bool,
) -> Result<(), String> {
    if traced {
        compare_trace(ours, expected)?;
    }
    same_fields!(ours.raw, expected.raw, |values: &Vec<I32F32>| bits(values);
        stake, active_stake, consensus, validator_trust, incentive, dividends);
    same_terms!(ours.terms, expected);
    same("bonds", &stored_lists(&ours.bonds), &expected.bonds)
}

fn compare_trace(ours: &MechanismOutput, expected: &plain::Output) -> Result<(), String> {
    let trace = ours.trace.as_deref().ok_or("no trace")?;
    same_fields!(trace, expected.trace, Clone::clone; validator_permit_before);
    same_fields!(trace, expected.trace, |rows: &FixedRows| fixed_lists(rows);
        weights, clipped_weights, weights_for_bonds, bonds_before, bonds_delta, alphas, ema_bonds);
    same_fields!(trace, expected.trace, |values: &Vec<I32F32>| bits(values);
        ranks, dividends_before_normalize, normalized_server_emission, normalized_validator_emission,
        normalized_emission);
    Ok(())
}
