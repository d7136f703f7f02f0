//! What a spec version does and stores, as data: also of versions whose rules are not known, as far as who reads
//! them from a chain must know it.

use crate::block_rules::SafetyNet;
use crate::rules::{Rules, ShareBasis};
use crate::schedule::Schedule;
use crate::spec300;
use crate::subnet::Subnet;
use yuma_types::InputError;

/// The oldest version that anything is said of.
const OLDEST: u32 = 233;

/// The first version whose schedule is in storage.
const FIRST_STATEFUL: u32 = 423;

/// The first version known to count the blocks since the last epoch no further than the tempo.
const FIRST_NET_BY_TEMPO: u32 = 432;

/// The first version that keeps miners' and validators' pending amounts apart.
const FIRST_PENDING_APART: u32 = 343;

/// The last version that sells root's part for TAO.
const LAST_SELLING_ROOT: u32 = 333;

/// The last version whose epoch stores ranks, trust and pruning scores; the items of the first two stay until 393.
const LAST_STORING_RANK: u32 = 364;

/// The version that left stake weights as the one before it had stored them.
const WITHOUT_STAKE_WEIGHT: u32 = 320;

/// When epochs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// Every `Tempo + 1` blocks, at a place that the netuid fixes.
    Modulo,
    /// By what is stored: `Tempo` blocks after the last one, or when it was asked for.
    Stateful(SafetyNet),
}

/// How root stake is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootDividendKind {
    /// In TAO that root's part was sold for, as stake on root.
    Staked,
    /// In alpha, to be claimed.
    Claimable,
}

/// What a spec version does and stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The version.
    pub spec_version: u32,
    /// When epochs run.
    pub schedule: ScheduleKind,
    /// How root stake is paid.
    pub root_dividends: RootDividendKind,
    /// Whether miners' and validators' pending amounts are kept apart.
    pub pending_apart: bool,
    /// Whether an epoch stores ranks, trust and pruning scores.
    pub stores_rank: bool,
    /// Whether an epoch stores stake weights.
    pub stores_stake_weight: bool,
    /// Whether the shares of a block's TAO are known.
    pub shares: bool,
    /// Whether the own part of a block is known of state that is read from a chain, before any epoch.
    pub coinbase: bool,
    /// Whether the pool after a block's own part is known.
    pub pool: bool,
    /// Whether all of a block is known of state that is read from a chain, with what its epochs pay.
    pub block: bool,
    /// What is known of the epoch: whether the owner's stake and permit are exempt from limits.
    pub owner_exempt: Option<bool>,
    /// Whether its epoch masks weights that were committed before their target registered.
    pub commit_reveal_mask: Option<bool>,
}

impl Facts {
    /// What is known of a version.
    ///
    /// # Errors
    /// One older than any that a chain can still be read of.
    pub fn for_spec(spec_version: u32) -> Result<Self, InputError> {
        if spec_version < OLDEST {
            return Err(InputError::new(
                "spec_version",
                format!("expected a spec version from {OLDEST} on, found {spec_version}"),
            ));
        }
        let rules = Rules::for_spec(spec_version).ok();
        let epoch = yuma_epoch::Rules::for_spec(spec_version).ok();
        let block = rules.is_some_and(|rules| rules.whole_block().is_ok());
        let by_product = rules.is_some_and(|r| r.shares.basis == ShareBasis::PriceProduct);
        Ok(Self {
            spec_version,
            schedule: ScheduleKind::of_spec(spec_version),
            root_dividends: match spec_version {
                ..=LAST_SELLING_ROOT => RootDividendKind::Staked,
                _ => RootDividendKind::Claimable,
            },
            pending_apart: spec_version >= FIRST_PENDING_APART,
            stores_rank: spec_version <= LAST_STORING_RANK,
            stores_stake_weight: spec_version != WITHOUT_STAKE_WEIGHT,
            shares: rules.is_some(),
            coinbase: block || by_product,
            pool: block,
            block,
            owner_exempt: epoch.map(|rules| rules.owner_exempt),
            commit_reveal_mask: epoch.map(|rules| rules.commit_reveal_mask),
        })
    }
}

impl ScheduleKind {
    /// When the epochs of a version run.
    fn of_spec(spec_version: u32) -> Self {
        match spec_version {
            FIRST_NET_BY_TEMPO.. => Self::Stateful(SafetyNet::AfterTempo),
            FIRST_STATEFUL.. => Self::Stateful(SafetyNet::AfterMaxTempo),
            _ => Self::Modulo,
        }
    }

    /// Whether an epoch is due in `block`, whose step has not begun.
    pub fn is_due(self, netuid: u16, schedule: &Schedule, block: u64) -> bool {
        match self {
            Self::Modulo => spec300::blocks_until_epoch(netuid, schedule.tempo, block) == Some(0),
            Self::Stateful(net) => Schedule {
                blocks_since_last_step: schedule.blocks_since_last_step.saturating_add(1),
                ..*schedule
            }
            .is_due(net, block),
        }
    }

    /// The first block after `block` in which an epoch is due as things stand; `None` where none ever is. The bound
    /// on epochs per block, which may defer it, is left out.
    pub fn next_epoch(self, netuid: u16, schedule: &Schedule, block: u64) -> Option<u64> {
        let next = block.saturating_add(1);
        match self {
            Self::Modulo => {
                let until = spec300::blocks_until_epoch(netuid, schedule.tempo, next)?;
                Some(next.saturating_add(until))
            }
            Self::Stateful(net) => {
                let by_tempo = schedule.next_epoch_block()?;
                let overdue = (schedule.longest(net) + 1)
                    .saturating_sub(schedule.blocks_since_last_step)
                    .saturating_add(block);
                Some(by_tempo.min(overdue).max(next))
            }
        }
    }

    /// The blocks of the next `count` epochs after `block`, if each runs when it is due; fewer where none is any more.
    pub fn next_epochs(
        self,
        netuid: u16,
        schedule: &Schedule,
        mut block: u64,
        count: usize,
    ) -> Vec<u64> {
        let mut schedule = *schedule;
        let mut blocks = Vec::new();
        while blocks.len() < count {
            let next = self.next_epoch(netuid, &schedule, block);
            let Some(next) = next.filter(|&next| next > block) else {
                break;
            };
            blocks.push(next);
            block = next;
            schedule.last_epoch_block = next;
            schedule.pending_epoch_at = 0;
            schedule.blocks_since_last_step = 0;
        }
        blocks
    }
}

impl Rules {
    /// Whether a subnet's epoch is due in `block`, whose step has not begun.
    pub(crate) fn is_due(&self, subnet: &Subnet, block: u64) -> bool {
        let kind = ScheduleKind::of_spec(self.spec_version);
        kind.is_due(subnet.netuid, &subnet.schedule, block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_follow_each_other_as_the_schedule_steps() {
        for spec in [425, 475] {
            let kind = ScheduleKind::of_spec(spec);
            let ScheduleKind::Stateful(net) = kind else {
                panic!("spec {spec}");
            };
            for pending_epoch_at in [0, 1_010] {
                for blocks_since_last_step in [0, 7, 30] {
                    let mut schedule = Schedule {
                        tempo: 20,
                        last_epoch_block: 995,
                        pending_epoch_at,
                        blocks_since_last_step,
                        ..Schedule::default()
                    };
                    let found = kind.next_epochs(1, &schedule, 1_000, 4);
                    let mut stepped = Vec::new();
                    for block in 1_001..1_100 {
                        if schedule.step(net, block, 1, || true) == crate::Slot::Run {
                            stepped.push(block);
                        }
                    }
                    assert_eq!(found, stepped[..4], "spec {spec}, {schedule:?}");
                }
            }
        }
        let modulo = ScheduleKind::of_spec(422);
        let schedule = Schedule {
            tempo: 360,
            ..Schedule::default()
        };
        let found = modulo.next_epochs(3, &schedule, 1_000, 3);
        let due = (1_001..).filter(|&block| modulo.is_due(3, &schedule, block));
        assert_eq!(found, due.take(3).collect::<Vec<_>>());
        assert!(
            modulo
                .next_epochs(3, &Schedule::default(), 1_000, 3)
                .is_empty()
        );
    }

    #[test]
    fn kinds_change_where_the_chain_changed_them() {
        let facts = |version| Facts::for_spec(version).expect("a version that chains ran");
        assert_eq!(facts(422).schedule, ScheduleKind::Modulo);
        let stateful = |version| match facts(version).schedule {
            ScheduleKind::Stateful(net) => net,
            ScheduleKind::Modulo => panic!("spec {version}"),
        };
        assert_eq!(stateful(423), SafetyNet::AfterMaxTempo);
        assert_eq!(stateful(425), SafetyNet::AfterMaxTempo);
        assert_eq!(stateful(475), SafetyNet::AfterTempo);
        assert_eq!(facts(333).root_dividends, RootDividendKind::Staked);
        assert_eq!(facts(334).root_dividends, RootDividendKind::Claimable);
        assert!(!facts(342).pending_apart && facts(343).pending_apart);
        assert!(facts(364).stores_rank && !facts(365).stores_rank);
        let stores_stake = |version| facts(version).stores_stake_weight;
        assert!(stores_stake(315) && !stores_stake(320) && stores_stake(323));
        assert!(facts(300).coinbase && !facts(300).block && !facts(301).shares);
        assert!(facts(425).block && facts(425).pool && facts(475).block);
        assert!(facts(473).block && !facts(472).block && !facts(443).block);
        assert_eq!(facts(300).commit_reveal_mask, Some(false));
        assert_eq!(facts(425).owner_exempt, Some(true));
        assert_eq!(facts(400).owner_exempt, None);
        assert!(Facts::for_spec(232).is_err());
    }

    #[test]
    fn the_next_epoch_is_the_first_that_is_due() {
        let schedule = Schedule {
            tempo: 20,
            last_epoch_block: 100,
            ..Schedule::default()
        };
        for kind in [
            ScheduleKind::Modulo,
            ScheduleKind::Stateful(SafetyNet::AfterMaxTempo),
            ScheduleKind::Stateful(SafetyNet::AfterTempo),
        ] {
            for block in 100..160 {
                let next = kind.next_epoch(3, &schedule, block).expect("a tempo");
                let due = (block + 1..).find(|&b| kind.is_due(3, &schedule, b));
                assert_eq!(Some(next), due, "{kind:?} after {block}");
            }
            let never = Schedule::default();
            assert_eq!(kind.next_epoch(3, &never, 9), None);
        }
    }

    #[test]
    fn a_subnet_long_without_an_epoch_gets_one() {
        let schedule = Schedule {
            tempo: u16::MAX,
            last_epoch_block: 100,
            blocks_since_last_step: crate::MAX_TEMPO - 2,
            ..Schedule::default()
        };
        let kind = ScheduleKind::Stateful(SafetyNet::AfterMaxTempo);
        assert_eq!(kind.next_epoch(3, &schedule, 100), Some(103));
        let at = Schedule {
            blocks_since_last_step: crate::MAX_TEMPO,
            ..schedule
        };
        assert!(kind.is_due(3, &at, 103));
    }
}
