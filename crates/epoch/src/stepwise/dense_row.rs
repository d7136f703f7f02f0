//! A dense row for steps that look entries up by uid.

use yuma_fixed::I32F32;

/// A row with a cell for each of `n` uids, which knows the cells in use, so that clearing it costs what filling it did.
pub(super) struct DenseRow {
    value: Vec<I32F32>,
    used: Vec<bool>,
    used_uids: Vec<u16>,
}

impl DenseRow {
    /// Returns a row of `n` zeros.
    pub fn new(n: usize) -> Self {
        Self {
            value: vec![I32F32::ZERO; n],
            used: vec![false; n],
            used_uids: Vec::new(),
        }
    }

    /// Returns whether the row has a cell for `uid`.
    pub fn has(&self, uid: u16) -> bool {
        usize::from(uid) < self.value.len()
    }

    /// Returns the cell of `uid`, to change in place; it counts as used from then on.
    pub fn entry(&mut self, uid: u16) -> &mut I32F32 {
        let at = uid as usize;
        if !self.used[at] {
            self.used[at] = true;
            self.used_uids.push(uid);
        }
        &mut self.value[at]
    }

    /// Returns the value of `uid`, zero where its cell is not in use.
    pub fn get(&self, uid: u16) -> I32F32 {
        self.value[uid as usize]
    }

    /// Returns the cells in use, by ascending uid.
    pub fn sorted(&mut self) -> impl Iterator<Item = (u16, I32F32)> {
        if !self.used_uids.is_sorted() {
            // The cells are in order: no code of a sort is needed, which a browser's module would have to hold.
            self.used_uids.clear();
            let used = self.used.iter().enumerate().filter(|&(_, &used)| used);
            self.used_uids.extend(used.map(|(uid, _)| uid as u16));
        }
        self.used_uids
            .iter()
            .map(|&uid| (uid, self.value[uid as usize]))
    }

    /// Sets every cell in use back to zero.
    pub fn clear(&mut self) {
        for &uid in &self.used_uids {
            self.value[uid as usize] = I32F32::ZERO;
            self.used[uid as usize] = false;
        }
        self.used_uids.clear();
    }
}
