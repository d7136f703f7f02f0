//! The columns of an eligible epoch: every neuron, or those alone for which something is to be computed.
//!
//! On many subnets validators weigh the same few neurons, or agree on few of those that they weigh: for a neuron that has
//! no consensus and no bonds nothing is left to compute, where bonds follow clipped weights.

use super::panel::Lanes16;
use super::rows::Row;
use super::tile::BLOCK_COLUMNS;
use crate::kernels::simd::LANES;
use crate::{Mechanism, Subnet};
use yuma_fixed::I32F32;

/// Which columns the neurons have.
pub(super) struct Columns<'a> {
    /// The place of each uid's entries in a row of a panel; `None` where every neuron has its uid's column.
    pub panel_places: Option<&'a [PanelPlace]>,
    /// The block in which each column's neuron registered.
    pub registered: &'a [u64],
    /// The uid of each column, where that is another number.
    uids: Option<&'a [u16]>,
    /// The uid of each column, and a tile more.
    uids_of_tiles: &'a [u16],
}

/// The place of a uid's entries in a row of a panel: within its column block in the lower half, behind it for a uid that
/// is left out, and in the upper half the bit of its tile, none for one that is left out. Both in one word, since it is
/// looked up for every entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PanelPlace(u32);

impl PanelPlace {
    /// The place of a uid that is left out.
    const LEFT_OUT: Self = Self(BLOCK_COLUMNS as u32);

    /// Returns the place of a column.
    #[inline(always)]
    pub fn of_column(column: u32) -> Self {
        let column = column % BLOCK_COLUMNS as u32;
        Self(column | 1 << (16 + column / LANES as u32))
    }

    /// Returns the place within a row of a column block.
    #[inline(always)]
    pub fn lane(self) -> usize {
        usize::from(self.0 as u16)
    }

    /// Returns the place and, above its sixteen bits, the tile's.
    #[inline(always)]
    pub fn word(self) -> u32 {
        self.0
    }
}

impl Columns<'_> {
    /// Returns the number of columns.
    pub fn count(&self) -> usize {
        self.registered.len()
    }

    /// Returns the column of a uid, or `None` where that is left out.
    pub fn column(&self, uid: u16) -> Option<u16> {
        let Some(uids) = self.uids else {
            return Some(uid);
        };
        uids.binary_search(&uid).ok().map(|column| column as u16)
    }

    /// Returns the column block that entries of this uid are read in, or `None` where no column is left for them.
    #[inline(always)]
    pub fn block_of(&self, uid: u16) -> Option<usize> {
        let column = match self.uids {
            None => uid.into(),
            Some(uids) if uids.len() <= BLOCK_COLUMNS => {
                return uids.last().filter(|&&last| uid <= last).map(|_| 0);
            }
            Some(uids) => uids.partition_point(|&other| other < uid),
        };
        (column < self.count()).then_some(column / BLOCK_COLUMNS)
    }

    /// Returns the uid of a column block's first column; beyond the last column one that no neuron has.
    #[inline(always)]
    pub fn first_uid(&self, column_block: usize) -> usize {
        let column = column_block * BLOCK_COLUMNS;
        match self.uids {
            None => column,
            Some(uids) => uids.get(column).map_or(usize::MAX, |&uid| uid.into()),
        }
    }

    /// Returns values by column, I32F32 bits, as `n` values by uid, zero for uids without a column.
    pub fn by_uid(&self, values: &[u64], n: usize) -> Vec<I32F32> {
        let Some(uids) = self.uids else {
            return from_bits(values);
        };
        let mut out = vec![I32F32::ZERO; n];
        for (&uid, &value) in uids.iter().zip(values) {
            out[uid as usize] = I32F32::from_bits(value as i64);
        }
        out
    }

    /// Writes `n` values by uid as values by column, I32F32 bits.
    pub fn by_column(&self, values: &[I32F32], columns: &mut Vec<u64>) {
        columns.clear();
        let bits = |value: &I32F32| value.to_bits() as u64;
        match self.uids {
            None => columns.extend(values.iter().map(bits)),
            Some(uids) => columns.extend(uids.iter().map(|&uid| bits(&values[usize::from(uid)]))),
        }
    }

    /// Returns whether uids are those of a column block's columns: where validators weigh the neurons that have consensus,
    /// and only those, a row's entries lie as the columns do.
    #[inline(always)]
    pub fn are_all_of_block(&self, uids: &[u16], column_block: usize) -> bool {
        let of_columns = self.uids.unwrap_or(&[]);
        let first = column_block * BLOCK_COLUMNS;
        let end = of_columns.len().min(first + BLOCK_COLUMNS);
        of_columns.get(first..end) == Some(uids)
    }

    /// Returns the uids of a tile; beyond the last column they mean nothing.
    #[inline(always)]
    pub fn uids_of_tile(&self, first_column: usize) -> Option<&Lanes16> {
        self.uids_of_tiles.get(first_column..)?.first_chunk()
    }
}

/// Returns numbers of these I32F32 bits.
pub(super) fn from_bits(values: &[u64]) -> Vec<I32F32> {
    values
        .iter()
        .map(|&v| I32F32::from_bits(v as i64))
        .collect()
}

/// Which weighed columns something is to be computed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// Every column with a weight.
    Weighed,
    /// Those on whose weights so many voters' stakes lie at least, I32F32 bits: no other has consensus.
    Supported(u64),
}

/// The memory of a compaction of columns.
#[derive(Default)]
pub(super) struct Compaction {
    /// The stake on each neuron's weights, or all of it where every weight needs a column.
    support: Vec<u64>,
    panel_places: Vec<PanelPlace>,
    uids: Vec<u16>,
    registered: Vec<u64>,
    /// Numbers from 0 on: the uids where every neuron has its uid's column.
    all_uids: Vec<u16>,
}

impl Compaction {
    /// Returns the columns, and replaces each row's own uid by its column. `votes` are the stakes behind rows' votes.
    pub fn columns<'a>(
        &'a mut self,
        subnet: &Subnet<'a>,
        mechanism: &Mechanism<'a>,
        rows: &mut [Row],
        votes: &[Option<u32>],
        needed: Needed,
    ) -> Columns<'a> {
        let n = subnet.n.into();
        if !self.find_needed(n, mechanism, rows, votes, needed) {
            if self.all_uids.len() < n + LANES {
                self.list_all_uids(n + LANES);
            }
            return Columns {
                panel_places: None,
                registered: subnet.block_at_registration,
                uids: None,
                uids_of_tiles: &self.all_uids,
            };
        }
        let count = self.number(subnet.block_at_registration);
        let columns = Columns {
            panel_places: Some(&self.panel_places),
            registered: &self.registered,
            uids: Some(&self.uids[..count]),
            uids_of_tiles: &self.uids,
        };
        for row in rows.iter_mut() {
            row.self_column = row.self_column.and_then(|uid| columns.column(uid));
        }
        columns
    }

    /// Marks the uids that need a column. Returns false where that is most of them: as soon as it shows.
    fn find_needed(
        &mut self,
        n: usize,
        mechanism: &Mechanism<'_>,
        rows: &[Row],
        votes: &[Option<u32>],
        needed: Needed,
    ) -> bool {
        let most = n - n / 4;
        let vote_of = |vote: Option<u32>| match needed {
            Needed::Weighed => 1,
            Needed::Supported(_) => u64::from(vote.unwrap_or(0)),
        };
        let least = match needed {
            Needed::Weighed => 1,
            Needed::Supported(least) => least.max(1),
        };
        // Where the voters weigh most neurons on average, most have a majority or a weight.
        let weighed = rows.iter().zip(votes).map(|(row, &vote)| {
            let per_neuron = vote_of(vote) * row.weights.len() as u64 / n as u64;
            per_neuron.min(1 << 33)
        });
        if let Needed::Supported(_) = needed
            && 4 * weighed.sum::<u64>() > 3 << 32
        {
            return false;
        }
        self.support.clear();
        self.support.resize(n, 0);
        // A slice of its own: a store into the vector might be one to its pointer, which would be read again.
        let support = &mut self.support[..];
        let mut on_all = 0;
        for (row, &vote) in rows.iter().zip(votes) {
            let vote = vote_of(vote);
            if needed == Needed::Weighed && row.weights.len() > most {
                return false;
            }
            // Ascending uids that are as many as there are neurons are all of them.
            if row.weights.len() == n {
                on_all += vote;
            } else if vote > 0 {
                for &uid in &mechanism.weights.uid[row.weights.clone()] {
                    support[usize::from(uid)] += vote;
                }
            }
        }
        for row in rows {
            for &uid in &mechanism.bonds.uid[row.bonds.clone()] {
                support[usize::from(uid)] = least;
            }
        }
        let mut found = 0;
        for support in support {
            *support = u64::from(*support + on_all >= least);
            found += *support as usize;
        }
        found <= most
    }

    /// Makes the list of all uids so long. Not inlined: it is kept.
    #[cold]
    #[inline(never)]
    fn list_all_uids(&mut self, len: usize) {
        for uid in self.all_uids.len()..len {
            self.all_uids.push(uid as u16);
        }
    }

    /// Numbers the uids that were marked, and returns how many they are.
    fn number(&mut self, registered: &[u64]) -> usize {
        let n = registered.len();
        self.uids.resize(n + LANES, 0);
        let uids = &mut self.uids[..];
        let mut count = 0;
        for (uid, &is_needed) in self.support.iter().enumerate() {
            // One that is not needed is overwritten by the next.
            uids[count] = uid as u16;
            count += is_needed as usize;
        }
        self.panel_places.clear();
        self.panel_places.resize(n, PanelPlace::LEFT_OUT);
        self.registered.clear();
        for (column, &uid) in self.uids[..count].iter().enumerate() {
            let uid = usize::from(uid);
            self.panel_places[uid] = PanelPlace::of_column(column as u32);
            self.registered.push(registered[uid]);
        }
        count
    }
}
