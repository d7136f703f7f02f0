//! How bonds move: the rule, the common alpha of its moving average, and the sigmoid of liquid alpha.

use crate::vector::proportion;
use crate::{Exponent, LiquidAlpha, Rules, Steepness, Subnet};
use yuma_fixed::transcendental::exp;
use yuma_fixed::{I32F32, I64F64};

/// The rule by which bonds move.
#[derive(Clone, Copy, Debug)]
pub enum BondRule {
    /// Bonds follow stake times weights; everything is normalised by column.
    Classic,
    /// The classic rule with an alpha for each miner, between these two bounds. While consensus has no curve the common
    /// alpha serves instead.
    ClassicByMiner([I32F32; 2]),
    /// Bonds follow weights, each on a scale of its own.
    Yuma3,
    /// Yuma3 with an alpha for each bond. While the consensus that it takes is zero for every neuron the common alpha
    /// serves instead.
    LiquidAlpha(Sigmoid),
}

impl BondRule {
    /// Returns the subnet's rule.
    pub fn new(rules: &Rules, subnet: &Subnet<'_>) -> Self {
        if rules.liquid_alpha == LiquidAlpha::Logistic {
            return if subnet.liquid_alpha_on {
                BondRule::ClassicByMiner([subnet.alpha_low, subnet.alpha_high].map(proportion))
            } else {
                BondRule::Classic
            };
        }
        match (subnet.yuma3_on, subnet.liquid_alpha_on) {
            // Liquid alpha has no effect without Yuma3.
            (false, _) => BondRule::Classic,
            (true, false) => BondRule::Yuma3,
            (true, true) => BondRule::LiquidAlpha(Sigmoid::new(rules, subnet)),
        }
    }
}

/// Returns the alpha that all bonds share: one less the part that they keep.
pub(super) fn common_alpha(rules: &Rules, subnet: &Subnet<'_>) -> I32F32 {
    let parts = i128::from(subnet.bonds_moving_average);
    let keep = if subnet.yuma3_on && rules.liquid_alpha == LiquidAlpha::Sigmoid {
        // Unlike the classic rule's, these two conversions wrap.
        let keep =
            I64F64::wrapping_from_int(parts).saturating_div(I64F64::wrapping_from_int(1_000_000));
        I32F32::wrapping_from(keep)
    } else {
        let keep =
            I64F64::saturating_from_int(parts).safe_div(I64F64::saturating_from_int(1_000_000));
        I32F32::saturating_from(keep)
    };
    I32F32::ONE.saturating_sub(keep)
}

/// The parameters of the sigmoid that turns a difference into a liquid alpha.
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid {
    /// The lowest alpha.
    pub low: I32F32,
    /// The highest alpha.
    pub high: I32F32,
    /// `high - low`.
    pub span: I32F32,
    /// The steepness, in hundredths.
    pub steepness: i32,
    /// The steepness, negated: what a difference less one half is multiplied by.
    pub slope: I32F32,
    exponent: Exponent,
}

const HALF: I32F32 = I32F32::from_bits(1 << 31);

impl Sigmoid {
    /// Returns the subnet's sigmoid.
    pub fn new(rules: &Rules, subnet: &Subnet<'_>) -> Self {
        let (low, high) = (proportion(subnet.alpha_low), proportion(subnet.alpha_high));
        let steepness = subnet.alpha_sigmoid_steepness;
        let steepness = match rules.steepness {
            Steepness::Hundredths => i32::from(steepness),
            Steepness::Whole => 100 * i32::from(steepness as u16),
        };
        Self {
            low,
            high,
            span: high.saturating_sub(low),
            steepness,
            slope: I32F32::saturating_from_int(steepness.into())
                .saturating_div(I32F32::saturating_from_int(-100)),
            exponent: rules.exponent,
        }
    }

    /// Returns the alpha of one bond, from the miner's consensus, the validator's weight for its bonds, and the bond.
    ///
    /// Follows `alpha_sigmoid` of `pallets/subtensor/src/epoch/run_epoch.rs`, spec 425.
    pub fn alpha(&self, consensus: I32F32, weight: I32F32, bond: I32F32) -> I32F32 {
        let difference = if weight >= bond {
            weight.saturating_sub(consensus)
        } else {
            bond.saturating_sub(weight)
        };
        let difference = difference.min(I32F32::ONE).max(I32F32::ZERO);
        let exponent = self.slope.saturating_mul(difference.saturating_sub(HALF));
        let sigmoid = I32F32::ONE.saturating_div(I32F32::ONE.saturating_add(self.power(exponent)));
        let alpha = self.low.saturating_add(sigmoid.saturating_mul(self.span));
        // In this order: where low is above high, low wins.
        alpha.min(self.high).max(self.low)
    }

    /// Returns `e^exponent`.
    fn power(&self, exponent: I32F32) -> I32F32 {
        match self.exponent {
            Exponent::Clamped => exp_within_20(exponent),
            Exponent::ZeroOnOverflow => exp(exponent).unwrap_or(I32F32::ZERO),
        }
    }
}

/// Returns `e^x` with the exponent clamped to [-20, 20], where the series never overflows.
fn exp_within_20(x: I32F32) -> I32F32 {
    let bound = I32F32::saturating_from_int(20);
    let x = x.max(I32F32::saturating_from_int(-20)).min(bound);
    exp(x).unwrap_or(if x <= I32F32::ZERO {
        I32F32::ZERO
    } else {
        I32F32::MAX
    })
}
