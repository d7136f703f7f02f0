//! What the chain keeps of one subnet.

use crate::account::Account;
use crate::block_rules::{EpochKinds, PriceAverages, StakeCount};
use crate::collateral::Collaterals;
use crate::concentrated::Concentrated;
use crate::consensus::Consensus;
use crate::flow::Flow;
use crate::map::{Map, Set};
use crate::moving_price::{Smoothing, next_fast_price, price_for_shares};
use crate::num::ascending;
use crate::pending::Pending;
use crate::pool::{Pool, Side, Swap, SwapError};
use crate::relations::{PendingChildren, Relations};
use crate::root::root_proportion;
use crate::schedule::Schedule;
use crate::share_pool::SharePool;
use crate::shares::Weighing;
use std::borrow::Cow;
use yuma_fixed::{Fixed, I96F32, U64F64, U96F32};
use yuma_types::EpochConsensus;

/// A subnet's neuron; its uid is its place in [`Subnet::neurons`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neuron {
    /// `Keys`.
    pub hotkey: Account,
    /// u16 proportion. `ChildkeyTake`.
    pub childkey_take: u16,
}

/// What the last block did to a pool and its alpha, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastEmission {
    /// Injected. `SubnetTaoInEmission`.
    pub tao_in: u64,
    /// Injected. `SubnetAlphaInEmission`.
    pub alpha_in: u64,
    /// Minted for participants. `SubnetAlphaOutEmission`.
    pub alpha_out: u64,
    /// What bought alpha. `SubnetExcessTao`.
    pub excess_tao: u64,
}

/// A subnet other than root. Amounts are in rao.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subnet {
    /// Its number, above 0.
    pub netuid: u16,
    /// `FirstEmissionBlockNumber`.
    pub first_emission_block: Option<u64>,
    /// `SubtokenEnabled`.
    pub subtoken_enabled: bool,
    /// `NetworkRegistrationAllowed`.
    pub registration_allowed: bool,
    /// `SubnetEmissionEnabled`.
    pub emission_enabled: bool,
    /// `OwnerCutEnabled`.
    pub owner_cut_enabled: bool,

    /// Reserves and weights.
    pub pool: Pool,
    /// Alpha outside the pool. `SubnetAlphaOut`.
    pub alpha_out: u64,
    /// `SubnetMovingPrice`.
    pub moving_price: I96F32,
    /// `EMAPriceHalvingBlocks`.
    pub price_halving_blocks: u64,
    /// The part of miners' emission that went to the owner in the last epoch. `MinerBurned`.
    pub miner_burned: U96F32,
    /// `RootProp`.
    pub root_prop: U96F32,
    /// Users' TAO.
    pub user_flow: Flow,
    /// The protocol's TAO.
    pub protocol_flow: Flow,
    /// What the last block did.
    pub last: LastEmission,
    /// Alpha that the protocol bought. `SubnetProtocolAlpha`.
    pub protocol_alpha: u64,
    /// TAO ever swapped. `SubnetVolume`.
    pub volume: u128,
    /// Alpha taken out of issuance. `AlphaRecycled`.
    pub alpha_recycled: u64,
    /// Alpha that stays issued and belongs to nobody. `AlphaBurned`.
    pub alpha_burned: u64,

    /// Waiting for the epoch.
    pub pending: Pending,
    /// When the epoch is.
    pub schedule: Schedule,
    /// `SubnetOwner`.
    pub owner: Option<Account>,
    /// `SubnetOwnerHotkey`.
    pub owner_hotkey: Option<Account>,
    /// Whether a lease shares the owner's cut, which is not covered: such a subnet is refused.
    pub leased: bool,
    /// Whether incentives of the owner's hotkeys are recycled, not burned. `RecycleOrBurn`.
    pub recycles_owner_incentive: bool,
    /// By uid.
    pub neurons: Vec<Neuron>,
    /// u16 proportion: the greater of the network's and the subnet's least take.
    pub min_childkey_take: u16,
    /// Parents and children.
    pub relations: Relations,
    /// In stored order.
    pub pending_children: Vec<PendingChildren>,
    /// By coldkey, the hotkey that its miners' incentives are staked to. `AutoStakeDestination`.
    pub auto_stake: Map<Account, Account>,
    /// By hotkey.
    pub stakes: Map<Account, SharePool>,
    /// By hotkey, alpha that can be claimed for each rao on root. `RootClaimable`.
    pub root_claimable: Map<Account, I96F32>,
    /// By hotkey, of the last epoch. `AlphaDividendsPerSubnet`.
    pub alpha_dividends: Map<Account, u64>,
    /// By hotkey, of the last epoch. `RootAlphaDividendsPerSubnet`.
    pub root_dividends: Map<Account, u64>,
    /// By hotkey, its stake after its last dividends. `TotalHotkeyAlphaLastEpoch`.
    pub alpha_last_epoch: Map<Account, u64>,
    /// Whether no more is known of it than the block's own part: its epochs drain what is pending and pay
    /// nobody.
    pub participants_unread: bool,
    /// What versions have whose pool is of concentrated liquidity.
    pub concentrated: Concentrated,
    /// What the epoch reads and writes; `None` where epochs come from elsewhere.
    pub consensus: Option<Consensus>,

    /// TAO that waits for weights that allow for it: on the subnet's account, but neither in the pool nor
    /// in all stake. `BalancerTaoReservoir` of the swap pallet, since spec 426 to 432.
    pub tao_reservoir: u64,
    /// Alpha that waits likewise; issued. `BalancerAlphaReservoir` of the swap pallet, since spec 426 to
    /// 432.
    pub alpha_reservoir: u64,
    /// Rao of alpha behind all hotkeys, of which [`Self::stakes`] may have some alone. `TotalAlphaStaked`,
    /// since spec 448.
    pub total_alpha_staked: u64,
    /// Average of the spot price, half of it of the last 600 blocks, in rao of TAO per rao of alpha; `None`
    /// before the first. `SubnetFastMovingPrice`, since spec 456 to 470.
    pub fast_moving_price: Option<U64F64>,
    /// What owners have locked behind hotkeys.
    pub collateral: Collaterals,
    /// How epochs come to a result. `SubnetEpochConsensus`, since spec 474.
    pub epoch_consensus: EpochConsensus,
    /// Block in which an epoch of [`EpochConsensus::Yuma`] last ran and was paid; `None` before the first
    /// since spec 474. `LastYumaStepBlock`.
    pub last_yuma_step_block: Option<u64>,
}

impl Subnet {
    /// Its own state without that of its participants: what a block reads and writes before any epoch.
    pub(crate) fn without_participants(&self) -> Self {
        Self {
            netuid: self.netuid,
            first_emission_block: self.first_emission_block,
            subtoken_enabled: self.subtoken_enabled,
            registration_allowed: self.registration_allowed,
            emission_enabled: self.emission_enabled,
            owner_cut_enabled: self.owner_cut_enabled,
            pool: self.pool,
            alpha_out: self.alpha_out,
            moving_price: self.moving_price,
            price_halving_blocks: self.price_halving_blocks,
            miner_burned: self.miner_burned,
            root_prop: self.root_prop,
            user_flow: self.user_flow,
            protocol_flow: self.protocol_flow,
            last: self.last,
            protocol_alpha: self.protocol_alpha,
            volume: self.volume,
            alpha_recycled: self.alpha_recycled,
            alpha_burned: self.alpha_burned,
            pending: self.pending,
            schedule: self.schedule,
            concentrated: self.concentrated,
            tao_reservoir: self.tao_reservoir,
            alpha_reservoir: self.alpha_reservoir,
            total_alpha_staked: self.total_alpha_staked,
            fast_moving_price: self.fast_moving_price,
            epoch_consensus: self.epoch_consensus,
            last_yuma_step_block: self.last_yuma_step_block,
            ..Self::default()
        }
    }

    /// Whether emission goes to it.
    ///
    /// Follows `get_subnets_to_emit_to` of `coinbase/subnet_emissions.rs`, spec 425.
    pub fn is_emitted_to(&self) -> bool {
        self.first_emission_block.is_some() && self.subtoken_enabled && self.registration_allowed
    }

    /// Alpha in the pool, out of it and in its reservoir.
    pub fn alpha_issuance(&self) -> u64 {
        self.pool
            .alpha
            .saturating_add(self.alpha_out)
            .saturating_add(self.alpha_reservoir)
    }

    /// The moving price that shares read.
    pub fn price_for_shares<T: Fixed>(&self) -> T {
        price_for_shares(self.pool.mechanism, self.moving_price)
    }

    pub(crate) fn weighing(&self, weighted_root_tao: U96F32) -> Weighing {
        Weighing {
            miner_burned: self.miner_burned,
            root_proportion: root_proportion(weighted_root_tao, self.alpha_issuance()),
            emission_enabled: self.emission_enabled,
        }
    }

    pub(crate) fn update_moving_prices(
        &mut self,
        averages: PriceAverages,
        block: u64,
        moving_alpha: I96F32,
    ) {
        let smoothing = Smoothing {
            moving_alpha,
            halving_blocks: self.price_halving_blocks,
            first_emission_block: self.first_emission_block,
        };
        let old = self.price_for_shares();
        let price = self.pool.spot_price();
        self.moving_price = smoothing.next(block, old, price);
        if averages == PriceAverages::SlowAndFast {
            self.fast_moving_price = Some(next_fast_price(self.fast_moving_price, price));
        }
    }

    /// A swap and what it does to the reserves; one to one where the pool does not price alpha.
    /// `total_stake` is the network's.
    ///
    /// Follows `swap_tao_for_alpha` and `swap_alpha_for_tao` of `staking/stake_utils.rs`, specs 425 and
    /// 475.
    ///
    /// # Errors
    /// See [`Pool::swap`].
    pub fn swap(
        &mut self,
        side: Side,
        amount: u64,
        limit: u64,
        drop_fees: bool,
        stake_count: StakeCount,
        total_stake: &mut u64,
    ) -> Result<Swap, SwapError> {
        let swap = if self.pool.mechanism == 1 {
            self.pool.swap(side, amount, limit, drop_fees)?
        } else {
            Swap {
                paid_in: amount,
                paid_out: amount,
                fee: 0,
            }
        };
        // The chain moves reserves by an i64.
        let paid_in = swap.paid_in.min(i64::MAX as u64);
        let paid_out = swap.paid_out.min(i64::MIN.unsigned_abs());
        let pool = &mut self.pool;
        match side {
            Side::BuyAlpha => {
                pool.alpha = pool.alpha.saturating_sub(paid_out);
                self.alpha_out = self.alpha_out.saturating_add(swap.paid_out);
                pool.tao = pool.tao.saturating_add(paid_in);
                let staked = match stake_count {
                    StakeCount::Requested => amount,
                    StakeCount::Paid => paid_in,
                };
                *total_stake = total_stake.saturating_add(staked);
                self.volume = self.volume.saturating_add(amount.into());
            }
            Side::SellAlpha => {
                pool.alpha = pool.alpha.saturating_add(paid_in);
                self.alpha_out = self.alpha_out.saturating_sub(paid_in);
                pool.tao = pool.tao.saturating_sub(paid_out);
                *total_stake = total_stake.saturating_sub(swap.paid_out);
                self.volume = self.volume.saturating_add(swap.paid_out.into());
            }
        }
        Ok(swap)
    }

    /// Takes alpha out of issuance.
    pub(crate) fn recycle(&mut self, rao: u64) {
        self.alpha_out = self.alpha_out.saturating_sub(rao);
        self.alpha_recycled = self.alpha_recycled.saturating_add(rao);
    }

    /// Leaves alpha in issuance that belongs to nobody.
    pub(crate) fn burn(&mut self, rao: u64) {
        self.alpha_burned = self.alpha_burned.saturating_add(rao);
    }

    /// Rao of alpha behind all hotkeys in [`Self::stakes`].
    pub(crate) fn staked(&self) -> u128 {
        self.stakes
            .values()
            .map(|pool| u128::from(pool.total))
            .sum()
    }

    /// Keeps count of stakes that were `before` and have changed since.
    ///
    /// Follows `apply_live_delta` of `migrations/migrate_total_alpha_staked.rs`, spec 475.
    pub(crate) fn count_staked(&mut self, before: u128) {
        let all = (u128::from(self.total_alpha_staked) + self.staked()).saturating_sub(before);
        self.total_alpha_staked = u64::try_from(all).unwrap_or(u64::MAX);
    }

    /// Alpha behind a hotkey.
    pub fn stake(&self, hotkey: Account) -> u64 {
        self.stakes.get(&hotkey).map_or(0, |pool| pool.total)
    }

    /// The pool behind a hotkey that `rao` are paid to; `None` where there is none and none is needed.
    pub(crate) fn stake_pool(&mut self, hotkey: Account, rao: u64) -> Option<&mut SharePool> {
        if rao == 0 {
            return self.stakes.get_mut(&hotkey);
        }
        Some(self.stakes.entry(hotkey).or_default())
    }

    /// The relations that count while some hotkeys are suspended as parents.
    pub fn relations_in_force(&self, suspended: &Set<Account>) -> Cow<'_, Relations> {
        self.relations.in_force(suspended, self.owner_hotkey)
    }

    /// Keeps the block of an epoch that ran and was paid.
    ///
    /// Follows `distribute_emissions_to_subnets` of `coinbase/run_coinbase.rs`, specs 425 and 475.
    pub(crate) fn keep_step(&mut self, kinds: EpochKinds, block: u64) {
        self.schedule.last_mechanism_step_block = block;
        let by_yuma = self.epoch_consensus == EpochConsensus::Yuma;
        if kinds == EpochKinds::YumaAndNull && by_yuma && block > 0 {
            self.last_yuma_step_block = Some(block);
        }
    }

    /// Whether a hotkey has a uid.
    pub(crate) fn neuron(&self, hotkey: Account) -> Option<&Neuron> {
        self.neurons.iter().find(|neuron| neuron.hotkey == hotkey)
    }

    /// Whether no two uids have one hotkey.
    ///
    /// Follows `is_epoch_input_state_consistent` of `epoch/run_epoch.rs`, spec 425.
    pub fn keys_are_unique(&self) -> bool {
        let hotkeys = ascending(self.neurons.iter().map(|neuron| neuron.hotkey.0));
        hotkeys.windows(2).all(|pair| pair[0].0 != pair[1].0)
    }

    /// Makes children of those whose cooldown is over; of all while the subtoken is off.
    ///
    /// Follows `do_set_pending_children` of `staking/set_children.rs`, spec 425.
    pub(crate) fn apply_pending_children(&mut self, block: u64) {
        let at_once = !self.subtoken_enabled;
        let (ready, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending_children)
            .into_iter()
            .partition(|pending| at_once || pending.cooldown_block < block);
        self.pending_children = waiting;
        for pending in ready {
            self.relations
                .set_children(pending.hotkey, &pending.children);
        }
    }
}
