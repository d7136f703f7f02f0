//! What participants do before each epoch, by name.

use yuma_fixed::I32F32;
use yuma_types::InputError;

/// Who acts, when, and how.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Whose hand it has.
    pub uids: Vec<u16>,
    /// The mechanism that it acts in; in all of them by default.
    pub mechanism: Option<u8>,
    /// Number of the first epoch before which it acts, from 0.
    pub from: u32,
    /// Number of the first epoch before which it acts no more.
    pub until: u32,
    /// What it does.
    pub policy: Policy,
}

impl Agent {
    /// Whether it acts before an epoch.
    pub fn acts(&self, epoch: u32) -> bool {
        (self.from..self.until).contains(&epoch)
    }
}

/// What an agent does. Shares and deviations are parts of 1.
#[derive(Clone, Debug)]
pub enum Policy {
    /// Weighs everyone by quality, as it measures it: times 1 and `noise` times a normal number.
    Honest {
        /// Deviation of the measure.
        noise: I32F32,
    },
    /// Submits the consensus that the epoch of so many epochs before the last one stored; equal weights on everyone while
    /// there is none.
    Copier {
        /// Epochs.
        delay: u32,
    },
    /// Weighs certain miners by `share` of its weight, in equal parts, and all others by quality.
    Cabal {
        /// Its miners.
        miners: Vec<u16>,
        /// Their share.
        share: I32F32,
    },
    /// Weighs itself by `share`, all others by quality.
    SelfVoter {
        /// Its own share.
        share: I32F32,
    },
    /// Sets nothing: what it has set before stays and ages.
    Absent,
    /// Honest, but only once in so many epochs.
    Late {
        /// Epochs, at least 1.
        every: u32,
        /// Deviation of the measure.
        noise: I32F32,
    },
    /// One policy before an epoch, another from it on.
    Switching {
        /// Number of the epoch.
        at: u32,
        /// Before it.
        before: Box<Policy>,
        /// From it on.
        after: Box<Policy>,
    },
    /// The neuron is replaced by another once in so many epochs: it leaves, and one with this stake registers.
    Registering {
        /// Epochs, at least 1.
        every: u32,
        /// Rao of the new neuron.
        stake: u64,
    },
    /// Buys so much stake before each epoch, or sells it.
    Staking {
        /// Rao; below 0 for what is sold.
        each: i64,
    },
}

/// The most epochs back that a copier looks: so many stored consensuses are kept.
const MOST_DELAY: u32 = 1000;
/// How deep switching policies may lie in each other.
const DEPTH: u32 = 16;

impl Policy {
    /// Returns what it does before an epoch: of what switches, the one that holds then.
    pub fn at(&self, epoch: u32) -> &Self {
        let mut policy = self;
        while let Self::Switching { at, before, after } = policy {
            policy = if epoch < *at { before } else { after };
        }
        policy
    }

    /// The most epochs back that it looks for a consensus.
    pub(crate) fn delay(&self) -> u32 {
        match self {
            Self::Copier { delay } => *delay,
            Self::Switching { before, after, .. } => before.delay().max(after.delay()),
            _ => 0,
        }
    }

    /// Returns `Ok` for numbers that mean something.
    ///
    /// # Errors
    /// A share beyond 0 to 1, a deviation below 0, no epochs, policies that switch too deep.
    pub fn check(&self) -> Result<(), InputError> {
        self.check_to(DEPTH)
    }

    fn check_to(&self, depth: u32) -> Result<(), InputError> {
        match self {
            Self::Honest { noise } => check_noise(*noise),
            Self::Cabal { share, .. } | Self::SelfVoter { share } => check_share(*share),
            Self::Late { every, noise } => check_every(*every).and(check_noise(*noise)),
            Self::Registering { every, .. } => check_every(*every),
            Self::Switching { before, after, .. } => {
                let Some(depth) = depth.checked_sub(1) else {
                    let expected = format!("expected at most {DEPTH} policies in each other");
                    return Err(InputError::new("before", expected));
                };
                before.check_to(depth)?;
                after.check_to(depth)
            }
            Self::Copier { delay } if *delay > MOST_DELAY => {
                let expected = format!("expected at most {MOST_DELAY} epochs, found {delay}");
                Err(InputError::new("delay", expected))
            }
            Self::Copier { .. } | Self::Absent | Self::Staking { .. } => Ok(()),
        }
    }
}

fn check_noise(noise: I32F32) -> Result<(), InputError> {
    if !noise.is_negative() {
        return Ok(());
    }
    Err(InputError::new(
        "noise",
        "expected a number that is not below 0",
    ))
}

fn check_share(share: I32F32) -> Result<(), InputError> {
    if (I32F32::ZERO..=I32F32::ONE).contains(&share) {
        return Ok(());
    }
    Err(InputError::new("share", "expected a number from 0 to 1"))
}

fn check_every(every: u32) -> Result<(), InputError> {
    if every > 0 {
        return Ok(());
    }
    Err(InputError::new("every", "expected at least 1 epoch"))
}
