//! A subnet's epoch as part of a block: what it reads of the network, and where it comes from.

use crate::account::Account;
use crate::consensus::Consensus;
use crate::distribution::HotkeyEmission;
use crate::keys::Root;
use crate::map::Set;
use crate::num::ascending;
use crate::pending::Pending;
use crate::stake_weight::StakeWeights;
use crate::subnet::Subnet;
use yuma_epoch::{Mechanism, Pools, SparseRows, StoredRows, SubnetOutput, subnet_epoch};
use yuma_fixed::U96F32;
use yuma_types::{EpochConsensus, InputError};

/// What an epoch reads of the network.
#[derive(Clone, Copy, Debug)]
pub struct EpochContext<'a> {
    /// The block it runs in.
    pub block: u64,
    /// Rao of alpha to hand out.
    pub emission: u64,
    /// Root stake.
    pub root: &'a Root,
    /// `TaoWeight` as a number.
    pub tao_weight: U96F32,
    /// `StakeThreshold`, rao.
    pub stake_threshold: u64,
    /// What [`Self::emission`] is the sum of: [`EpochConsensus::Null`] reads the parts.
    pub pending: Pending,
    /// Hotkeys that do not count as parents, see [`crate::Keys::suspended`].
    pub suspended: &'a Set<Account>,
}

/// Where a block's epochs come from.
pub trait EpochSource {
    /// Runs a subnet's epoch and gives what each hotkey with a uid got, in ascending order of hotkeys.
    ///
    /// # Errors
    /// The subnet has not what the epoch needs.
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError>;
}

/// An implementation of an epoch: [`yuma_epoch::subnet_epoch`], or one that is held against it.
pub type Compute = for<'a> fn(
    &yuma_epoch::Rules,
    &yuma_epoch::Subnet<'a>,
    &[Mechanism<'a>],
    Option<&[u16]>,
    Pools,
    yuma_epoch::Settings,
) -> Result<SubnetOutput, InputError>;

/// Yuma epochs of the subnets' stored weights, bonds and stake; they leave what the chain stores in
/// [`Subnet::consensus`].
#[derive(Clone, Copy, Debug)]
pub struct YumaEpochs {
    /// The epoch's rules.
    pub rules: yuma_epoch::Rules,
    /// How it is computed.
    pub settings: yuma_epoch::Settings,
    /// By what.
    pub compute: Compute,
}

impl YumaEpochs {
    /// Epochs by the engine, by the rules of `spec_version`.
    ///
    /// # Errors
    /// A version whose epoch is not known is refused, with the nearest known one named.
    pub fn for_spec(spec_version: u32) -> Result<Self, InputError> {
        Self::computed_by(subnet_epoch, spec_version)
    }

    /// Epochs by another implementation, by the rules of `spec_version`.
    ///
    /// # Errors
    /// The same as those of [`Self::for_spec`].
    pub fn computed_by(compute: Compute, spec_version: u32) -> Result<Self, InputError> {
        Ok(Self {
            rules: yuma_epoch::Rules::for_spec(spec_version)?,
            settings: yuma_epoch::Settings::default(),
            compute,
        })
    }
}

impl EpochSource for YumaEpochs {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        let netuid = subnet.netuid;
        if subnet.epoch_consensus != EpochConsensus::Yuma && !self.rules.null_consensus {
            let expected = "expected Yuma: the version has no other";
            return Err(InputError::new("epoch_consensus", expected).of_subnet(netuid));
        }
        let Some(mut consensus) = subnet.consensus.take() else {
            return Err(InputError::new(
                "consensus",
                "expected what the epoch of a subnet with a tempo reads",
            )
            .of_subnet(netuid));
        };
        let output = self.epoch(context, subnet, &consensus);
        if let Ok(output) = &output {
            consensus.store(&self.rules, output);
        }
        subnet.consensus = Some(consensus);
        let output = output.map_err(|error| error.of_subnet(netuid))?;
        let terms = output.terms();
        let order = ascending(subnet.neurons.iter().map(|neuron| neuron.hotkey.0));
        let emission = order.iter().map(|&(hotkey, uid)| HotkeyEmission {
            hotkey: Account(hotkey),
            server: terms.server_emission[uid],
            validator: terms.validator_emission[uid],
        });
        Ok(emission.collect())
    }
}

impl YumaEpochs {
    fn epoch(
        &self,
        context: &EpochContext<'_>,
        subnet: &Subnet,
        consensus: &Consensus,
    ) -> Result<SubnetOutput, InputError> {
        let stake = StakeWeights::new(
            subnet.netuid,
            subnet.neurons.iter().map(|neuron| Some(neuron.hotkey)),
            &subnet.relations_in_force(context.suspended),
            context.tao_weight,
            |hotkey| subnet.stake(hotkey),
            |hotkey| context.root.stake(hotkey),
        );
        let total_stake: Vec<[u64; 2]> = stake
            .total
            .iter()
            .map(|stake| {
                let bits = stake.to_bits();
                [bits as u64, (bits >> 64) as u64]
            })
            .collect();
        let input = yuma_epoch::Subnet {
            n: subnet.neurons.len() as u16,
            block: context.block,
            tempo: subnet.schedule.tempo.into(),
            last_mechanism_step_block: subnet.schedule.last_mechanism_step_block,
            last_yuma_step_block: subnet.last_yuma_step_block,
            liquid_alpha_consensus_mode: consensus.liquid_alpha_consensus_mode,
            subnet_epoch_consensus: subnet.epoch_consensus,
            block_at_registration: &consensus.block_at_registration,
            total_stake: &total_stake,
            stake_threshold: context.stake_threshold,
            owner_uid: owner_uid(subnet),
            validator_permit: &consensus.validator_permit,
            ..yuma_epoch::Subnet::empty(consensus.hyperparameters)
        };
        let mechanisms: Vec<Mechanism<'_>> = consensus
            .mechanisms
            .iter()
            .map(|mechanism| Mechanism {
                last_update: &mechanism.last_update,
                weights: rows(&mechanism.weights),
                bonds: rows(&mechanism.bonds),
                commit_blocks: &mechanism.commit_blocks,
                consensus_by_mechanism: &mechanism.consensus_by_mechanism,
            })
            .collect();
        let split = consensus.split.as_deref();
        let Pending {
            server,
            validator,
            root,
            ..
        } = context.pending;
        (self.compute)(
            &self.rules,
            &input,
            &mechanisms,
            split,
            Pools {
                server,
                validator,
                root,
            },
            self.settings,
        )
    }
}

fn rows(stored: &StoredRows) -> SparseRows<'_> {
    SparseRows {
        row_start: &stored.start,
        uid: &stored.uid,
        value: &stored.value,
    }
}

fn owner_uid(subnet: &Subnet) -> Option<u16> {
    let owner: Account = subnet.owner_hotkey?;
    let uid = subnet.neurons.iter().position(|n| n.hotkey == owner)?;
    u16::try_from(uid).ok()
}
