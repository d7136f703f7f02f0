//! Sparse rows that are changed in place.

use std::ops::Range;
use yuma_types::{SparseRows, StoredRows};

/// The rows as an epoch reads them.
pub fn borrowed(rows: &StoredRows) -> SparseRows<'_> {
    SparseRows {
        row_start: &rows.start,
        uid: &rows.uid,
        value: &rows.value,
    }
}

/// Rows of their own.
pub fn owned(rows: &SparseRows<'_>) -> StoredRows {
    StoredRows {
        start: rows.row_start.to_vec(),
        uid: rows.uid.to_vec(),
        value: rows.value.to_vec(),
    }
}

/// Where the entries of a row are.
pub fn range(rows: &StoredRows, row: u16) -> Range<usize> {
    let row = usize::from(row);
    rows.start[row] as usize..rows.start[row + 1] as usize
}

/// Puts other entries in the place of a row's.
pub fn set_row(rows: &mut StoredRows, row: u16, uids: &[u16], values: &[u16]) {
    let range = range(rows, row);
    if range.len() == uids.len() {
        rows.uid[range.clone()].copy_from_slice(uids);
        rows.value[range].copy_from_slice(values);
        return;
    }
    let (before, after) = (range.len(), uids.len());
    rows.uid.splice(range.clone(), uids.iter().copied());
    rows.value.splice(range, values.iter().copied());
    for start in &mut rows.start[usize::from(row) + 1..] {
        *start = (*start as usize - before + after) as u32;
    }
}

/// Sets every entry of a row for a uid; one that is not there is added at its end.
pub fn set_entry(rows: &mut StoredRows, row: u16, uid: u16, value: u16) {
    let range = range(rows, row);
    let mut found = false;
    for at in range.clone() {
        if rows.uid[at] == uid {
            rows.value[at] = value;
            found = true;
        }
    }
    if found {
        return;
    }
    rows.uid.insert(range.end, uid);
    rows.value.insert(range.end, value);
    for start in &mut rows.start[usize::from(row) + 1..] {
        *start += 1;
    }
}

/// Sets every entry for a uid, whoever's it is, to 0.
pub fn zero_column(rows: &mut StoredRows, uid: u16) {
    for (target, value) in rows.uid.iter().zip(&mut rows.value) {
        if *target == uid {
            *value = 0;
        }
    }
}

/// Adds a row without entries.
pub fn push_row(rows: &mut StoredRows) {
    rows.start.push(rows.uid.len() as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lists: &[&[(u16, u16)]]) -> StoredRows {
        let mut rows = StoredRows::default();
        for list in lists {
            rows.uid.extend(list.iter().map(|entry| entry.0));
            rows.value.extend(list.iter().map(|entry| entry.1));
            push_row(&mut rows);
        }
        rows
    }

    #[test]
    fn a_row_becomes_shorter_or_longer() {
        let mut changed = rows(&[&[(1, 5)], &[(0, 1), (2, 2)], &[(3, 7)]]);
        set_row(&mut changed, 1, &[4], &[9]);
        assert_eq!(changed, rows(&[&[(1, 5)], &[(4, 9)], &[(3, 7)]]));
        set_row(&mut changed, 0, &[], &[]);
        assert_eq!(changed, rows(&[&[], &[(4, 9)], &[(3, 7)]]));
        set_row(&mut changed, 2, &[1, 2, 3], &[1, 2, 3]);
        assert_eq!(changed, rows(&[&[], &[(4, 9)], &[(1, 1), (2, 2), (3, 3)]]));
        set_row(&mut changed, 1, &[5], &[6]);
        assert_eq!(changed, rows(&[&[], &[(5, 6)], &[(1, 1), (2, 2), (3, 3)]]));
    }

    #[test]
    fn an_entry_is_set_wherever_it_is_repeated_or_else_added() {
        let mut changed = rows(&[&[(1, 5), (2, 3), (1, 6)], &[(3, 7)]]);
        set_entry(&mut changed, 0, 1, 9);
        set_entry(&mut changed, 0, 4, 8);
        assert_eq!(
            changed,
            rows(&[&[(1, 9), (2, 3), (1, 9), (4, 8)], &[(3, 7)]])
        );
        zero_column(&mut changed, 1);
        assert_eq!(
            changed,
            rows(&[&[(1, 0), (2, 3), (1, 0), (4, 8)], &[(3, 7)]])
        );
    }
}
