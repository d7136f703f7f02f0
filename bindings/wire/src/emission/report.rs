//! What blocks and epochs did, as columns.

use super::columns::{i128_words, or_no_account, put, u128_words};
use super::fields::ReportOut;
use super::steps::SwapMade;
use crate::buffer::{STATUS_OK, Sections};
use yuma_emission::{
    BlockReport, Gain, Globals, HotkeyEmission, IncentiveTo, Network, Payout, RootDividends,
    SwapError,
};

impl ReportOut {
    /// Returns how many bytes the columns take.
    pub fn bytes(&self) -> usize {
        let mut sections = Sections::new(STATUS_OK);
        self.sections(&mut sections);
        sections.bytes()
    }

    /// Adds a block that has just run.
    pub fn push_block(&mut self, report: &BlockReport, network: &Network, swaps: &[SwapMade]) {
        self.push_totals(report, &network.globals);
        self.push_swaps(swaps);
        report
            .subnets
            .iter()
            .for_each(|emission| self.emissions.push(emission));
        self.deferred.netuid.extend(&report.deferred);
        self.skipped.netuid.extend(&report.skipped);
        report
            .unpaid
            .iter()
            .for_each(|unpaid| self.unpaid.push(unpaid));
        for payout in &report.payouts {
            self.push_payout(payout);
            self.end_payout();
        }
        if let Some(flush) = &report.flushed {
            put(&mut self.flushes.hotkey, flush.hotkey.0);
            put(&mut self.flushes.deposited_tao, flush.deposited_tao);
            put(&mut self.flushes.shares, flush.shares);
            for &(netuid, rao) in &flush.recycled {
                put(&mut self.flush_recycled.netuid, netuid);
                put(&mut self.flush_recycled.rao, rao);
            }
            self.flush_recycled
                .start
                .end(self.flush_recycled.netuid.len());
        }
        for subnet in network.subnets() {
            self.after.push(subnet);
            let price = subnet.pool.spot_price();
            put(&mut self.after.spot_price, u128_words(price.to_bits()));
            let fast = subnet.fast_moving_price;
            put(&mut self.after.has_fast_moving_price, fast.is_some().into());
            let fast = fast.unwrap_or_default();
            put(
                &mut self.after.fast_moving_price,
                u128_words(fast.to_bits()),
            );
        }
        self.end_block();
    }

    /// Adds swaps of the block that is being added.
    pub fn push_swaps(&mut self, made: &[SwapMade]) {
        let swaps = &mut self.swaps;
        for &(at, swap) in made {
            put(&mut swaps.operation, at);
            put(&mut swaps.refused, refusal(swap.err()));
            let swap = swap.unwrap_or_default();
            put(&mut swaps.paid_in, swap.paid_in);
            put(&mut swaps.paid_out, swap.paid_out);
            put(&mut swaps.fee, swap.fee);
        }
    }

    /// Adds the shares of a block that does not run.
    pub fn push_shares(&mut self, report: &BlockReport, network: &Network) {
        self.push_totals(report, &network.globals);
        report
            .subnets
            .iter()
            .for_each(|emission| self.emissions.push(emission));
        self.end_block();
    }

    /// Adds a block of which no more is reported than payouts.
    pub fn push_only_payouts(&mut self, block: u64, globals: &Globals) {
        let report = BlockReport {
            block,
            ..BlockReport::default()
        };
        self.push_totals(&report, globals);
        self.end_block();
    }

    fn push_totals(&mut self, report: &BlockReport, globals: &Globals) {
        let blocks = &mut self.blocks;
        put(&mut blocks.block, report.block);
        put(&mut blocks.minted, report.minted);
        put(&mut blocks.unspent, report.unspent);
        put(&mut blocks.root_sell_flag, report.root_sell_flag.into());
        put(&mut blocks.total_issuance, globals.total_issuance);
        put(&mut blocks.total_stake, globals.total_stake);
        put(&mut blocks.block_emission, globals.block_emission);
        put(&mut blocks.gate_bar, u128_words(globals.gate.bar.to_bits()));
    }

    /// Adds an epoch of the block that is being added.
    pub fn push_payout(&mut self, payout: &Payout) {
        let table = &mut self.payouts;
        table.push(payout);
        let (hotkey, coldkey) = payout.owner.unzip();
        put(&mut table.owner_hotkey, or_no_account(hotkey));
        put(&mut table.owner_coldkey, or_no_account(coldkey));
        let ledger = payout.ledger();
        put(&mut table.ledger_pending, u128_words(ledger.pending));
        put(&mut table.ledger_staked, u128_words(ledger.staked));
        put(&mut table.ledger_claimable, u128_words(ledger.claimable));
        put(&mut table.ledger_recycled, u128_words(ledger.recycled));
        put(&mut table.ledger_burned, u128_words(ledger.burned));
        put(&mut table.ledger_queued, u128_words(ledger.queued));
        put(&mut table.ledger_left, i128_words(ledger.left()));
        self.push_incentives(payout);
        self.push_dividends(payout);
    }

    fn push_incentives(&mut self, payout: &Payout) {
        let table = &mut self.incentives;
        for incentive in &payout.incentives {
            let (to, hotkey, coldkey) = match incentive.to {
                IncentiveTo::Stake { hotkey, coldkey } => (0, Some(hotkey), Some(coldkey)),
                IncentiveTo::Recycled => (1, None, None),
                IncentiveTo::Burned => (2, None, None),
            };
            put(&mut table.hotkey, incentive.hotkey.0);
            put(&mut table.rao, incentive.rao);
            put(&mut table.captured, incentive.captured);
            put(&mut table.to, to);
            put(&mut table.to_hotkey, or_no_account(hotkey));
            put(&mut table.to_coldkey, or_no_account(coldkey));
        }
    }

    fn push_dividends(&mut self, payout: &Payout) {
        for dividend in &payout.alpha {
            put(&mut self.alpha_dividends.hotkey, dividend.hotkey.0);
            put(&mut self.alpha_dividends.take, dividend.take);
            put(&mut self.alpha_dividends.captured, dividend.captured);
            put(&mut self.alpha_dividends.nominators, dividend.nominators);
        }
        let table = &mut self.root_dividends;
        for dividend in &payout.root {
            let rate = match dividend.to {
                RootDividends::Claimable(rate) => Some(rate),
                RootDividends::ToOwner | RootDividends::ToBasket => None,
            };
            put(&mut table.hotkey, dividend.hotkey.0);
            put(&mut table.take, dividend.take);
            put(&mut table.nominators, dividend.nominators);
            let to_owner = dividend.to == RootDividends::ToOwner;
            put(&mut table.to_owner, to_owner.into());
            let to_basket = dividend.to == RootDividends::ToBasket;
            put(&mut table.to_basket, to_basket.into());
            put(&mut table.captured, dividend.captured);
            table
                .claimable
                .push(i128_words(rate.unwrap_or_default().to_bits()));
        }
    }

    /// Adds what the epoch of the payout that is being added gave each hotkey.
    pub fn push_earned(&mut self, emission: &[HotkeyEmission]) {
        for earned in emission {
            put(&mut self.earned.hotkey, earned.hotkey.0);
            put(&mut self.earned.server, earned.server);
            put(&mut self.earned.validator, earned.validator);
        }
    }

    /// Adds what coldkeys gained by the payout that is being added.
    pub fn push_gains(&mut self, gains: &[Gain]) {
        for gain in gains {
            put(&mut self.gains.hotkey, gain.hotkey.0);
            put(&mut self.gains.coldkey, gain.coldkey.0);
            put(&mut self.gains.rao, gain.rao);
        }
    }

    /// Ends the payout that is being added.
    pub fn end_payout(&mut self) {
        self.incentives.start.end(self.incentives.hotkey.len());
        self.alpha_dividends
            .start
            .end(self.alpha_dividends.hotkey.len());
        self.root_dividends
            .start
            .end(self.root_dividends.hotkey.len());
        self.earned.start.end(self.earned.hotkey.len());
        self.gains.start.end(self.gains.hotkey.len());
    }

    /// Ends the block that is being added.
    pub fn end_block(&mut self) {
        self.swaps.start.end(self.swaps.operation.len());
        self.emissions.start.end(self.emissions.netuid.len());
        self.deferred.start.end(self.deferred.netuid.len());
        self.skipped.start.end(self.skipped.netuid.len());
        self.unpaid.start.end(self.unpaid.netuid.len());
        self.payouts.start.end(self.payouts.netuid.len());
        self.flushes.start.end(self.flushes.hotkey.len());
        self.after.start.end(self.after.netuid.len());
    }
}

/// Why the chain refused a swap, 0 where it did not: `REFUSALS` of `ts/emission/types.ts`.
pub fn refusal(refused: Option<SwapError>) -> u8 {
    match refused {
        None => 0,
        Some(SwapError::SwapInputTooLarge) => 1,
        Some(SwapError::ReservesTooLow) => 2,
        Some(SwapError::PriceLimitExceeded) => 3,
        Some(SwapError::InsufficientLiquidity) => 4,
    }
}
