//! The coinbase of spec 300 as far as it can be computed without its pool of concentrated liquidity:
//! the TAO of each subnet, its terms, its pending amounts, its moving price and its schedule.
//!
//! Parents' and children's parts are those of [`crate::child_dividends`] without a burn, the split of
//! validators' dividends that of [`crate::validator_pay`], root's pot being TAO.
//!
//! Follows commit d846d2b0f of `opentensor/subtensor`, whose runtime reports spec 300.

use crate::issuance::block_emission;
use crate::moving_price::price_for_shares;
use crate::num::u96f32;
use crate::terms::Terms;
use yuma_fixed::{I96F32, U64F64, U96F32};

/// What decides a subnet's TAO and alpha in a block. Only subnets with a first emission block count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// 1: priced by the pool. Any other: alpha is worth TAO one to one. `SubnetMechanism`.
    pub mechanism: u16,
    /// `SubnetMovingPrice`.
    pub moving_price: I96F32,
    /// The pool's square root of the price; `None` where it is not initialised. `AlphaSqrtPrice`,
    /// `SwapV3Initialized`.
    pub sqrt_price: Option<U64F64>,
    /// Rao. `SubnetTAO`.
    pub tao: u64,
    /// Rao. `SubnetAlphaIn`.
    pub alpha_in: u64,
    /// Users' rao in the pool, which price it where it is not initialised. `SubnetTaoProvided`.
    pub tao_provided: u64,
    /// Users' rao in the pool, likewise. `SubnetAlphaInProvided`.
    pub alpha_provided: u64,
    /// Rao. `SubnetAlphaOut`.
    pub alpha_out: u64,
    /// Whether neurons can register, for TAO or for work: else no TAO is injected.
    pub registration_allowed: bool,
}

/// How a block's TAO is divided, in rao with 32 fraction bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSplit {
    /// To the subnets.
    pub subnets: U96F32,
    /// To the nodes that validate blocks.
    pub node_validators: U96F32,
}

impl BlockSplit {
    /// The split of a block that mints `minted` rao: 98 of 100 to the subnets.
    pub fn new(minted: u64) -> Self {
        let part =
            |part: f32| u96f32(minted).saturating_mul(U96F32::saturating_from_f64(part.into()));
        Self {
            subnets: part(0.98),
            node_validators: part(0.02),
        }
    }
}

impl Subnet {
    /// Rao of TAO that one rao of alpha costs.
    ///
    /// Follows `current_price` of `pallets/swap/src/pallet/impls.rs`, spec 300.
    pub fn price(&self) -> U96F32 {
        if self.mechanism != 1 {
            return U96F32::ONE;
        }
        if let Some(root) = self.sqrt_price {
            return U96F32::saturating_from(root.saturating_mul(root));
        }
        let tao = self.tao.saturating_add(self.tao_provided);
        match self.alpha_in.saturating_add(self.alpha_provided) {
            0 => U96F32::ZERO,
            alpha => u96f32(tao).saturating_div(u96f32(alpha)),
        }
    }

    /// The moving price that shares read.
    pub fn price_for_shares(&self) -> U96F32 {
        price_for_shares(self.mechanism, self.moving_price)
    }

    /// What the subnet's TAO becomes. Nothing is in excess: alpha is injected up to what is minted.
    pub fn terms(&self, tao_emission: U96F32) -> Terms {
        let issuance = self.alpha_in.saturating_add(self.alpha_out);
        let alpha_out = u96f32(block_emission(issuance).unwrap_or(0));
        let alpha_in = tao_emission.safe_div_or(self.price(), alpha_out);
        Terms {
            tao_in: if self.registration_allowed {
                tao_emission
            } else {
                U96F32::ZERO
            },
            alpha_in: alpha_in.min(alpha_out),
            alpha_out,
            excess_tao: U96F32::ZERO,
        }
    }
}

/// Each subnet's TAO of `total` rao: its price's part, the product taken before the quotient.
pub fn emissions(total: U96F32, moving_prices: &[U96F32]) -> Vec<U96F32> {
    let sum = moving_prices
        .iter()
        .copied()
        .fold(U96F32::ZERO, U96F32::saturating_add);
    moving_prices
        .iter()
        .map(|&price| total.saturating_mul(price).safe_div(sum))
        .collect()
}

/// Rao that a block adds to a subnet's pending amounts. If root's part cannot be sold for TAO, nothing
/// but the owner's is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingSplit {
    /// To the owner.
    pub owner: u64,
    /// Sold for TAO, to validators' root stake.
    pub root: u64,
    /// To miners and to validators' alpha stake.
    pub rest: u64,
}

impl PendingSplit {
    /// How `alpha_out` splits.
    pub fn new(alpha_out: U96F32, owner_cut: U96F32, root_proportion: U96F32) -> Self {
        const HALF: U96F32 = U96F32::from_bits(1 << (U96F32::FRAC_BITS - 1));
        let owner = alpha_out.saturating_mul(owner_cut);
        let left = alpha_out.saturating_sub(owner);
        let root = root_proportion.saturating_mul(left).saturating_mul(HALF);
        Self {
            owner: owner.saturating_to_u64(),
            root: root.saturating_to_u64(),
            rest: left.saturating_sub(root).saturating_to_u64(),
        }
    }
}

/// Rao that the epoch hands out of what was pending.
pub fn epoch_emission(pending: u64, pending_root: u64) -> u64 {
    pending.saturating_add(pending_root)
}

/// Rao for validators' alpha stake: half of all but root's part, or all where miners earned nothing.
pub fn validator_alpha(pending: u64, pending_root: u64, has_incentives: bool) -> u64 {
    if !has_incentives {
        return pending;
    }
    (epoch_emission(pending, pending_root) / 2).saturating_sub(pending_root)
}

/// Blocks until a subnet's next epoch, 0 where it runs in `block`; `None` without a tempo.
pub fn blocks_until_epoch(netuid: u16, tempo: u16, block: u64) -> Option<u64> {
    if tempo == 0 {
        return None;
    }
    let period = u64::from(tempo) + 1;
    let offset = block.wrapping_add(u64::from(netuid) + 1) % period;
    Some(u64::from(tempo) - offset)
}
