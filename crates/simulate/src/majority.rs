//! The study of an honest majority: what part of the emission honest stake gets, by its own utility and by how much a
//! cabal weighs itself.
//!
//! Follows `map_consensus_guarantees` of `pallets/subtensor/src/tests/consensus.rs`, spec 425, which draws the maps of the
//! chain's `docs/consensus.md`: the same generator, the same fixed-point numbers, so the same networks, bit for bit.

use crate::weights::upscaled;
use rand::SeedableRng;
use rand::distr::{Distribution, Uniform};
use rand::rngs::ChaCha12Rng;
use yuma_epoch::{Mechanism, Settings, SparseRows, Subnet, subnet_epoch};
use yuma_fixed::transcendental::{cos, ln, newton_sqrt};
use yuma_fixed::{I32F32, I64F64};
use yuma_types::{Hyperparameters, InputError, Rules};

/// Rao that all validators have together.
const TOTAL_STAKE: i128 = 21_000_000_000_000_000;
/// What the epoch hands out, rao.
const EMISSION: u64 = 1_000_000_000;
/// What keeps logarithms from 0.
const EPSILON: I32F32 = I32F32::saturating_from_f64(0.000001);
/// Pi to 23 fraction bits.
const PI: I32F32 = I32F32::from_bits(26_353_589 << 9);
/// The block of the weights and of the epoch; all are registered in block 0.
const BLOCK: u64 = 1;
/// Blocks of a tempo, as the test has them.
const TEMPO: u64 = 65_534;

/// What a map is of. Shares and deviations are parts of 1.
#[derive(Clone, Copy, Debug)]
pub struct MajoritySetting {
    /// The rules of the epoch.
    pub rules: Rules,
    /// Neurons.
    pub n: u16,
    /// How many of them validate: the first ones.
    pub validators: u16,
    /// Deviation of the validators' stake, of the mean of each side.
    pub stake_deviation: I32F32,
    /// Deviation of the weights, likewise.
    pub weight_deviation: I32F32,
    /// Majority of the stake that consensus needs, a u16 proportion.
    pub kappa: u16,
    /// Share of the clipping that bonds feel, a u16 proportion.
    pub bonds_penalty: u16,
    /// What the generator starts from; the chain's test has 0.
    pub seed: u64,
}

impl MajoritySetting {
    /// The setting of the chain's test at its own arguments.
    pub fn of_chain(rules: Rules) -> Self {
        Self {
            rules,
            n: 512,
            validators: 64,
            stake_deviation: I32F32::saturating_from_f64(0.3),
            weight_deviation: I32F32::saturating_from_f64(f64::from(0.4f32)),
            kappa: Hyperparameters::default().kappa,
            bonds_penalty: chain_bonds_penalty(1.0),
            seed: 0,
        }
    }
}

/// The bonds penalty that the chain's test makes of its argument, which at 1 is one below the most.
pub fn chain_bonds_penalty(argument: f32) -> u16 {
    (argument * f32::from(u16::MAX - 1)) as u16
}

/// What honest stake gets of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Its part of the emission: as the chain's test has it, of what is stored as emission.
    pub emission: I32F32,
    /// Its part of the miners' emission.
    pub incentive: I32F32,
    /// Its part of the validators' emission.
    pub dividends: I32F32,
}

/// The sides of a network, and what is drawn of it, whatever the sides' weights.
///
/// The chain's test draws anew at every point of its map, always from the same seed: the numbers are the same at every
/// point of the same honest stake.
#[derive(Clone, Debug)]
pub struct Sample {
    setting: MajoritySetting,
    honest_validators: usize,
    honest_miners: usize,
    total_stake: Vec<[u64; 2]>,
    /// Of each validator its normalised parts of the honest miners, and of the others behind them.
    parts: Vec<Vec<I32F32>>,
}

impl Sample {
    /// Draws the network of an honest stake.
    ///
    /// # Errors
    /// Fewer than two validators or two miners, and an honest stake beyond 0 to 1.
    pub fn new(setting: MajoritySetting, honest_stake: I32F32) -> Result<Self, InputError> {
        check(&setting, honest_stake)?;
        let validators = usize::from(setting.validators);
        let miners = usize::from(setting.n) - validators;
        let honest_validators = part_of(honest_stake, validators);
        let honest_miners = part_of(honest_stake, miners);
        let mut draw = Draw::new(setting.seed)?;
        let mut total_stake = Vec::with_capacity(setting.n.into());
        let cabal_stake = I32F32::ONE.saturating_sub(honest_stake);
        for (stake, count) in [
            (honest_stake, honest_validators),
            (cabal_stake, validators - honest_validators),
        ] {
            let parts = draw.parts(count, setting.stake_deviation)?;
            total_stake.extend(parts.into_iter().map(|part| rao(stake, part)));
        }
        total_stake.resize(setting.n.into(), [0; 2]);
        let mut parts = Vec::with_capacity(validators);
        for _ in 0..validators {
            let mut row = draw.parts(honest_miners, setting.weight_deviation)?;
            row.extend(draw.parts(miners - honest_miners, setting.weight_deviation)?);
            parts.push(row);
        }
        Ok(Self {
            setting,
            honest_validators,
            honest_miners,
            total_stake,
            parts,
        })
    }

    /// The stake of each neuron: I64F64 bits as two words, the low one first.
    pub fn total_stake(&self) -> &[[u64; 2]] {
        &self.total_stake
    }

    /// Whether a neuron is on the honest side.
    pub fn is_honest(&self, uid: usize) -> bool {
        let validators = usize::from(self.setting.validators);
        match uid.checked_sub(validators) {
            None => uid < self.honest_validators,
            Some(miner) => miner < self.honest_miners,
        }
    }

    /// The weights that a validator submits where honest ones give their side `honest_weight` and the cabal's give theirs
    /// `cabal_weight`, by miner.
    pub fn weights(
        &self,
        validator: usize,
        honest_weight: I32F32,
        cabal_weight: I32F32,
    ) -> Vec<u16> {
        let (first, second) = match validator < self.honest_validators {
            true => (honest_weight, I32F32::ONE.saturating_sub(honest_weight)),
            false => (I32F32::ONE.saturating_sub(cabal_weight), cabal_weight),
        };
        let parts = self.parts[validator].iter().enumerate();
        parts
            .map(|(miner, &part)| {
                let side = if miner < self.honest_miners {
                    first
                } else {
                    second
                };
                // What `fixed_proportion_to_u16` makes of it.
                let most = I32F32::saturating_from_int(u16::MAX.into());
                side.saturating_mul(part)
                    .saturating_mul(most)
                    .saturating_to_u16()
            })
            .collect()
    }

    /// Runs the epoch of a point of the map: the second one of the network, without bonds.
    ///
    /// # Errors
    /// What the epoch refuses.
    pub fn shares(
        &self,
        honest_weight: I32F32,
        cabal_weight: I32F32,
        settings: Settings,
    ) -> Result<Shares, InputError> {
        let setting = &self.setting;
        let n = usize::from(setting.n);
        let validators = usize::from(setting.validators);
        let (mut start, mut uid, mut value) = (vec![0], Vec::new(), Vec::new());
        for validator in 0..validators {
            uid.extend(setting.validators..setting.n);
            let weights = self.weights(validator, honest_weight, cabal_weight);
            value.extend(upscaled(&weights));
            start.push(uid.len() as u32);
        }
        // Miners weigh themselves, which no mask lets through.
        for miner in setting.validators..setting.n {
            uid.push(miner);
            value.push(u16::MAX);
            start.push(uid.len() as u32);
        }
        // What the first epoch, without weights, left: permits of those with stake.
        let permits = self
            .total_stake
            .iter()
            .map(|stake| u8::from(*stake != [0; 2]));
        let permits = permits.collect::<Vec<_>>();
        let last_update = vec![BLOCK; n];
        let registered = vec![0; n];
        let no_bonds = vec![0; n + 1];
        let subnet = Subnet {
            n: setting.n,
            block: BLOCK,
            tempo: TEMPO,
            block_at_registration: &registered,
            total_stake: &self.total_stake,
            stake_threshold: 0,
            validator_permit: &permits,
            max_allowed_validators: setting.validators,
            kappa: setting.kappa,
            bonds_penalty: setting.bonds_penalty,
            ..Subnet::default()
        };
        let mechanism = Mechanism {
            last_update: &last_update,
            weights: SparseRows {
                row_start: &start,
                uid: &uid,
                value: &value,
            },
            bonds: SparseRows {
                row_start: &no_bonds,
                ..SparseRows::default()
            },
            ..Mechanism::default()
        };
        let output = subnet_epoch(
            &setting.rules,
            &subnet,
            &[mechanism],
            None,
            EMISSION,
            settings,
        )?;
        let share = |column: &[u64]| self.honest_share(column);
        Ok(Shares {
            emission: share(&output.terms().emission),
            incentive: share(&output.terms().server_emission),
            dividends: share(&output.terms().validator_emission),
        })
    }

    /// The honest side's part of a column of rao; 0 of nothing.
    fn honest_share(&self, column: &[u64]) -> I32F32 {
        let sums = column
            .iter()
            .enumerate()
            .fold([0i128; 2], |mut sums, (uid, &rao)| {
                sums[usize::from(!self.is_honest(uid))] += i128::from(rao);
                sums
            });
        let [honest, cabal] = sums;
        let whole = I64F64::saturating_from_int(honest + cabal);
        I32F32::saturating_from(I64F64::saturating_from_int(honest).safe_div(whole))
    }
}

/// A map: what honest stake gets at each point of a grid.
#[derive(Clone, Debug)]
pub struct Majority {
    sample: Sample,
    steps: u16,
}

impl Majority {
    /// The map of an honest stake, of `steps` and one more weights of either side, from 0 to 1.
    ///
    /// # Errors
    /// The same as those of [`Sample::new`], and no steps.
    pub fn new(
        setting: MajoritySetting,
        honest_stake: I32F32,
        steps: u16,
    ) -> Result<Self, InputError> {
        if !(1..=1000).contains(&steps) {
            let expected = format!("expected 1 to 1000, found {steps}");
            return Err(InputError::new("steps", expected));
        }
        Ok(Self {
            sample: Sample::new(setting, honest_stake)?,
            steps,
        })
    }

    /// How many points the map has.
    pub fn points(&self) -> usize {
        (usize::from(self.steps) + 1).pow(2)
    }

    /// What honest stake gets at a point: the honest side's weight of itself counts up slowest, by the number of points.
    ///
    /// # Errors
    /// What the epoch refuses.
    pub fn point(&self, point: usize, settings: Settings) -> Result<Shares, InputError> {
        let each = usize::from(self.steps) + 1;
        let weight = |step: usize| {
            let steps = I32F32::saturating_from_int(self.steps.into());
            I32F32::saturating_from_int(step as i128).safe_div(steps)
        };
        let (honest, cabal) = (weight(point / each), weight(point % each));
        self.sample.shares(honest, cabal, settings)
    }
}

fn check(setting: &MajoritySetting, honest_stake: I32F32) -> Result<(), InputError> {
    let miners = setting.n.saturating_sub(setting.validators);
    if setting.validators < 2 || miners < 2 {
        let expected = format!(
            "expected at least 2 validators and 2 miners, found {} of {} neurons",
            setting.validators, setting.n
        );
        return Err(InputError::new("validators", expected));
    }
    if !(I32F32::ZERO..=I32F32::ONE).contains(&honest_stake) {
        return Err(InputError::new(
            "honest_stake",
            "expected a number from 0 to 1",
        ));
    }
    let deviations = [
        ("stake_deviation", setting.stake_deviation),
        ("weight_deviation", setting.weight_deviation),
    ];
    for (field, deviation) in deviations {
        if deviation.is_negative() || deviation > I32F32::saturating_from_int(1000) {
            return Err(InputError::new(field, "expected a number from 0 to 1000"));
        }
    }
    Ok(())
}

/// A part of so many, but neither none nor all: `non_extreme_fixed_ratio`.
fn part_of(ratio: I32F32, total: usize) -> usize {
    let part = ratio.saturating_mul(I32F32::saturating_from_int(total as i128));
    usize::from(part.saturating_to_u16()).clamp(1, total - 1)
}

/// A validator's stake: its side's part of all, times its own part of that.
fn rao(side: I32F32, part: I32F32) -> [u64; 2] {
    let all = I64F64::saturating_from_int(TOTAL_STAKE);
    let share = I64F64::saturating_from(side).saturating_mul(I64F64::saturating_from(part));
    [0, share.saturating_mul(all).saturating_to_u64()]
}

/// The chain's draws: `StdRng` of rand 0.10, which is ChaCha with 12 rounds, and Box–Muller in I32F32.
struct Draw {
    generator: ChaCha12Rng,
    uniform: Uniform<u16>,
}

impl Draw {
    fn new(seed: u64) -> Result<Self, InputError> {
        let uniform = Uniform::new(0, u16::MAX);
        Ok(Self {
            generator: ChaCha12Rng::seed_from_u64(seed),
            uniform: uniform.map_err(|error| InputError::new("seed", error.to_string()))?,
        })
    }

    /// Normal numbers by the transform of Box and Muller: `normal` of the chain's test.
    fn normal(&mut self, count: usize) -> Result<Vec<I32F32>, InputError> {
        let most = I32F32::saturating_from_int(u16::MAX.into());
        let two = I32F32::saturating_from_int(2);
        let uniform = (0..2 * count)
            .map(|_| {
                let number = self.uniform.sample(&mut self.generator);
                I32F32::saturating_from_int(number.into()).safe_div(most)
            })
            .collect::<Vec<_>>();
        let (first, second) = uniform.split_at(count);
        let pairs = first.iter().zip(second);
        pairs
            .map(|(first, second)| {
                let [first, second] = [first, second].map(|u| u.saturating_add(EPSILON));
                let logarithm = ln(first).map(|ln| two.saturating_neg().saturating_mul(ln));
                let radius = logarithm.and_then(newton_sqrt);
                let angle = two.saturating_mul(PI).saturating_mul(second);
                radius.map(|radius| radius.saturating_mul(cos(angle)))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| InputError::new("seed", "expected one whose numbers have logarithms"))
    }

    /// Parts of 1: 1 and `deviation` times a normal number each, not below 0, over their sum.
    fn parts(&mut self, count: usize, deviation: I32F32) -> Result<Vec<I32F32>, InputError> {
        let mut parts = self.normal(count)?;
        for part in &mut parts {
            let value = deviation.saturating_mul(*part).saturating_add(I32F32::ONE);
            *part = value.max(I32F32::ZERO);
        }
        let sum = parts
            .iter()
            .fold(I32F32::ZERO, |sum, &part| sum.saturating_add(part));
        for part in &mut parts {
            *part = part.safe_div(sum);
        }
        Ok(parts)
    }
}
