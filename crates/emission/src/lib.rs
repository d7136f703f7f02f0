//! One block of dTAO: issuance, shares, pool, pending, schedule, distribution.
//!
//! [`Network::run_block`] takes the network from block to block: TAO is minted ([`mintable`]), shared
//! among subnets ([`Shares`]), brought to each as [`Terms`] say, into its [`Pool`] or to buy alpha from
//! it; the subnet's alpha becomes [`Pending`]; where its [`Schedule`] says so an epoch runs, and what is
//! pending goes to every hotkey and coldkey ([`distribute`]), root dividends by way of validators'
//! baskets ([`Flush`]) where the version has them. Each step is a function of its own.
//! [`Rules`] says which variant of each step a spec version has; `docs/rules.md` which are proved.

mod account;
mod baskets;
mod block;
mod block_rules;
mod budgets;
mod claims;
mod coinbase;
mod collateral;
mod concentrated;
mod consensus;
mod conservation;
mod distribution;
mod dividends;
mod epochs;
mod exact_shares;
mod facts;
mod flow;
mod gate;
mod issuance;
mod keys;
mod map;
mod moving_price;
mod network;
mod num;
mod payout;
mod pending;
mod pool;
mod pruning;
mod ranges;
mod relations;
mod reservoirs;
mod root;
mod rules;
mod safe_float;
mod schedule;
mod settlement;
mod share_pool;
mod shares;
pub mod spec300;
mod stake_weight;
mod subnet;
mod terms;

pub use account::{Account, Accounts};
pub use baskets::Flush;
pub use block::{BlockReport, SubnetEmission, Unpaid};
pub use block_rules::{
    BlockRules, CurveRecord, EpochKinds, Injection, PayoutRule, PayoutRules, PriceAverages,
    SafetyNet, ShareArithmetic, StakeCount,
};
pub use budgets::{Budget, combine_mechanisms};
pub use claims::{RootDividends, claiming_indices, root_dividends};
pub use coinbase::{Coinbase, CoinbaseTerms};
pub use collateral::{Collateral, Collaterals};
pub use concentrated::{Concentrated, PendingTogether};
pub use consensus::{Consensus, MechanismState};
pub use conservation::{Imbalance, Ledger};
pub use distribution::{Gain, HotkeyEmission, Rates, distribute, gains};
pub use dividends::{
    ChildDividends, ChildRates, Earner, Parent, Stake, ValidatorPay, child_dividends,
    self_contribution, validator_pay,
};
pub use epochs::{Compute, EpochContext, EpochSource, YumaEpochs};
pub use facts::{Facts, RootDividendKind, ScheduleKind};
pub use flow::{Flow, FlowSettings};
pub use gate::Gate;
pub use issuance::{INITIAL_EMISSION, MAX_SUPPLY, block_emission, mintable};
pub use keys::{Basket, DEFAULT_TAKE, Keys, Root};
pub use map::{Map, Set};
pub use moving_price::{Smoothing, next_fast_price, price_for_shares};
pub use network::{Globals, Network};
pub use num::ascending;
pub use payout::{AlphaDividend, Incentive, IncentiveTo, Payout, RootDividend};
pub use pending::Pending;
pub use pool::{
    HALF_WEIGHT, MAX_PRICE_LIMIT, MIN_PRICE_LIMIT, MIN_RESERVE, MIN_WEIGHT, Pool, Quote, Side,
    Swap, SwapError, WEIGHT_ONE,
};
pub use pruning::Pruning;
pub use ranges::{Path, Span};
pub use relations::{Part, PendingChildren, Relations};
pub use root::{
    proportion_u16, proportion_u64, root_proportion, root_sell_flag, weighted_root_tao,
};
pub use rules::{BarRule, DividendSplit, Rules, ShareBasis, ShareRules, ShareWeight};
pub use safe_float::SafeFloat;
pub use schedule::{MAX_TEMPO, Schedule, Slot, deferred_for_reveal, epoch_cap};
pub use share_pool::{SharePool, Stored};
pub use shares::{Shares, Weighing, price_shares};
pub use stake_weight::StakeWeights;
pub use subnet::{LastEmission, Neuron, Subnet};
pub use terms::Terms;
pub use yuma_types::{ConsensusMode, EpochConsensus, Evidence, InputError};
