//! Injection of a block's TAO and alpha into a pool whose weights may not allow for all of it: what they do
//! not allow for waits in the pool's reservoirs.
//!
//! Follows `inject_and_maybe_swap` of `coinbase/run_coinbase.rs` and `adjust_protocol_liquidity` of
//! `swap/src/pallet/impls.rs`, spec 475.

use crate::block_rules::StakeCount;
use crate::pool::{MAX_PRICE_LIMIT, Side};
use crate::subnet::Subnet;
use crate::terms::Terms;

/// What became of a subnet's terms, in rao; see [`crate::SubnetEmission`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Injected {
    /// TAO that became part of the pool.
    pub tao_in: u64,
    /// Alpha that did.
    pub alpha_in: u64,
    /// TAO that bought alpha.
    pub excess_tao: u64,
    /// Alpha bought.
    pub alpha_bought: u64,
    /// TAO to inject that the credit had not.
    pub tao_refused: u64,
    /// TAO to buy alpha with that is spent, but that the swap did not take.
    pub tao_stranded: u64,
    /// TAO that went into the pool or its reservoir.
    pub tao_spent: u64,
    /// TAO to buy alpha with that came back.
    pub tao_refunded: u64,
}

impl Subnet {
    /// Buys alpha for the excess at the weights that stand, then injects what the weights can be set to
    /// allow for, of this block and of earlier ones.
    ///
    /// TAO that the swap refuses comes back into `credit`. `total_stake` is the network's.
    pub(crate) fn inject_with_reservoirs(
        &mut self,
        terms: &Terms,
        credit: &mut u64,
        stake_count: StakeCount,
        total_stake: &mut u64,
    ) -> Injected {
        let excess = terms.excess_tao.saturating_to_u64();
        let mut injected = self.buy_excess(excess, credit, stake_count, total_stake);

        let due = terms.tao_in.saturating_to_u64();
        let spent = if due <= *credit { due } else { 0 };
        *credit -= spent;
        injected.tao_refused = due - spent;
        injected.tao_spent = spent;

        let alpha = terms.alpha_in.saturating_to_u64();
        let (tao_in, alpha_in) = self.adjust_with_reservoirs(spent, alpha);
        self.pool.alpha = self.pool.alpha.saturating_add(alpha_in);
        self.pool.tao = self.pool.tao.saturating_add(tao_in);
        *total_stake = total_stake.saturating_add(tao_in);
        self.protocol_flow.record_in(tao_in);
        (injected.tao_in, injected.alpha_in) = (tao_in, alpha_in);
        self.last.excess_tao = injected.excess_tao;
        self.last.alpha_in = alpha_in;
        self.last.tao_in = tao_in;
        injected
    }

    /// Buys alpha for `excess` rao where the credit has them.
    fn buy_excess(
        &mut self,
        excess: u64,
        credit: &mut u64,
        stake_count: StakeCount,
        total_stake: &mut u64,
    ) -> Injected {
        if excess == 0 || excess > *credit {
            return Injected::default();
        }
        let (side, limit) = (Side::BuyAlpha, MAX_PRICE_LIMIT);
        let Ok(swap) = self.swap(side, excess, limit, true, stake_count, total_stake) else {
            return Injected {
                tao_refunded: excess,
                ..Injected::default()
            };
        };
        *credit -= excess;
        self.protocol_alpha = self.protocol_alpha.saturating_add(swap.paid_out);
        self.protocol_flow.record_in(swap.paid_in);
        Injected {
            excess_tao: swap.paid_in,
            alpha_bought: swap.paid_out,
            tao_stranded: excess.saturating_sub(swap.paid_in),
            ..Injected::default()
        }
    }

    /// Sets the pool's weights to allow for TAO and alpha, what is in the reservoirs included, and gives
    /// what may be added to the reserves: both, else the alpha alone, else the TAO alone, else nothing.
    /// What may not stays in the reservoirs.
    pub fn adjust_with_reservoirs(&mut self, tao: u64, alpha: u64) -> (u64, u64) {
        let tao = self.tao_reservoir.saturating_add(tao);
        let alpha = self.alpha_reservoir.saturating_add(alpha);
        let tries = [(tao, alpha), (0, alpha), (tao, 0)];
        let allowed = tries.into_iter().find_map(|(tao_in, alpha_in)| {
            let weight = self.pool.weight_after_adding(tao_in, alpha_in)?;
            Some((weight, tao_in, alpha_in))
        });
        let (weight, tao_in, alpha_in) = allowed.unwrap_or((self.pool.quote_weight, 0, 0));
        self.pool.quote_weight = weight;
        self.tao_reservoir = tao - tao_in;
        self.alpha_reservoir = alpha - alpha_in;
        (tao_in, alpha_in)
    }
}
