//! The same call by the plain, slow implementation: convert, call, convert back.

use crate::call::Call;
use yuma_epoch::{
    Exponent, FixedRows, InputError, LastTempo, MechanismOutput, RawTerms, SparseRows, StoredRows,
    SubnetOutput, Terms, Trace, check_input,
};
use yuma_fixed::I32F32;
use yuma_reference as plain;

/// Runs a decoded call by the reference.
///
/// # Errors
/// The same as the engine's, found by the same checks.
pub fn run(call: &Call<'_>) -> Result<SubnetOutput, InputError> {
    check_input(&call.rules, &call.subnet, &call.mechanisms, call.split)?;
    let rules = plain::Rules {
        owner_exempt: call.rules.owner_exempt,
        last_tempo_is_block_minus_tempo: call.rules.last_tempo == LastTempo::BlockMinusTempo,
        commit_reveal_mask: call.rules.commit_reveal_mask,
        exponent_is_clamped: call.rules.exponent == Exponent::Clamped,
        keeps_rows_without_permit: call.rules.keeps_rows_without_permit,
    };
    let mechanisms = call
        .mechanisms
        .iter()
        .map(|mechanism| plain::Mechanism {
            last_update: mechanism.last_update.to_vec(),
            weights: lists(&mechanism.weights),
            bonds: lists(&mechanism.bonds),
            commit_blocks: mechanism.commit_blocks.to_vec(),
        })
        .collect::<Vec<_>>();
    let output = plain::subnet_epoch(
        &rules,
        &common(call),
        &mechanisms,
        call.split,
        call.emission,
    );
    Ok(SubnetOutput {
        terms: terms(&output),
        mechanisms: output
            .mechanisms
            .into_iter()
            .map(|(share, output)| mechanism(share, output, call.trace))
            .collect(),
    })
}

/// The same of an epoch that is no call: see [`yuma_emission::Compute`].
///
/// # Errors
/// See [`run`].
#[cfg(feature = "emission")]
pub fn compute<'a>(
    rules: &yuma_epoch::Rules,
    subnet: &yuma_epoch::Subnet<'a>,
    mechanisms: &[yuma_epoch::Mechanism<'a>],
    split: Option<&[u16]>,
    emission: u64,
    settings: yuma_epoch::Settings,
) -> Result<SubnetOutput, InputError> {
    run(&Call {
        rules: *rules,
        subnet: *subnet,
        mechanisms: mechanisms.to_vec(),
        split,
        emission,
        trace: settings.trace,
    })
}

fn common(call: &Call<'_>) -> plain::Input {
    let subnet = &call.subnet;
    plain::Input {
        n: subnet.n as usize,
        block: subnet.block,
        tempo: subnet.tempo,
        last_mechanism_step_block: subnet.last_mechanism_step_block,
        activity_cutoff_blocks: subnet.activity_cutoff_blocks,
        block_at_registration: subnet.block_at_registration.to_vec(),
        total_stake: subnet
            .total_stake
            .iter()
            .map(|&[low, high]| (u128::from(high) << 64 | u128::from(low)) as i128)
            .collect(),
        stake_threshold: subnet.stake_threshold,
        owner_uid: subnet.owner_uid,
        validator_permit: subnet.validator_permit.iter().map(|&p| p != 0).collect(),
        max_allowed_validators: subnet.max_allowed_validators,
        commit_reveal_enabled: subnet.commit_reveal_enabled,
        kappa: subnet.kappa,
        bonds_penalty: subnet.bonds_penalty,
        bonds_moving_average: subnet.bonds_moving_average,
        yuma3_on: subnet.yuma3_on,
        liquid_alpha_on: subnet.liquid_alpha_on,
        alpha_low: subnet.alpha_low,
        alpha_high: subnet.alpha_high,
        alpha_sigmoid_steepness: subnet.alpha_sigmoid_steepness,
        ..plain::Input::default()
    }
}

fn lists(rows: &SparseRows<'_>) -> Vec<Vec<(u16, u16)>> {
    (0..rows.row_start.len() - 1)
        .map(|row| rows.row(row).collect())
        .collect()
}

fn terms(output: &plain::SubnetOutput) -> Terms {
    Terms {
        stake_weight: output.stake_weight.clone(),
        consensus: output.consensus.clone(),
        incentive: output.incentive.clone(),
        dividends: output.dividends.clone(),
        validator_trust: output.validator_trust.clone(),
        active: output.active.clone(),
        validator_permit: output.validator_permit.clone(),
        server_emission: output.server_emission.clone(),
        validator_emission: output.validator_emission.clone(),
        emission: output.emission.clone(),
        stake: output.stake.clone(),
    }
}

fn mechanism(share: u64, output: plain::Output, keep_trace: bool) -> MechanismOutput {
    MechanismOutput {
        share,
        terms: Terms {
            stake_weight: output.stake_weight,
            consensus: output.consensus,
            incentive: output.incentive,
            dividends: output.dividends,
            validator_trust: output.validator_trust,
            active: output.active,
            validator_permit: output.validator_permit,
            server_emission: output.server_emission,
            validator_emission: output.validator_emission,
            emission: output.emission,
            stake: output.stake,
        },
        raw: RawTerms {
            stake: fixed(&output.raw.stake),
            active_stake: fixed(&output.raw.active_stake),
            consensus: fixed(&output.raw.consensus),
            incentive: fixed(&output.raw.incentive),
            dividends: fixed(&output.raw.dividends),
            validator_trust: fixed(&output.raw.validator_trust),
        },
        bonds: stored_rows(&output.bonds),
        trace: keep_trace.then(|| Box::new(trace(&output.trace))),
    }
}

fn trace(trace: &plain::Trace) -> Trace {
    Trace {
        validator_permit_before: trace.validator_permit_before.clone(),
        weights: fixed_rows(&trace.weights),
        clipped_weights: fixed_rows(&trace.clipped_weights),
        ranks: fixed(&trace.ranks),
        weights_for_bonds: fixed_rows(&trace.weights_for_bonds),
        bonds_before: fixed_rows(&trace.bonds_before),
        bonds_delta: fixed_rows(&trace.bonds_delta),
        alphas: fixed_rows(&trace.alphas),
        ema_bonds: fixed_rows(&trace.ema_bonds),
        dividends_before_normalize: fixed(&trace.dividends_before_normalize),
        normalized_server_emission: fixed(&trace.normalized_server_emission),
        normalized_validator_emission: fixed(&trace.normalized_validator_emission),
        normalized_emission: fixed(&trace.normalized_emission),
    }
}

fn fixed(bits: &[i64]) -> Vec<I32F32> {
    bits.iter().map(|&bits| I32F32::from_bits(bits)).collect()
}

fn starts<T>(rows: &[Vec<T>]) -> Vec<u32> {
    let ends = rows.iter().scan(0, |end, row| {
        *end += row.len() as u32;
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

fn stored_rows(rows: &[Vec<(u16, u16)>]) -> StoredRows {
    StoredRows {
        start: starts(rows),
        uid: rows.iter().flatten().map(|entry| entry.0).collect(),
        value: rows.iter().flatten().map(|entry| entry.1).collect(),
    }
}

fn fixed_rows(rows: &[Vec<(u16, i64)>]) -> FixedRows {
    FixedRows {
        start: starts(rows),
        uid: rows.iter().flatten().map(|entry| entry.0).collect(),
        value: rows
            .iter()
            .flatten()
            .map(|entry| I32F32::from_bits(entry.1))
            .collect(),
    }
}
