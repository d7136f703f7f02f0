//! The state of a network from its columns, and back.

use super::answer::EmissionAnswer;
use super::columns::{
    Wide, i128_of, i128_words, of_row, or_no_account, or_none, put, some, some_account, u128_of,
    u128_words,
};
use super::fields::{
    NetworkIn, NetworkOut, NetworkRootSharesIn, NetworkRootSharesOut, NetworkRootStakesIn,
    NetworkRootStakesOut, NetworkSharesIn, NetworkSharesOut, NetworkStakesIn, NetworkStakesOut,
};
use crate::call::one_of;
use std::ops::Range;
use yuma_emission::{
    Account, Consensus, ConsensusMode, EpochConsensus, Flow, InputError, Keys, Map, MechanismState,
    Network, Neuron, Part, PendingChildren, Relations, Root, SafeFloat, Set, SharePool, Stored,
    Subnet,
};
use yuma_emission::{Basket, Collateral, Collaterals};
use yuma_epoch::{StoredRows, Terms};
use yuma_fixed::{I64F64, I96F32, U64F64, U96F32};

type Read<T> = Result<T, InputError>;

/// A network of its columns.
///
/// # Errors
/// State that no chain could hold, or that the rules do not cover.
pub fn read(input: &NetworkIn<'_>) -> Read<Network> {
    let mut root = Root {
        tao: input.globals.root_tao,
        stakes: stakes(
            &Pools::from(&input.root_stakes),
            &Shares::from(&input.root_shares),
            0..input.root_stakes.rows,
        )?,
        registered: accounts(input.root_hotkeys.hotkey),
        ..Root::default()
    };
    read_baskets(input, &mut root)?;
    let mut globals = input.globals.filled.clone();
    let cursor = some_account(input.globals.basket_cursor_hotkey);
    globals.basket_cursor = cursor.map(|hotkey| (hotkey, input.globals.basket_cursor_netuid));
    let subnets = (0..input.subnets.rows).map(|row| {
        let netuid = input.subnets.netuid[row];
        subnet(input, row).map_err(|error| error.of_subnet(netuid))
    });
    let subnets = subnets.collect::<Read<Vec<Subnet>>>()?;
    Network::new(globals, root, keys(input)?, subnets)
}

/// An error of a table that has a key twice.
fn twice(field: &'static str, row: usize) -> InputError {
    of_row(InputError::new(field, "expected each once"), row)
}

fn read_baskets(input: &NetworkIn<'_>, root: &mut Root) -> Read<()> {
    let table = &input.baskets;
    for row in 0..table.rows {
        let hotkey = Account(table.hotkey[row]);
        let basket = Basket {
            shares: table.shares[row],
            rate: I96F32::from_bits(i128_of(table.rate[row])),
            deposited_tao: table.deposited_tao[row],
        };
        if root.baskets.insert(hotkey, basket).is_some() {
            return Err(twice("baskets.hotkey", row));
        }
        let hash = u128_of(table.hash[row]);
        if hash != 0 {
            root.hashes.insert(hotkey, hash.to_be_bytes());
        }
    }
    root.baskets
        .retain(|_, basket| *basket != Basket::default());
    let table = &input.basket_deposits;
    for row in 0..table.rows {
        let key = (Account(table.hotkey[row]), table.netuid[row]);
        if root.pending_deposits.insert(key, table.rao[row]).is_some() {
            return Err(twice("basket_deposits.hotkey", row));
        }
    }
    Ok(())
}

fn collateral(input: &NetworkIn<'_>, row: usize) -> Read<Collaterals> {
    let (table, sums) = (&input.collateral, &input.collateral_sums);
    let mut collateral = Collaterals {
        by_owner: by_key(
            "collateral_sums.coldkey",
            sums.coldkey,
            sums.of(row),
            |at| Ok(sums.rao[at]),
        )?,
        ..Collaterals::default()
    };
    for at in table.of(row) {
        let key = (Account(table.hotkey[at]), Account(table.coldkey[at]));
        let value = Collateral {
            locked: table.locked[at],
            drain_ratio: U64F64::from_bits(u128_of(table.drain_ratio[at])),
            min_locked: table.min_locked[at],
            earned: table.earned[at],
        };
        if collateral.rows.insert(key, value).is_some() {
            return Err(twice("collateral.hotkey", at));
        }
    }
    Ok(collateral)
}

fn keys(input: &NetworkIn<'_>) -> Read<Keys> {
    let (owners, takes) = (&input.owners, &input.takes);
    let (owned, staking) = (&input.owned_hotkeys, &input.staking_hotkeys);
    Ok(Keys {
        owner: by_key("owners.hotkey", owners.hotkey, 0..owners.rows, |row| {
            Ok(Account(owners.coldkey[row]))
        })?,
        take: by_key("takes.hotkey", takes.hotkey, 0..takes.rows, |row| {
            Ok(takes.take[row])
        })?,
        owned_hotkeys: lists(owned.coldkey, 0..owned.rows, |row| {
            Account(owned.hotkey[row])
        }),
        staking_hotkeys: lists(staking.coldkey, 0..staking.rows, |row| {
            Account(staking.hotkey[row])
        }),
        suspended: accounts(input.suspended.hotkey),
    })
}

/// Accounts in ascending order. (Collecting a set sorts it first, for which a WebAssembly module takes more bytes.)
fn accounts(column: &[u32]) -> Set<Account> {
    let mut accounts = Set::new();
    for &account in column {
        accounts.insert(Account(account));
    }
    accounts
}

/// Values by account, each of which must come once.
fn by_key<V>(
    field: &'static str,
    keys: &[u32],
    rows: Range<usize>,
    value: impl Fn(usize) -> Read<V>,
) -> Read<Map<Account, V>> {
    let mut map = Map::with_capacity(rows.len());
    for row in rows {
        if map.insert(Account(keys[row]), value(row)?).is_some() {
            let expected = format!("expected each account once, found {} again", keys[row]);
            return Err(InputError::new(field, expected));
        }
    }
    Ok(map)
}

/// Lists by account, each in the order of its rows.
fn lists<V>(keys: &[u32], rows: Range<usize>, value: impl Fn(usize) -> V) -> Map<Account, Vec<V>> {
    let mut lists: Map<Account, Vec<V>> = Map::new();
    for row in rows {
        lists
            .entry(Account(keys[row]))
            .or_default()
            .push(value(row));
    }
    lists
}

/// A number as stored: in which way, and its parts.
#[derive(Clone, Copy)]
struct Numbers<'a> {
    field: &'static str,
    kind: &'a [u8],
    mantissa: &'a [Wide],
    exponent: &'a [u64],
}

impl Numbers<'_> {
    fn read(&self, row: usize) -> Read<Option<Stored>> {
        let bits = u128_of(self.mantissa[row]);
        let expected = match self.kind[row] {
            0 => return Ok(None),
            1 => match SafeFloat::from_parts(bits, self.exponent[row] as i64) {
                Some(value) => return Ok(Some(Stored::Float(value))),
                None => {
                    format!("expected a mantissa above 10^20 and at most 10^21, or 0, not {bits}")
                }
            },
            2 => return Ok(Some(Stored::Legacy(U64F64::from_bits(bits)))),
            kind => format!("expected a number of kind 0, 1 or 2, not {kind}"),
        };
        Err(of_row(InputError::new(self.field, expected), row))
    }
}

/// Pools of a subnet or of root.
struct Pools<'a> {
    field: &'static str,
    hotkey: &'a [u32],
    total: &'a [u64],
    epoch: &'a [u64],
    denominator: Numbers<'a>,
}

/// The shares in them.
struct Shares<'a> {
    field: &'static str,
    start: &'a [u32],
    coldkey: &'a [u32],
    epoch: &'a [u64],
    value: Numbers<'a>,
}

macro_rules! views {
    ($stakes:ident, $shares:ident, $pools:literal, $parts:literal) => {
        impl<'a> From<&$stakes<'a>> for Pools<'a> {
            fn from(table: &$stakes<'a>) -> Self {
                Self {
                    field: concat!($pools, ".hotkey"),
                    hotkey: table.hotkey,
                    total: table.total,
                    epoch: table.epoch,
                    denominator: Numbers {
                        field: concat!($pools, ".mantissa"),
                        kind: table.kind,
                        mantissa: table.mantissa,
                        exponent: table.exponent,
                    },
                }
            }
        }

        impl<'a> From<&$shares<'a>> for Shares<'a> {
            fn from(table: &$shares<'a>) -> Self {
                Self {
                    field: concat!($parts, ".coldkey"),
                    start: table.start,
                    coldkey: table.coldkey,
                    epoch: table.epoch,
                    value: Numbers {
                        field: concat!($parts, ".mantissa"),
                        kind: table.kind,
                        mantissa: table.mantissa,
                        exponent: table.exponent,
                    },
                }
            }
        }
    };
}
views!(NetworkStakesIn, NetworkSharesIn, "stakes", "shares");
views!(
    NetworkRootStakesIn,
    NetworkRootSharesIn,
    "root_stakes",
    "root_shares"
);

fn stakes(
    pools: &Pools<'_>,
    shares: &Shares<'_>,
    rows: Range<usize>,
) -> Read<Map<Account, SharePool>> {
    let share = |row: usize| {
        let none = || {
            of_row(
                InputError::new(shares.field, "expected a share of a kind"),
                row,
            )
        };
        shares.value.read(row)?.ok_or_else(none)
    };
    by_key(pools.field, pools.hotkey, rows, |row| {
        let parts = shares.start[row] as usize..shares.start[row + 1] as usize;
        let pool = SharePool {
            total: pools.total[row],
            denominator: pools.denominator.read(row)?,
            shares: by_key(shares.field, shares.coldkey, parts.clone(), share)?,
            ..SharePool::default()
        };
        let pool = with_epochs(pool, pools.epoch[row], shares, parts);
        Ok(pool)
    })
}

fn with_epochs(
    mut pool: SharePool,
    epoch: u64,
    shares: &Shares<'_>,
    parts: Range<usize>,
) -> SharePool {
    pool.epoch = epoch;
    for part in parts.filter(|&part| shares.epoch[part] != 0) {
        let coldkey = Account(shares.coldkey[part]);
        pool.share_epochs.insert(coldkey, shares.epoch[part]);
    }
    pool
}

fn subnet(input: &NetworkIn<'_>, row: usize) -> Read<Subnet> {
    let (neurons, auto) = (&input.neurons, &input.auto_stakes);
    let (claimable, last) = (&input.root_claimable, &input.alpha_last_epoch);
    let (alpha, root) = (&input.alpha_dividends, &input.root_dividends);
    let table = &input.subnets;
    let mut subnet = Subnet {
        neurons: neurons
            .of(row)
            .map(|uid| Neuron {
                hotkey: Account(neurons.hotkey[uid]),
                childkey_take: neurons.childkey_take[uid],
            })
            .collect(),
        relations: relations(input, row)?,
        pending_children: pending_children(input, row),
        auto_stake: by_key("auto_stakes.coldkey", auto.coldkey, auto.of(row), |at| {
            Ok(Account(auto.hotkey[at]))
        })?,
        stakes: stakes(
            &Pools::from(&input.stakes),
            &Shares::from(&input.shares),
            input.stakes.of(row),
        )?,
        root_claimable: by_key(
            "root_claimable.hotkey",
            claimable.hotkey,
            claimable.of(row),
            |at| Ok(I96F32::from_bits(i128_of(claimable.rate[at]))),
        )?,
        alpha_dividends: by_key(
            "alpha_dividends.hotkey",
            alpha.hotkey,
            alpha.of(row),
            |at| Ok(alpha.rao[at]),
        )?,
        root_dividends: by_key("root_dividends.hotkey", root.hotkey, root.of(row), |at| {
            Ok(root.rao[at])
        })?,
        alpha_last_epoch: by_key("alpha_last_epoch.hotkey", last.hotkey, last.of(row), |at| {
            Ok(last.rao[at])
        })?,
        consensus: match table.has_consensus[row] {
            0 => None,
            _ => Some(consensus(input, row)?),
        },
        fast_moving_price: (table.has_fast_moving_price[row] != 0)
            .then(|| U64F64::from_bits(u128_of(table.fast_moving_price[row]))),
        collateral: collateral(input, row)?,
        epoch_consensus: one_of(
            table.epoch_consensus[row].into(),
            &EpochConsensus::ALL,
            "subnets.epoch_consensus",
        )?,
        ..Subnet::default()
    };
    table.fill(row, &mut subnet);
    let average = |block: &[u64], average: &[Wide]| {
        some(block[row]).map(|block| (block, I64F64::from_bits(i128_of(average[row]))))
    };
    subnet.user_flow.average = average(table.user_flow_block, table.user_flow_average);
    subnet.protocol_flow.average = average(table.protocol_flow_block, table.protocol_flow_average);
    check(&subnet)?;
    Ok(subnet)
}

/// What [`Network::new`] leaves to who reads state.
fn check(subnet: &Subnet) -> Read<()> {
    if subnet.root_prop > U96F32::ONE {
        let bits = subnet.root_prop.to_bits();
        let expected = format!("expected a share of at most 1, 4294967296 in bits, found {bits}");
        return Err(InputError::new("subnets.root_prop", expected));
    }
    let whole = |parts: &Vec<Part>| parts.iter().map(|part| u128::from(part.0)).sum::<u128>();
    let most = u128::from(u64::MAX);
    if subnet
        .relations
        .children
        .values()
        .any(|parts| whole(parts) > most)
    {
        return Err(InputError::new(
            "children.part",
            "expected shares of at most 1 in sum of each hotkey",
        ));
    }
    Ok(())
}

fn relations(input: &NetworkIn<'_>, row: usize) -> Read<Relations> {
    let (children, parents) = (&input.children, &input.parents);
    Ok(Relations {
        children: lists(children.hotkey, children.of(row), |at| {
            (children.part[at], Account(children.child[at]))
        }),
        parents: lists(parents.hotkey, parents.of(row), |at| {
            (parents.part[at], Account(parents.parent[at]))
        }),
    })
}

fn pending_children(input: &NetworkIn<'_>, row: usize) -> Vec<PendingChildren> {
    let (pending, parts) = (&input.pending_children, &input.pending_parts);
    let read = |at: usize| PendingChildren {
        hotkey: Account(pending.hotkey[at]),
        children: parts
            .of(at)
            .map(|part| (parts.part[part], Account(parts.child[part])))
            .collect(),
        cooldown_block: pending.cooldown_block[at],
    };
    pending.of(row).map(read).collect()
}

fn consensus(input: &NetworkIn<'_>, row: usize) -> Read<Consensus> {
    let (table, neurons) = (&input.subnets, &input.neurons);
    let uids = neurons.of(row);
    Ok(Consensus {
        hyperparameters: table.hyperparameters(row),
        liquid_alpha_consensus_mode: one_of(
            table.liquid_alpha_consensus_mode[row].into(),
            &ConsensusMode::ALL,
            "subnets.liquid_alpha_consensus_mode",
        )?,
        block_at_registration: neurons.block_at_registration[uids.clone()].to_vec(),
        validator_permit: neurons.validator_permit[uids].to_vec(),
        split: (table.has_split[row] != 0)
            .then(|| input.splits.part[input.splits.of(row)].to_vec()),
        mechanisms: input
            .mechanisms
            .of(row)
            .map(|at| mechanism(input, at))
            .collect(),
        terms: match table.has_terms[row] {
            0 => Terms::default(),
            _ => terms(input, row),
        },
    })
}

fn terms(input: &NetworkIn<'_>, row: usize) -> Terms {
    let neurons = &input.neurons;
    let uids = neurons.of(row);
    let flags = |column: &[u8]| column[uids.clone()].iter().map(|&flag| flag != 0).collect();
    Terms {
        stake_weight: neurons.stake_weight[uids.clone()].to_vec(),
        consensus: neurons.consensus[uids.clone()].to_vec(),
        incentive: neurons.incentive[uids.clone()].to_vec(),
        dividends: neurons.dividends[uids.clone()].to_vec(),
        validator_trust: neurons.validator_trust[uids.clone()].to_vec(),
        active: flags(neurons.active),
        validator_permit: flags(neurons.validator_permit),
        server_emission: neurons.server_emission[uids.clone()].to_vec(),
        validator_emission: neurons.validator_emission[uids.clone()].to_vec(),
        emission: neurons.emission[uids.clone()].to_vec(),
        stake: neurons.stake[uids.clone()].to_vec(),
    }
}

fn mechanism(input: &NetworkIn<'_>, at: usize) -> MechanismState {
    let (weights, bonds) = (&input.weights, &input.bonds);
    let stored = &input.stored_consensus;
    MechanismState {
        last_update: input.last_updates.block[input.last_updates.of(at)].to_vec(),
        weights: rows(
            weights.start,
            input.weight_rows.of(at),
            weights.uid,
            weights.value,
        ),
        bonds: rows(bonds.start, input.bond_rows.of(at), bonds.uid, bonds.value),
        commit_blocks: input.commits.block[input.commits.of(at)].to_vec(),
        incentive: input.incentives.incentive[input.incentives.of(at)].to_vec(),
        consensus_by_mechanism: stored.consensus[stored.of(at)].to_vec(),
    }
}

/// Some of the rows of a table, whose starts then begin at 0.
fn rows(start: &[u32], rows: Range<usize>, uid: &[u16], value: &[u16]) -> StoredRows {
    let start = &start[rows.start..=rows.end];
    let (first, last) = (start[0], start[start.len() - 1]);
    let entries = first as usize..last as usize;
    StoredRows {
        start: start.iter().map(|at| at - first).collect(),
        uid: uid[entries.clone()].to_vec(),
        value: value[entries].to_vec(),
    }
}

/// The columns of a network, as [`super::method::COLUMNS`] answers with them.
pub fn columns(network: &Network) -> EmissionAnswer {
    write(network).into()
}

/// The same as tables.
fn write(network: &Network) -> NetworkOut {
    let (cursor, netuid) = network.globals.basket_cursor.unzip();
    let mut out = NetworkOut {
        globals: super::fields::NetworkGlobalsOut::of(
            &network.globals,
            or_no_account(cursor),
            netuid.unwrap_or_default(),
            network.root.tao,
        ),
        ..NetworkOut::default()
    };
    let registered = network.root.registered.iter();
    out.root_hotkeys.hotkey = registered.map(|hotkey| hotkey.0).collect();
    for (hotkey, pool) in &network.root.stakes {
        push_pool(&mut out.root_stakes, &mut out.root_shares, *hotkey, pool);
    }
    write_baskets(&mut out, &network.root);
    write_keys(&mut out, &network.keys);
    for subnet in network.subnets() {
        write_subnet(&mut out, subnet);
    }
    out
}

fn write_baskets(out: &mut NetworkOut, root: &Root) {
    let mut hotkeys: Set<Account> = Set::new();
    for hotkey in root.hashes.keys().chain(root.baskets.keys()) {
        hotkeys.insert(*hotkey);
    }
    let table = &mut out.baskets;
    for &hotkey in hotkeys.iter() {
        let hash = root.hashes.get(&hotkey).copied().unwrap_or_default();
        let basket = root.baskets.get(&hotkey).copied().unwrap_or_default();
        put(&mut table.hotkey, hotkey.0);
        put(&mut table.hash, u128_words(u128::from_be_bytes(hash)));
        put(&mut table.shares, basket.shares);
        put(&mut table.rate, i128_words(basket.rate.to_bits()));
        put(&mut table.deposited_tao, basket.deposited_tao);
    }
    for (&(hotkey, netuid), &rao) in &root.pending_deposits {
        put(&mut out.basket_deposits.hotkey, hotkey.0);
        put(&mut out.basket_deposits.netuid, netuid);
        put(&mut out.basket_deposits.rao, rao);
    }
}

fn write_collateral(out: &mut NetworkOut, collateral: &Collaterals) {
    let table = &mut out.collateral;
    for (&(hotkey, coldkey), row) in &collateral.rows {
        put(&mut table.hotkey, hotkey.0);
        put(&mut table.coldkey, coldkey.0);
        put(&mut table.locked, row.locked);
        put(
            &mut table.drain_ratio,
            u128_words(row.drain_ratio.to_bits()),
        );
        put(&mut table.min_locked, row.min_locked);
        put(&mut table.earned, row.earned);
    }
    table.start.end(table.hotkey.len());
    let sums = &mut out.collateral_sums;
    for (&coldkey, &rao) in &collateral.by_owner {
        put(&mut sums.coldkey, coldkey.0);
        put(&mut sums.rao, rao);
    }
    sums.start.end(sums.coldkey.len());
}

fn write_keys(out: &mut NetworkOut, keys: &Keys) {
    let suspended = keys.suspended.iter();
    out.suspended.hotkey = suspended.map(|hotkey| hotkey.0).collect();
    for (hotkey, coldkey) in &keys.owner {
        put(&mut out.owners.hotkey, hotkey.0);
        put(&mut out.owners.coldkey, coldkey.0);
    }
    for (hotkey, take) in &keys.take {
        put(&mut out.takes.hotkey, hotkey.0);
        put(&mut out.takes.take, *take);
    }
    for (coldkey, hotkeys) in &keys.owned_hotkeys {
        for hotkey in hotkeys {
            put(&mut out.owned_hotkeys.coldkey, coldkey.0);
            put(&mut out.owned_hotkeys.hotkey, hotkey.0);
        }
    }
    for (coldkey, hotkeys) in &keys.staking_hotkeys {
        for hotkey in hotkeys {
            put(&mut out.staking_hotkeys.coldkey, coldkey.0);
            put(&mut out.staking_hotkeys.hotkey, hotkey.0);
        }
    }
}

/// A number as stored: kind, mantissa and exponent.
fn parts_of(stored: Option<Stored>) -> (u8, Wide, u64) {
    match stored {
        None => (0, [0; 2], 0),
        Some(Stored::Float(value)) => (1, u128_words(value.mantissa()), value.exponent() as u64),
        Some(Stored::Legacy(value)) => (2, u128_words(value.to_bits()), 0),
    }
}

/// Tables that pools and their shares are added to.
trait PoolsOut {
    fn push(&mut self, hotkey: u32, total: u64, denominator: (u8, Wide, u64), epoch: u64);
}

trait SharesOut {
    fn push(&mut self, coldkey: u32, share: (u8, Wide, u64), epoch: u64);
    fn end(&mut self);
}

macro_rules! outs {
    ($stakes:ident, $shares:ident) => {
        impl PoolsOut for $stakes {
            fn push(&mut self, hotkey: u32, total: u64, denominator: (u8, Wide, u64), epoch: u64) {
                put(&mut self.epoch, epoch);
                put(&mut self.hotkey, hotkey);
                put(&mut self.total, total);
                put(&mut self.kind, denominator.0);
                put(&mut self.mantissa, denominator.1);
                put(&mut self.exponent, denominator.2);
            }
        }

        impl SharesOut for $shares {
            fn push(&mut self, coldkey: u32, share: (u8, Wide, u64), epoch: u64) {
                put(&mut self.epoch, epoch);
                put(&mut self.coldkey, coldkey);
                put(&mut self.kind, share.0);
                put(&mut self.mantissa, share.1);
                put(&mut self.exponent, share.2);
            }

            fn end(&mut self) {
                self.start.end(self.coldkey.len());
            }
        }
    };
}
outs!(NetworkStakesOut, NetworkSharesOut);
outs!(NetworkRootStakesOut, NetworkRootSharesOut);

fn push_pool(
    pools: &mut impl PoolsOut,
    shares: &mut impl SharesOut,
    hotkey: Account,
    pool: &SharePool,
) {
    pools.push(hotkey.0, pool.total, parts_of(pool.denominator), pool.epoch);
    for (coldkey, &share) in &pool.shares {
        let epoch = pool.share_epochs.get(coldkey).copied().unwrap_or_default();
        shares.push(coldkey.0, parts_of(Some(share)), epoch);
    }
    shares.end();
}

fn write_subnet(out: &mut NetworkOut, subnet: &Subnet) {
    let table = &mut out.subnets;
    table.push(subnet);
    let average = |flow: &Flow| {
        let (block, average) = flow.average.unzip();
        (
            or_none(block),
            i128_words(average.unwrap_or_default().to_bits()),
        )
    };
    let (user, protocol) = (average(&subnet.user_flow), average(&subnet.protocol_flow));
    put(&mut table.user_flow_block, user.0);
    put(&mut table.user_flow_average, user.1);
    put(&mut table.protocol_flow_block, protocol.0);
    put(&mut table.protocol_flow_average, protocol.1);
    let fast = subnet.fast_moving_price;
    put(&mut table.has_fast_moving_price, fast.is_some().into());
    let fast = fast.unwrap_or_default();
    put(&mut table.fast_moving_price, u128_words(fast.to_bits()));
    put(&mut table.epoch_consensus, subnet.epoch_consensus as u8);
    write_collateral(out, &subnet.collateral);
    write_relations(out, subnet);
    write_accounts(out, subnet);
    let none = Consensus::default();
    let consensus = subnet.consensus.as_ref();
    write_flags(out, consensus);
    let consensus = consensus.unwrap_or(&none);
    out.subnets.push_hyperparameters(&consensus.hyperparameters);
    write_neurons(out, subnet, consensus);
    write_mechanisms(out, consensus);
}

fn write_flags(out: &mut NetworkOut, consensus: Option<&Consensus>) {
    let has_terms = consensus.is_some_and(|c| !c.terms.emission.is_empty());
    let has_split = consensus.is_some_and(|c| c.split.is_some());
    let mode = consensus.map_or(ConsensusMode::default(), |c| c.liquid_alpha_consensus_mode);
    let table = &mut out.subnets;
    put(&mut table.liquid_alpha_consensus_mode, mode as u8);
    put(&mut table.has_consensus, consensus.is_some().into());
    put(&mut table.has_terms, has_terms.into());
    put(&mut table.has_split, has_split.into());
}

fn write_relations(out: &mut NetworkOut, subnet: &Subnet) {
    for (hotkey, parts) in &subnet.relations.children {
        for (part, child) in parts {
            put(&mut out.children.hotkey, hotkey.0);
            put(&mut out.children.part, *part);
            put(&mut out.children.child, child.0);
        }
    }
    out.children.start.end(out.children.hotkey.len());
    for (hotkey, parts) in &subnet.relations.parents {
        for (part, parent) in parts {
            put(&mut out.parents.hotkey, hotkey.0);
            put(&mut out.parents.part, *part);
            put(&mut out.parents.parent, parent.0);
        }
    }
    out.parents.start.end(out.parents.hotkey.len());
    for pending in &subnet.pending_children {
        put(&mut out.pending_children.hotkey, pending.hotkey.0);
        out.pending_children
            .cooldown_block
            .push(pending.cooldown_block);
        for (part, child) in &pending.children {
            put(&mut out.pending_parts.part, *part);
            put(&mut out.pending_parts.child, child.0);
        }
        out.pending_parts.start.end(out.pending_parts.part.len());
    }
    out.pending_children
        .start
        .end(out.pending_children.hotkey.len());
}

fn write_accounts(out: &mut NetworkOut, subnet: &Subnet) {
    for (coldkey, hotkey) in &subnet.auto_stake {
        put(&mut out.auto_stakes.coldkey, coldkey.0);
        put(&mut out.auto_stakes.hotkey, hotkey.0);
    }
    out.auto_stakes.start.end(out.auto_stakes.coldkey.len());
    for (hotkey, pool) in &subnet.stakes {
        push_pool(&mut out.stakes, &mut out.shares, *hotkey, pool);
    }
    out.stakes.start.end(out.stakes.hotkey.len());
    for (hotkey, rate) in &subnet.root_claimable {
        put(&mut out.root_claimable.hotkey, hotkey.0);
        put(&mut out.root_claimable.rate, i128_words(rate.to_bits()));
    }
    out.root_claimable
        .start
        .end(out.root_claimable.hotkey.len());
    for (hotkey, rao) in &subnet.alpha_dividends {
        put(&mut out.alpha_dividends.hotkey, hotkey.0);
        put(&mut out.alpha_dividends.rao, *rao);
    }
    out.alpha_dividends
        .start
        .end(out.alpha_dividends.hotkey.len());
    for (hotkey, rao) in &subnet.root_dividends {
        put(&mut out.root_dividends.hotkey, hotkey.0);
        put(&mut out.root_dividends.rao, *rao);
    }
    out.root_dividends
        .start
        .end(out.root_dividends.hotkey.len());
    for (hotkey, rao) in &subnet.alpha_last_epoch {
        put(&mut out.alpha_last_epoch.hotkey, hotkey.0);
        put(&mut out.alpha_last_epoch.rao, *rao);
    }
    out.alpha_last_epoch
        .start
        .end(out.alpha_last_epoch.hotkey.len());
}

/// Adds a column of `n` values: what there is of it, and 0 behind.
fn extend<T: Copy + Default>(column: &mut Vec<T>, values: &[T], n: usize) {
    let end = column.len() + n;
    column.extend_from_slice(&values[..values.len().min(n)]);
    column.resize(end, T::default());
}

fn write_neurons(out: &mut NetworkOut, subnet: &Subnet, consensus: &Consensus) {
    let table = &mut out.neurons;
    let n = subnet.neurons.len();
    for neuron in &subnet.neurons {
        put(&mut table.hotkey, neuron.hotkey.0);
        put(&mut table.childkey_take, neuron.childkey_take);
    }
    extend(
        &mut table.block_at_registration,
        &consensus.block_at_registration,
        n,
    );
    extend(&mut table.validator_permit, &consensus.validator_permit, n);
    let terms = &consensus.terms;
    let active: Vec<u8> = terms.active.iter().map(|&active| active.into()).collect();
    extend(&mut table.active, &active, n);
    extend(&mut table.stake_weight, &terms.stake_weight, n);
    extend(&mut table.consensus, &terms.consensus, n);
    extend(&mut table.incentive, &terms.incentive, n);
    extend(&mut table.dividends, &terms.dividends, n);
    extend(&mut table.validator_trust, &terms.validator_trust, n);
    extend(&mut table.server_emission, &terms.server_emission, n);
    extend(&mut table.validator_emission, &terms.validator_emission, n);
    extend(&mut table.emission, &terms.emission, n);
    extend(&mut table.stake, &terms.stake, n);
    table.start.end(table.hotkey.len());
}

fn write_mechanisms(out: &mut NetworkOut, consensus: &Consensus) {
    out.splits.part.extend(consensus.split.iter().flatten());
    out.splits.start.end(out.splits.part.len());
    for mechanism in &consensus.mechanisms {
        out.last_updates.block.extend(&mechanism.last_update);
        out.last_updates.start.end(out.last_updates.block.len());
        out.commits.block.extend(&mechanism.commit_blocks);
        out.commits.start.end(out.commits.block.len());
        out.incentives.incentive.extend(&mechanism.incentive);
        out.incentives.start.end(out.incentives.incentive.len());
        let stored = &mut out.stored_consensus;
        stored.consensus.extend(&mechanism.consensus_by_mechanism);
        stored.start.end(stored.consensus.len());
        let StoredRows { start, uid, value } = &mechanism.weights;
        let weights = &mut out.weights;
        push_rows(&mut weights.start, start, weights.uid.len());
        weights.uid.extend(uid);
        weights.value.extend(value);
        out.weight_rows.start.end(out.weights.start.parents());
        let StoredRows { start, uid, value } = &mechanism.bonds;
        let bonds = &mut out.bonds;
        push_rows(&mut bonds.start, start, bonds.uid.len());
        bonds.uid.extend(uid);
        bonds.value.extend(value);
        out.bond_rows.start.end(out.bonds.start.parents());
    }
    out.mechanisms.start.end(out.last_updates.start.parents());
}

/// Adds the ends of rows, of which `first` entries come before.
fn push_rows(starts: &mut super::columns::Starts, start: &[u32], first: usize) {
    for &end in start.iter().skip(1) {
        starts.end(first + end as usize);
    }
}
