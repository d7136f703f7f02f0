//! The same call by the plain, slow implementation: convert, call, convert back.

use crate::call::Call;
use yuma_epoch::{
    FixedRows, InputError, LastTempo, MechanismOutput, RawTerms, SparseRows, StoredRows,
    SubnetOutput, Terms, Trace, check_input,
};
use yuma_fixed::I32F32;
use yuma_reference as plain;

/// Runs a decoded call by the reference.
///
/// # Errors
/// The same as the engine's, found by the same checks.
pub fn run(call: &Call<'_>) -> Result<SubnetOutput, InputError> {
    check_input(&call.subnet, &call.mechanisms, call.split)?;
    let rules = plain::Rules {
        owner_exempt: call.rules.owner_exempt,
        last_tempo_is_block_minus_tempo: call.rules.last_tempo == LastTempo::BlockMinusTempo,
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
        terms: terms(&output.terms),
        mechanisms: output
            .mechanisms
            .iter()
            .map(|(share, output)| mechanism(*share, output, call.trace))
            .collect(),
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
