//! Each neuron's share of the stake.

use crate::input::Input;
use crate::numbers::{Fixed, normalize, wide};
use yuma_types::Rules;

/// Every neuron's share of the stake, where there is a threshold of the stake that reaches it. The exempt owner's always
/// counts.
pub fn shares(rules: &Rules, input: &Input<'_>) -> Vec<Fixed> {
    let exempt =
        |i: usize| rules.owner_exempt && input.subnet.owner_uid.map(usize::from) == Some(i);
    let counted: Vec<i128> = input
        .total_stake
        .iter()
        .enumerate()
        .map(|(i, &stake)| {
            let is_low = wide::to_u64(stake) < input.subnet.stake_threshold;
            match rules.stake_threshold && is_low && !exempt(i) {
                true => 0,
                false => stake,
            }
        })
        .collect();

    let total = wide::sum(&counted);
    let share = |&stake: &i128| {
        // Without a total the stakes stay undivided.
        let share = if total == 0 {
            stake
        } else {
            wide::div(stake, total)
        };
        wide::to_fixed(share)
    };
    counted.iter().map(share).collect()
}

/// The shares of active validators among themselves, 0 for everybody else.
///
/// `permits` may be shorter than the subnet, which forbids the rest; but where it is empty nobody is forbidden here.
pub fn of_active_validators(stake: &[Fixed], active: &[bool], permits: &[bool]) -> Vec<Fixed> {
    let permitted = |i: usize| permits.is_empty() || permits.get(i) == Some(&true);
    let kept: Vec<Fixed> = stake
        .iter()
        .enumerate()
        .map(
            |(i, &stake)| {
                if active[i] && permitted(i) { stake } else { 0 }
            },
        )
        .collect();
    normalize(&kept)
}
