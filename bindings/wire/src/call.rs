//! A call as it comes in: scalar slots and columns, read into the engine's own input.

use yuma_epoch::{
    InputError, Mechanism, Platform, Rules, Settings, SparseRows, Subnet, SubnetOutput,
};

/// Which slot of the scalars holds what. Numbers below zero come as two's complement.
pub mod slot {
    /// `spec_version`.
    pub const SPEC_VERSION: usize = 0;
    /// Neurons.
    pub const N: usize = 1;
    /// Block of the epoch.
    pub const BLOCK: usize = 2;
    /// Blocks per epoch.
    pub const TEMPO: usize = 3;
    /// Block of the last epoch that ran.
    pub const LAST_MECHANISM_STEP_BLOCK: usize = 4;
    /// Blocks until inactivity.
    pub const ACTIVITY_CUTOFF_BLOCKS: usize = 5;
    /// Rao.
    pub const STAKE_THRESHOLD: usize = 6;
    /// `u64::MAX` for none.
    pub const OWNER_UID: usize = 7;
    /// u16.
    pub const MAX_ALLOWED_VALIDATORS: usize = 8;
    /// 0 or 1.
    pub const COMMIT_REVEAL_ENABLED: usize = 9;
    /// u16 proportion.
    pub const KAPPA: usize = 10;
    /// u16 proportion.
    pub const BONDS_PENALTY: usize = 11;
    /// Parts per million.
    pub const BONDS_MOVING_AVERAGE: usize = 12;
    /// 0 or 1.
    pub const YUMA3_ON: usize = 13;
    /// 0 or 1.
    pub const LIQUID_ALPHA_ON: usize = 14;
    /// u16 proportion.
    pub const ALPHA_LOW: usize = 15;
    /// u16 proportion.
    pub const ALPHA_HIGH: usize = 16;
    /// i16.
    pub const ALPHA_SIGMOID_STEEPNESS: usize = 17;
    /// Rao of alpha.
    pub const EMISSION: usize = 18;
    /// 0 or 1: whether the split column counts.
    pub const HAS_SPLIT: usize = 19;
    /// 0 or 1: keep the intermediates.
    pub const TRACE: usize = 20;
    /// How many slots there are.
    pub const COUNT: usize = 21;
}

/// Columns that the mechanisms share: registration blocks, stake words, permits, split.
pub const SHARED_COLUMNS: usize = 4;
/// Columns of each mechanism: last update, weights (3), bonds (3), commit blocks.
pub const MECHANISM_COLUMNS: usize = 8;

/// A typed column as JavaScript holds it.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    /// `BigUint64Array`.
    U64(&'a [u64]),
    /// `Uint32Array`.
    U32(&'a [u32]),
    /// `Uint16Array`.
    U16(&'a [u16]),
    /// `Uint8Array`.
    U8(&'a [u8]),
}

macro_rules! typed {
    ($name:ident, $variant:ident, $type:ty, $array:literal) => {
        fn $name<'a>(
            columns: &[Column<'a>],
            at: usize,
            field: &'static str,
        ) -> Result<&'a [$type], InputError> {
            match columns.get(at) {
                Some(Column::$variant(values)) => Ok(values),
                _ => Err(InputError::new(field, concat!("expected a ", $array))),
            }
        }
    };
}
typed!(u64s, U64, u64, "BigUint64Array");
typed!(u32s, U32, u32, "Uint32Array");
typed!(u16s, U16, u16, "Uint16Array");
typed!(u8s, U8, u8, "Uint8Array");

/// A decoded call, ready to run.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The spec version's rules.
    pub rules: Rules,
    /// What the mechanisms share.
    pub subnet: Subnet<'a>,
    /// Each mechanism's own.
    pub mechanisms: Vec<Mechanism<'a>>,
    /// u16 parts by mechanism; none for an even split.
    pub split: Option<&'a [u16]>,
    /// Rao of alpha.
    pub emission: u64,
    /// Keep the intermediates.
    pub trace: bool,
}

impl<'a> Call<'a> {
    /// Reads a call.
    ///
    /// # Errors
    /// A value out of range, a column of another type or an unknown spec version; lengths are the engine's to check.
    pub fn decode(scalars: &[u64], columns: &[Column<'a>]) -> Result<Self, InputError> {
        let scalars: &[u64; slot::COUNT] = scalars
            .try_into()
            .map_err(|_| InputError::new("scalars", format!("expected {} slots", slot::COUNT)))?;
        let rules = Rules::for_spec(narrow(scalars, slot::SPEC_VERSION, "spec_version")?)?;
        let (stake, rest) = u64s(columns, 1, "total_stake_i64f64_bits")?.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(InputError::new(
                "total_stake_i64f64_bits",
                "expected two words per uid",
            ));
        }
        let subnet = subnet(scalars, columns, stake)?;
        let split = u16s(columns, 3, "mechanism_emission_split")?;
        Ok(Self {
            rules,
            subnet,
            mechanisms: mechanisms(&columns[SHARED_COLUMNS..])?,
            split: (scalars[slot::HAS_SPLIT] != 0).then_some(split),
            emission: scalars[slot::EMISSION],
            trace: scalars[slot::TRACE] != 0,
        })
    }

    /// Runs the epoch on a platform.
    ///
    /// # Errors
    /// Input that no chain could hold.
    pub fn run(&self, platform: Platform) -> Result<SubnetOutput, InputError> {
        yuma_epoch::subnet_epoch(
            &self.rules,
            &self.subnet,
            &self.mechanisms,
            self.split,
            self.emission,
            Settings {
                platform,
                trace: self.trace,
            },
        )
    }
}

fn subnet<'a>(
    scalars: &[u64; slot::COUNT],
    columns: &[Column<'a>],
    total_stake: &'a [[u64; 2]],
) -> Result<Subnet<'a>, InputError> {
    let owner_uid = match scalars[slot::OWNER_UID] {
        u64::MAX => None,
        _ => Some(narrow(scalars, slot::OWNER_UID, "owner_uid")?),
    };
    let steepness = i16::try_from(scalars[slot::ALPHA_SIGMOID_STEEPNESS] as i64)
        .map_err(|_| InputError::new("alpha_sigmoid_steepness", "expected an i16"))?;
    Ok(Subnet {
        n: narrow(scalars, slot::N, "n")?,
        block: scalars[slot::BLOCK],
        tempo: scalars[slot::TEMPO],
        last_mechanism_step_block: scalars[slot::LAST_MECHANISM_STEP_BLOCK],
        activity_cutoff_blocks: scalars[slot::ACTIVITY_CUTOFF_BLOCKS],
        block_at_registration: u64s(columns, 0, "block_at_registration")?,
        total_stake,
        stake_threshold: scalars[slot::STAKE_THRESHOLD],
        owner_uid,
        validator_permit: u8s(columns, 2, "validator_permit")?,
        max_allowed_validators: narrow(
            scalars,
            slot::MAX_ALLOWED_VALIDATORS,
            "max_allowed_validators",
        )?,
        commit_reveal_enabled: scalars[slot::COMMIT_REVEAL_ENABLED] != 0,
        kappa: narrow(scalars, slot::KAPPA, "kappa")?,
        bonds_penalty: narrow(scalars, slot::BONDS_PENALTY, "bonds_penalty")?,
        bonds_moving_average: scalars[slot::BONDS_MOVING_AVERAGE],
        yuma3_on: scalars[slot::YUMA3_ON] != 0,
        liquid_alpha_on: scalars[slot::LIQUID_ALPHA_ON] != 0,
        alpha_low: narrow(scalars, slot::ALPHA_LOW, "alpha_low")?,
        alpha_high: narrow(scalars, slot::ALPHA_HIGH, "alpha_high")?,
        alpha_sigmoid_steepness: steepness,
    })
}

fn narrow<T: TryFrom<u64>>(
    scalars: &[u64; slot::COUNT],
    at: usize,
    field: &'static str,
) -> Result<T, InputError> {
    T::try_from(scalars[at]).map_err(|_| {
        let bits = 8 * size_of::<T>();
        InputError::new(field, format!("expected a u{bits}, found {}", scalars[at]))
    })
}

fn mechanisms<'a>(columns: &[Column<'a>]) -> Result<Vec<Mechanism<'a>>, InputError> {
    // Each has a number of a byte; how many a spec version has is the engine's to check.
    let most = usize::from(u8::MAX);
    let (groups, rest) = columns.as_chunks::<MECHANISM_COLUMNS>();
    if !rest.is_empty() || groups.len() > most {
        let expected =
            format!("expected {MECHANISM_COLUMNS} columns each of at most {most} mechanisms");
        return Err(InputError::new("mechanisms", expected));
    }
    let read = |(id, columns): (usize, &[Column<'a>; MECHANISM_COLUMNS])| {
        mechanism(columns).map_err(|error| InputError {
            mechanism: Some(id as u8),
            ..error
        })
    };
    groups.iter().enumerate().map(read).collect()
}

fn mechanism<'a>(columns: &[Column<'a>; MECHANISM_COLUMNS]) -> Result<Mechanism<'a>, InputError> {
    let rows = |at: usize, field: &'static str| {
        Ok(SparseRows {
            row_start: u32s(columns, at, field)?,
            uid: u16s(columns, at + 1, field)?,
            value: u16s(columns, at + 2, field)?,
        })
    };
    Ok(Mechanism {
        last_update: u64s(columns, 0, "last_update")?,
        weights: rows(1, "weights")?,
        bonds: rows(4, "bonds")?,
        commit_blocks: u64s(columns, 7, "commit_blocks")?,
    })
}
