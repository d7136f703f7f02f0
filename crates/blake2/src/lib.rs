//! BLAKE2b, the hash that the chain's storage is keyed and proved by: of 16 bytes in the keys of maps with the hasher
//! `Blake2_128Concat`, of 32 bytes for the nodes of the state's trie.

/// BLAKE2b's initial state. The fractional parts of the square roots of the first eight primes.
const INITIAL: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// The order in which each round takes the words of the block; rounds 10 and 11 are 0 and 1 again.
const ORDER: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// The words that a round mixes: the columns of the state, then its diagonals.
const MIXED: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// The length of a block in bytes.
const BLOCK: usize = 128;

/// BLAKE2b of so many bytes (at most 64), without a key.
///
/// Follows RFC 7693.
pub fn blake2b<const BYTES: usize>(input: &[u8]) -> [u8; BYTES] {
    const { assert!(BYTES > 0 && BYTES <= 64) }
    let words = words_of(input, BYTES as u64);
    let mut hash = [0; BYTES];
    for (bytes, word) in hash.chunks_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes()[..bytes.len()]);
    }
    hash
}

/// The state after all of the input, for a hash of so many bytes: one function for hashes of every length.
fn words_of(input: &[u8], length: u64) -> [u64; 8] {
    let mut state = INITIAL;
    // One lane, no key.
    state[0] ^= 0x0101_0000 ^ length;
    let mut rest = input;
    let mut counted = 0;
    while let Some((block, behind)) = rest.split_first_chunk::<BLOCK>()
        && !behind.is_empty()
    {
        counted += BLOCK as u64;
        compress(&mut state, block, counted, false);
        rest = behind;
    }
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    compress(&mut state, &last, counted + rest.len() as u64, true);
    state
}

/// Takes a block into the state. `counted` is how many bytes of the input there are up to its end.
fn compress(state: &mut [u64; 8], block: &[u8; BLOCK], counted: u64, last: bool) {
    let mut input = [0; 16];
    for (word, bytes) in input.iter_mut().zip(block.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    let mut words: [u64; 16] = std::array::from_fn(|i| match i {
        0..8 => state[i],
        _ => INITIAL[i - 8],
    });
    words[12] ^= counted;
    if last {
        words[14] = !words[14];
    }
    for round in 0..12 {
        let order = &ORDER[round % 10];
        for (i, mixed) in MIXED.into_iter().enumerate() {
            let (x, y) = (input[order[2 * i]], input[order[2 * i + 1]]);
            mix(&mut words, mixed, x, y);
        }
    }
    for (i, word) in state.iter_mut().enumerate() {
        *word ^= words[i] ^ words[i + 8];
    }
}

fn mix(words: &mut [u64; 16], [a, b, c, d]: [usize; 4], x: u64, y: u64) {
    words[a] = words[a].wrapping_add(words[b]).wrapping_add(x);
    words[d] = (words[d] ^ words[a]).rotate_right(32);
    words[c] = words[c].wrapping_add(words[d]);
    words[b] = (words[b] ^ words[c]).rotate_right(24);
    words[a] = words[a].wrapping_add(words[b]).wrapping_add(y);
    words[d] = (words[d] ^ words[a]).rotate_right(16);
    words[c] = words[c].wrapping_add(words[d]);
    words[b] = (words[b] ^ words[c]).rotate_right(63);
}

#[cfg(test)]
mod tests {
    use super::blake2b;

    /// Against Python's `hashlib.blake2b(key, digest_size=16)`.
    #[test]
    fn hashes_of_16_bytes_are_those_of_another_implementation() {
        let ascending: [u8; 32] = std::array::from_fn(|i| i as u8);
        for (key, hash) in [
            ([0; 32], 0xff0f_2249_2f44_bac4_c4b3_0ae5_8d0e_8daa_u128),
            (ascending, 0xf39a_2cad_5841_1cd4_9f57_7e50_86b8_031f),
            ([0xff; 32], 0x0dea_32a5_debc_4374_92e4_ca3c_a6b7_d4bf),
        ] {
            assert_eq!(blake2b(&key), hash.to_be_bytes());
        }
    }

    /// Against Python's: of inputs of every length around the blocks' ends, hashed one after the other.
    #[test]
    fn hashes_of_32_bytes_are_those_of_another_implementation() {
        // all = b''.join(blake2b(bytes((i * 7 + n) % 256 for i in range(n)), digest_size=32).digest()
        //                for n in range(400)); blake2b(all, digest_size=32)
        let all: Vec<u8> = (0..400_usize)
            .flat_map(|n| {
                let input: Vec<u8> = (0..n).map(|i| (i * 7 + n) as u8).collect();
                blake2b::<32>(&input)
            })
            .collect();
        let expected = "572bd539561f06dca618135ff160af2837166b8e45fa64e327a46d3c0d76c3ad";
        assert_eq!(hex(&blake2b::<32>(&all)), expected);
        let empty = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
        assert_eq!(hex(&blake2b::<32>(&[])), empty);
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
