//! Halves of bytes, by which the trie branches.

/// A run of halves of bytes, the high one of each byte first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nibbles<'a> {
    bytes: &'a [u8],
    /// Halves of the bytes that are not of the run.
    skipped: usize,
}

impl<'a> Nibbles<'a> {
    /// All of the bytes but so many halves, of which there are at least as many.
    pub fn new(bytes: &'a [u8], skipped: usize) -> Self {
        Self { bytes, skipped }
    }

    pub fn len(self) -> usize {
        2 * self.bytes.len() - self.skipped
    }

    /// The half at a place; 0 behind the last.
    pub fn at(self, place: usize) -> u8 {
        let place = self.skipped + place;
        let byte = self.bytes.get(place / 2).copied().unwrap_or(0);
        if place.is_multiple_of(2) {
            byte >> 4
        } else {
            byte & 15
        }
    }

    /// Without its first halves, of which there are at least as many.
    pub fn from(self, place: usize) -> Self {
        Self::new(self.bytes, self.skipped + place)
    }

    pub fn starts_with(self, other: Self) -> bool {
        other.len() <= self.len() && (0..other.len()).all(|place| self.at(place) == other.at(place))
    }

    pub fn iter(self) -> impl Iterator<Item = u8> + 'a {
        (0..self.len()).map(move |place| self.at(place))
    }
}
