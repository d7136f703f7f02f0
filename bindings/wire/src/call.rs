//! A call as it comes in: scalar slots and columns, read into the engine's own input.

use crate::generated::epoch as fields;
#[cfg(feature = "reference")]
use crate::memory::ensure_reference;
use yuma_epoch::{Platform, Settings};
use yuma_types::{InputError, Mechanism, Pools, Rules, SparseRows, Subnet, SubnetOutput};

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

/// Not inlined, as nothing of a fault is: there is one for every field.
#[cold]
#[inline(never)]
fn unexpected(field: &'static str, expected: &str) -> InputError {
    InputError::new(field, expected)
}

#[cold]
#[inline(never)]
fn out_of_range(field: &'static str, bytes: usize, scalar: u64) -> InputError {
    InputError::new(field, format!("expected a u{}, found {scalar}", 8 * bytes))
}

macro_rules! typed {
    ($name:ident, $variant:ident, $type:ty, $array:literal) => {
        pub(crate) fn $name<'a>(
            columns: &[Column<'a>],
            at: usize,
            field: &'static str,
        ) -> Result<&'a [$type], InputError> {
            match columns.get(at) {
                Some(Column::$variant(values)) => Ok(values),
                _ => Err(unexpected(field, concat!("expected a ", $array))),
            }
        }
    };
}
typed!(u64s, U64, u64, "BigUint64Array");
typed!(u32s, U32, u32, "Uint32Array");
typed!(u16s, U16, u16, "Uint16Array");
typed!(u8s, U8, u8, "Uint8Array");

/// The 128-bit values of a column, each as its low and its high word.
pub(crate) fn word_pairs<'a>(
    columns: &[Column<'a>],
    at: usize,
    field: &'static str,
) -> Result<&'a [[u64; 2]], InputError> {
    match u64s(columns, at, field)?.as_chunks() {
        (pairs, []) => Ok(pairs),
        _ => Err(unexpected(field, "expected two words per uid")),
    }
}

/// The rows of three columns in turn: row starts, uids and values.
pub(crate) fn rows<'a>(
    columns: &[Column<'a>],
    at: usize,
    field: &'static str,
) -> Result<SparseRows<'a>, InputError> {
    Ok(SparseRows {
        row_start: u32s(columns, at, field)?,
        uid: u16s(columns, at + 1, field)?,
        value: u16s(columns, at + 2, field)?,
    })
}

/// A scalar of a type narrower than its slot.
pub(crate) fn narrow<T: TryFrom<u64>>(scalar: u64, field: &'static str) -> Result<T, InputError> {
    T::try_from(scalar).map_err(|_| out_of_range(field, size_of::<T>(), scalar))
}

/// The same of a scalar that may be missing, for which `u64::MAX` stands.
pub(crate) fn optional<T: TryFrom<u64>>(
    scalar: u64,
    field: &'static str,
) -> Result<Option<T>, InputError> {
    match scalar {
        u64::MAX => Ok(None),
        _ => narrow(scalar, field).map(Some),
    }
}

/// The one of `all` whose place the scalar is.
pub(crate) fn one_of<T: Copy>(
    scalar: u64,
    all: &[T],
    field: &'static str,
) -> Result<T, InputError> {
    let place = usize::try_from(scalar).ok();
    place
        .and_then(|place| all.get(place).copied())
        .ok_or_else(|| unexpected(field, "expected one of those that there are"))
}

/// The same of a scalar that may be below zero, as two's complement.
pub(crate) fn signed(scalar: u64, field: &'static str) -> Result<i16, InputError> {
    i16::try_from(scalar as i64).map_err(|_| unexpected(field, "expected an i16"))
}

/// A decoded call, ready to run.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// Rules of the spec version.
    pub rules: Rules,
    /// What the mechanisms share.
    pub subnet: Subnet<'a>,
    /// What each mechanism has of its own.
    pub mechanisms: Vec<Mechanism<'a>>,
    /// Parts of the emission by mechanism, u16 proportions; none for an even split.
    pub split: Option<&'a [u16]>,
    /// Alpha to hand out, in rao.
    pub pools: Pools,
    /// Whether to keep the intermediates.
    pub trace: bool,
    /// The sections of the output that are asked for: a bit for each, by its tag.
    pub fields: u32,
}

impl<'a> Call<'a> {
    /// Reads a call.
    ///
    /// # Errors
    /// A value out of range, a column of another type or an unknown spec version; lengths are the engine's to check.
    pub fn decode(scalars: &[u64], columns: &[Column<'a>]) -> Result<Self, InputError> {
        let scalars = scalars
            .try_into()
            .map_err(|_| unexpected("scalars", "expected one for each single value"))?;
        let (shared, own) = columns
            .split_first_chunk()
            .ok_or_else(|| unexpected("columns", "expected those of the subnet"))?;
        let request = fields::request(scalars, shared)?;
        let rules = Rules::for_spec(request.spec_version)?;
        let subnet = fields::subnet(scalars, shared)?;
        Ok(Self {
            pools: pools(&request, rules.pays_by_null(&subnet))?,
            rules,
            subnet,
            mechanisms: mechanisms(own)?,
            split: request.mechanism_emission_split,
            trace: request.trace,
            fields: request.fields,
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
            self.pools,
            Settings {
                platform,
                trace: self.trace,
            },
        )
    }

    /// Runs the epoch by the plain, slow implementation.
    ///
    /// # Errors
    /// The same as the engine's, found by the same checks.
    #[cfg(feature = "reference")]
    pub fn run_reference(&self) -> Result<SubnetOutput, InputError> {
        let Self {
            rules,
            subnet,
            mechanisms,
            ..
        } = self;
        yuma_epoch::check_input(rules, subnet, mechanisms, self.split)?;
        let _room = ensure_reference(subnet, mechanisms);
        let output = yuma_reference::subnet_epoch(
            rules, subnet, mechanisms, self.split, self.pools, self.trace,
        );
        yuma_epoch::check_output(rules, subnet, mechanisms, &output)?;
        Ok(output)
    }
}

/// The emission in its parts, which only Null consensus reads.
fn pools(request: &fields::Request<'_>, pays_by_null: bool) -> Result<Pools, InputError> {
    let parts = [
        request.pending_server_emission,
        request.pending_validator_emission,
        request.pending_root_alpha_divs,
    ];
    Pools::of_parts(request.emission, parts, pays_by_null)
}

fn mechanisms<'a>(columns: &[Column<'a>]) -> Result<Vec<Mechanism<'a>>, InputError> {
    // Each has a number of a byte; how many a spec version has is the engine's to check.
    let (groups, rest) = columns.as_chunks();
    if !rest.is_empty() || groups.len() > usize::from(u8::MAX) {
        let expected = "expected the columns of at most 255 mechanisms";
        return Err(unexpected("mechanisms", expected));
    }
    let read = |(id, columns)| {
        fields::mechanism(columns).map_err(|error| InputError {
            mechanism: Some(id as u8),
            ..error
        })
    };
    groups.iter().enumerate().map(read).collect()
}
