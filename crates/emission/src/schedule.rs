//! When a subnet's epoch runs.

use crate::block_rules::SafetyNet;
use yuma_types::EpochConsensus;

/// A subnet is never left without an epoch for more blocks than this. `MAX_TEMPO`.
pub const MAX_TEMPO: u64 = 50_400;

/// Where a subnet stands in its schedule. The default is a subnet that has no epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Blocks from epoch to epoch; 0 for none. `Tempo`.
    pub tempo: u16,
    /// Block of the last slot, whether or not an epoch ran in it. `LastEpochBlock`.
    pub last_epoch_block: u64,
    /// Block from which an epoch is due whatever the tempo; 0 for none. `PendingEpochAt`.
    pub pending_epoch_at: u64,
    /// Blocks since an epoch last ran. `BlocksSinceLastStep`.
    pub blocks_since_last_step: u64,
    /// Slots so far. `SubnetEpochIndex`.
    pub epoch_index: u64,
    /// Block in which an epoch last ran and was paid. `LastMechansimStepBlock`.
    pub last_mechanism_step_block: u64,
}

/// What a block does with a subnet's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// None is due.
    NotDue,
    /// Due, but the block is full: moved to the next one.
    Deferred,
    /// Due and used up without an epoch, as two of the subnet's uids have one hotkey.
    Skipped,
    /// The epoch runs.
    Run,
}

impl Schedule {
    /// Whether an epoch is due in `block`.
    ///
    /// Follows `should_run_epoch` of `coinbase/run_coinbase.rs`, specs 425 and 475.
    pub fn is_due(&self, net: SafetyNet, block: u64) -> bool {
        if self.tempo == 0 {
            return false;
        }
        (self.pending_epoch_at > 0 && block >= self.pending_epoch_at)
            || self.blocks_since_last_step > self.longest(net)
            || block.saturating_sub(self.last_epoch_block) >= self.tempo.into()
    }

    /// Blocks after which an epoch is due however they came.
    pub(crate) fn longest(&self, net: SafetyNet) -> u64 {
        match net {
            SafetyNet::AfterMaxTempo => MAX_TEMPO,
            SafetyNet::AfterTempo => self.tempo.into(),
        }
    }

    /// Blocks until the tempo's next epoch, counted from `block`; `None` without a tempo.
    ///
    /// It leaves out what can bring an epoch forward, [`Self::pending_epoch_at`] and [`SafetyNet`], and
    /// the cap per block that can defer it.
    ///
    /// Follows `blocks_until_next_auto_epoch` of `coinbase/run_coinbase.rs`, spec 425.
    pub fn blocks_until_tempo(&self, block: u64) -> Option<u64> {
        Some(self.tempo_block()?.saturating_sub(block))
    }

    /// Block of the next epoch by tempo or [`Self::pending_epoch_at`]; `None` without a tempo.
    ///
    /// Follows `get_next_epoch_start_block` of `coinbase/run_coinbase.rs`, spec 425.
    pub fn next_epoch_block(&self) -> Option<u64> {
        let by_tempo = self.tempo_block()?;
        if self.pending_epoch_at == 0 {
            return Some(by_tempo);
        }
        Some(by_tempo.min(self.pending_epoch_at))
    }

    fn tempo_block(&self) -> Option<u64> {
        (self.tempo != 0).then(|| self.last_epoch_block.saturating_add(self.tempo.into()))
    }

    /// Moves the schedule through `block`, in which `free` epochs more may run.
    ///
    /// `keys_unique` is asked where a slot is due: whether no two uids have one hotkey.
    ///
    /// Follows `drain_pending` of `coinbase/run_coinbase.rs`, specs 425 and 475.
    pub fn step(
        &mut self,
        net: SafetyNet,
        block: u64,
        free: u32,
        keys_unique: impl FnOnce() -> bool,
    ) -> Slot {
        self.blocks_since_last_step = self.blocks_since_last_step.saturating_add(1);
        if net == SafetyNet::AfterTempo {
            let most = u64::from(self.tempo) + 1;
            self.blocks_since_last_step = self.blocks_since_last_step.min(most);
        }
        if !self.is_due(net, block) {
            return Slot::NotDue;
        }
        if free == 0 {
            self.pending_epoch_at = block.saturating_add(1);
            return Slot::Deferred;
        }
        self.last_epoch_block = block;
        self.pending_epoch_at = 0;
        self.epoch_index = self.epoch_index.saturating_add(1);
        if !keys_unique() {
            return Slot::Skipped;
        }
        self.blocks_since_last_step = 0;
        Slot::Run
    }
}

/// Epochs that may run in `block`: `max_epochs_per_block`, and one at most where one of
/// [`EpochConsensus::Null`] is due.
///
/// The chain asks this before the block counts towards [`Schedule::blocks_since_last_step`].
///
/// Follows `epoch_cap_for_block` of `coinbase/run_coinbase.rs`, spec 475; without such subnets the cap
/// is that of spec 425.
pub fn epoch_cap<'a>(
    net: SafetyNet,
    subnets: impl IntoIterator<Item = (&'a Schedule, EpochConsensus)>,
    block: u64,
    max_epochs_per_block: u8,
) -> u8 {
    let null_is_due = subnets.into_iter().any(|(schedule, consensus)| {
        consensus == EpochConsensus::Null && schedule.is_due(net, block)
    });
    if null_is_due {
        max_epochs_per_block.min(1)
    } else {
        max_epochs_per_block
    }
}

/// Which subnets, by position, do not get to reveal weights in `block`: their slot will be deferred, as
/// `epoch_cap` epochs run before them.
///
/// The chain asks this before the block counts towards [`Schedule::blocks_since_last_step`].
///
/// Follows `epochs_deferred_this_block` of `coinbase/run_coinbase.rs`, specs 425 and 475.
pub fn deferred_for_reveal<'a>(
    net: SafetyNet,
    subnets: impl IntoIterator<Item = (&'a Schedule, bool)>,
    block: u64,
    epoch_cap: u8,
) -> Vec<usize> {
    let mut free = epoch_cap;
    let mut deferred = Vec::new();
    for (position, (schedule, keys_unique)) in subnets.into_iter().enumerate() {
        if !schedule.is_due(net, block) {
            continue;
        }
        if free == 0 {
            deferred.push(position);
        } else if keys_unique {
            free -= 1;
        }
    }
    deferred
}
