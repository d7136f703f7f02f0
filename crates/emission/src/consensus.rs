//! A subnet's epoch as part of a block: what it reads of the network, and what it leaves.

use crate::account::Account;
use crate::distribution::HotkeyEmission;
use crate::keys::Root;
use crate::pending::Pending;
use crate::schedule::EpochConsensus;
use crate::stake_weight::StakeWeights;
use crate::subnet::Subnet;
use std::collections::BTreeSet;
use yuma_epoch::{Mechanism, SparseRows, StoredRows, Terms, subnet_epoch};
use yuma_fixed::U96F32;
use yuma_types::InputError;

/// What an epoch reads and writes of one subnet besides what [`Subnet`] has. Units are those of
/// [`yuma_epoch::Subnet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consensus {
    /// A neuron is inactive when `last_update + cutoff < block`.
    pub activity_cutoff_blocks: u64,
    /// `MaxAllowedValidators`.
    pub max_allowed_validators: u16,
    /// `CommitRevealWeightsEnabled`.
    pub commit_reveal_enabled: bool,
    /// `Kappa`.
    pub kappa: u16,
    /// `BondsPenalty`.
    pub bonds_penalty: u16,
    /// `BondsMovingAverage`.
    pub bonds_moving_average: u64,
    /// `Yuma3On`.
    pub yuma3_on: bool,
    /// `LiquidAlphaOn`.
    pub liquid_alpha_on: bool,
    /// The lower of `AlphaValues`.
    pub alpha_low: u16,
    /// The higher of `AlphaValues`.
    pub alpha_high: u16,
    /// `AlphaSigmoidSteepness`.
    pub alpha_sigmoid_steepness: i16,
    /// By uid. `BlockAtRegistration`.
    pub block_at_registration: Vec<u64>,
    /// `ValidatorPermit`, non-zero for yes.
    pub validator_permit: Vec<u8>,
    /// Parts of the mechanisms. `MechanismEmissionSplit`.
    pub split: Option<Vec<u16>>,
    /// One or more.
    pub mechanisms: Vec<MechanismState>,
    /// What the last epoch stored by uid.
    pub terms: Terms,
}

/// What each mechanism has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MechanismState {
    /// By uid. `LastUpdate`.
    pub last_update: Vec<u64>,
    /// By uid. `Weights`.
    pub weights: StoredRows,
    /// By uid. `Bonds`.
    pub bonds: StoredRows,
    /// By uid, the earliest unexpired commit; empty where commit-reveal is off.
    pub commit_blocks: Vec<u64>,
    /// What the last epoch stored. `Incentive`.
    pub incentive: Vec<u16>,
}

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
    pub suspended: &'a BTreeSet<Account>,
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

/// Yuma epochs of the subnets' stored weights, bonds and stake; they leave what the chain stores in
/// [`Subnet::consensus`].
#[derive(Clone, Copy, Debug)]
pub struct YumaEpochs {
    /// The epoch's rules.
    pub rules: yuma_epoch::Rules,
    /// How it is computed.
    pub settings: yuma_epoch::Settings,
}

impl EpochSource for YumaEpochs {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        let netuid = subnet.netuid;
        if subnet.epoch_consensus != EpochConsensus::Yuma {
            return Err(
                InputError::new("epoch_consensus", "expected Yuma: no other is covered")
                    .of_subnet(netuid),
            );
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
            consensus.store(output);
        }
        subnet.consensus = Some(consensus);
        let terms = &output.map_err(|error| error.of_subnet(netuid))?.terms;
        let mut emission: Vec<HotkeyEmission> = subnet
            .neurons
            .iter()
            .zip(terms.server_emission.iter().zip(&terms.validator_emission))
            .map(|(neuron, (&server, &validator))| HotkeyEmission {
                hotkey: neuron.hotkey,
                server,
                validator,
            })
            .collect();
        emission.sort_unstable_by_key(|e| e.hotkey);
        Ok(emission)
    }
}

impl YumaEpochs {
    fn epoch(
        &self,
        context: &EpochContext<'_>,
        subnet: &Subnet,
        consensus: &Consensus,
    ) -> Result<yuma_epoch::SubnetOutput, yuma_epoch::InputError> {
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
            activity_cutoff_blocks: consensus.activity_cutoff_blocks,
            block_at_registration: &consensus.block_at_registration,
            total_stake: &total_stake,
            stake_threshold: context.stake_threshold,
            owner_uid: owner_uid(subnet),
            validator_permit: &consensus.validator_permit,
            max_allowed_validators: consensus.max_allowed_validators,
            commit_reveal_enabled: consensus.commit_reveal_enabled,
            kappa: consensus.kappa,
            bonds_penalty: consensus.bonds_penalty,
            bonds_moving_average: consensus.bonds_moving_average,
            yuma3_on: consensus.yuma3_on,
            liquid_alpha_on: consensus.liquid_alpha_on,
            alpha_low: consensus.alpha_low,
            alpha_high: consensus.alpha_high,
            alpha_sigmoid_steepness: consensus.alpha_sigmoid_steepness,
        };
        let mechanisms: Vec<Mechanism<'_>> = consensus
            .mechanisms
            .iter()
            .map(|mechanism| Mechanism {
                last_update: &mechanism.last_update,
                weights: rows(&mechanism.weights),
                bonds: rows(&mechanism.bonds),
                commit_blocks: &mechanism.commit_blocks,
            })
            .collect();
        let split = consensus.split.as_deref();
        subnet_epoch(
            &self.rules,
            &input,
            &mechanisms,
            split,
            context.emission,
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

impl Consensus {
    fn store(&mut self, output: &yuma_epoch::SubnetOutput) {
        for (mechanism, output) in self.mechanisms.iter_mut().zip(&output.mechanisms) {
            mechanism.bonds = output.bonds.clone();
            mechanism.incentive.clone_from(&output.terms.incentive);
        }
        let permits = output.terms.validator_permit.iter();
        self.validator_permit = permits.map(|&permit| permit.into()).collect();
        self.terms = output.terms.clone();
    }
}
