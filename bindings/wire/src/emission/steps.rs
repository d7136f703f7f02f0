//! What happens to a network before a block's step, and epochs that come from elsewhere.

use super::columns::{of_row, some};
use super::fields::StepIn;
use yuma_emission::{
    Account, EpochContext, EpochSource, HotkeyEmission, InputError, MAX_PRICE_LIMIT,
    MIN_PRICE_LIMIT, Network, Side, StakeCount, Subnet, Swap, SwapError, YumaEpochs, ascending,
};

/// An epoch's emission by hotkey, ascending.
type Emission = Vec<HotkeyEmission>;

/// What blocks of a run have beside, in the order of the blocks.
#[derive(Debug, Default)]
pub struct Steps {
    operations: Vec<(u32, Operation)>,
    epochs: Vec<(u32, GivenEpoch)>,
}

/// A subnet's epoch that comes from elsewhere.
#[derive(Clone, Debug)]
pub struct GivenEpoch {
    netuid: u16,
    earned: Emission,
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
        in_run("operations.block", input.operations.block, blocks)?;
        in_run("epochs.block", input.epochs.block, blocks)?;
        let mut steps = Self::default();
        for row in 0..input.operations.rows {
            let operation = operation(input, row).map_err(|error| of_row(error, row))?;
            steps
                .operations
                .push((input.operations.block[row], operation));
        }
        for row in 0..input.epochs.rows {
            let (block, netuid) = (input.epochs.block[row], input.epochs.netuid[row]);
            let mut before = steps
                .epochs
                .iter()
                .rev()
                .take_while(|epoch| epoch.0 == block);
            if before.any(|(_, epoch)| epoch.netuid == netuid) {
                let error = InputError::new("epochs.netuid", "expected each subnet once a block");
                return Err(of_row(error.of_subnet(netuid), row));
            }
            let earned = earned(input, row);
            steps.epochs.push((block, GivenEpoch { netuid, earned }));
        }
        Ok(steps)
    }

    /// Checks that the network has every subnet that something happens to, before anything does.
    ///
    /// # Errors
    /// It has not.
    pub fn check(&self, network: &Network) -> Result<(), InputError> {
        let operations = self
            .operations
            .iter()
            .map(|(_, operation)| operation.netuid);
        let epochs = self.epochs.iter().map(|(_, epoch)| epoch.netuid);
        let mut netuids = operations.chain(epochs);
        netuids.try_for_each(|netuid| network.subnet(netuid).map(drop))
    }

    /// Applies what happens before a block, and gives the swaps among it by their place.
    ///
    /// # Errors
    /// The network lacks a subnet.
    pub fn apply(
        &self,
        network: &mut Network,
        count: StakeCount,
        block: u32,
    ) -> Result<Vec<SwapMade>, InputError> {
        let mut swaps = Vec::new();
        let operations = self.operations.iter().filter(|(of, _)| *of == block);
        for (at, (_, operation)) in (0..).zip(operations) {
            if let Some(swap) = operation.apply(network, count)? {
                swaps.push((at, swap));
            }
        }
        Ok(swaps)
    }

    /// Epochs that come from elsewhere in a block.
    pub fn epochs(&self, block: u32) -> Vec<GivenEpoch> {
        let epochs = self.epochs.iter().filter(|(of, _)| *of == block);
        epochs.map(|(_, epoch)| epoch.clone()).collect()
    }
}

/// A swap, by the place of its operation.
pub type SwapMade = (u32, Result<Swap, SwapError>);

/// Checks that rows ascend by block, and that none is behind the run.
fn in_run(field: &'static str, column: &[u32], blocks: u32) -> Result<(), InputError> {
    let beyond = column.iter().position(|&block| block >= blocks);
    let unordered = column.windows(2).position(|pair| pair[0] > pair[1]);
    let (row, expected) = match (beyond, unordered) {
        (Some(row), _) => (row, format!("expected one of the run's {blocks} blocks")),
        (_, Some(row)) => (row + 1, "expected blocks that ascend".into()),
        _ => return Ok(()),
    };
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
fn earned(input: &StepIn<'_>, row: usize) -> Emission {
    let table = &input.earned;
    let rows = table.of(row).collect::<Vec<_>>();
    let order = ascending(rows.iter().map(|&at| table.hotkey[at]));
    let mut earned: Emission = order
        .into_iter()
        .map(|(hotkey, place)| HotkeyEmission {
            hotkey: Account(hotkey),
            server: table.server[rows[place]],
            validator: table.validator[rows[place]],
        })
        .collect();
    earned.dedup_by(|next, sum| {
        let same = next.hotkey == sum.hotkey;
        if same {
            sum.server = sum.server.saturating_add(next.server);
            sum.validator = sum.validator.saturating_add(next.validator);
        }
        same
    });
    earned
}

impl Operation {
    /// Applies it, and gives what came of a swap.
    fn apply(
        &self,
        network: &mut Network,
        count: StakeCount,
    ) -> Result<Option<Result<Swap, SwapError>>, InputError> {
        let netuid = self.netuid;
        match self.kind {
            Kind::Swap {
                side,
                amount,
                limit,
                drop_fees,
            } => network
                .swap(netuid, side, amount, limit, drop_fees, count)
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
    /// Given, and not run yet.
    pub given: Vec<GivenEpoch>,
    /// Of the other subnets.
    pub yuma: Result<YumaEpochs, InputError>,
}

impl Epochs {
    /// Checks that all that were given have run.
    ///
    /// # Errors
    /// One has not.
    pub fn finish(self) -> Result<(), InputError> {
        match self.given.first() {
            None => Ok(()),
            Some(&GivenEpoch { netuid, .. }) => Err(InputError::new(
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
        let given = self
            .given
            .iter()
            .position(|epoch| epoch.netuid == subnet.netuid);
        match given {
            Some(at) => Ok(self.given.swap_remove(at).earned),
            // The chain's epoch of no neurons gives nobody anything.
            None if subnet.neurons.is_empty() => Ok(Vec::new()),
            None => self.yuma.clone()?.run(context, subnet),
        }
    }
}
