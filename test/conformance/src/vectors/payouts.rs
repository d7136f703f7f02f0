use super::state::{self, rows};
use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use crate::write::{maybe, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, HotkeyEmission, PayoutRules, Pending, Rates, Root, RootDividends, SharePool, Subnet,
    claiming_indices, distribute, proportion_u64, root_dividends,
};
use yuma_epoch::{MechanismOutput, RawTerms, StoredRows, Terms, combine, split_emission};

pub fn mechanism_split(input: Field<'_>) -> Answer {
    let emission = input.get("emission").int()?;
    let count: u8 = input.get("mechanism_count").int()?;
    let split: Option<Vec<u16>> = input
        .get("MechanismEmissionSplit")
        .maybe(|split| split.each(Field::int))?;
    let shares = split_emission(emission, split.as_deref(), count.into());
    let (hotkeys, outputs) = outputs(input, &shares)?;
    let (aggregated, paid) = combined(&hotkeys, &combine(&outputs, emission));
    Ok(json!({
        "split": texts(&shares),
        "aggregated": aggregated,
        "hotkey_emission": paid,
    }))
}

/// The hotkeys, which all mechanisms have in one order, and each mechanism's output with its share of the emission.
pub fn outputs<'a>(
    input: Field<'a>,
    shares: &[u64],
) -> Result<(Vec<&'a Value>, Vec<MechanismOutput>), Fault> {
    let mechanisms: Vec<Field<'_>> = input.get("mechanism_terms").list()?.collect();
    let Some(&first) = mechanisms.first() else {
        return Err(input.get("mechanism_terms").fault("at least one mechanism"));
    };
    let hotkeys: Vec<&Value> = first.each(|row| Ok(row.get("hotkey").json()))?;
    let mut outputs = Vec::new();
    for (&mechanism, &share) in mechanisms.iter().zip(shares) {
        let terms = terms(mechanism)?;
        if terms.emission.len() != hotkeys.len() {
            return Err(mechanism.fault(format!("{} rows", hotkeys.len())));
        }
        outputs.push(MechanismOutput {
            share,
            terms,
            raw: RawTerms::default(),
            bonds: StoredRows {
                start: vec![0],
                uid: Vec::new(),
                value: Vec::new(),
            },
            trace: None,
        });
    }
    if outputs.is_empty() {
        return Err(input.get("mechanism_count").fault("at least 1"));
    }
    Ok((hotkeys, outputs))
}

/// The terms stored for the subnet, and what each hotkey is paid.
pub fn combined(hotkeys: &[&Value], all: &Terms) -> (Vec<Value>, Vec<Value>) {
    let row = |(uid, &hotkey): (usize, &&Value)| {
        json!({
            "hotkey": hotkey,
            "active": all.active[uid],
            "permit": all.validator_permit[uid],
            "consensus": all.consensus[uid],
            "dividend": all.dividends[uid],
            "incentive": all.incentive[uid],
            "stake_weight": all.stake_weight[uid],
            "validator_trust": all.validator_trust[uid],
            "emission": text(all.emission[uid]),
            "server_emission": text(all.server_emission[uid]),
            "validator_emission": text(all.validator_emission[uid]),
            "stake": text(all.stake[uid]),
        })
    };
    let paid = |(uid, &hotkey): (usize, &&Value)| {
        let server = text(all.server_emission[uid]);
        json!([hotkey, server, text(all.validator_emission[uid])])
    };
    let rows = hotkeys.iter().enumerate().map(row).collect();
    (rows, hotkeys.iter().enumerate().map(paid).collect())
}

fn terms(rows: Field<'_>) -> Result<Terms, Fault> {
    let small = |name| rows.each(move |row| row.get(name).int());
    let rao = |name| rows.each(move |row| row.get(name).int());
    let flags = |name| rows.each(move |row| row.get(name).flag());
    Ok(Terms {
        stake_weight: small("stake_weight")?,
        consensus: small("consensus")?,
        incentive: small("incentive")?,
        dividends: small("dividend")?,
        validator_trust: small("validator_trust")?,
        active: flags("active")?,
        validator_permit: flags("permit")?,
        server_emission: rao("server_emission")?,
        validator_emission: rao("validator_emission")?,
        emission: rao("emission")?,
        stake: rao("stake")?,
    })
}

pub fn root_claimable(input: Field<'_>) -> Answer {
    let before = input.get("claimable_before").maybe(Field::i96f32)?;
    let amount: u64 = input.get("amount").int()?;
    let mut owner_stake = SharePool::default();
    let after = match root_dividends(amount, input.get("root_stake").int()?) {
        RootDividends::Claimable(rate) => Some(before.unwrap_or_default().saturating_add(rate)),
        RootDividends::ToOwner | RootDividends::ToBasket => {
            owner_stake.increase_one(Account(1), amount);
            before
        }
    };
    let indices = claiming_indices(
        &block_hash(input.get("block_hash"))?,
        input.get("k").int()?,
        input.get("n").int()?,
    );
    Ok(json!({
        "claimable_after": maybe(after, |rate| text(rate.to_bits())),
        "staked_to_owner": text(owner_stake.total),
        "indices": texts(indices),
    }))
}

fn block_hash(field: Field<'_>) -> Result<[u8; 32], Fault> {
    let digits = field.text()?.as_bytes();
    let mut hash = [0; 32];
    if digits.len() != 64 {
        return Err(field.fault("64 hexadecimal digits"));
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        let (Some(high), Some(low)) = (digit(0), digit(1)) else {
            return Err(field.fault("64 hexadecimal digits"));
        };
        *byte = (high * 16 + low) as u8;
    }
    Ok(hash)
}

pub fn distribute_emission(input: Field<'_>) -> Answer {
    let network = input.get("state").object()?;
    let globals = network.get("globals");
    let netuid: u16 = input.get("netuid").int()?;
    let mut stakes = state::read_stakes(network.get("stakes"))?;
    let mut keys = state::read_keys(globals, network.get("stakes"))?;
    let mut subnet = Subnet {
        netuid,
        alpha_out: network.get("SubnetAlphaOut").int()?,
        stakes: stakes.remove(&netuid).unwrap_or_default(),
        ..Subnet::default()
    };
    state::read_distribution(&mut subnet, network.get("subnet"), globals)?;
    let mut root = Root {
        stakes: stakes.remove(&0).unwrap_or_default(),
        ..Root::default()
    };
    let pending = Pending {
        server: input.get("pending_server").int()?,
        validator: input.get("pending_validator").int()?,
        root: input.get("pending_root").int()?,
        owner: input.get("owner_cut").int()?,
    };
    let count: u8 = network.get("MechanismCountCurrent").int()?;
    let shares = split_emission(pending.for_epoch(), None, count.into());
    let emission = recorded_emission(input.get("epoch_outputs"), &shares)?;
    let rules = PayoutRules::TO_CLAIMS;
    let rates = Rates {
        dividends: rules.dividends,
        tao_weight: proportion_u64(network.get("TaoWeight").int()?),
        childkey_burn: proportion_u64(network.get("CKBurn").int()?),
        payout: rules.pays,
        shares: rules.shares,
    };
    distribute(
        &mut subnet,
        &mut root,
        &mut keys,
        &rates,
        &pending,
        &emission,
    );
    let claimable = subnet
        .root_claimable
        .iter()
        .map(|(hotkey, rate)| json!([text(hotkey.0), netuid, text(rate.to_bits())]));
    let staking = keys
        .staking_hotkeys
        .iter()
        .map(|(coldkey, hotkeys)| json!([text(coldkey.0), texts(hotkeys.iter().map(|h| h.0))]));
    Ok(json!({
        "MinerBurned": text(subnet.miner_burned.to_bits()),
        "SubnetAlphaOut": text(subnet.alpha_out),
        "AlphaDividendsPerSubnet": rows(&subnet.alpha_dividends),
        "RootAlphaDividendsPerSubnet": rows(&subnet.root_dividends),
        "TotalHotkeyAlphaLastEpoch": rows(&subnet.alpha_last_epoch),
        "RootClaimable": claimable.collect::<Vec<_>>(),
        "StakingHotkeys": staking.collect::<Vec<_>>(),
        "stakes": state::stakes_text(&root, std::slice::from_ref(&subnet)),
    }))
}

/// The sum of what recorded epochs of these shares gave each hotkey, in ascending order.
pub fn recorded_emission(epochs: Field<'_>, shares: &[u64]) -> Result<Vec<HotkeyEmission>, Fault> {
    let mut emission: BTreeMap<Account, (u64, u64)> = BTreeMap::new();
    let epochs: Vec<Field<'_>> = epochs.list()?.collect();
    for (index, epoch) in epochs.iter().enumerate() {
        let share = epoch.get("emission");
        if Some(&share.int()?) != shares.get(index) {
            return Err(share.fault("the mechanism's share of what is handed out"));
        }
        for row in epoch.get("out").list()? {
            let sum = emission.entry(row.at(0).account()?).or_default();
            sum.0 = sum.0.saturating_add(row.at(1).int()?);
            sum.1 = sum.1.saturating_add(row.at(2).int()?);
        }
    }
    let emission = emission.into_iter();
    Ok(emission
        .map(|(hotkey, (server, validator))| HotkeyEmission {
            hotkey,
            server,
            validator,
        })
        .collect())
}
