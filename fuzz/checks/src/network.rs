//! A network out of a fuzzer's bytes: mostly such as a chain comes to, and some such as it should not.

use crate::subnet::subnet_of_rows;
use crate::values::{any, half_word, maybe, one_in, rao, wide, word};
use arbitrary::{Result, Unstructured};
use yuma_differential::{OwnedMechanism, OwnedSubnet, Rows};
use yuma_emission::{
    Account, Basket, Collateral, Collaterals, Concentrated, Consensus, Flow, FlowSettings, Gate,
    Globals, HALF_WEIGHT, Keys, LastEmission, MIN_WEIGHT, Map, MechanismState, Network, Neuron,
    Part, Pending, PendingChildren, Pool, Relations, Root, SafeFloat, Schedule, Set, SharePool,
    Stored, Subnet, WEIGHT_ONE,
};
use yuma_epoch::{StoredRows, Terms};
use yuma_fixed::{I64F64, I96F32, U64F64, U96F32};
use yuma_types::{EpochConsensus, Hyperparameters};

/// Accounts that there are: hotkeys below ten, coldkeys from there on.
const HOTKEYS: u32 = 10;
const ACCOUNTS: u32 = 16;
/// Whose the stake of baskets is.
const ESCROW: Account = Account(ACCOUNTS);
/// Netuids, the low byte of which decides their order.
const NETUIDS: [u16; 5] = [1, 2, 3, 255, 256];

/// A network whose state the library takes; none where it refuses it.
pub fn network(u: &mut Unstructured<'_>) -> Result<Option<Network>> {
    let globals = globals(u)?;
    let count = u.int_in_range(0..=3)?;
    let mut subnets: Vec<Subnet> = Vec::new();
    for _ in 0..count {
        let netuid = *u.choose(&NETUIDS)?;
        if subnets.iter().all(|subnet| subnet.netuid != netuid) {
            subnets.push(subnet(u, netuid, globals.block)?);
        }
    }
    let (root, keys) = (root(u)?, keys(u)?);
    Ok(Network::new(globals, root, keys, subnets).ok())
}

fn hotkey(u: &mut Unstructured<'_>) -> Result<Account> {
    Ok(Account(u.int_in_range(0..=HOTKEYS - 1)?))
}

fn coldkey(u: &mut Unstructured<'_>) -> Result<Account> {
    Ok(Account(u.int_in_range(HOTKEYS..=ACCOUNTS)?))
}

/// A map of a few entries.
fn map<K, V>(
    u: &mut Unstructured<'_>,
    key: impl Fn(&mut Unstructured<'_>) -> Result<K>,
    value: impl Fn(&mut Unstructured<'_>) -> Result<V>,
) -> Result<Map<K, V>>
where
    Map<K, V>: FromIterator<(K, V)>,
{
    let count = u.int_in_range(0..=6)?;
    (0..count).map(|_| Ok((key(u)?, value(u)?))).collect()
}

fn set(u: &mut Unstructured<'_>, most: u32) -> Result<Set<Account>> {
    let mut set = Set::new();
    for _ in 0..u.int_in_range(0..=most)? {
        set.insert(hotkey(u)?);
    }
    Ok(set)
}

fn globals(u: &mut Unstructured<'_>) -> Result<Globals> {
    let usual = Globals::default();
    Ok(Globals {
        block: match u.int_in_range(0..=3)? {
            0 => word(u)?,
            _ => u.int_in_range(0..=10_000_000)?,
        },
        total_issuance: rao(u)?,
        balances_issuance: rao(u)?,
        total_stake: rao(u)?,
        tao_weight: match any(u)? {
            true => usual.tao_weight,
            false => word(u)?,
        },
        childkey_burn: match any(u)? {
            true => 0,
            false => word(u)?,
        },
        subnet_owner_cut: half_word(u)?,
        max_epochs_per_block: any(u)?,
        stake_threshold: word(u)?,
        moving_alpha: match any(u)? {
            true => usual.moving_alpha,
            false => I96F32::from_bits(wide(u)? as i128),
        },
        flow: FlowSettings {
            cutoff: I64F64::from_bits(wide(u)? as i128),
            exponent: U64F64::from_bits(wide(u)?),
            smoothing_factor: word(u)?,
            net: any(u)?,
        },
        gate: Gate {
            bar: U64F64::from_bits(wide(u)?),
            quantile: U64F64::from_bits(wide(u)?),
            rank: half_word(u)?,
            exponent: match any(u)? {
                true => usual.gate.exponent,
                false => U64F64::from_bits(wide(u)?),
            },
        },
        basket_escrow: u.ratio(7, 8)?.then_some(ESCROW),
        basket_threshold: match any(u)? {
            true => usual.basket_threshold,
            false => I96F32::from_bits(wide(u)? as i128),
        },
        basket_cursor: maybe(u, |u| Ok((hotkey(u)?, *u.choose(&NETUIDS)?)))?,
        ..usual
    })
}

fn root(u: &mut Unstructured<'_>) -> Result<Root> {
    let mut hashes = Map::new();
    if u.ratio(7, 8)? {
        let salt = any::<u8>(u)?;
        for key in 0..HOTKEYS {
            // Of zeros is no hash.
            hashes.insert(Account(key), [(key as u8 ^ salt).max(1); 16]);
        }
    }
    Ok(Root {
        tao: rao(u)?,
        stakes: map(u, hotkey, share_pool)?,
        registered: set(u, 6)?,
        pending_deposits: map(u, |u| Ok((hotkey(u)?, *u.choose(&NETUIDS)?)), rao)?,
        baskets: map(u, hotkey, |u| {
            Ok(Basket {
                // One of zeros is not stored.
                shares: rao(u)?.max(1),
                rate: I96F32::from_bits(wide(u)? as i128),
                deposited_tao: rao(u)?,
            })
        })?,
        hashes,
    })
}

fn keys(u: &mut Unstructured<'_>) -> Result<Keys> {
    let hotkeys = |u: &mut Unstructured<'_>| {
        let len = u.int_in_range(1..=3)?;
        (0..len).map(|_| hotkey(u)).collect()
    };
    Ok(Keys {
        owner: map(u, hotkey, coldkey)?,
        take: map(u, hotkey, half_word)?,
        owned_hotkeys: map(u, coldkey, hotkeys)?,
        staking_hotkeys: map(u, coldkey, hotkeys)?,
        suspended: match one_in(u, 4)? {
            true => set(u, 3)?,
            false => Set::new(),
        },
    })
}

/// A pool that some paid into, or one of any parts.
fn share_pool(u: &mut Unstructured<'_>) -> Result<SharePool> {
    let mut pool = SharePool::default();
    for _ in 0..u.int_in_range(0..=3)? {
        let coldkey = coldkey(u)?;
        let rao = rao(u)?;
        match u.int_in_range(0..=3)? {
            0 => pool.increase_all(rao),
            1 => drop(pool.withdraw(coldkey, rao)),
            2 => pool.increase_one(coldkey, rao),
            _ => pool.deposit(coldkey, rao),
        }
    }
    if one_in(u, 4)? {
        match u.int_in_range(0..=4)? {
            0 => pool.total = word(u)?,
            1 => pool.denominator = maybe(u, stored)?,
            2 => {
                let coldkey = coldkey(u)?;
                pool.shares.insert(coldkey, stored(u)?);
            }
            3 => pool.epoch = word(u)?,
            _ => {
                let coldkey = coldkey(u)?;
                pool.share_epochs.insert(coldkey, word(u)?.max(1));
            }
        }
    }
    Ok(pool)
}

/// A number as stored, of any that there are.
fn stored(u: &mut Unstructured<'_>) -> Result<Stored> {
    if one_in(u, 4)? {
        return Ok(Stored::Legacy(U64F64::from_bits(wide(u)?)));
    }
    let mantissa = u.int_in_range(100_000_000_000_000_000_001..=1_000_000_000_000_000_000_000)?;
    let exponent = match one_in(u, 8)? {
        true => any(u)?,
        false => u.int_in_range(-60..=10)?,
    };
    Ok(Stored::Float(
        SafeFloat::from_parts(mantissa, exponent).unwrap_or_default(),
    ))
}

fn subnet(u: &mut Unstructured<'_>, netuid: u16, block: u64) -> Result<Subnet> {
    let consensus = subnet_of_rows(u)?;
    // Of a hotkey for each neuron only some are known beside: the others have numbers of their own.
    let n = u32::from(consensus.scalars.n);
    let neurons = (0..n)
        .map(|uid| {
            Ok(Neuron {
                hotkey: match one_in(u, 32)? {
                    true => hotkey(u)?,
                    false if uid < HOTKEYS => Account(uid),
                    false => Account(ACCOUNTS + 1 + uid),
                },
                childkey_take: half_word(u)?,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Subnet {
        netuid,
        first_emission_block: u.ratio(7, 8)?.then(|| block.saturating_sub(1_000)),
        subtoken_enabled: u.ratio(7, 8)?,
        registration_allowed: u.ratio(7, 8)?,
        emission_enabled: u.ratio(7, 8)?,
        owner_cut_enabled: any(u)?,
        pool: pool(u)?,
        alpha_out: rao(u)?,
        moving_price: match any(u)? {
            true => I96F32::from_bits(any::<u32>(u)?.into()),
            false => I96F32::from_bits(wide(u)? as i128),
        },
        price_halving_blocks: word(u)?,
        miner_burned: U96F32::from_bits(any::<u32>(u)?.into()),
        root_prop: U96F32::from_bits(any::<u32>(u)?.into()),
        user_flow: flow(u)?,
        protocol_flow: flow(u)?,
        last: LastEmission::default(),
        protocol_alpha: rao(u)?,
        volume: wide(u)?,
        alpha_recycled: rao(u)?,
        alpha_burned: rao(u)?,
        pending: Pending {
            server: rao(u)?,
            validator: rao(u)?,
            root: rao(u)?,
            owner: rao(u)?,
        },
        schedule: schedule(u, block)?,
        owner: maybe(u, coldkey)?,
        owner_hotkey: maybe(u, hotkey)?,
        leased: one_in(u, 64)?,
        recycles_owner_incentive: any(u)?,
        neurons,
        min_childkey_take: half_word(u)?,
        relations: relations(u)?,
        pending_children: pending_children(u)?,
        auto_stake: map(u, coldkey, hotkey)?,
        stakes: map(u, hotkey, share_pool)?,
        root_claimable: map(u, hotkey, |u| Ok(I96F32::from_bits(wide(u)? as i128)))?,
        alpha_dividends: map(u, hotkey, rao)?,
        root_dividends: map(u, hotkey, rao)?,
        alpha_last_epoch: map(u, hotkey, rao)?,
        participants_unread: one_in(u, 16)?,
        concentrated: Concentrated::default(),
        last_yuma_step_block: consensus.scalars.last_yuma_step_block,
        epoch_consensus: match one_in(u, 4)? {
            true => EpochConsensus::Null,
            false => EpochConsensus::Yuma,
        },
        consensus: u.ratio(15, 16)?.then(|| state_of(consensus)),
        tao_reservoir: rao(u)?,
        alpha_reservoir: rao(u)?,
        total_alpha_staked: rao(u)?,
        fast_moving_price: maybe(u, |u| Ok(U64F64::from_bits(wide(u)?)))?,
        collateral: Collaterals {
            rows: map(u, |u| Ok((hotkey(u)?, coldkey(u)?)), collateral)?,
            by_owner: map(u, coldkey, rao)?,
        },
    })
}

fn pool(u: &mut Unstructured<'_>) -> Result<Pool> {
    Ok(Pool {
        mechanism: match one_in(u, 8)? {
            true => half_word(u)?,
            false => 1,
        },
        tao: rao(u)?,
        alpha: rao(u)?,
        quote_weight: match any(u)? {
            true => HALF_WEIGHT,
            false => u.int_in_range(MIN_WEIGHT..=WEIGHT_ONE - MIN_WEIGHT)?,
        },
        initialized: u.ratio(7, 8)?,
        fee_rate: half_word(u)?,
    })
}

fn flow(u: &mut Unstructured<'_>) -> Result<Flow> {
    Ok(Flow {
        since: word(u)? as i64,
        average: maybe(u, |u| {
            Ok((
                word(u)?.min(u64::MAX - 1),
                I64F64::from_bits(wide(u)? as i128),
            ))
        })?,
    })
}

fn schedule(u: &mut Unstructured<'_>, block: u64) -> Result<Schedule> {
    let due = any::<bool>(u)?;
    let tempo = match any(u)? {
        true => 360,
        false => half_word(u)?,
    };
    Ok(Schedule {
        tempo,
        last_epoch_block: match due {
            true => block.saturating_sub(tempo.into()),
            false => word(u)?,
        },
        pending_epoch_at: match any(u)? {
            true => 0,
            false => word(u)?,
        },
        blocks_since_last_step: word(u)?,
        epoch_index: word(u)?,
        last_mechanism_step_block: match any(u)? {
            true => block.saturating_sub(360),
            false => word(u)?,
        },
    })
}

fn parts(u: &mut Unstructured<'_>, of: u64) -> Result<Vec<Part>> {
    let count = u.int_in_range(1..=3)?;
    (0..count)
        .map(|_| Ok((u.int_in_range(0..=of)?, hotkey(u)?)))
        .collect()
}

/// Children and their parents, as they are stored on both sides, or on one alone.
fn relations(u: &mut Unstructured<'_>) -> Result<Relations> {
    let mut relations = Relations::default();
    for _ in 0..u.int_in_range(0..=3)? {
        let parent = hotkey(u)?;
        // No hotkey gives away more than all of its stake.
        let children = parts(u, u64::MAX / 3)?;
        relations.set_children(parent, &children);
    }
    if one_in(u, 4)? {
        let hotkey = hotkey(u)?;
        relations.parents.insert(hotkey, parts(u, u64::MAX)?);
    }
    Ok(relations)
}

fn pending_children(u: &mut Unstructured<'_>) -> Result<Vec<PendingChildren>> {
    let count = u.int_in_range(0..=2)?;
    (0..count)
        .map(|_| {
            Ok(PendingChildren {
                hotkey: hotkey(u)?,
                children: parts(u, u64::MAX / 3)?,
                cooldown_block: word(u)?,
            })
        })
        .collect()
}

fn collateral(u: &mut Unstructured<'_>) -> Result<Collateral> {
    Ok(Collateral {
        locked: rao(u)?,
        drain_ratio: U64F64::from_bits(wide(u)?),
        min_locked: rao(u)?,
        earned: rao(u)?,
    })
}

fn stored_rows(rows: Rows) -> StoredRows {
    StoredRows {
        start: rows.row_start,
        uid: rows.uid,
        value: rows.value,
    }
}

fn state_of(subnet: OwnedSubnet) -> Consensus {
    let scalars = subnet.scalars;
    let mechanism = |mechanism: OwnedMechanism| MechanismState {
        last_update: mechanism.last_update,
        weights: stored_rows(mechanism.weights),
        bonds: stored_rows(mechanism.bonds),
        commit_blocks: mechanism.commit_blocks,
        incentive: Vec::new(),
        consensus_by_mechanism: mechanism.consensus_by_mechanism,
    };
    Consensus {
        hyperparameters: Hyperparameters {
            activity_cutoff_blocks: scalars.activity_cutoff_blocks,
            max_allowed_validators: scalars.max_allowed_validators,
            commit_reveal_enabled: scalars.commit_reveal_enabled,
            kappa: scalars.kappa,
            bonds_penalty: scalars.bonds_penalty,
            bonds_moving_average: scalars.bonds_moving_average,
            yuma3_on: scalars.yuma3_on,
            liquid_alpha_on: scalars.liquid_alpha_on,
            alpha_low: scalars.alpha_low,
            alpha_high: scalars.alpha_high,
            alpha_sigmoid_steepness: scalars.alpha_sigmoid_steepness,
        },
        liquid_alpha_consensus_mode: scalars.liquid_alpha_consensus_mode,
        block_at_registration: subnet.block_at_registration,
        validator_permit: subnet.validator_permit,
        split: subnet.split,
        mechanisms: subnet.mechanisms.into_iter().map(mechanism).collect(),
        terms: Terms::default(),
    }
}
