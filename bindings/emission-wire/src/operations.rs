//! What happens to the network before a block's step, and epochs that come from elsewhere.

use crate::error::Fault;
use crate::read::Field;
use crate::write::text;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use yuma_emission::{
    Account, EpochContext, EpochSource, HotkeyEmission, InputError, MAX_PRICE_LIMIT,
    MIN_PRICE_LIMIT, Network, Side, StakeCount, Subnet, Swap, SwapError, YumaEpochs,
};

pub fn side(field: Field<'_>) -> Result<Side, Fault> {
    match field.text()? {
        "buy" => Ok(Side::BuyAlpha),
        "sell" => Ok(Side::SellAlpha),
        _ => Err(field.fault("buy or sell")),
    }
}

/// A price limit; where none is given the one that swaps without a limit have.
pub fn limit(field: Field<'_>, side: Side) -> Result<u64, Fault> {
    let usual = match side {
        Side::BuyAlpha => MAX_PRICE_LIMIT,
        Side::SellAlpha => MIN_PRICE_LIMIT,
    };
    Ok(field.maybe(Field::int)?.unwrap_or(usual))
}

pub fn swap_json(swap: Result<Swap, SwapError>) -> Value {
    match swap {
        Ok(swap) => json!({
            "paid_in": text(swap.paid_in),
            "paid_out": text(swap.paid_out),
            "fee": text(swap.fee),
        }),
        Err(refusal) => json!({ "refused": refusal.to_string() }),
    }
}

/// Applies an operation; a swap's result, and null of the others.
pub fn apply(
    network: &mut Network,
    stake_count: StakeCount,
    operation: Field<'_>,
) -> Result<Value, Fault> {
    let netuid = operation.get("netuid").int()?;
    let subnet = network.subnet_mut(netuid)?;
    let kind = operation.get("kind");
    match kind.text()? {
        "emission_enabled" => subnet.emission_enabled = operation.get("enabled").flag()?,
        "pending_epoch_at" => subnet.schedule.pending_epoch_at = operation.get("block").int()?,
        "buy" | "sell" => {
            let side = side(kind)?;
            let swap = network.swap(
                netuid,
                side,
                operation.get("amount").int()?,
                limit(operation.get("limit"), side)?,
                operation.get("drop_fees").flag()?,
                stake_count,
            )?;
            return Ok(swap_json(swap));
        }
        _ => return Err(kind.fault("buy, sell, emission_enabled or pending_epoch_at")),
    }
    Ok(Value::Null)
}

/// What an epoch gave each hotkey, in ascending order, those listed twice with their sum.
pub fn emission(field: Field<'_>) -> Result<Vec<HotkeyEmission>, Fault> {
    let mut sums: BTreeMap<Account, (u64, u64)> = BTreeMap::new();
    for row in field.list()? {
        let sum = sums.entry(row.at(0).account()?).or_default();
        sum.0 = sum.0.saturating_add(row.at(1).int()?);
        sum.1 = sum.1.saturating_add(row.at(2).int()?);
    }
    let emission = |(hotkey, (server, validator))| HotkeyEmission {
        hotkey,
        server,
        validator,
    };
    Ok(sums.into_iter().map(emission).collect())
}

/// A block's epochs: those given, and of other subnets Yuma's.
pub struct Epochs {
    given: BTreeMap<u16, Vec<HotkeyEmission>>,
    yuma: YumaEpochs,
}

impl Epochs {
    pub fn new(yuma: YumaEpochs, given: Field<'_>) -> Result<Self, Fault> {
        let mut epochs = BTreeMap::new();
        if !given.is_null() {
            for epoch in given.list()? {
                let netuid = epoch.get("netuid");
                let emission = emission(epoch.get("emission"))?;
                if epochs.insert(netuid.int()?, emission).is_some() {
                    return Err(netuid.fault("each subnet once"));
                }
            }
        }
        Ok(Self {
            given: epochs,
            yuma,
        })
    }

    /// Whether all that were given have run.
    pub fn finish(self) -> Result<(), Fault> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(&netuid) => Err(Fault::new(
                "epochs",
                "expected epochs that run in this block, found one that does not",
            )
            .of_subnet(Some(netuid))),
        }
    }
}

impl EpochSource for Epochs {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        match self.given.remove(&subnet.netuid) {
            Some(emission) => Ok(emission),
            // The chain's epoch of no neurons gives nobody anything.
            None if subnet.neurons.is_empty() => Ok(Vec::new()),
            None => self.yuma.run(context, subnet),
        }
    }
}
