//! A map of the honest majority that stays.

use super::answer::SimulateAnswer;
use super::numbers::{fixed, fixed_of_f32};
use crate::columns::Slots;
use yuma_epoch::Settings;
use yuma_simulate::{Majority, MajoritySetting, Shares, chain_bonds_penalty};
use yuma_types::{InputError, Rules};

/// A map.
pub struct MajoritySession {
    map: Majority,
}

impl MajoritySession {
    /// The map of a setting and an honest stake.
    ///
    /// # Errors
    /// Slots that are none, and a setting that cannot be.
    pub fn open(slots: &[u64]) -> Result<Self, InputError> {
        let mut slots = Slots::new(slots);
        let spec_version = slots.narrow("spec_version");
        let n = slots.narrow("n");
        let validators = slots.narrow("validators");
        let kappa = slots.narrow("kappa");
        let bonds_penalty: u64 = slots.narrow("bonds_penalty");
        let seed = slots.narrow("seed");
        let stake_deviation = slots.narrow("stake_deviation");
        let weight_deviation = slots.narrow("weight_deviation");
        let honest_stake = slots.narrow("honest_stake");
        let steps = slots.narrow("steps");
        slots.end()?;
        let setting = MajoritySetting {
            rules: Rules::for_spec(spec_version)?,
            n,
            validators,
            stake_deviation: fixed(stake_deviation, "stake_deviation")?,
            // The chain's test has this one as a number of 32 bits.
            weight_deviation: fixed_of_f32(weight_deviation, "weight_deviation")?,
            kappa: proportion(kappa, "kappa")?,
            bonds_penalty: chain_bonds_penalty(part(bonds_penalty, "bonds_penalty")? as f32),
            seed,
        };
        Ok(Self {
            map: Majority::new(setting, fixed(honest_stake, "honest_stake")?, steps)?,
        })
    }

    /// How many points the map has.
    pub fn points(&self) -> u64 {
        self.map.points() as u64
    }

    /// Points of the map.
    ///
    /// # Errors
    /// Slots that are none, points that there are not, and what the epoch refuses.
    pub fn between(&self, slots: &[u64]) -> Result<SimulateAnswer, InputError> {
        let mut slots = Slots::new(slots);
        let first: u32 = slots.narrow("first");
        let end: u32 = slots.narrow("end");
        slots.end()?;
        let points = self.map.points();
        if first > end || end as usize > points {
            let expected = format!("expected points of {points}, found {first} to {end}");
            return Err(InputError::new("points", expected));
        }
        let point = |at: u32| self.map.point(at as usize, Settings::default());
        let shares = all(first..end, point)?;
        let words = shares.into_iter().flat_map(|shares| {
            [shares.emission, shares.incentive, shares.dividends]
                .map(|share| share.to_bits() as u64)
        });
        Ok(SimulateAnswer::Words(words.collect()))
    }
}

/// A double from 0 to 1.
fn part(bits: u64, field: &'static str) -> Result<f64, InputError> {
    let value = f64::from_bits(bits);
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    let expected = format!("expected a number from 0 to 1, found {value}");
    Err(InputError::new(field, expected))
}

/// The same as a u16 proportion, floored.
fn proportion(bits: u64, field: &'static str) -> Result<u16, InputError> {
    Ok((part(bits, field)? * f64::from(u16::MAX)) as u16)
}

/// The points, on all cores.
#[cfg(feature = "parallel")]
fn all(
    points: std::ops::Range<u32>,
    point: impl Fn(u32) -> Result<Shares, InputError> + Send + Sync,
) -> Result<Vec<Shares>, InputError> {
    use rayon::prelude::*;
    points.into_par_iter().map(point).collect()
}

/// The points, one after the other.
#[cfg(not(feature = "parallel"))]
fn all(
    points: std::ops::Range<u32>,
    point: impl Fn(u32) -> Result<Shares, InputError>,
) -> Result<Vec<Shares>, InputError> {
    points.map(point).collect()
}
