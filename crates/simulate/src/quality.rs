//! What neurons are worth, which honest validators measure.

use crate::random::Random;
use yuma_fixed::I32F32;
use yuma_types::InputError;

/// A neuron's quality from an epoch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QualityChange {
    /// Number of the epoch before which it changes, from 0.
    pub epoch: u32,
    /// The neuron.
    pub uid: u16,
    /// Its quality from then on.
    pub value: I32F32,
}

/// What each neuron is worth, in proportion to the others, and how that changes.
#[derive(Clone, Debug, Default)]
pub struct Quality {
    values: Vec<I32F32>,
    /// By epoch.
    changes: Vec<QualityChange>,
    next: usize,
    drift: I32F32,
}

impl Quality {
    /// A quality by uid, changes of it, and its drift: every epoch each is multiplied with 1 and `drift` times a normal
    /// number.
    ///
    /// # Errors
    /// A quality or a drift below 0.
    pub fn new(
        values: Vec<I32F32>,
        mut changes: Vec<QualityChange>,
        drift: I32F32,
    ) -> Result<Self, InputError> {
        let negative = |value: &I32F32| value.is_negative();
        let below_zero = "expected a number that is not below 0";
        if let Some(uid) = values.iter().position(negative) {
            return Err(InputError {
                uid: u32::try_from(uid).ok(),
                ..InputError::new("quality", below_zero)
            });
        }
        if changes.iter().any(|change| change.value.is_negative()) {
            return Err(InputError::new("quality.changes", below_zero));
        }
        if drift.is_negative() {
            return Err(InputError::new("quality.drift", below_zero));
        }
        changes.sort_by_key(|change| change.epoch);
        Ok(Self {
            values,
            changes,
            next: 0,
            drift,
        })
    }

    /// The quality by uid; what is beyond it is worth nothing.
    pub fn values(&self) -> &[I32F32] {
        &self.values
    }

    /// Goes on to an epoch.
    pub(crate) fn go_to(&mut self, epoch: u32, random: &mut Random) {
        while let Some(change) = self.changes.get(self.next).filter(|c| c.epoch <= epoch) {
            let at = usize::from(change.uid);
            if self.values.len() <= at {
                self.values.resize(at + 1, I32F32::ZERO);
            }
            self.values[at] = change.value;
            self.next += 1;
        }
        if self.drift == I32F32::ZERO || epoch == 0 {
            return;
        }
        for value in &mut self.values {
            *value = scattered(*value, self.drift, random);
        }
    }
}

/// Returns the value times 1 and `deviation` times a normal number, 0 where that is below 0.
pub(crate) fn scattered(value: I32F32, deviation: I32F32, random: &mut Random) -> I32F32 {
    let factor = I32F32::ONE.saturating_add(deviation.saturating_mul(random.normal()));
    value.saturating_mul(factor.max(I32F32::ZERO))
}
