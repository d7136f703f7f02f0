//! The check of the input: what no chain could hold is refused, so that the steps need not look. And the check that
//! what is known of a spec version's rules suffices for it.

use crate::{
    AlphaConsensus, InputError, MalformedSplit, Mechanism, Rules, SparseRows, Subnet, SubnetOutput,
};
use yuma_fixed::I32F32;
use yuma_vectorized::prepare::takes_stored_consensus;

fn check_len(field: &'static str, len: usize, n: u16) -> Result<(), InputError> {
    if len == n as usize {
        return Ok(());
    }
    Err(InputError::new(
        field,
        format!("expected {n} entries, found {len}"),
    ))
}

/// Returns `Ok` where a chain could hold this input: lengths, row starts and the number of mechanisms are checked.
///
/// # Errors
/// Input that no chain could hold is refused, with the field, the mechanism and uid where one is to blame, and what was
/// expected.
pub fn check_input(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    split: Option<&[u16]>,
) -> Result<(), InputError> {
    check_subnet(rules, subnet, split)?;
    check_count(rules, mechanisms.len())?;
    for (id, mechanism) in mechanisms.iter().enumerate() {
        check_mechanism(rules, subnet, mechanism, id as u8)?;
    }
    check_split(rules, split, mechanisms.len())
}

/// Returns `Ok` but for a malformed split where it is open what becomes of it.
fn check_split(rules: &Rules, split: Option<&[u16]>, mechanisms: usize) -> Result<(), InputError> {
    match split {
        Some(parts)
            if rules.malformed_split == MalformedSplit::InDoubt && parts.len() != mechanisms =>
        {
            Err(in_doubt(rules, "mechanism_emission_split"))
        }
        _ => Ok(()),
    }
}

/// Returns `Ok` where what is known of the spec version's rules suffices for this output.
///
/// While it is open which consensus is tested for zeros before liquid alpha has effect, the epoch's own has to be zero
/// where the stored one is; and while it is open whether each mechanism has a stored one, there may be one mechanism.
///
/// # Errors
/// The field whose reading is open.
pub fn check_output(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanisms: &[Mechanism<'_>],
    output: &SubnetOutput,
) -> Result<(), InputError> {
    if rules.alpha_consensus != AlphaConsensus::ChosenInDoubt
        || !takes_stored_consensus(rules, subnet)
    {
        return Ok(());
    }
    let is_open = |(mechanism, output): (&Mechanism<'_>, &crate::MechanismOutput)| {
        let stored = mechanism.consensus_by_mechanism;
        let reached = &stored[..stored.len().min(subnet.n.into())];
        let stored_is_zero = reached.iter().all(|&value| value == 0);
        let own = &output.raw.consensus;
        let own_is_zero = own.iter().all(|&value| value == I32F32::ZERO);
        !stored.is_empty() && (mechanisms.len() > 1 || stored_is_zero != own_is_zero)
    };
    if mechanisms.iter().zip(&output.mechanisms).any(is_open) {
        return Err(in_doubt(rules, "consensus_by_mechanism"));
    }
    Ok(())
}

fn in_doubt(rules: &Rules, field: &'static str) -> InputError {
    InputError::new(
        field,
        format!(
            "expected one on which the readings of spec {} agree",
            rules.spec_version
        ),
    )
}

fn check_subnet(
    rules: &Rules,
    subnet: &Subnet<'_>,
    split: Option<&[u16]>,
) -> Result<(), InputError> {
    if subnet.n == 0 {
        return Err(InputError::new("n", "expected 1 to 65535 neurons, found 0"));
    }
    check_len(
        "block_at_registration",
        subnet.block_at_registration.len(),
        subnet.n,
    )?;
    check_len(
        "total_stake_i64f64_bits",
        subnet.total_stake.len(),
        subnet.n,
    )?;
    check_any_len(
        rules,
        "validator_permit",
        subnet.validator_permit.len(),
        subnet.n,
    )?;
    check_at_most("mechanism_emission_split", split.map_or(0, <[u16]>::len))
}

fn check_count(rules: &Rules, mechanisms: usize) -> Result<(), InputError> {
    let most = rules.most_mechanisms;
    if (1..=usize::from(most)).contains(&mechanisms) {
        return Ok(());
    }
    Err(InputError::new(
        "mechanisms",
        format!(
            "expected 1 to {most} at spec version {}, found {mechanisms}",
            rules.spec_version
        ),
    ))
}

/// Returns `Ok` for at most 65535 entries: the chain tolerates vectors shorter and longer than `n`, but has no uid
/// beyond u16.
fn check_at_most(field: &'static str, len: usize) -> Result<(), InputError> {
    let most = u16::MAX as usize;
    if len <= most {
        return Ok(());
    }
    Err(InputError::new(
        field,
        format!("expected at most {most} entries, found {len}"),
    ))
}

/// Returns `Ok` for as many entries as there are neurons; for any number where the rules tolerate that.
fn check_any_len(rules: &Rules, field: &'static str, len: usize, n: u16) -> Result<(), InputError> {
    if rules.strict_lengths {
        check_len(field, len, n)
    } else {
        check_at_most(field, len)
    }
}

/// Returns `Ok` where every entry is of a uid that exists.
fn check_uids(field: &'static str, rows: &SparseRows<'_>, n: u16) -> Result<(), InputError> {
    // A fold without an early way out runs in vectors.
    let last = rows.uid.iter().fold(0, |last, &uid| last.max(uid));
    if last < n {
        return Ok(());
    }
    for uid in 0..n {
        if let Some((found, _)) = rows.row(uid.into()).find(|&(j, _)| j >= n) {
            return Err(InputError {
                uid: Some(uid.into()),
                ..InputError::new(field, format!("expected uids below {n}, found {found}"))
            });
        }
    }
    Ok(())
}

fn check_mechanism(
    rules: &Rules,
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    id: u8,
) -> Result<(), InputError> {
    let checks = || {
        check_any_len(rules, "last_update", mechanism.last_update.len(), subnet.n)?;
        let stored = mechanism.consensus_by_mechanism.len();
        check_at_most("consensus_by_mechanism", stored)?;
        check_rows("weights", &mechanism.weights, subnet.n)?;
        check_rows("bonds", &mechanism.bonds, subnet.n)?;
        if rules.strict_lengths {
            check_uids("bonds", &mechanism.bonds, subnet.n)?;
        }
        if subnet.commit_reveal_enabled || !mechanism.commit_blocks.is_empty() {
            check_len("commit_blocks", mechanism.commit_blocks.len(), subnet.n)?;
        }
        Ok(())
    };
    checks().map_err(|error| InputError {
        mechanism: Some(id),
        ..error
    })
}

fn check_rows(field: &'static str, rows: &SparseRows<'_>, n: u16) -> Result<(), InputError> {
    let expected_starts = n as usize + 1;
    if rows.row_start.len() != expected_starts {
        return Err(InputError::new(
            field,
            format!(
                "expected {n} rows ({expected_starts} row starts), found {} row starts",
                rows.row_start.len()
            ),
        ));
    }
    if rows.uid.len() != rows.value.len() {
        return Err(InputError::new(
            field,
            format!(
                "expected as many uids as values, found {} and {}",
                rows.uid.len(),
                rows.value.len()
            ),
        ));
    }
    if rows.row_start[0] != 0 {
        return Err(InputError::new(
            field,
            format!("expected row starts from 0, found {}", rows.row_start[0]),
        ));
    }
    let starts = rows.row_start.iter().zip(&rows.row_start[1..]);
    if starts.fold(true, |ok, (start, end)| ok & (start <= end)) {
        return check_end(field, rows, n);
    }
    for (row, pair) in rows.row_start.windows(2).enumerate() {
        if pair[1] < pair[0] {
            return Err(InputError {
                uid: Some(row as u32),
                ..InputError::new(
                    field,
                    format!(
                        "expected ascending row starts, found {} after {}",
                        pair[1], pair[0]
                    ),
                )
            });
        }
    }
    check_end(field, rows, n)
}

fn check_end(field: &'static str, rows: &SparseRows<'_>, n: u16) -> Result<(), InputError> {
    let end = rows.row_start[n as usize] as usize;
    if end != rows.uid.len() {
        return Err(InputError::new(
            field,
            format!(
                "expected {end} entries by the row starts, found {}",
                rows.uid.len()
            ),
        ));
    }
    Ok(())
}
