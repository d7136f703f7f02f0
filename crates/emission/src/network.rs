//! The state of the whole network that a block's step reads and writes.

use crate::account::Account;
use crate::block_rules::StakeCount;
use crate::flow::FlowSettings;
use crate::gate::Gate;
use crate::keys::{Keys, Root};
use crate::num::{ascending, i96f32};
use crate::pool::{Side, Swap, SwapError};
use crate::subnet::Subnet;
use yuma_fixed::{I64F64, I96F32, U64F64};
use yuma_types::InputError;

/// What the chain keeps once. Amounts are in rao.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Globals {
    /// The last block that ran.
    pub block: u64,
    /// `TotalIssuance`.
    pub total_issuance: u64,
    /// The balances pallet's own issuance.
    pub balances_issuance: u64,
    /// `TotalStake`.
    pub total_stake: u64,
    /// What the issuance curve last gave, of TAO or of any alpha: nothing reads it. `BlockEmission`.
    pub block_emission: u64,
    /// u64 proportion. `TaoWeight`.
    pub tao_weight: u64,
    /// u64 proportion. `CKBurn`.
    pub childkey_burn: u64,
    /// u16 proportion. `SubnetOwnerCut`.
    pub subnet_owner_cut: u16,
    /// `MaxEpochsPerBlock`.
    pub max_epochs_per_block: u8,
    /// `StakeThreshold`.
    pub stake_threshold: u64,
    /// `SubnetMovingAlpha`.
    pub moving_alpha: I96F32,
    /// Read where shares are by flow.
    pub flow: FlowSettings,
    /// Read and written where small shares are gated.
    pub gate: Gate,
    /// Whose stake baskets are: the account that the chain derives for `beta/esc`. Needed where there are
    /// baskets, since spec 438.
    pub basket_escrow: Option<Account>,
    /// Rao of TAO that a deposit must be worth. `RootClaimableThreshold` of netuid 0, read since spec 438.
    pub basket_threshold: I96F32,
    /// Hotkey and subnet of the last deposit that a block looked at; `None` to begin anew.
    /// `PendingBasketFlushCursor`, since spec 438.
    pub basket_cursor: Option<(Account, u16)>,
}

impl Default for Globals {
    /// The runtime's defaults, before the first block.
    fn default() -> Self {
        Self {
            block: 0,
            total_issuance: 0,
            balances_issuance: 0,
            total_stake: 0,
            block_emission: 1_000_000_000,
            tao_weight: 971_718_665_099_567_868,
            childkey_burn: 0,
            subnet_owner_cut: 11_796,
            max_epochs_per_block: 2,
            stake_threshold: 0,
            moving_alpha: I96F32::saturating_from_f64(0.000_003),
            flow: FlowSettings {
                cutoff: I64F64::ZERO,
                exponent: U64F64::ONE,
                smoothing_factor: 0,
                net: false,
            },
            gate: Gate::default(),
            basket_escrow: None,
            basket_threshold: i96f32(500_000),
            basket_cursor: None,
        }
    }
}

/// The network between two blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// What the chain keeps once.
    pub globals: Globals,
    /// The root subnet.
    pub root: Root,
    /// Hotkeys and coldkeys.
    pub keys: Keys,
    /// In the order the chain walks them in.
    subnets: Vec<Subnet>,
}

impl Network {
    /// A network of `subnets` in any order.
    ///
    /// # Errors
    /// State that no chain could hold, or that the rules do not cover: the field, the subnet, and what
    /// was expected.
    pub fn new(
        globals: Globals,
        root: Root,
        keys: Keys,
        subnets: Vec<Subnet>,
    ) -> Result<Self, InputError> {
        for subnet in &subnets {
            check(subnet)?;
        }
        // Storage walks netuids by their bytes, the low one first.
        let order = ascending(subnets.iter().map(|s| s.netuid.swap_bytes().into()));
        if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let netuid = subnets[pair[0].1].netuid;
            return Err(InputError::new("netuid", "expected each subnet once").of_subnet(netuid));
        }
        let mut given: Vec<Option<Subnet>> = subnets.into_iter().map(Some).collect();
        let subnets = order.iter().filter_map(|&(_, place)| given[place].take());
        let subnets = subnets.collect();
        Ok(Self {
            globals,
            root,
            keys,
            subnets,
        })
    }

    /// The same network without its participants: what a block reads and writes before any epoch.
    pub fn without_participants(&self) -> Self {
        let root = Root {
            tao: self.root.tao,
            ..Root::default()
        };
        let subnets = self.subnets.iter().map(Subnet::without_participants);
        Self {
            globals: self.globals.clone(),
            root,
            keys: Keys::default(),
            subnets: subnets.collect(),
        }
    }

    /// The subnets, in the order the chain walks them in: by the low byte of the netuid, then the high.
    pub fn subnets(&self) -> &[Subnet] {
        &self.subnets
    }

    pub(crate) fn parts(&mut self) -> (&mut Globals, &mut Root, &mut Keys, &mut [Subnet]) {
        (
            &mut self.globals,
            &mut self.root,
            &mut self.keys,
            &mut self.subnets,
        )
    }

    /// A subnet, to hand out what is pending for it, and what that reads and writes beside it.
    ///
    /// # Errors
    /// The network has no such subnet.
    pub fn subnet_parts(
        &mut self,
        netuid: u16,
    ) -> Result<(&Globals, &mut Root, &mut Keys, &mut Subnet), InputError> {
        let position = self.position(netuid)?;
        let (globals, root, keys, subnets) = self.parts();
        Ok((globals, root, keys, &mut subnets[position]))
    }

    /// A subnet.
    ///
    /// # Errors
    /// The network has no such subnet.
    pub fn subnet(&self, netuid: u16) -> Result<&Subnet, InputError> {
        Ok(&self.subnets[self.position(netuid)?])
    }

    /// A subnet, to change it; its netuid must stay.
    ///
    /// # Errors
    /// The network has no such subnet.
    pub fn subnet_mut(&mut self, netuid: u16) -> Result<&mut Subnet, InputError> {
        let position = self.position(netuid)?;
        Ok(&mut self.subnets[position])
    }

    pub(crate) fn position(&self, netuid: u16) -> Result<usize, InputError> {
        self.subnets
            .binary_search_by_key(&netuid.swap_bytes(), |s| s.netuid.swap_bytes())
            .map_err(|_| {
                let count = self.subnets.len();
                InputError::new("netuid", format!("expected one of the {count} subnets"))
                    .of_subnet(netuid)
            })
    }

    /// A swap on a subnet, see [`Subnet::swap`].
    ///
    /// # Errors
    /// The network has no such subnet. That the chain refuses the swap is the inner error.
    pub fn swap(
        &mut self,
        netuid: u16,
        side: Side,
        amount: u64,
        limit: u64,
        drop_fees: bool,
        stake_count: StakeCount,
    ) -> Result<Result<Swap, SwapError>, InputError> {
        let position = self.position(netuid)?;
        let total_stake = &mut self.globals.total_stake;
        let subnet = &mut self.subnets[position];
        Ok(subnet.swap(side, amount, limit, drop_fees, stake_count, total_stake))
    }
}

fn check(subnet: &Subnet) -> Result<(), InputError> {
    let error =
        |field, expected: String| Err(InputError::new(field, expected).of_subnet(subnet.netuid));
    if subnet.netuid == 0 {
        return error("netuid", "expected a subnet other than root".into());
    }
    let pool = subnet.pool.check();
    pool.map_err(|error| error.of_subnet(subnet.netuid))?;
    if subnet.leased {
        return error(
            "leased",
            "expected no lease: a lease's dividends are not covered".into(),
        );
    }
    let neurons = subnet.neurons.len();
    if neurons > u16::MAX.into() {
        return error("neurons", format!("expected at most 65535, not {neurons}"));
    }
    Ok(())
}
