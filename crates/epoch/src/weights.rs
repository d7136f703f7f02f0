//! Weights that count: masks, then each row normalised.

use crate::FixedRows;
use crate::stake::{Participants, last_update};
use crate::vector::{normalize_by, sum};
use crate::{Mechanism, Rules, Subnet};
use yuma_fixed::I32F32;

/// Rows of permitted validators, without self-weights, without entries for neurons registered since the row was
/// set or committed; each row divided by its sum where that is positive.
pub(crate) fn masked_weights(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    who: &Participants,
) -> FixedRows {
    let n = subnet.n as usize;
    let mut rows = FixedRows::with_capacity(n, mechanism.weights.uid.len());
    for uid in 0..n {
        if who.permitted(uid) {
            push_masked_row(&mut rows, rules, subnet, mechanism, uid);
        }
        rows.end_row();
        let row = rows.values_mut(uid);
        let divisor = sum(row);
        if divisor > I32F32::ZERO {
            normalize_by(row, divisor);
        }
    }
    rows
}

fn push_masked_row(
    rows: &mut FixedRows,
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    uid: usize,
) {
    let updated = last_update(mechanism, uid);
    let committed = if rules.commit_reveal_mask && subnet.commit_reveal_enabled {
        mechanism.commit_blocks[uid]
    } else {
        u64::MAX
    };
    let owner = subnet.owner_uid.map(usize::from) == Some(uid);
    for (j, weight) in mechanism.weights.row(uid) {
        let Some(&registered) = subnet.block_at_registration.get(j as usize) else {
            continue;
        };
        let self_weight = j as usize == uid && !owner;
        if self_weight || updated <= registered || committed < registered {
            continue;
        }
        rows.push(j, I32F32::saturating_from_int(weight as i128));
    }
}
