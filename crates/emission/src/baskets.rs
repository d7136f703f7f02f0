//! The way of root dividends into validators' baskets.
//!
//! A basket is what one account, the escrow, stakes to a validator, on subnets and, as cash, on root. An
//! epoch leaves a validator's root dividends in a queue; every block brings those of one validator into its
//! basket and mints shares in it for those who stake to the validator on root.
//!
//! Follows `staking/basket_flush.rs`, `basket_views.rs` and, for the mint, `claim_root.rs`, specs 468 to
//! 475.

use crate::account::Account;
use crate::keys::{Basket, Root};
use crate::network::Network;
use crate::num::{ascending, i96f32, u64f64};
use crate::pool::{MAX_INPUT_MULTIPLE, MIN_PRICE_LIMIT, Pool, Side, SwapError};
use crate::share_pool::SharePool;
use yuma_fixed::I96F32;
use yuma_types::InputError;

/// Shares in a basket that is worth nothing stay if the deposit is worth so many times as much, in rao.
const DUST_DIVISOR: u64 = 100;

/// What a block did with one hotkey's root dividends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flush {
    /// The hotkey.
    pub hotkey: Account,
    /// Rao of TAO that what came into the basket is worth.
    pub deposited_tao: u64,
    /// Shares minted.
    pub shares: u64,
    /// Rao of alpha taken out of issuance, by subnet; of a subnet that is gone too.
    pub recycled: Vec<(u16, u64)>,
}

/// Root dividends of one subnet that leave the queue.
#[derive(Clone, Copy)]
struct Credit {
    netuid: u16,
    /// Of the subnet, in the network.
    position: usize,
    /// Rao.
    alpha: u64,
}

/// Why nothing of a deposit is kept: a holding has no price, or too little was deposited to mint.
struct Undone;

/// A deposit that can be kept.
struct Deposit {
    /// By position of the subnet, the hotkey's stake after it.
    stakes: Vec<(usize, SharePool)>,
    /// What a pool too shallow to sell anything to does not take.
    recycled: Vec<Credit>,
    /// Rao of TAO that was added, and the basket then; `None` where all was recycled.
    minted: Option<(u64, Basket)>,
}

/// Rao on root behind a hotkey.
struct Claimants {
    /// Of those who can claim.
    stakers: u64,
    /// Of the basket itself, its cash.
    escrow: u64,
}

impl Root {
    /// A hotkey's deposits that wait, by subnet, in the order of storage.
    fn deposits_of(&self, hotkey: Account) -> Vec<(u16, u64)> {
        let all = (hotkey, 0)..=(hotkey, u16::MAX);
        let rows = self.pending_deposits.range(all);
        let rows: Vec<_> = rows.map(|(&(_, netuid), &rao)| (netuid, rao)).collect();
        let order = ascending(rows.iter().map(|(netuid, _)| netuid.swap_bytes().into()));
        order.into_iter().map(|(_, place)| rows[place]).collect()
    }

    /// The first deposit that waits after another, in the order of storage.
    fn deposit_after(&self, cursor: Option<(Account, u16)>) -> Option<(Account, u16)> {
        let place = |(hotkey, netuid): (Account, u16)| {
            let hash = self.hashes.get(&hotkey).copied().unwrap_or_default();
            (hash, hotkey, netuid.swap_bytes())
        };
        self.pending_deposits
            .keys()
            .copied()
            .filter(|&key| cursor.is_none_or(|cursor| place(key) > place(cursor)))
            .min_by_key(|&key| place(key))
    }

    /// Adds root dividends to those that wait.
    pub(crate) fn queue_deposit(&mut self, hotkey: Account, netuid: u16, rao: u64) {
        if rao == 0 {
            return;
        }
        let waiting = self.pending_deposits.entry((hotkey, netuid)).or_default();
        *waiting = waiting.saturating_add(rao);
    }
}

impl Network {
    /// Checks that the state has what baskets need, and gives the escrow.
    ///
    /// # Errors
    /// The escrow or a hotkey's hash is missing, or root dividends of root itself wait.
    pub(crate) fn check_baskets(&self) -> Result<Account, InputError> {
        // Of a subnet alone no baskets are known: that is said before anything that follows from it.
        let Some(escrow) = self.globals.basket_escrow else {
            return Err(InputError::new(
                "basket_escrow",
                "expected the account that stakes what is in baskets: blocks with baskets run on whole networks",
            ));
        };
        let root = &self.root;
        let queued = root.pending_deposits.keys();
        if queued.clone().any(|(_, netuid)| *netuid == 0) {
            return Err(InputError::new(
                "pending_deposits",
                "expected deposits of subnets other than root",
            ));
        }
        let cursor = self.globals.basket_cursor.as_ref();
        let mut hotkeys = queued
            .chain(cursor)
            .map(|(hotkey, _)| hotkey)
            .chain(root.registered.iter());
        if hotkeys.any(|hotkey| !root.hashes.contains_key(hotkey)) {
            return Err(InputError::new(
                "hashes",
                "expected the hash of every hotkey on root, with deposits or at the cursor",
            ));
        }
        Ok(escrow)
    }

    /// Brings the root dividends of the hotkey whose turn it is into its basket; at the end of the queue
    /// nobody's, and the queue begins anew with the next block.
    ///
    /// Follows `flush_pending_basket_deposits_block`.
    pub(crate) fn flush_next_basket(&mut self, escrow: Account) -> Option<Flush> {
        let Some((hotkey, _)) = self.root.deposit_after(self.globals.basket_cursor) else {
            self.globals.basket_cursor = None;
            return None;
        };
        let last = self.root.deposits_of(hotkey).last().copied();
        self.globals.basket_cursor = last.map(|(netuid, _)| (hotkey, netuid));
        Some(self.flush(hotkey, escrow))
    }

    /// Brings a hotkey's root dividends into its basket.
    ///
    /// # Errors
    /// The state has not what baskets need; it is then as before.
    pub fn flush_basket(&mut self, hotkey: Account) -> Result<Flush, InputError> {
        let escrow = self.check_baskets()?;
        Ok(self.flush(hotkey, escrow))
    }

    /// Rao of TAO that all in a hotkey's basket would sell for; `None` where a holding has no price, as its
    /// pool is at the price limit or empty.
    ///
    /// # Errors
    /// The state has not what baskets need.
    pub fn basket_value(&self, hotkey: Account) -> Result<Option<u64>, InputError> {
        let escrow = self.check_baskets()?;
        Ok(self.value_of_basket(hotkey, escrow).ok())
    }

    /// Follows `flush_basket_deposits_for_hotkey`.
    fn flush(&mut self, hotkey: Account, escrow: Account) -> Flush {
        let mut flush = Flush {
            hotkey,
            deposited_tao: 0,
            shares: 0,
            recycled: Vec::new(),
        };
        let on_root = self.root.registered.contains(&hotkey);
        let threshold = self.globals.basket_threshold.saturating_to_u64();
        let mut batch = Vec::new();
        for (netuid, alpha) in self.root.deposits_of(hotkey) {
            let position = self.position(netuid).ok();
            let kept = position.filter(|_| on_root);
            if let Some(position) = kept {
                let price = self.subnets()[position].pool.spot_price();
                if price.saturating_mul(u64f64(alpha)).saturating_to_u64() < threshold {
                    continue;
                }
                batch.push(Credit {
                    netuid,
                    position,
                    alpha,
                });
            } else if alpha > 0 {
                flush.recycled.push((netuid, alpha));
                if let Some(position) = position {
                    self.parts().3[position].recycle(alpha);
                }
            }
            self.root.pending_deposits.remove(&(hotkey, netuid));
        }
        self.deposit(&batch, escrow, &mut flush);
        flush
    }

    /// Deposits a batch whole, or, where that cannot be kept, each of its credits for itself; one that
    /// cannot be kept either goes back to the queue.
    ///
    /// Follows `deposit_root_alpha_batch`.
    fn deposit(&mut self, batch: &[Credit], escrow: Account, flush: &mut Flush) {
        if batch.iter().all(|credit| credit.alpha == 0) {
            return;
        }
        let hotkey = flush.hotkey;
        let claimants = self.claimants(hotkey, escrow);
        let basket = self.basket(hotkey);
        let has_claim = claimants.stakers > 0 || (claimants.escrow > 0 && basket.shares > 0);
        if !has_claim {
            self.recycle(batch, flush);
            return;
        }
        match self.try_deposit(hotkey, batch, escrow, &claimants) {
            Ok(deposit) => self.keep(deposit, escrow, flush),
            Err(Undone) if batch.len() > 1 => {
                for credit in batch {
                    self.deposit(std::slice::from_ref(credit), escrow, flush);
                }
            }
            Err(Undone) => {
                for credit in batch {
                    self.root.queue_deposit(hotkey, credit.netuid, credit.alpha);
                }
            }
        }
    }

    fn claimants(&self, hotkey: Account, escrow: Account) -> Claimants {
        let Some(pool) = self.root.stakes.get(&hotkey) else {
            return Claimants {
                stakers: 0,
                escrow: 0,
            };
        };
        let escrow = pool.quote(escrow);
        Claimants {
            stakers: pool.total.saturating_sub(escrow),
            escrow,
        }
    }

    fn basket(&self, hotkey: Account) -> Basket {
        let basket = self.root.baskets.get(&hotkey);
        basket.copied().unwrap_or_default()
    }

    /// Takes credits that go nowhere out of issuance.
    fn recycle(&mut self, credits: &[Credit], flush: &mut Flush) {
        for credit in credits.iter().filter(|credit| credit.alpha > 0) {
            self.parts().3[credit.position].recycle(credit.alpha);
            flush.recycled.push((credit.netuid, credit.alpha));
        }
    }

    /// Follows `try_accumulate_root_alpha_batch`.
    fn try_deposit(
        &self,
        hotkey: Account,
        batch: &[Credit],
        escrow: Account,
        claimants: &Claimants,
    ) -> Result<Deposit, Undone> {
        let value = self.value_of_basket(hotkey, escrow)?;
        let mut deposit = Deposit {
            stakes: Vec::new(),
            recycled: Vec::new(),
            minted: None,
        };
        let mut added: Option<u64> = None;
        for &credit in batch.iter().filter(|credit| credit.alpha > 0) {
            let subnet = &self.subnets()[credit.position];
            let mut stake = subnet.stakes.get(&hotkey).cloned().unwrap_or_default();
            let held = stake.quote(escrow);
            let Some(before) = sale_value(&subnet.pool, held)? else {
                deposit.recycled.push(credit);
                continue;
            };
            stake.deposit(escrow, credit.alpha);
            let holds = stake.quote(escrow);
            if let Some(after) = sale_value(&subnet.pool, holds)? {
                let gain = after.saturating_sub(before);
                added = Some(added.unwrap_or(0).saturating_add(gain));
            } else {
                stake.withdraw(escrow, holds.saturating_sub(held));
                deposit.recycled.push(credit);
            }
            deposit.stakes.push((credit.position, stake));
        }
        if let Some(added) = added {
            let basket = minted(self.basket(hotkey), value, added, claimants)?;
            deposit.minted = Some((added, basket));
        }
        Ok(deposit)
    }

    /// Writes a deposit down.
    fn keep(&mut self, deposit: Deposit, escrow: Account, flush: &mut Flush) {
        let hotkey = flush.hotkey;
        if !deposit.stakes.is_empty() {
            self.keys.note_staking(escrow, hotkey);
        }
        for (position, stake) in deposit.stakes {
            let subnet = &mut self.parts().3[position];
            let staked = subnet.staked();
            subnet.stakes.insert(hotkey, stake);
            subnet.count_staked(staked);
        }
        self.recycle(&deposit.recycled, flush);
        if let Some((added, basket)) = deposit.minted {
            let before = self.basket(hotkey).shares;
            let shares = basket.shares.saturating_sub(before);
            flush.shares = flush.shares.saturating_add(shares);
            flush.deposited_tao = flush.deposited_tao.saturating_add(added);
            self.root.baskets.insert(hotkey, basket);
        }
    }

    /// What all in a basket would sell for; what no pool can take is worth nothing.
    ///
    /// Follows `try_get_validator_basket_nav_tao`.
    fn value_of_basket(&self, hotkey: Account, escrow: Account) -> Result<u64, Undone> {
        let held = |stakes: Option<&SharePool>| stakes.map_or(0, |pool| pool.quote(escrow));
        let mut value = held(self.root.stakes.get(&hotkey));
        for subnet in self.subnets() {
            let alpha = held(subnet.stakes.get(&hotkey));
            let worth = sale_value(&subnet.pool, alpha)?.unwrap_or(0);
            value = value.saturating_add(worth);
        }
        Ok(value)
    }
}

/// The basket after a deposit that added `added` rao of TAO to the `value` it had.
///
/// What the basket's own cash earned mints nothing: it is theirs who have shares.
///
/// Follows `mint_basket_dividend_shares`.
fn minted(basket: Basket, value: u64, added: u64, claimants: &Claimants) -> Result<Basket, Undone> {
    let mut basket = basket;
    if claimants.stakers > 0 {
        let all = claimants.stakers.saturating_add(claimants.escrow);
        let for_stakers = mul_div(added, claimants.stakers, all);
        let shares = shares_for(for_stakers, value, basket.shares);
        let rate = i96f32(shares).safe_div(i96f32(claimants.stakers));
        if shares == 0 || rate == I96F32::ZERO {
            return Err(Undone);
        }
        basket.shares = basket.shares.saturating_add(shares);
        basket.rate = basket.rate.saturating_add(rate);
    }
    basket.deposited_tao = basket.deposited_tao.saturating_add(added);
    Ok(basket)
}

/// Shares for `added` rao in a basket of `value` rao and `existing` shares.
///
/// Follows `basket_shares_for_value`.
fn shares_for(added: u64, value: u64, existing: u64) -> u64 {
    match (existing, value) {
        (0, _) => added,
        (dust, 0) if dust <= added / DUST_DIVISOR => added,
        (_, 0) => 0,
        _ => mul_div(added, existing, value),
    }
}

/// `a * b / divisor`, floored, saturating; of a divisor of 0 it is 0.
fn mul_div(a: u64, b: u64, divisor: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let quotient = product.checked_div(divisor.into()).unwrap_or(0);
    u64::try_from(quotient).unwrap_or(u64::MAX)
}

/// Rao of TAO that `alpha` rao would sell for without a fee; `None` where the pool is too shallow to sell
/// anything to.
///
/// Follows `try_realizable_tao_for_alpha`. Of the swap's errors [`SwapError::ReservesTooLow`] alone is
/// taken for shallow: the chain's classification was read in a branch's copy.
fn sale_value(pool: &Pool, alpha: u64) -> Result<Option<u64>, Undone> {
    if alpha == 0 {
        return Ok(Some(0));
    }
    if pool.mechanism != 1 {
        return Ok(Some(alpha));
    }
    match sold_in_chunks(*pool, alpha) {
        Ok(tao) => Ok(Some(tao)),
        Err(Some(SwapError::ReservesTooLow)) => Ok(None),
        Err(_) => Err(Undone),
    }
}

/// A sale in as many swaps as the bound on each asks for; the error is the swap's, or `None` where a swap
/// takes nothing. A sale that one swap has room for is complete with it, even where the price limit
/// stopped it.
///
/// Follows `swap_basket_alpha_for_tao_chunks`.
fn sold_in_chunks(mut pool: Pool, alpha: u64) -> Result<u64, Option<SwapError>> {
    let most = |pool: &Pool| pool.alpha.saturating_mul(MAX_INPUT_MULTIPLE);
    if alpha <= most(&pool) {
        let swap = pool.swap(Side::SellAlpha, alpha, MIN_PRICE_LIMIT, true)?;
        return Ok(swap.paid_out);
    }
    let (mut left, mut tao) = (alpha, 0u64);
    while left > 0 {
        // Of an empty reserve the swap itself refuses the whole.
        let chunk = match most(&pool) {
            0 => left,
            most => left.min(most),
        };
        let swap = pool.swap(Side::SellAlpha, chunk, MIN_PRICE_LIMIT, true)?;
        if swap.paid_in == 0 {
            return Err(None);
        }
        pool.alpha = pool.alpha.saturating_add(swap.paid_in.min(i64::MAX as u64));
        pool.tao = pool.tao.saturating_sub(swap.paid_out.min(1 << 63));
        left = left.saturating_sub(swap.paid_in);
        tao = tao.saturating_add(swap.paid_out);
    }
    Ok(tao)
}
