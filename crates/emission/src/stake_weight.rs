//! The stake that each neuron of a subnet weighs with in its epoch.

use crate::account::Account;
use crate::num::{i64f64, u96f32};
use crate::relations::{Part, Relations};
use crate::root::proportion_u64;
use yuma_fixed::{I64F64, U96F32};

/// Stake by uid, in rao.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StakeWeights {
    /// Alpha and weighted TAO.
    pub total: Vec<I64F64>,
    /// Alpha, less what weighs for children and with what weighs for the hotkey as a child.
    pub alpha: Vec<I64F64>,
    /// Root stake likewise, by the relations of the subnet.
    pub tao: Vec<I64F64>,
}

impl StakeWeights {
    /// The weights of `hotkeys`, one a uid, `None` for a uid without a key.
    ///
    /// On root (`netuid` 0) no alpha moves between relatives.
    ///
    /// Follows `get_stake_weights_for_network` of `staking/stake_utils.rs`, spec 425.
    pub fn new(
        netuid: u16,
        hotkeys: impl IntoIterator<Item = Option<Account>>,
        relations: &Relations,
        tao_weight: U96F32,
        alpha_of: impl Fn(Account) -> u64,
        root_of: impl Fn(Account) -> u64,
    ) -> Self {
        let tao_weight = I64F64::saturating_from(tao_weight);
        let mut weights = Self::default();
        for hotkey in hotkeys {
            let (alpha, tao) = match hotkey {
                None => (0, 0),
                Some(hotkey) if netuid == 0 => (
                    alpha_of(hotkey),
                    with_relatives(hotkey, relations, &root_of),
                ),
                Some(hotkey) => (
                    with_relatives(hotkey, relations, &alpha_of),
                    with_relatives(hotkey, relations, &root_of),
                ),
            };
            let (alpha, tao) = (i64f64(alpha), i64f64(tao));
            weights
                .total
                .push(alpha.saturating_add(tao.saturating_mul(tao_weight)));
            weights.alpha.push(alpha);
            weights.tao.push(tao);
        }
        weights
    }
}

/// Follows `get_inherited_for_hotkey_on_subnet` of `staking/stake_utils.rs`, spec 425.
fn with_relatives(
    hotkey: Account,
    relations: &Relations,
    stake_of: impl Fn(Account) -> u64,
) -> u64 {
    let own = stake_of(hotkey);
    let (children, parents) = (relations.children(hotkey), relations.parents(hotkey));
    if children.is_empty() && parents.is_empty() {
        return own;
    }
    let sum_of = |parts: &[Part], stake: &dyn Fn(Account) -> u64| {
        parts
            .iter()
            .map(|&(part, relative)| u96f32(stake(relative)).saturating_mul(proportion_u64(part)))
            .fold(U96F32::ZERO, U96F32::saturating_add)
    };
    u96f32(own)
        .saturating_sub(sum_of(children, &|_| own))
        .saturating_add(sum_of(parents, &stake_of))
        .saturating_to_u64()
}
