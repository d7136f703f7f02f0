//! One block: from what is minted to who is paid.
//!
//! Follows `block_step` of `coinbase/block_step.rs` and `run_coinbase` of `coinbase/run_coinbase.rs`,
//! spec 425.

use crate::baskets::Flush;
use crate::block_rules::{
    BlockRules, CurveRecord, Injection, PayoutRule, PayoutRules, PriceAverages, SafetyNet,
    StakeCount,
};
use crate::distribution::{Rates, distribute};
use crate::epochs::{EpochContext, EpochSource};
use crate::issuance::{block_emission, mintable};
use crate::network::{Globals, Network};
use crate::num::ascending;
use crate::payout::Payout;
use crate::pending::Pending;
use crate::pool::{MAX_PRICE_LIMIT, Side};
use crate::reservoirs::Injected;
use crate::root::{
    proportion_u16, proportion_u64, root_proportion, root_sell_flag, weighted_root_tao,
};
use crate::rules::{Rules, ShareBasis};
use crate::schedule::{Slot, epoch_cap};
use crate::shares::{Shares, Weighing, price_shares};
use crate::spec300::{self, BlockSplit};
use crate::subnet::Subnet;
use crate::terms::Terms;
use yuma_fixed::{U64F64, U96F32};
use yuma_types::InputError;

/// What a block's emission did to one subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubnetEmission {
    /// The subnet.
    pub netuid: u16,
    /// Its share by price or flow alone. Of versions that compute no shares this and the next are 0.
    pub base_share: U64F64,
    /// Its share weighed by what miners were left.
    pub weighted_share: U64F64,
    /// Its share gated.
    pub gated_share: U64F64,
    /// Its share as paid.
    pub share: U64F64,
    /// TAO that is its due, in rao.
    pub emission: U96F32,
    /// What the emission was to become.
    pub terms: Terms,
    /// Rao injected, see [`crate::LastEmission`].
    pub tao_in: u64,
    /// Rao injected.
    pub alpha_in: u64,
    /// Rao minted for participants.
    pub alpha_out: u64,
    /// Rao that bought alpha.
    pub excess_tao: u64,
    /// Rao of alpha bought.
    pub alpha_bought: u64,
    /// Rao to inject that stay unspent, as the pool's weights do not allow for them and there is no
    /// reservoir.
    pub tao_refused: u64,
    /// Rao to buy alpha with that are spent, but that the swap did not take: they stay on the subnet's
    /// account, outside the pool.
    pub tao_stranded: u64,
    /// What was added for the epoch.
    pub pending: Pending,
    /// Rao spent on injection, into the pool or into its reservoir. [`Self::tao_in`] can have more, from
    /// the reservoir, or less.
    pub tao_spent: u64,
    /// Rao to buy alpha with that came back unspent, as the swap did not take them.
    pub tao_refunded: u64,
}

impl SubnetEmission {
    fn injected(&mut self, injected: &Injected) {
        self.tao_in = injected.tao_in;
        self.alpha_in = injected.alpha_in;
        self.excess_tao = injected.excess_tao;
        self.alpha_bought = injected.alpha_bought;
        self.tao_refused = injected.tao_refused;
        self.tao_stranded = injected.tao_stranded;
        self.tao_spent = injected.tao_spent;
        self.tao_refunded = injected.tao_refunded;
    }
}

/// What was drained of a subnet whose participants are not known, and paid to nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unpaid {
    /// The subnet.
    pub netuid: u16,
    /// What its epoch would have handed out.
    pub pending: Pending,
}

/// What a block did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockReport {
    /// The block.
    pub block: u64,
    /// Rao minted.
    pub minted: u64,
    /// Rao of them that truncation and full pools left: taken out of issuance again.
    pub unspent: u64,
    /// Whether root dividends were handed out, not recycled.
    pub root_sell_flag: bool,
    /// Subnets that emission went to, in the chain's order.
    pub subnets: Vec<SubnetEmission>,
    /// Subnets whose epoch was due and was moved to the next block.
    pub deferred: Vec<u16>,
    /// Subnets whose epoch was due and left out, as two uids have one hotkey.
    pub skipped: Vec<u16>,
    /// Epochs that were due of subnets with [`Subnet::participants_unread`], in ascending order of netuids.
    pub unpaid: Vec<Unpaid>,
    /// Epochs that ran, in ascending order of netuids.
    pub payouts: Vec<Payout>,
    /// Whose root dividends went into a basket.
    pub flushed: Option<Flush>,
}

impl Network {
    /// Runs the next block on the state the last one left: mints, shares, injects, buys, drains and
    /// pays, brings root dividends into a basket, and moves prices. What extrinsics, weight reveals and
    /// root claims would change is not part of it.
    ///
    /// # Errors
    /// Not all of the version's block is known, or the state has not what its baskets need; the network
    /// is then as before. Or a due subnet has not what its epoch needs; the network is then left within
    /// the block, and no more use.
    pub fn run_block(
        &mut self,
        rules: &Rules,
        epochs: &mut impl EpochSource,
    ) -> Result<BlockReport, InputError> {
        let (steps, payout) = rules.whole_block()?;
        let escrow = match payout.pays {
            PayoutRule::ToClaims => None,
            #[cfg(feature = "baskets")]
            PayoutRule::ToBaskets => Some(self.check_baskets()?),
        };
        self.globals.block = self.globals.block.saturating_add(1);
        let mut report = self.begin_block(rules, &steps);
        let drained = self.drain(steps.safety_net, &mut report);
        self.pay(&steps, &payout, drained, epochs, &mut report)?;
        report.flushed = escrow.and_then(|escrow| self.flush_next_basket(escrow));
        self.move_prices(steps.prices);
        Ok(report)
    }

    /// Mints, shares and emits: what a block does before any epoch.
    pub(crate) fn begin_block(&mut self, rules: &Rules, steps: &BlockRules) -> BlockReport {
        let globals = &mut self.globals;
        let (block, minted) = (globals.block, mint(globals, steps.curve));
        let mut report = BlockReport {
            block,
            minted,
            root_sell_flag: root_sell_flag(self.emitted_to().map(|s| s.price_for_shares())),
            subnets: self.share(rules, block, minted),
            ..BlockReport::default()
        };
        self.emit(steps, &mut report);
        report
    }

    fn emitted_to(&mut self) -> impl Iterator<Item = &mut Subnet> {
        let subnets = self.parts().3.iter_mut();
        subnets.filter(|subnet| subnet.is_emitted_to())
    }

    /// What is each subnet's due of `minted` rao in `block`, in the chain's order. Moves the averages of
    /// flows and the gate's bar where `rules` have them.
    ///
    /// Of a version whose block is not known this is known all the same.
    pub fn share(&mut self, rules: &Rules, block: u64, minted: u64) -> Vec<SubnetEmission> {
        if rules.shares.basis == ShareBasis::PriceProduct {
            return self.share_by_product(minted);
        }
        let base = match rules.shares.basis {
            ShareBasis::TaoFlow => self.flow_shares(block),
            _ => self.price_shares(),
        };
        let root_tao = self.weighted_root_tao();
        let subnets = self.emitted_to();
        let weighing: Vec<Weighing> = subnets.map(|s| s.weighing(root_tao)).collect();
        let gate = &mut self.globals.gate;
        let shares = Shares::weigh(&rules.shares, base, &weighing, gate, block);
        let emissions: Vec<U96F32> = shares.emissions(minted).collect();
        self.emitted_to()
            .enumerate()
            .map(|(i, subnet)| SubnetEmission {
                netuid: subnet.netuid,
                base_share: shares.base[i],
                weighted_share: shares.weighted[i],
                gated_share: shares.gated[i],
                share: shares.paid[i],
                emission: emissions[i],
                ..SubnetEmission::default()
            })
            .collect()
    }

    fn price_shares(&mut self) -> Vec<U64F64> {
        let subnets = self.emitted_to();
        let prices: Vec<U64F64> = subnets.map(|s| s.price_for_shares()).collect();
        price_shares(&prices)
    }

    fn flow_shares(&mut self, block: u64) -> Vec<U64F64> {
        let settings = self.globals.flow;
        let smoothing = settings.smoothing();
        let averages: Vec<_> = self
            .emitted_to()
            .map(|subnet| {
                let user = subnet.user_flow.advance(block, smoothing);
                (user, subnet.protocol_flow.advance(block, smoothing))
            })
            .collect();
        settings.shares(&averages)
    }

    /// The same where the part of each price is that of the block's TAO: of the subnets that have a first emission block.
    pub(crate) fn share_by_product(&self, minted: u64) -> Vec<SubnetEmission> {
        let (netuids, prices): (Vec<u16>, Vec<U96F32>) = self
            .subnets()
            .iter()
            .filter(|subnet| subnet.first_emission_block.is_some())
            .map(|subnet| (subnet.netuid, subnet.price_for_shares::<U96F32>()))
            .unzip();
        let emissions = spec300::emissions(BlockSplit::new(minted).subnets, &prices);
        let due = |(netuid, emission)| SubnetEmission {
            netuid,
            emission,
            ..SubnetEmission::default()
        };
        netuids.into_iter().zip(emissions).map(due).collect()
    }

    /// Brings the report's emissions to the subnets they are due to, and what is left out of issuance.
    ///
    /// [`BlockReport::minted`] must be part of the issuance, [`BlockReport::subnets`] have the
    /// emissions of the subnets that emission goes to, in the chain's order, and
    /// [`BlockReport::root_sell_flag`] be set; the rest of the report is filled in.
    ///
    /// Follows `emit_to_subnets` of `coinbase/run_coinbase.rs`, specs 425 and 475.
    pub fn emit(&mut self, steps: &BlockRules, report: &mut BlockReport) {
        let root_tao = self.weighted_root_tao();
        let (globals, _, _, subnets) = self.parts();
        // The chain takes one step for all subnets after the other. Each changes only the subnet's own
        // state and the credit, which only injections take from.
        let mut last_curve = (0, None);
        let mut credit = report.minted;
        let mut emitted = report.subnets.iter_mut();
        for subnet in subnets.iter_mut().filter(|s| s.is_emitted_to()) {
            let Some(emission) = emitted.next() else {
                break;
            };
            let minted = block_emission(subnet.alpha_issuance());
            if minted.is_some() && subnet.netuid > last_curve.0 {
                last_curve = (subnet.netuid, minted);
            }
            emission.terms = Terms::new(
                emission.emission,
                minted.unwrap_or(0),
                subnet.pool.spot_price(),
                root_proportion(root_tao, subnet.alpha_issuance()),
            );
            let total_stake = &mut globals.total_stake;
            let count = steps.stake_count;
            match steps.injection {
                Injection::WeighedThenBought => {
                    inject(subnet, emission, &mut credit, count, total_stake);
                }
                #[cfg(feature = "baskets")]
                Injection::WithReservoirs => {
                    let terms = &emission.terms;
                    let injected =
                        subnet.inject_with_reservoirs(terms, &mut credit, count, total_stake);
                    emission.injected(&injected);
                }
            }
            let cut = proportion_u16(globals.subnet_owner_cut);
            add_pending(subnet, emission, cut, root_tao, report.root_sell_flag);
        }
        if steps.curve == CurveRecord::Written {
            globals.block_emission = last_curve.1.unwrap_or(globals.block_emission);
        }
        globals.total_issuance = globals.total_issuance.saturating_sub(credit);
        globals.balances_issuance = globals.balances_issuance.saturating_sub(credit);
        report.unspent = credit;
    }

    pub(crate) fn weighted_root_tao(&self) -> U96F32 {
        weighted_root_tao(self.root.tao, proportion_u64(self.globals.tao_weight))
    }

    /// Takes what is pending of the subnets whose epoch runs in this block.
    fn drain(&mut self, net: SafetyNet, report: &mut BlockReport) -> Vec<(usize, Pending)> {
        let (globals, _, _, subnets) = self.parts();
        let schedules = subnets.iter().map(|s| (&s.schedule, s.epoch_consensus));
        let cap = globals.max_epochs_per_block;
        let mut free = u32::from(epoch_cap(net, schedules, globals.block, cap));
        let mut drained = Vec::new();
        for (position, subnet) in subnets.iter_mut().enumerate() {
            let mut schedule = subnet.schedule;
            let slot = schedule.step(net, globals.block, free, || subnet.keys_are_unique());
            subnet.schedule = schedule;
            match slot {
                Slot::NotDue => {}
                Slot::Deferred => report.deferred.push(subnet.netuid),
                Slot::Skipped => report.skipped.push(subnet.netuid),
                Slot::Run => {
                    free -= 1;
                    drained.push((position, std::mem::take(&mut subnet.pending)));
                }
            }
        }
        let netuids = drained
            .iter()
            .map(|&(position, _): &(usize, Pending)| subnets[position].netuid.into());
        let order = ascending(netuids);
        order.iter().map(|&(_, place)| drained[place]).collect()
    }

    /// Runs the drained subnets' epochs and hands out what was theirs.
    fn pay(
        &mut self,
        steps: &BlockRules,
        rules: &PayoutRules,
        drained: Vec<(usize, Pending)>,
        epochs: &mut impl EpochSource,
        report: &mut BlockReport,
    ) -> Result<(), InputError> {
        let (globals, root, keys, subnets) = self.parts();
        let rates = Rates {
            dividends: rules.dividends,
            tao_weight: proportion_u64(globals.tao_weight),
            childkey_burn: proportion_u64(globals.childkey_burn),
            payout: rules.pays,
            shares: rules.shares,
        };
        for (position, pending) in drained {
            let subnet = &mut subnets[position];
            if subnet.participants_unread {
                let netuid = subnet.netuid;
                report.unpaid.push(Unpaid { netuid, pending });
                subnet.keep_step(steps.epochs, globals.block);
                continue;
            }
            let context = EpochContext {
                block: globals.block,
                emission: pending.for_epoch(),
                root,
                tao_weight: rates.tao_weight,
                stake_threshold: globals.stake_threshold,
                pending,
                suspended: &keys.suspended,
            };
            let emission = epochs.run(&context, subnet)?;
            let payout = distribute(subnet, root, keys, &rates, &pending, &emission);
            report.payouts.push(payout);
            subnet.keep_step(steps.epochs, globals.block);
        }
        Ok(())
    }

    /// What follows the coinbase: moving prices, root's part, and children whose time has come.
    fn move_prices(&mut self, averages: PriceAverages) {
        let root_tao = self.weighted_root_tao();
        let (globals, _, _, subnets) = self.parts();
        let block = globals.block;
        for subnet in subnets {
            if subnet.is_emitted_to() {
                subnet.update_moving_prices(averages, block, globals.moving_alpha);
                subnet.root_prop = root_proportion(root_tao, subnet.alpha_issuance());
            }
            if subnet.schedule.last_epoch_block == block {
                subnet.apply_pending_children(block);
            }
        }
    }
}

/// Follows `get_block_emission` of `coinbase/block_emission.rs`, specs 425 and 475.
fn mint(globals: &mut Globals, curve: CurveRecord) -> u64 {
    if curve == CurveRecord::Written {
        globals.block_emission =
            block_emission(globals.total_issuance).unwrap_or(globals.block_emission);
    }
    let minted = mintable(globals.total_issuance, globals.balances_issuance);
    globals.total_issuance = globals.total_issuance.saturating_add(minted);
    globals.balances_issuance = globals.balances_issuance.saturating_add(minted);
    minted
}

/// Injects what the pool takes, and buys alpha for the excess at the weights that allow for the
/// injection and the reserves before it.
///
/// Follows `inject_and_maybe_swap` of `coinbase/run_coinbase.rs`, spec 425.
fn inject(
    subnet: &mut Subnet,
    emission: &mut SubnetEmission,
    credit: &mut u64,
    stake_count: StakeCount,
    total_stake: &mut u64,
) {
    let tao_due = emission.terms.tao_in.saturating_to_u64();
    let alpha_due = emission.terms.alpha_in.saturating_to_u64();
    let excess = emission.terms.excess_tao.saturating_to_u64();
    let (tao_in, alpha_in) = subnet.pool.adjust_protocol_liquidity(tao_due, alpha_due);
    emission.tao_refused = tao_due - tao_in;

    if excess > 0 && *credit >= excess {
        *credit -= excess;
        let limit = MAX_PRICE_LIMIT;
        let swap = subnet.swap(
            Side::BuyAlpha,
            excess,
            limit,
            true,
            stake_count,
            total_stake,
        );
        let swap = swap.unwrap_or_default();
        subnet.protocol_alpha = subnet.protocol_alpha.saturating_add(swap.paid_out);
        subnet.protocol_flow.record_in(swap.paid_in);
        emission.excess_tao = swap.paid_in;
        emission.alpha_bought = swap.paid_out;
        emission.tao_stranded = excess.saturating_sub(swap.paid_in);
    }

    emission.alpha_in = alpha_in;
    subnet.pool.alpha = subnet.pool.alpha.saturating_add(alpha_in);
    if tao_in > 0 && *credit >= tao_in {
        *credit -= tao_in;
        emission.tao_in = tao_in;
        emission.tao_spent = tao_in;
        subnet.pool.tao = subnet.pool.tao.saturating_add(tao_in);
        *total_stake = total_stake.saturating_add(tao_in);
        subnet.protocol_flow.record_in(tao_in);
    }
    subnet.last.excess_tao = emission.excess_tao;
    subnet.last.alpha_in = emission.alpha_in;
    subnet.last.tao_in = emission.tao_in;
}

/// Mints the subnet's alpha and adds it to what is pending.
///
/// Follows the last part of `emit_to_subnets` of `coinbase/run_coinbase.rs`, spec 425.
fn add_pending(
    subnet: &mut Subnet,
    emission: &mut SubnetEmission,
    owner_cut: U96F32,
    root_tao: U96F32,
    root_sell_flag: bool,
) {
    emission.alpha_out = emission.terms.alpha_out.saturating_to_u64();
    subnet.last.alpha_out = emission.alpha_out;
    subnet.alpha_out = subnet.alpha_out.saturating_add(emission.alpha_out);
    let root = root_proportion(root_tao, subnet.alpha_issuance());
    let cut = subnet.owner_cut_enabled.then_some(owner_cut);
    let mut split = Pending::of_block(emission.terms.alpha_out, cut, root);
    if !root_sell_flag {
        subnet.recycle(std::mem::take(&mut split.root));
    }
    subnet.pending.add(&split);
    emission.pending = split;
}
