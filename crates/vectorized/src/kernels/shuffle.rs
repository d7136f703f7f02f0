//! Lanes moved together by shuffles of bytes, where there is an instruction for one.

use super::simd::{Compressions, HALF, LANES};

/// The instruction that moves eight lanes of 16 bits by a shuffle of their bytes.
pub(crate) trait Shuffle16: Copy {
    /// Writes the bytes that the shuffle names.
    fn shuffle16(self, from: &[u16; HALF], shuffle: &[u8; 2 * HALF], to: &mut [u16; HALF]);

    /// [`super::simd::U32Lanes::compress16`], a half of the lanes at a time.
    #[inline(always)]
    fn compress_halves(
        self,
        shuffles: &Compressions,
        from: [&[u16; LANES]; 2],
        selected: u16,
        to: [&mut [u16; LANES]; 2],
    ) {
        let [low, high] = selected.to_le_bytes();
        let behind_low = low.count_ones() as usize;
        let [low, high] = [low, high].map(|half| &shuffles[usize::from(half)]);
        for (from, to) in from.into_iter().zip(to) {
            if let ([first, second], []) = from.as_chunks()
                && let Some(to_low) = to.first_chunk_mut()
            {
                self.shuffle16(first, low, to_low);
                // At most eight lanes are before it, and eight are left.
                if let Some(to_high) = to[behind_low..].first_chunk_mut() {
                    self.shuffle16(second, high, to_high);
                }
            }
        }
    }
}
