//! The columns of epochs that are kept.

use yuma_fixed::I32F32;
use yuma_types::memory::append;
use yuma_types::{InputError, MechanismOutput, StoredRows, SubnetOutput, Terms};

/// A column that can be kept of each epoch, `n` values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Normalised stake, a u16 proportion.
    StakeWeight,
    /// Whether the neuron was active.
    Active,
    /// A u16 proportion.
    Consensus,
    /// A u16 proportion.
    Incentive,
    /// A u16 proportion.
    Dividends,
    /// A u16 proportion.
    ValidatorTrust,
    /// Permits after the epoch.
    ValidatorPermit,
    /// Rao.
    ServerEmission,
    /// Rao.
    ValidatorEmission,
    /// Rao, as the chain stores it.
    Emission,
    /// Stake before the epoch, rao.
    Stake,
    /// I32F32 bits, of each mechanism.
    RawStake,
    /// I32F32 bits, of each mechanism.
    RawActiveStake,
    /// I32F32 bits, of each mechanism.
    RawConsensus,
    /// I32F32 bits, of each mechanism.
    RawValidatorTrust,
    /// I32F32 bits, of each mechanism.
    RawIncentive,
    /// I32F32 bits, of each mechanism.
    RawDividends,
    /// Bonds after the epoch, of each mechanism.
    Bonds,
    /// Weights before the epoch, of each mechanism.
    Weights,
}

impl Column {
    /// All columns, in the order of their numbers.
    pub const ALL: [Self; 19] = [
        Self::StakeWeight,
        Self::Active,
        Self::Consensus,
        Self::Incentive,
        Self::Dividends,
        Self::ValidatorTrust,
        Self::ValidatorPermit,
        Self::ServerEmission,
        Self::ValidatorEmission,
        Self::Emission,
        Self::Stake,
        Self::RawStake,
        Self::RawActiveStake,
        Self::RawConsensus,
        Self::RawValidatorTrust,
        Self::RawIncentive,
        Self::RawDividends,
        Self::Bonds,
        Self::Weights,
    ];

    /// Bytes of an epoch's values, of `n` neurons and so many entries of rows; those of the subnet and of each of several
    /// mechanisms.
    fn bytes(self, n: u64, entries: u64, mechanisms: u64) -> u64 {
        let kept = if mechanisms > 1 { mechanisms + 1 } else { 1 };
        match self {
            Self::Active | Self::ValidatorPermit => n * kept,
            Self::StakeWeight
            | Self::Consensus
            | Self::Incentive
            | Self::Dividends
            | Self::ValidatorTrust => 2 * n * kept,
            Self::ServerEmission | Self::ValidatorEmission | Self::Emission | Self::Stake => {
                8 * n * kept
            }
            Self::Bonds | Self::Weights => 4 * entries + 4 * n * mechanisms,
            _ => 8 * n * mechanisms,
        }
    }
}

/// Values of a column, one epoch after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedValues {
    /// Booleans.
    Flags(Vec<bool>),
    /// Proportions.
    U16(Vec<u16>),
    /// Rao.
    U64(Vec<u64>),
    /// Fixed-point numbers.
    Fixed(Vec<I32F32>),
    /// Rows: those of each epoch, all in a list.
    Rows(StoredRows),
}

/// What was kept of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The column.
    pub column: Column,
    /// The mechanism; none for the subnet's own, which of a sole mechanism are its.
    pub mechanism: Option<u8>,
    /// One epoch after the other.
    pub values: RecordedValues,
}

/// What is kept of epochs.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Number of each epoch that was kept, from 0 at the simulation's start.
    pub epoch: Vec<u32>,
    /// Its block.
    pub block: Vec<u64>,
    /// Where the uids of each begin in a column, and where the last's end.
    pub start: Vec<u32>,
    /// The columns.
    pub columns: Vec<Recorded>,
    every: u32,
}

impl Recording {
    /// Keeps these columns of every so many epochs, counted from the simulation's start, of a subnet of so many
    /// mechanisms.
    pub fn new(columns: &[Column], every: u32, mechanisms: u8) -> Self {
        let of_column = |&column: &Column| {
            let own = mechanisms > 1 || is_own(column);
            let subnets = (!is_own(column)).then_some(None);
            let each = (0..mechanisms).map(Some).filter(move |_| own);
            subnets
                .into_iter()
                .chain(each)
                .map(move |mechanism| Recorded {
                    column,
                    mechanism,
                    values: empty(column),
                })
        };
        Self {
            start: vec![0],
            columns: columns.iter().flat_map(of_column).collect(),
            every: every.max(1),
            ..Self::default()
        }
    }

    /// Bytes that these columns of an epoch take, of `n` neurons, with so many entries of rows in all mechanisms.
    pub fn bytes(columns: &[Column], n: u16, entries: usize, mechanisms: usize) -> u64 {
        let (n, entries, mechanisms) = (u64::from(n), entries as u64, mechanisms as u64);
        let each = columns
            .iter()
            .map(|column| column.bytes(n, entries, mechanisms));
        // Number, block and start.
        each.sum::<u64>() + 20
    }

    /// Whether an epoch is kept.
    pub fn keeps(&self, epoch: u32) -> bool {
        epoch.is_multiple_of(self.every)
    }

    /// Keeps an epoch.
    ///
    /// # Errors
    /// Rows that are more than a list of all of them can hold.
    ///
    /// # Panics
    /// As [`append`] does, where there is no memory for more.
    pub fn keep<'a>(
        &mut self,
        epoch: u32,
        block: u64,
        output: &SubnetOutput,
        weights: impl Fn(u8) -> &'a StoredRows,
    ) -> Result<(), InputError> {
        let values = self.start.last().copied().unwrap_or(0) as usize + output.terms().stake.len();
        let Ok(end) = u32::try_from(values) else {
            let expected = "expected at most 2^32 - 1 values of a column in a recording";
            return Err(InputError::new("record", expected));
        };
        append(&mut self.epoch, &[epoch]);
        append(&mut self.block, &[block]);
        append(&mut self.start, &[end]);
        for recorded in &mut self.columns {
            let own = &output.mechanisms[usize::from(recorded.mechanism.unwrap_or(0))];
            let terms = match recorded.mechanism {
                None => output.terms(),
                Some(_) => &own.terms,
            };
            match recorded.column {
                Column::Bonds => push_rows(&mut recorded.values, &own.bonds)?,
                Column::Weights => {
                    push_rows(
                        &mut recorded.values,
                        weights(recorded.mechanism.unwrap_or(0)),
                    )?;
                }
                column => push(&mut recorded.values, column, terms, own),
            }
        }
        Ok(())
    }
}

/// Whether a column is each mechanism's own.
fn is_own(column: Column) -> bool {
    column as usize >= Column::RawStake as usize
}

fn empty(column: Column) -> RecordedValues {
    match column {
        Column::Active | Column::ValidatorPermit => RecordedValues::Flags(Vec::new()),
        Column::ServerEmission | Column::ValidatorEmission | Column::Emission | Column::Stake => {
            RecordedValues::U64(Vec::new())
        }
        Column::Bonds | Column::Weights => RecordedValues::Rows(StoredRows::default()),
        column if is_own(column) => RecordedValues::Fixed(Vec::new()),
        _ => RecordedValues::U16(Vec::new()),
    }
}

fn push(values: &mut RecordedValues, column: Column, terms: &Terms, own: &MechanismOutput) {
    match values {
        RecordedValues::Flags(values) => append(
            values,
            match column {
                Column::Active => &terms.active,
                _ => &terms.validator_permit,
            },
        ),
        RecordedValues::U16(values) => append(
            values,
            match column {
                Column::StakeWeight => &terms.stake_weight,
                Column::Consensus => &terms.consensus,
                Column::Incentive => &terms.incentive,
                Column::Dividends => &terms.dividends,
                _ => &terms.validator_trust,
            },
        ),
        RecordedValues::U64(values) => append(
            values,
            match column {
                Column::ServerEmission => &terms.server_emission,
                Column::ValidatorEmission => &terms.validator_emission,
                Column::Emission => &terms.emission,
                _ => &terms.stake,
            },
        ),
        RecordedValues::Fixed(values) => append(
            values,
            match column {
                Column::RawStake => &own.raw.stake,
                Column::RawActiveStake => &own.raw.active_stake,
                Column::RawConsensus => &own.raw.consensus,
                Column::RawValidatorTrust => &own.raw.validator_trust,
                Column::RawIncentive => &own.raw.incentive,
                _ => &own.raw.dividends,
            },
        ),
        RecordedValues::Rows(_) => {}
    }
}

fn push_rows(values: &mut RecordedValues, rows: &StoredRows) -> Result<(), InputError> {
    let RecordedValues::Rows(kept) = values else {
        return Ok(());
    };
    let before = kept.uid.len();
    if u32::try_from(before + rows.uid.len()).is_err() {
        let expected = "expected at most 2^32 - 1 entries of rows in a recording";
        return Err(InputError::new("record", expected));
    }
    let starts = rows.start[1..].iter();
    let starts: Vec<u32> = starts.map(|&start| start + before as u32).collect();
    append(&mut kept.start, &starts);
    append(&mut kept.uid, &rows.uid);
    append(&mut kept.value, &rows.value);
    Ok(())
}
