//! A subnet's pool: TAO against alpha at weights that injections change and swaps do not.
//!
//! With `x` alpha and `y` TAO in reserve, of weights `b` and `q` that sum to 1, swaps keep
//! `x^b * y^q`, and alpha costs `b / q * y / x`.
//!
//! Follows `pallets/swap/src/pallet/{balancer,impls,swap_step}.rs`, spec 425.

use crate::num::{mul_add_div, u64f64};
use std::fmt;
use yuma_fixed::U64F64;
use yuma_fixed::pow::pow_ratio_scaled;
use yuma_types::InputError;

/// A weight of 1.
pub const WEIGHT_ONE: u64 = 1_000_000_000_000_000_000;

/// Neither weight goes below one hundredth.
pub const MIN_WEIGHT: u64 = WEIGHT_ONE / 100;

/// The weights of a pool that had no injection yet, and those its first swap gives it.
pub const HALF_WEIGHT: u64 = WEIGHT_ONE / 2;

/// Rao that the reserve paid from must hold. `SwapMinimumReserve`.
pub const MIN_RESERVE: u64 = 1_000_000;

/// Highest price limit, in rao per 10^9 rao of alpha: what purchases without a limit use.
pub const MAX_PRICE_LIMIT: u64 = 1_000_000_000_000_000;

/// Lowest price limit: what sales without a limit use.
pub const MIN_PRICE_LIMIT: u64 = 1_000;

/// The most that can be paid in, in multiples of the reserve it is paid to.
pub(crate) const MAX_INPUT_MULTIPLE: u64 = 1_000;

/// Price limits count rao for so many rao of alpha.
const RAO_PER_TAO: u64 = 1_000_000_000;

/// Bits that the chain asks of powers that price a swap, and of those that find where to stop it.
const SWAP_PRECISION: u32 = 256;
const LIMIT_PRECISION: u32 = 1024;

/// Which way a swap goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// TAO in, alpha out.
    BuyAlpha,
    /// Alpha in, TAO out.
    SellAlpha,
}

/// Why the chain refuses a swap; the names are its errors'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwapError {
    /// More than a thousand times the reserve is paid in.
    SwapInputTooLarge,
    /// The reserve paid from is too low, or the amount buys nothing.
    ReservesTooLow,
    /// The price is at the limit already, or past it.
    PriceLimitExceeded,
    /// The reserve would be paid out more than whole.
    InsufficientLiquidity,
}

impl fmt::Display for SwapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for SwapError {}

/// What a swap took and gave, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swap {
    /// Paid into the reserve, without the fee. Less than asked for where the limit stopped the swap.
    pub paid_in: u64,
    /// Paid out of the other reserve.
    pub paid_out: u64,
    /// On top of what is paid in, to the block's author; of a swap that is all fee to nobody.
    pub fee: u64,
}

/// What a swap would take and give, and what it would do to the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The swap.
    pub swap: Swap,
    /// Spot price before it.
    pub price_before: U64F64,
    /// Spot price once the reserves have moved.
    pub price_after: U64F64,
}

/// A pool's reserves, weights and settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// 1: priced by the pool. Any other: alpha is worth TAO one to one. `SubnetMechanism`.
    pub mechanism: u16,
    /// Rao. `SubnetTAO`.
    pub tao: u64,
    /// Rao. `SubnetAlphaIn`.
    pub alpha: u64,
    /// The TAO reserve's weight in parts of 10^18; the alpha reserve has the rest. `SwapBalancer`.
    pub quote_weight: u64,
    /// Whether a swap has been here; the first sets the weights to one half. `PalSwapInitialized`.
    pub initialized: bool,
    /// u16 proportion of what is paid in. `FeeRate`.
    pub fee_rate: u16,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            mechanism: 0,
            tao: 0,
            alpha: 0,
            quote_weight: HALF_WEIGHT,
            initialized: false,
            fee_rate: 33,
        }
    }
}

impl Pool {
    /// Checks that a chain could hold it.
    ///
    /// # Errors
    /// Weights out of their range.
    pub fn check(&self) -> Result<(), InputError> {
        let weight = self.quote_weight;
        if (MIN_WEIGHT..=WEIGHT_ONE - MIN_WEIGHT).contains(&weight) {
            return Ok(());
        }
        Err(InputError::new(
            "quote_weight",
            format!("expected at least 0.01 and at most 0.99 in parts of 10^18, not {weight}"),
        ))
    }

    /// The alpha reserve's weight in parts of 10^18.
    pub fn base_weight(&self) -> u64 {
        WEIGHT_ONE.saturating_sub(self.quote_weight)
    }

    /// Rao of TAO that one rao of alpha costs.
    pub fn spot_price(&self) -> U64F64 {
        if !self.is_dynamic() {
            return U64F64::ONE;
        }
        if self.alpha == 0 {
            return U64F64::ZERO;
        }
        self.price_at(self.alpha, self.tao)
    }

    fn is_dynamic(&self) -> bool {
        self.mechanism == 1
    }

    /// The price at the weights that stand and at other reserves.
    pub fn price_at(&self, alpha: u64, tao: u64) -> U64F64 {
        u64f64(self.base_weight())
            .safe_div(u64f64(self.quote_weight))
            .saturating_mul(u64f64(tao).safe_div(u64f64(alpha)))
    }

    /// Sets the weights so that adding to the reserves will not move the price, and gives what may be
    /// added: all of it, or nothing, the weights then unchanged, where a weight would be too small.
    ///
    /// The reserves stay as they are. Adding nothing can still take a part of 10^18 off the weight.
    pub fn adjust_protocol_liquidity(&mut self, tao: u64, alpha: u64) -> (u64, u64) {
        match self.weight_after_adding(tao, alpha) {
            Some(weight) => {
                self.quote_weight = weight;
                (tao, alpha)
            }
            None => (0, 0),
        }
    }

    /// The quote weight that keeps the price; `None` where either weight would be too small.
    pub fn weight_after_adding(&self, tao: u64, alpha: u64) -> Option<u64> {
        let weighted = |weight: u64, reserve: u64, other: u64, added: u64| {
            // Below (2^64 - 1) * 2 * (2^64 - 1), which the chain saturates.
            let product = u128::from(reserve).saturating_mul(u128::from(other) + u128::from(added));
            // To the nearest. A weight is at most 1, so the quotient always fits.
            mul_add_div(
                product,
                weight.into(),
                (WEIGHT_ONE / 2).into(),
                WEIGHT_ONE.into(),
            )
            .unwrap_or(u128::MAX)
        };
        let base = weighted(self.base_weight(), self.tao, self.alpha, alpha);
        let quote = weighted(self.quote_weight, self.alpha, self.tao, tao);
        let weight = match base.saturating_add(quote) {
            0 => HALF_WEIGHT,
            sum => proportion(quote, sum),
        };
        within_bounds(weight).then_some(weight)
    }

    /// Initialises the pool at a price, or at one half for none; one that is initialised stays as is.
    /// Whether the pool is initialised then: not where a weight would be too small.
    pub fn initialize(&mut self, price: Option<U64F64>) -> bool {
        if self.initialized {
            return true;
        }
        let weight = match price {
            None => HALF_WEIGHT,
            Some(price) => match self.weight_at(price) {
                Some(weight) => weight,
                None => return false,
            },
        };
        self.quote_weight = weight;
        self.initialized = true;
        true
    }

    /// The quote weight at which alpha costs `price`.
    fn weight_at(&self, price: U64F64) -> Option<u64> {
        let whole = u128::from(price.saturating_to_u64()).saturating_mul(u128::from(self.alpha));
        let part = u64f64(self.alpha)
            .saturating_mul(price.frac())
            .saturating_to_u128();
        let value = whole
            .saturating_add(part)
            .saturating_add(u128::from(self.tao));
        if value == 0 {
            return None;
        }
        let weight = proportion(self.tao.into(), value);
        within_bounds(weight).then_some(weight)
    }

    /// A swap of `amount` rao, fee included, as the chain would make it; the reserves stay as they are.
    ///
    /// `limit` is in rao of TAO per 10^9 rao of alpha. It stops a swap that would move the price past
    /// it. A pool's first swap initialises it at equal weights, which moves the price of one that had
    /// injections before.
    ///
    /// # Errors
    /// See [`SwapError`]. After [`SwapError::InsufficientLiquidity`] the pool is initialised, after the
    /// others unchanged.
    pub fn swap(
        &mut self,
        side: Side,
        amount: u64,
        limit: u64,
        drop_fees: bool,
    ) -> Result<Swap, SwapError> {
        let (pool, swap) = self.simulate(side, amount, limit, drop_fees)?;
        *self = pool;
        if swap.paid_out > self.reserves(side).1 {
            return Err(SwapError::InsufficientLiquidity);
        }
        Ok(swap)
    }

    /// What staking (buying alpha) or unstaking (selling it) `amount` rao would give, and the price
    /// before and after. One to one where the pool does not price alpha.
    ///
    /// Follows `sim_swap`, which unlike the swap itself lets more be paid out than the reserve has.
    ///
    /// # Errors
    /// See [`SwapError`].
    pub fn quote(&self, side: Side, amount: u64) -> Result<Quote, SwapError> {
        let price_before = self.spot_price();
        if !self.is_dynamic() {
            return Ok(Quote {
                swap: Swap {
                    paid_in: amount,
                    paid_out: amount,
                    fee: 0,
                },
                price_before,
                price_after: price_before,
            });
        }
        let limit = match side {
            Side::BuyAlpha => MAX_PRICE_LIMIT,
            Side::SellAlpha => MIN_PRICE_LIMIT,
        };
        let (pool, swap) = self.simulate(side, amount, limit, false)?;
        Ok(Quote {
            swap,
            price_before,
            price_after: pool.price_after(side, swap.paid_in, swap.paid_out),
        })
    }

    /// A swap and the pool with the weights that it was made at.
    fn simulate(
        &self,
        side: Side,
        amount: u64,
        limit: u64,
        drop_fees: bool,
    ) -> Result<(Pool, Swap), SwapError> {
        let limit = u64f64(limit).safe_div(u64f64(RAO_PER_TAO));
        let fee = if drop_fees { 0 } else { self.fee(amount) };
        let net = amount.saturating_sub(fee);
        let (reserve_in, reserve_out) = self.reserves(side);
        if net > reserve_in.saturating_mul(MAX_INPUT_MULTIPLE) {
            return Err(SwapError::SwapInputTooLarge);
        }
        if reserve_out < MIN_RESERVE {
            return Err(SwapError::ReservesTooLow);
        }
        let mut pool = *self;
        pool.initialize(None);
        let price = pool.spot_price();
        if !side.is_before(price, limit) {
            return Err(SwapError::PriceLimitExceeded);
        }
        let swap = pool.swap_up_to(side, price, limit, net, fee, drop_fees);
        if swap.paid_in > 0 && swap.paid_out == 0 {
            return Err(SwapError::ReservesTooLow);
        }
        Ok((pool, swap))
    }

    /// `net` in full, or as much of it as moves the price to the limit.
    fn swap_up_to(
        &self,
        side: Side,
        price: U64F64,
        limit: U64F64,
        net: u64,
        fee: u64,
        drop_fees: bool,
    ) -> Swap {
        let full = Swap {
            paid_in: net,
            paid_out: self.amount_out(side, net),
            fee,
        };
        let target = self.price_after(side, net, full.paid_out);
        if target == limit || side.is_before(target, limit) {
            return full;
        }
        let paid_in = self.amount_to_price(side, price, limit);
        Swap {
            paid_in,
            paid_out: self.amount_out(side, paid_in),
            fee: if drop_fees {
                0
            } else {
                self.fee_on_top(paid_in)
            },
        }
    }

    /// The fee within an amount.
    pub fn fee(&self, amount: u64) -> u64 {
        if !self.is_dynamic() {
            return 0;
        }
        let rate = u64f64(self.fee_rate.into()).safe_div(u64f64(u16::MAX.into()));
        u64f64(amount).saturating_mul(rate).saturating_to_u64()
    }

    /// The fee on top of what reached the pool.
    fn fee_on_top(&self, paid_in: u64) -> u64 {
        let rate = u64f64(self.fee_rate.into());
        let rest = u64f64(u16::MAX.into()).saturating_sub(rate);
        u64f64(paid_in)
            .saturating_mul(rate.safe_div(rest))
            .saturating_to_u64()
    }

    /// The reserves that a swap pays into and out of.
    fn reserves(&self, side: Side) -> (u64, u64) {
        match side {
            Side::BuyAlpha => (self.tao, self.alpha),
            Side::SellAlpha => (self.alpha, self.tao),
        }
    }

    /// The weights of the reserves that a swap pays into and out of.
    fn weights(&self, side: Side) -> (u64, u64) {
        match side {
            Side::BuyAlpha => (self.quote_weight, self.base_weight()),
            Side::SellAlpha => (self.base_weight(), self.quote_weight),
        }
    }

    fn price_after(&self, side: Side, paid_in: u64, paid_out: u64) -> U64F64 {
        match side {
            Side::BuyAlpha => self.price_at(
                self.alpha.saturating_sub(paid_out),
                self.tao.saturating_add(paid_in),
            ),
            Side::SellAlpha => self.price_at(
                self.alpha.saturating_add(paid_in),
                self.tao.saturating_sub(paid_out),
            ),
        }
    }

    fn amount_out(&self, side: Side, paid_in: u64) -> u64 {
        let (_, reserve_out) = self.reserves(side);
        let left = self.reserve_ratio(side, paid_in);
        u64f64(reserve_out)
            .saturating_mul(U64F64::ONE.saturating_sub(left))
            .saturating_to_u64()
    }

    /// The part of the reserve paid from that is left when `paid_in` is added to the other; at most 1.
    /// 0, nothing left, also where the power cannot be told.
    pub fn reserve_ratio(&self, side: Side, paid_in: u64) -> U64F64 {
        let (reserve, _) = self.reserves(side);
        self.power(side, reserve, reserve.saturating_add(paid_in))
            .min(U64F64::ONE)
    }

    /// `(from / to)` to the power of the quotient of the weights, cut to 18 decimals.
    fn power(&self, side: Side, from: u64, to: u64) -> U64F64 {
        if to == 0 {
            return U64F64::ZERO;
        }
        let (weight_in, weight_out) = self.weights(side);
        let power = pow_ratio_scaled(
            from.into(),
            to.into(),
            weight_in,
            weight_out,
            SWAP_PRECISION,
            WEIGHT_ONE,
        );
        match power.map(u64::try_from) {
            Some(Ok(power)) => u64f64(power).safe_div(u64f64(WEIGHT_ONE)),
            _ => U64F64::ZERO,
        }
    }

    /// Rao to pay in that move the price from `price` to `target`.
    pub fn amount_to_price(&self, side: Side, price: U64F64, target: U64F64) -> u64 {
        let (reserve, _) = self.reserves(side);
        let (from, to) = match side {
            Side::BuyAlpha => (target, price),
            Side::SellAlpha => (price, target),
        };
        let (_, weight_out) = self.weights(side);
        let Some(power) = pow_ratio_scaled(
            from.to_bits(),
            to.to_bits(),
            weight_out,
            WEIGHT_ONE,
            LIMIT_PRECISION,
            WEIGHT_ONE,
        ) else {
            return 0;
        };
        let growth = u64f64(u64::try_from(power).unwrap_or(u64::MAX)).safe_div(u64f64(WEIGHT_ONE));
        u64f64(reserve)
            .saturating_mul(growth.saturating_sub(U64F64::ONE))
            .saturating_to_u64()
    }

    /// Rao of alpha to sell for `tao` rao, by the weights and without a fee.
    ///
    /// Follows `get_base_needed_for_quote`.
    pub fn alpha_needed_for_tao(&self, tao: u64) -> u64 {
        let growth = self.power(Side::BuyAlpha, self.tao, self.tao.saturating_sub(tao));
        u64f64(self.alpha)
            .saturating_mul(growth.saturating_sub(U64F64::ONE))
            .saturating_to_u64()
    }
}

impl Side {
    /// Whether a price still has to move to reach a limit.
    fn is_before(self, price: U64F64, limit: U64F64) -> bool {
        match self {
            Side::BuyAlpha => price < limit,
            Side::SellAlpha => price > limit,
        }
    }
}

/// `part / whole` in parts of 10^18, floored; `part` is at most `whole`, which is not 0.
fn proportion(part: u128, whole: u128) -> u64 {
    mul_add_div(part, WEIGHT_ONE.into(), 0, whole).map_or(WEIGHT_ONE, |parts| parts as u64)
}

fn within_bounds(quote_weight: u64) -> bool {
    (MIN_WEIGHT..=WEIGHT_ONE - MIN_WEIGHT).contains(&quote_weight)
}
