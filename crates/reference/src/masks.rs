//! Who takes part, and which stored weights and bonds still count.

use crate::input::Input;
use crate::numbers::{Fixed, integer};
use crate::rows::{self, Row, Rows};
use yuma_types::{LastTempo, Rules};

/// Who has updated within the activity cutoff. Neurons without a last update count as never updated.
pub fn active(input: &Input<'_>) -> Vec<bool> {
    let is_active = |updated: u64| {
        updated.saturating_add(input.subnet.activity_cutoff_blocks) >= input.subnet.block
    };
    (0..input.n)
        .map(|i| is_active(last_update(input, i)))
        .collect()
}

fn last_update(input: &Input<'_>, i: usize) -> u64 {
    input.mechanism.last_update.get(i).copied().unwrap_or(0)
}

/// The permits that stand before this epoch, in the stored length, the exempt owner's set.
pub fn permits_before(rules: &Rules, input: &Input) -> Vec<bool> {
    with_owner(rules, input, input.validator_permit.clone())
}

/// The permits this epoch grants: the `max_allowed_validators` highest stakes, and the exempt owner. Of equal stakes the
/// higher uid goes first. Without stake there is none, but by the rules under which that does not matter.
pub fn permits_after(rules: &Rules, input: &Input<'_>, stake: &[Fixed]) -> Vec<bool> {
    let mut by_rank: Vec<usize> = (0..input.n).collect();
    by_rank.sort_by_key(|&i| std::cmp::Reverse((stake[i], i)));

    let mut permits = vec![false; input.n];
    for &i in by_rank
        .iter()
        .take(usize::from(input.subnet.max_allowed_validators))
    {
        permits[i] = rules.permits_without_stake || stake[i] != 0;
    }
    with_owner(rules, input, permits)
}

fn with_owner(rules: &Rules, input: &Input<'_>, mut permits: Vec<bool>) -> Vec<bool> {
    let owner = input.subnet.owner_uid.filter(|_| rules.owner_exempt);
    if let Some(permit) = owner.and_then(|uid| permits.get_mut(usize::from(uid))) {
        *permit = true;
    }
    permits
}

/// The stored weights that count, each row divided by its sum.
///
/// A weight counts when its validator had a permit, its uid exists, it is not on the validator itself (where the rules
/// say so, the owner may weigh itself), and it was set after its target registered; under commit-reveal also when the validator has no
/// unexpired commit from before its target registered.
pub fn weights(rules: &Rules, input: &Input<'_>, permits: &[bool]) -> Rows {
    let counts =
        |i: usize, j: usize| permits.get(i) == Some(&true) && weight_counts(rules, input, i, j);
    rows::row_normalize(&rows::filter(&stored(&input.weights), counts))
}

/// Whether a stored weight counts, as far as its validator's permit is no matter.
pub fn weight_counts(rules: &Rules, input: &Input<'_>, i: usize, j: usize) -> bool {
    let Some(&registered) = input
        .subnet
        .block_at_registration
        .get(j)
        .filter(|_| j < input.n)
    else {
        return false;
    };
    let owner = input.subnet.owner_uid.filter(|_| rules.owner_self_weight);
    let own = i == j && owner.map(usize::from) != Some(i);
    let outdated = last_update(input, i) <= registered;
    let awaiting_reveal = rules.commit_reveal_mask
        && input.subnet.commit_reveal_enabled
        && input.mechanism.commit_blocks[i] < registered;
    !own && !outdated && !awaiting_reveal
}

/// The stored bonds that count, as integers 0..=65535: those on neurons that registered before the last tempo, or, by
/// the oldest rules, before their holder last set weights. Uids that do not exist count as registered in block 0.
pub fn bonds(rules: &Rules, input: &Input) -> Rows {
    let registered = |j: usize| {
        input
            .subnet
            .block_at_registration
            .get(j)
            .copied()
            .unwrap_or(0)
    };
    rows::filter(&stored(&input.bonds), |i, j| {
        let begin = match rules.last_tempo {
            LastTempo::HoldersUpdate => last_update(input, i),
            _ => last_tempo(rules, input),
        };
        registered(j) < begin
    })
}

/// The block after the last epoch that ran; where none ran, one tempo ago. Where epochs under Yuma are told apart, the
/// block after the last of those, if there is one.
fn last_tempo(rules: &Rules, input: &Input) -> u64 {
    if let (LastTempo::LastYumaStep, Some(block)) =
        (rules.last_tempo, input.subnet.last_yuma_step_block)
    {
        return block.saturating_add(1);
    }
    if rules.last_tempo == LastTempo::BlockMinusTempo || input.subnet.last_mechanism_step_block == 0
    {
        return input.subnet.block.saturating_sub(input.subnet.tempo);
    }
    input.subnet.last_mechanism_step_block.saturating_add(1)
}

fn stored(stored: &[Vec<(u16, u16)>]) -> Rows {
    let read = |row: &Vec<(u16, u16)>| -> Row {
        row.iter().map(|&(j, value)| (j, integer(value))).collect()
    };
    stored.iter().map(read).collect()
}
