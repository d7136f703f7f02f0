//! What an epoch reads: a subnet's columns and its mechanisms' sparse rows.

/// Sparse rows as the chain stores them: for each row a list of `(uid, u16)`, concatenated.
///
/// Row `i` is `uid[row_start[i]..row_start[i + 1]]` with its `value`s, in stored order: entries may be
/// unsorted, repeated or name a uid that does not exist, as they do on chain.
#[derive(Clone, Copy, Debug, Default)]
pub struct SparseRows<'a> {
    /// `n + 1` offsets, ascending, the first 0 and the last the number of entries.
    pub row_start: &'a [u32],
    /// Column of each entry.
    pub uid: &'a [u16],
    /// Value of each entry, a u16 proportion.
    pub value: &'a [u16],
}

impl SparseRows<'_> {
    /// The entries of row `i`, in stored order.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (u16, u16)> {
        let range = self.row_start[i] as usize..self.row_start[i + 1] as usize;
        self.uid[range.clone()]
            .iter()
            .copied()
            .zip(self.value[range].iter().copied())
    }
}

/// What the mechanisms of a subnet share.
#[derive(Clone, Copy, Debug)]
pub struct Subnet<'a> {
    /// Neurons; uids are `0..n`. `SubnetworkN`.
    pub n: u16,
    /// Block in which the epoch runs.
    pub block: u64,
    /// Blocks per epoch. `Tempo`.
    pub tempo: u64,
    /// Block of the last epoch that ran, 0 for never. `LastMechansimStepBlock`.
    pub last_mechanism_step_block: u64,
    /// A neuron is inactive when `last_update + cutoff < block`.
    pub activity_cutoff_blocks: u64,
    /// `n` block numbers. `BlockAtRegistration`.
    pub block_at_registration: &'a [u64],
    /// `n` raw I64F64 values as little-endian words `[low, high]`: alpha stake plus weighted TAO stake, in rao.
    pub total_stake: &'a [[u64; 2]],
    /// Rao; stake below it counts as zero, but for the owner's where the rules say so. `StakeThreshold`.
    pub stake_threshold: u64,
    /// Uid of the owner's hotkey. One at or above `n` has no effect.
    pub owner_uid: Option<u16>,
    /// Permits that stand before this epoch, non-zero for yes. Any length, as on chain. `ValidatorPermit`.
    pub validator_permit: &'a [u8],
    /// `MaxAllowedValidators`.
    pub max_allowed_validators: u16,
    /// `CommitRevealWeightsEnabled`.
    pub commit_reveal_enabled: bool,
    /// Consensus majority, a u16 proportion. `Kappa`.
    pub kappa: u16,
    /// Share of clipping that bonds feel, a u16 proportion. `BondsPenalty`.
    pub bonds_penalty: u16,
    /// Parts per million that bonds keep. `BondsMovingAverage`.
    pub bonds_moving_average: u64,
    /// `Yuma3On`.
    pub yuma3_on: bool,
    /// `LiquidAlphaOn`; without Yuma3 it has no effect.
    pub liquid_alpha_on: bool,
    /// Low end of liquid alpha, a u16 proportion. `AlphaValues`.
    pub alpha_low: u16,
    /// High end of liquid alpha, a u16 proportion. `AlphaValues`.
    pub alpha_high: u16,
    /// `AlphaSigmoidSteepness`, in hundredths.
    pub alpha_sigmoid_steepness: i16,
}

/// What each mechanism has of its own.
#[derive(Clone, Copy, Debug)]
pub struct Mechanism<'a> {
    /// Block numbers by uid; shorter than `n` is padded with 0, as on chain. `LastUpdate`.
    pub last_update: &'a [u64],
    /// `n` rows. `Weights`.
    pub weights: SparseRows<'a>,
    /// `n` rows. `Bonds`.
    pub bonds: SparseRows<'a>,
    /// `n` block numbers: a uid's earliest unexpired commit, `u64::MAX` for none. Read where commit-reveal is on;
    /// may be empty where it is off.
    pub commit_blocks: &'a [u64],
}
