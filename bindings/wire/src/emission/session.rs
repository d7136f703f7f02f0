//! A network that stays resident, and what is asked of it.

use super::answer::EmissionAnswer;
use super::columns::{Slots, some};
use super::fields::{NetworkIn, ReportOut, StepIn};
use super::functions::weights_words;
use super::steps::{Epochs, Steps};
use super::{coinbase, state};
use crate::Column;
#[cfg(feature = "reference")]
use crate::memory::ensure_reference;
use crate::memory::{bytes_of, ensure_growth};
use std::rc::Rc;
use yuma_emission::{
    Compute, EpochContext, EpochSource, InputError, Network, Pending, Rates, Rules, StakeCount,
    StakeWeights, Subnet, YumaEpochs, mintable, proportion_u64,
};
#[cfg(feature = "reference")]
use yuma_epoch::check_input;
use yuma_epoch::{subnet_epoch, subnet_epoch_stepwise};

/// Blocks that one call runs at most.
const MAX_BLOCKS: u32 = 100_000;
/// Subnets' blocks that one call reports at most: the answer is held whole.
const MAX_REPORTED: usize = 1 << 19;

/// A network between two blocks, and what the last one did.
pub struct Session {
    network: Network,
    rules: Rules,
    /// Whether the plain, slow implementation computes epochs.
    plain: bool,
    report: Option<Rc<ReportOut>>,
    /// The block that the network stopped within, where one failed.
    stopped: Option<u64>,
    /// Bytes of the columns that it was opened from.
    bytes: usize,
}

impl Session {
    /// A network of its columns; the first slots are the spec version, and 1 where the plain implementation is to
    /// compute epochs.
    ///
    /// # Errors
    /// A version that is not known, and state that no chain could hold.
    pub fn open(slots: &[u64], columns: &[Column<'_>]) -> Result<Self, InputError> {
        let mut slots = Slots::new(slots);
        let spec_version = slots.narrow("spec_version");
        let plain = slots.flag("plain");
        slots.so_far()?;
        let rules = Rules::for_spec(spec_version)?;
        let network = state::read(&NetworkIn::read(slots.rest(), columns)?)?;
        Ok(Self {
            network,
            rules,
            plain,
            report: None,
            stopped: None,
            bytes: bytes_of(columns),
        })
    }

    /// Bytes of the columns that it was opened from.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The state, as columns.
    pub fn columns(&self) -> Result<EmissionAnswer, InputError> {
        self.check()?;
        Ok(state::columns(&self.network))
    }

    /// What the last block did.
    pub fn report(&self) -> Result<EmissionAnswer, InputError> {
        match &self.report {
            Some(report) => Ok(EmissionAnswer::Report(Rc::clone(report))),
            None => Err(InputError::new(
                "report",
                "expected a network of which a block has run",
            )),
        }
    }

    fn check(&self) -> Result<(), InputError> {
        match self.stopped {
            None => Ok(()),
            Some(block) => Err(InputError::new(
                "network",
                format!(
                    "expected a network between two blocks, found one that failed within block {block}"
                ),
            )),
        }
    }

    /// What purchases between blocks add to all stake; of a version whose block is not known, as before there were others.
    fn stake_count(&self) -> StakeCount {
        self.rules
            .block
            .map_or(StakeCount::Requested, |rules| rules.stake_count)
    }

    /// The epochs of subnets of which none is given; that the version's are not known matters only there.
    fn epochs(&self) -> Result<Result<YumaEpochs, InputError>, InputError> {
        let compute = if self.plain { plain()? } else { ENGINE };
        Ok(YumaEpochs::computed_by(compute, self.rules.spec_version))
    }

    /// Runs blocks; slots are how many, and whether all are to be reported. Of a run that fails the network stays
    /// where it failed.
    ///
    /// # Errors
    /// A version of which not all of a block is known, too many blocks, steps that are none, and epochs that lack
    /// what they read.
    pub fn run(
        &mut self,
        slots: &[u64],
        columns: &[Column<'_>],
    ) -> Result<EmissionAnswer, InputError> {
        self.check()?;
        let mut slots = Slots::new(slots);
        let blocks: u32 = slots.narrow("blocks");
        let all = slots.flag("reports");
        slots.end()?;
        self.rules.whole_block()?;
        let yuma = self.epochs()?;
        self.check_size(blocks, all)?;
        let steps = Steps::read(&StepIn::read(columns)?, blocks)?;
        steps.check(&self.network)?;
        let mut reports = ReportOut::default();
        for block in 0..blocks {
            self.run_block(
                block,
                &steps,
                &yuma,
                all || block + 1 == blocks,
                &mut reports,
            )?;
            if all {
                drop(ensure_growth(&reports));
            }
        }
        if !all {
            if blocks > 0 {
                self.report = Some(Rc::new(reports));
            }
            return Ok(EmissionAnswer::done());
        }
        Ok(reports.into())
    }

    fn check_size(&self, blocks: u32, all: bool) -> Result<(), InputError> {
        if blocks > MAX_BLOCKS {
            let expected =
                format!("expected at most {MAX_BLOCKS} blocks in one call, found {blocks}");
            return Err(InputError::new("blocks", expected));
        }
        let reported = (blocks as usize).saturating_mul(self.network.subnets().len());
        if all && reported > MAX_REPORTED {
            let expected = format!(
                "expected at most {MAX_REPORTED} blocks times subnets where all are reported, found {reported}"
            );
            return Err(InputError::new("blocks", expected));
        }
        Ok(())
    }

    fn run_block(
        &mut self,
        block: u32,
        steps: &Steps,
        yuma: &Result<YumaEpochs, InputError>,
        reported: bool,
        reports: &mut ReportOut,
    ) -> Result<(), InputError> {
        let count = self.stake_count();
        let swaps = steps.apply(&mut self.network, count, block)?;
        let mut epochs = Epochs {
            given: steps.epochs(block),
            yuma: yuma.clone(),
        };
        let report = self.network.run_block(&self.rules, &mut epochs);
        let report = report.inspect_err(|_| self.stopped = Some(self.network.globals.block))?;
        if reported {
            reports.push_block(&report, &self.network, &swaps);
        }
        epochs.finish()
    }

    /// Applies operations, all of block 0, between two blocks; gives the swaps among them.
    ///
    /// # Errors
    /// Operations that are none.
    pub fn apply(&mut self, columns: &[Column<'_>]) -> Result<EmissionAnswer, InputError> {
        self.check()?;
        let steps = Steps::read(&StepIn::read(columns)?, 1)?;
        steps.check(&self.network)?;
        let mut report = ReportOut::default();
        let count = self.stake_count();
        report.push_swaps(&steps.apply(&mut self.network, count, 0)?);
        Ok(report.into())
    }

    /// What is each subnet's due of the next block, of which the network stays before; the slot is what it mints, the
    /// greatest value for what the network's issuance says.
    ///
    /// # Errors
    /// A slot that is none.
    pub fn shares(&self, slots: &[u64]) -> Result<EmissionAnswer, InputError> {
        self.check()?;
        let mut slots = Slots::new(slots);
        let minted = some(slots.narrow("minted"));
        slots.end()?;
        let globals = &self.network.globals;
        let minted =
            minted.unwrap_or_else(|| mintable(globals.total_issuance, globals.balances_issuance));
        let block = globals.block.saturating_add(1);
        let mut network = self.network.without_participants();
        let report = yuma_emission::BlockReport {
            block,
            minted,
            subnets: network.share(&self.rules, block, minted),
            ..Default::default()
        };
        let mut out = ReportOut::default();
        out.push_shares(&report, &network);
        Ok(out.into())
    }

    /// Hands out what is pending for one subnet's epoch in the next block. Slots are the netuid, whether pending
    /// amounts are given and these, and the epoch's block, the greatest value for the next one; columns the epoch where
    /// it comes from elsewhere.
    ///
    /// # Errors
    /// A version of which the distribution is not known, an unknown subnet, and an epoch that lacks what it reads.
    pub fn distribute(
        &mut self,
        slots: &[u64],
        columns: &[Column<'_>],
    ) -> Result<EmissionAnswer, InputError> {
        self.check()?;
        let mut slots = Slots::new(slots);
        let netuid: u16 = slots.narrow("netuid");
        let given = slots.flag("pending");
        let pending = Pending {
            server: slots.narrow("pending.server"),
            validator: slots.narrow("pending.validator"),
            root: slots.narrow("pending.root"),
            owner: slots.narrow("pending.owner"),
        };
        let block = some(slots.narrow("block"));
        slots.end()?;
        let rules = self.rules.payout_steps()?;
        let steps = Steps::read(&StepIn::read(columns)?, 1)?;
        steps.check(&self.network)?;
        let mut epochs = Epochs {
            given: steps.epochs(0),
            yuma: self.epochs()?,
        };
        let (globals, root, keys, subnet) = self.network.subnet_parts(netuid)?;
        let rates = Rates {
            dividends: rules.dividends,
            tao_weight: proportion_u64(globals.tao_weight),
            childkey_burn: proportion_u64(globals.childkey_burn),
            payout: rules.pays,
            shares: rules.shares,
        };
        let pending = if given { pending } else { subnet.pending };
        let context = EpochContext {
            block: block.unwrap_or(globals.block.saturating_add(1)),
            emission: pending.for_epoch(),
            root,
            tao_weight: rates.tao_weight,
            stake_threshold: globals.stake_threshold,
            pending,
            suspended: &keys.suspended,
        };
        let at = context.block;
        let emission = epochs.run(&context, subnet)?;
        epochs.finish()?;
        if !given {
            subnet.pending = Pending::default();
        }
        let before = subnet.stakes.clone();
        let payout = yuma_emission::distribute(subnet, root, keys, &rates, &pending, &emission);
        let mut out = ReportOut::default();
        out.push_payout(&payout);
        out.push_earned(&emission);
        out.push_gains(&yuma_emission::gains(rules.shares, &before, &subnet.stakes));
        out.end_payout();
        out.push_only_payouts(at, globals);
        Ok(out.into())
    }

    /// The own part of the next block, of which the network stays before.
    ///
    /// # Errors
    /// A version of which that is not known.
    pub fn coinbase(&self) -> Result<EmissionAnswer, InputError> {
        self.check()?;
        Ok(coinbase::columns(&self.network.coinbase(&self.rules)?).into())
    }

    /// The stake that the neurons of a subnet weigh with; the slot is its netuid.
    ///
    /// # Errors
    /// An unknown subnet.
    pub fn stake_weights(&self, slots: &[u64]) -> Result<EmissionAnswer, InputError> {
        self.check()?;
        let mut slots = Slots::new(slots);
        let netuid = slots.narrow("netuid");
        slots.end()?;
        let subnet = self.network.subnet(netuid)?;
        Ok(weights_words(&self.weights(subnet)).into())
    }

    fn weights(&self, subnet: &Subnet) -> StakeWeights {
        StakeWeights::new(
            subnet.netuid,
            subnet.neurons.iter().map(|neuron| Some(neuron.hotkey)),
            &subnet.relations_in_force(&self.network.keys.suspended),
            proportion_u64(self.network.globals.tao_weight),
            |hotkey| subnet.stake(hotkey),
            |hotkey| self.network.root.stake(hotkey),
        )
    }
}

/// The engine's epoch. In WebAssembly its steps are taken one by one: a block runs two epochs at most, and the vectorized
/// steps would make the module half as large again.
const ENGINE: Compute = if cfg!(target_arch = "wasm32") {
    subnet_epoch_stepwise as Compute
} else {
    subnet_epoch as Compute
};

/// The plain, slow implementation of an epoch.
#[cfg(feature = "reference")]
fn plain() -> Result<Compute, InputError> {
    Ok(|rules, subnet, mechanisms, split, emission, settings| {
        check_input(rules, subnet, mechanisms, split)?;
        let _room = ensure_reference(subnet, mechanisms);
        let trace = settings.trace;
        Ok(yuma_reference::subnet_epoch(
            rules, subnet, mechanisms, split, emission, trace,
        ))
    })
}

#[cfg(not(feature = "reference"))]
fn plain() -> Result<Compute, InputError> {
    Err(InputError::new(
        "plain",
        "expected 0: this build has no plain implementation",
    ))
}
