//! The check of the input: what no chain could hold is refused, so that the steps need not look.

use crate::{InputError, Mechanism, Rules, SparseRows, Subnet};

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
    check_subnet(subnet, split)?;
    check_count(rules, mechanisms.len())?;
    for (id, mechanism) in mechanisms.iter().enumerate() {
        check_mechanism(subnet, mechanism, id as u8)?;
    }
    Ok(())
}

fn check_subnet(subnet: &Subnet<'_>, split: Option<&[u16]>) -> Result<(), InputError> {
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
    check_at_most("validator_permit", subnet.validator_permit.len())?;
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

fn check_mechanism(
    subnet: &Subnet<'_>,
    mechanism: &Mechanism<'_>,
    id: u8,
) -> Result<(), InputError> {
    let checks = || {
        check_at_most("last_update", mechanism.last_update.len())?;
        check_rows("weights", &mechanism.weights, subnet.n)?;
        check_rows("bonds", &mechanism.bonds, subnet.n)?;
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
