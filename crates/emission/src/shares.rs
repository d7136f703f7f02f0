//! How a block's TAO is shared among the subnets that emission goes to.

use crate::gate::Gate;
use crate::num::u64f64;
use crate::rules::{ShareRules, ShareWeight};
use yuma_fixed::{U64F64, U96F32};

/// What decides how a subnet's share is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighing {
    /// The part of miners' emission that went to the owner in the last epoch. `MinerBurned`.
    pub miner_burned: U96F32,
    /// Root's part in the subnet, see [`crate::root_proportion`].
    pub root_proportion: U96F32,
    /// `SubnetEmissionEnabled`.
    pub emission_enabled: bool,
}

/// Shares after each step, in the order of the subnets given. They sum to 1 or a little less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// By price or flow alone.
    pub base: Vec<U64F64>,
    /// Weighed.
    pub weighted: Vec<U64F64>,
    /// Gated.
    pub gated: Vec<U64F64>,
    /// Without the subnets whose emission is switched off: what is paid.
    pub paid: Vec<U64F64>,
}

impl Shares {
    /// Weighs and gates `base` shares by `rules`; both slices are of the same subnets. The gate's bar is
    /// found anew where that is due in `block`.
    ///
    /// Follows `get_shares` and `get_subnet_block_emissions` of `coinbase/subnet_emissions.rs`.
    pub fn weigh(
        rules: &ShareRules,
        base: Vec<U64F64>,
        subnets: &[Weighing],
        gate: &mut Gate,
        block: u64,
    ) -> Self {
        let weighted = match rules.weight {
            ShareWeight::None => base.clone(),
            ShareWeight::Burn => weigh(&base, subnets, kept_by_miners),
            ShareWeight::BurnAndRoot => weigh(&base, subnets, |subnet| {
                U64F64::saturating_from(subnet.root_proportion)
                    .saturating_mul(kept_by_miners(subnet))
            }),
        };
        let gated = match rules.gate {
            None => weighted.clone(),
            Some(bar) => {
                gate.update_bar(bar, block, &weighted);
                gate.apply(&weighted)
            }
        };
        let paid = without_disabled(&gated, subnets);
        Self {
            base,
            weighted,
            gated,
            paid,
        }
    }

    /// TAO for each subnet of a block that mints `block_emission` rao, in rao.
    pub fn emissions(&self, block_emission: u64) -> impl Iterator<Item = U96F32> {
        self.paid.iter().map(move |&share| {
            U96F32::saturating_from(u64f64(block_emission).saturating_mul(share))
        })
    }
}

/// Each price's part in their sum; of a sum that no quotient fits, 0.
///
/// Follows `get_shares_price_ema` of `coinbase/subnet_emissions.rs`, spec 425.
pub fn price_shares(moving_prices: &[U64F64]) -> Vec<U64F64> {
    let total = sum(moving_prices.iter().copied());
    moving_prices
        .iter()
        .map(|price| price.safe_div(total))
        .collect()
}

/// Shares times a factor, brought back to a sum of 1.
fn weigh(
    shares: &[U64F64],
    subnets: &[Weighing],
    factor: impl Fn(&Weighing) -> U64F64,
) -> Vec<U64F64> {
    let weights: Vec<U64F64> = shares
        .iter()
        .zip(subnets)
        .map(|(share, subnet)| share.saturating_mul(factor(subnet)))
        .collect();
    let total = sum(weights.iter().copied());
    // Where every subnet burns all, the block's emission is still paid.
    if total == U64F64::ZERO {
        return shares.to_vec();
    }
    weights
        .iter()
        .map(|weight| weight.safe_div(total))
        .collect()
}

fn kept_by_miners(subnet: &Weighing) -> U64F64 {
    let burned = U64F64::saturating_from(subnet.miner_burned).min(U64F64::ONE);
    U64F64::ONE.saturating_sub(burned)
}

/// Nothing for disabled subnets, their part to the others. With none disabled the shares stay as
/// they are: they are not divided by their sum once more.
fn without_disabled(shares: &[U64F64], subnets: &[Weighing]) -> Vec<U64F64> {
    if subnets.iter().all(|subnet| subnet.emission_enabled) {
        return shares.to_vec();
    }
    let kept = |(&share, subnet): (&U64F64, &Weighing)| {
        if subnet.emission_enabled {
            share
        } else {
            U64F64::ZERO
        }
    };
    let total = sum(shares.iter().zip(subnets).map(kept));
    shares
        .iter()
        .zip(subnets)
        .map(|pair| kept(pair).safe_div(total))
        .collect()
}

fn sum(values: impl Iterator<Item = U64F64>) -> U64F64 {
    values.fold(U64F64::ZERO, U64F64::saturating_add)
}
