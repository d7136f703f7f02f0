//! What happens to a network before a block's step, and epochs that come from elsewhere.

use super::columns::{of_row, some};
use super::fields::StepIn;
use std::collections::BTreeMap;
use yuma_emission::{
    Account, EpochContext, EpochSource, HotkeyEmission, InputError, MAX_PRICE_LIMIT,
    MIN_PRICE_LIMIT, Network, Side, Subnet, Swap, SwapError, YumaEpochs,
};

/// An epoch's emission by hotkey, ascending.
type Emission = Vec<HotkeyEmission>;

/// What blocks of a run have beside, by the block's index.
#[derive(Debug, Default)]
pub struct Steps {
    operations: BTreeMap<u32, Vec<Operation>>,
    epochs: BTreeMap<u32, BTreeMap<u16, Emission>>,
}

/// What happens to a subnet before a block.
#[derive(Clone, Copy, Debug)]
struct Operation {
    netuid: u16,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Swap {
        side: Side,
        amount: u64,
        limit: u64,
        drop_fees: bool,
    },
    EmissionEnabled(bool),
    PendingEpochAt(u64),
}

/// Which way a swap goes: 0 for a purchase of alpha, 1 for a sale.
pub fn side(kind: u8, field: &'static str) -> Result<Side, InputError> {
    match kind {
        0 => Ok(Side::BuyAlpha),
        1 => Ok(Side::SellAlpha),
        _ => Err(InputError::new(
            field,
            format!("expected 0 for buy or 1 for sell, found {kind}"),
        )),
    }
}

/// A price limit; where none is given the one that swaps without a limit have.
pub fn limit(limit: Option<u64>, side: Side) -> u64 {
    limit.unwrap_or(match side {
        Side::BuyAlpha => MAX_PRICE_LIMIT,
        Side::SellAlpha => MIN_PRICE_LIMIT,
    })
}

impl Steps {
    /// Reads what the first `blocks` blocks of a run have beside.
    ///
    /// # Errors
    /// Columns that are none, an operation that is none, an epoch given twice, and what is of a later block.
    pub fn read(input: &StepIn<'_>, blocks: u32) -> Result<Self, InputError> {
        let mut steps = Self::default();
        for row in 0..input.operations.rows {
            let block = in_run("operations.block", input.operations.block[row], blocks, row)?;
            let operation = operation(input, row).map_err(|error| of_row(error, row))?;
            steps.operations.entry(block).or_default().push(operation);
        }
        for row in 0..input.epochs.rows {
            let block = in_run("epochs.block", input.epochs.block[row], blocks, row)?;
            let netuid = input.epochs.netuid[row];
            let epochs = steps.epochs.entry(block).or_default();
            if epochs.insert(netuid, emission(input, row)).is_some() {
                let error = InputError::new("epochs.netuid", "expected each subnet once a block");
                return Err(of_row(error.of_subnet(netuid), row));
            }
        }
        Ok(steps)
    }

    /// Checks that the network has every subnet that something happens to, before anything does.
    ///
    /// # Errors
    /// It has not.
    pub fn check(&self, network: &Network) -> Result<(), InputError> {
        let mut operations = self.operations.values().flatten();
        operations.try_for_each(|operation| network.subnet(operation.netuid).map(drop))?;
        let mut netuids = self.epochs.values().flat_map(BTreeMap::keys);
        netuids.try_for_each(|&netuid| network.subnet(netuid).map(drop))
    }

    /// Applies what happens before a block, and gives the swaps among it by their place.
    ///
    /// # Errors
    /// The network lacks a subnet.
    pub fn apply(&self, network: &mut Network, block: u32) -> Result<Vec<SwapMade>, InputError> {
        let mut swaps = Vec::new();
        for (at, operation) in (0..).zip(self.operations.get(&block).into_iter().flatten()) {
            if let Some(swap) = operation.apply(network)? {
                swaps.push((at, swap));
            }
        }
        Ok(swaps)
    }

    /// Epochs that come from elsewhere in a block.
    pub fn epochs(&mut self, block: u32) -> BTreeMap<u16, Emission> {
        self.epochs.remove(&block).unwrap_or_default()
    }
}

/// A swap, by the place of its operation.
pub type SwapMade = (u32, Result<Swap, SwapError>);

fn in_run(field: &'static str, block: u32, blocks: u32, row: usize) -> Result<u32, InputError> {
    if block < blocks {
        return Ok(block);
    }
    let expected = format!("expected one of the run's {blocks} blocks, found block {block}");
    Err(of_row(InputError::new(field, expected), row))
}

fn operation(input: &StepIn<'_>, row: usize) -> Result<Operation, InputError> {
    let table = &input.operations;
    let amount = table.amount[row];
    let kind = match table.kind[row] {
        kind @ 0..=1 => {
            let side = side(kind, "operations.kind")?;
            Kind::Swap {
                side,
                amount,
                limit: limit(some(table.limit[row]), side),
                drop_fees: table.drop_fees[row] != 0,
            }
        }
        2 => Kind::EmissionEnabled(amount != 0),
        3 => Kind::PendingEpochAt(amount),
        kind => {
            let expected = format!("expected an operation from 0 to 3, found {kind}");
            return Err(InputError::new("operations.kind", expected));
        }
    };
    Ok(Operation {
        netuid: table.netuid[row],
        kind,
    })
}

/// What an epoch gave each hotkey, those listed twice with their sum.
fn emission(input: &StepIn<'_>, row: usize) -> Emission {
    let table = &input.earned;
    let mut sums: BTreeMap<Account, (u64, u64)> = BTreeMap::new();
    for at in table.of(row) {
        let sum = sums.entry(Account(table.hotkey[at])).or_default();
        sum.0 = sum.0.saturating_add(table.server[at]);
        sum.1 = sum.1.saturating_add(table.validator[at]);
    }
    let emission = |(hotkey, (server, validator))| HotkeyEmission {
        hotkey,
        server,
        validator,
    };
    sums.into_iter().map(emission).collect()
}

impl Operation {
    /// Applies it, and gives what came of a swap.
    fn apply(&self, network: &mut Network) -> Result<Option<Result<Swap, SwapError>>, InputError> {
        let netuid = self.netuid;
        match self.kind {
            Kind::Swap {
                side,
                amount,
                limit,
                drop_fees,
            } => network
                .swap(netuid, side, amount, limit, drop_fees)
                .map(Some),
            Kind::EmissionEnabled(enabled) => {
                network.subnet_mut(netuid)?.emission_enabled = enabled;
                Ok(None)
            }
            Kind::PendingEpochAt(block) => {
                network.subnet_mut(netuid)?.schedule.pending_epoch_at = block;
                Ok(None)
            }
        }
    }
}

/// A block's epochs: those given, and of other subnets Yuma's.
pub struct Epochs {
    /// Given, by netuid.
    pub given: BTreeMap<u16, Emission>,
    /// Of the other subnets.
    pub yuma: YumaEpochs,
}

impl Epochs {
    /// Checks that all that were given have run.
    ///
    /// # Errors
    /// One has not.
    pub fn finish(self) -> Result<(), InputError> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(&netuid) => Err(InputError::new(
                "epochs",
                "expected epochs that run in their block, found one that does not",
            )
            .of_subnet(netuid)),
        }
    }
}

impl EpochSource for Epochs {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Emission, InputError> {
        match self.given.remove(&subnet.netuid) {
            Some(emission) => Ok(emission),
            // The chain's epoch of no neurons gives nobody anything.
            None if subnet.neurons.is_empty() => Ok(Vec::new()),
            None => self.yuma.run(context, subnet),
        }
    }
}
