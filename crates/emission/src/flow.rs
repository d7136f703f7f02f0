//! Shares by TAO flow: what users brought into a subnet less what the protocol paid for it.

use crate::num::i64f64;
use yuma_fixed::flow::pow_normalize;
use yuma_fixed::{I64F64, U64F64};

/// One kind of flow of one subnet: what came since the average last moved, and the average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Rao in less rao out. `SubnetTaoFlow`, `SubnetProtocolFlow`.
    pub since: i64,
    /// The block of the last move, and the average in rao. `SubnetEmaTaoFlow`, `SubnetEmaProtocolFlow`.
    pub average: Option<(u64, I64F64)>,
}

impl Flow {
    /// Counts rao that came in. (The chain's cast makes 2^63 rao and more negative.)
    pub fn record_in(&mut self, rao: u64) {
        self.since = self.since.saturating_add(rao as i64);
    }

    /// Counts rao that went out, with the same cast.
    pub fn record_out(&mut self, rao: u64) {
        self.since = self.since.saturating_sub(rao as i64);
    }

    /// Moves the average by the flow since, once a block, and gives it.
    ///
    /// Follows `get_ema_flow` and `update_ema_protocol_flow` of `coinbase/subnet_emissions.rs`, spec 425.
    pub fn advance(&mut self, block: u64, smoothing: I64F64) -> I64F64 {
        let (last_block, last) = self.average.unwrap_or((0, I64F64::ZERO));
        if last_block == block {
            return last;
        }
        let since = I64F64::saturating_from_int(self.since.into());
        let average = I64F64::ONE
            .saturating_sub(smoothing)
            .saturating_mul(last)
            .saturating_add(smoothing.saturating_mul(since));
        self.average = Some((block, average));
        self.since = 0;
        average
    }
}

/// What shares by flow depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowSettings {
    /// Net flows below it count as it. `TaoFlowCutoff`.
    pub cutoff: I64F64,
    /// `FlowNormExponent`.
    pub exponent: U64F64,
    /// Weight of a block in the averages, of 2^63 - 1. `FlowEmaSmoothingFactor`.
    pub smoothing_factor: u64,
    /// Whether the protocol's flow is taken off users'. `NetTaoFlowEnabled`.
    pub net: bool,
}

impl FlowSettings {
    /// Weight of a block in the averages.
    pub fn smoothing(&self) -> I64F64 {
        i64f64(self.smoothing_factor).safe_div(I64F64::saturating_from_int(i64::MAX.into()))
    }

    /// Shares by the subnets' user and protocol averages. Where every flow is too small to be raised
    /// to a power they sum to no 1.
    ///
    /// Follows `get_shares_flow` of `coinbase/subnet_emissions.rs`, spec 425.
    pub fn shares(&self, averages: &[(I64F64, I64F64)]) -> Vec<U64F64> {
        let scale = self.protocol_scale(averages);
        let net: Vec<I64F64> = averages
            .iter()
            .map(|&(user, protocol)| match self.net {
                // A subnet that paid the protocol keeps the whole benefit.
                true if protocol > I64F64::ZERO => {
                    user.saturating_sub(scale.saturating_mul(protocol))
                }
                true => user.saturating_sub(protocol),
                false => user,
            })
            .collect();
        let lowest = net.iter().copied().fold(I64F64::ZERO, I64F64::min);
        let limit = self.cutoff.max(lowest);
        let mut shares: Vec<U64F64> = net
            .iter()
            .map(|&flow| match flow > limit {
                true => U64F64::saturating_from(flow.saturating_sub(limit)),
                false => U64F64::ZERO,
            })
            .collect();
        pow_normalize(&mut shares, self.exponent);
        shares
    }

    /// What brings the protocol's positive flows down to users' in sum; at most 1.
    fn protocol_scale(&self, averages: &[(I64F64, I64F64)]) -> I64F64 {
        let positive = |sum: I64F64, flow: I64F64| sum.saturating_add(flow.max(I64F64::ZERO));
        let (users, protocol) = averages.iter().fold(
            (I64F64::ZERO, I64F64::ZERO),
            |(users, protocols), &(user, protocol)| {
                (positive(users, user), positive(protocols, protocol))
            },
        );
        users.safe_div(protocol).min(I64F64::ONE)
    }
}
