//! What validators earned in an epoch: a child's part and its parents', alpha's part and root's.

use crate::account::Account;
use crate::num::u96f32;
use crate::relations::Part;
use crate::root::proportion_u64;
use crate::rules::DividendSplit;
use yuma_fixed::U96F32;

/// A hotkey's stake, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stake {
    /// Alpha on the subnet.
    pub alpha: u64,
    /// TAO on root.
    pub root: u64,
}

impl Stake {
    /// The part of it that weighs for a relative.
    fn contribution(&self, part: U96F32, tao_weight: U96F32) -> U96F32 {
        let alpha = u96f32(self.alpha).saturating_mul(part);
        let root = u96f32(self.root).saturating_mul(part);
        alpha.saturating_add(root.saturating_mul(tao_weight))
    }
}

/// One parent of a hotkey that earned dividends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// Its part of its stake that weighs for the child.
    pub part: Part,
    /// Its stake.
    pub stake: Stake,
    /// Whether a coldkey other than the child's owns it.
    pub foreign: bool,
}

/// The rates that a child and the network keep of a foreign parent's dividends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildRates {
    /// To the child. `ChildkeyTake`, not below the least take.
    pub take: U96F32,
    /// Recycled. `CKBurn`.
    pub burn: U96F32,
    /// What root stake weighs. `TaoWeight`.
    pub tao_weight: U96F32,
}

/// How a hotkey's dividends split between it and its parents, in rao.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChildDividends {
    /// Each parent's, in the order of the parents, then the hotkey's own.
    pub parts: Vec<(Account, u64)>,
    /// Taken off foreign parents and recycled.
    pub recycled: u64,
}

/// The part of a hotkey's stake that weighs for itself: what its children are not given, in rao.
///
/// Follows `get_self_contribution` of `coinbase/run_coinbase.rs`, spec 425.
pub fn self_contribution(
    stake: Stake,
    children: impl IntoIterator<Item = u64>,
    tao_weight: U96F32,
) -> u64 {
    let own = children.into_iter().fold(U96F32::ONE, |rest, part| {
        rest.saturating_sub(proportion_u64(part))
    });
    stake.contribution(own, tao_weight).saturating_to_u64()
}

/// Splits a hotkey's `dividends` by what it and its parents contributed to its stake.
///
/// What truncation leaves goes to the hotkey.
///
/// Follows `get_parent_child_dividends_distribution` of `coinbase/run_coinbase.rs`, spec 425.
pub fn child_dividends(
    hotkey: Account,
    dividends: u64,
    self_contribution: u64,
    parents: &[Parent],
    rates: &ChildRates,
) -> ChildDividends {
    let whole = u96f32(dividends);
    let contributions: Vec<U96F32> = parents
        .iter()
        .map(|parent| {
            let part = proportion_u64(parent.part.0);
            parent.stake.contribution(part, rates.tao_weight)
        })
        .collect();
    let total = contributions
        .iter()
        .fold(u96f32(self_contribution), |sum, &c| sum.saturating_add(c));

    let mut split = ChildDividends::default();
    let mut rest = whole;
    let mut taken = U96F32::ZERO;
    for (parent, contribution) in parents.iter().zip(contributions) {
        let mut earned = whole.saturating_mul(contribution.safe_div(total));
        rest = rest.saturating_sub(earned);
        if parent.foreign {
            let burn = rates.burn.saturating_mul(earned);
            let take = rates.take.saturating_mul(earned);
            earned = earned.saturating_sub(burn).saturating_sub(take);
            taken = taken.saturating_add(take);
            split.recycled = split.recycled.saturating_add(burn.saturating_to_u64());
        }
        split
            .parts
            .push((parent.part.1, earned.saturating_to_u64()));
    }
    let own = rest.saturating_add(taken).saturating_to_u64();
    split.parts.push((hotkey, own));
    split
}

/// A hotkey with dividends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earner {
    /// The hotkey.
    pub hotkey: Account,
    /// Its dividends.
    pub dividends: U96F32,
    /// Its stake.
    pub stake: Stake,
    /// Whether it has a uid on root.
    pub on_root: bool,
}

impl Earner {
    /// Its dividends by alpha stake and by root stake.
    fn split(&self, rule: DividendSplit, tao_weight: U96F32) -> (U96F32, U96F32) {
        let alpha = u96f32(self.stake.alpha);
        let root = u96f32(self.stake.root).saturating_mul(tao_weight);
        let total = alpha.saturating_add(root);
        match rule {
            DividendSplit::RootFirst => {
                let root = self.dividends.saturating_mul(root.safe_div(total));
                (self.dividends.saturating_sub(root), root)
            }
            DividendSplit::AlphaFirst => {
                let alpha = if total == U96F32::ZERO {
                    self.dividends
                } else {
                    self.dividends.saturating_mul(alpha.safe_div(total))
                };
                let rest = self.dividends.saturating_sub(alpha);
                (alpha, if self.on_root { rest } else { U96F32::ZERO })
            }
        }
    }
}

/// What a hotkey is paid of the validators' amounts, in rao with 32 fraction bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidatorPay {
    /// The hotkey.
    pub hotkey: Account,
    /// By its alpha stake.
    pub alpha: U96F32,
    /// By its root stake.
    pub root: U96F32,
}

/// Splits `pending_alpha` and `pending_root` rao by what dividends each hotkey's alpha and root stake
/// earned. Dividends only count relative to one another.
///
/// A hotkey's part is floored to 32 fraction bits before it multiplies the amount: of one above 2^32
/// rao every hotkey can lose `amount / 2^32` rao.
///
/// Follows `calculate_dividend_distribution` of `coinbase/run_coinbase.rs`.
pub fn validator_pay(
    rule: DividendSplit,
    earners: &[Earner],
    pending_alpha: u64,
    pending_root: u64,
    tao_weight: U96F32,
) -> Vec<ValidatorPay> {
    let mut pay: Vec<ValidatorPay> = earners
        .iter()
        .map(|earner| {
            let (alpha, root) = earner.split(rule, tao_weight);
            ValidatorPay {
                hotkey: earner.hotkey,
                alpha,
                root,
            }
        })
        .collect();
    let total = |of: fn(&ValidatorPay) -> U96F32| {
        pay.iter()
            .map(of)
            .fold(U96F32::ZERO, U96F32::saturating_add)
    };
    let (total_alpha, total_root) = (total(|p| p.alpha), total(|p| p.root));
    for ValidatorPay { alpha, root, .. } in &mut pay {
        *alpha = u96f32(pending_alpha).saturating_mul(alpha.safe_div(total_alpha));
        *root = u96f32(pending_root).saturating_mul(root.safe_div(total_root));
    }
    pay
}
