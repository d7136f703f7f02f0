//! Hex digits.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The two digits of each byte.
const PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};

/// Stands for what is no digit.
const NONE: u8 = 0xff;

/// What each character is as a digit.
const NIBBLES: [u8; 256] = {
    let mut nibbles = [NONE; 256];
    let mut digit = 0;
    while digit < 16 {
        let character = DIGITS[digit];
        nibbles[character as usize] = digit as u8;
        nibbles[character.to_ascii_uppercase() as usize] = digit as u8;
        digit += 1;
    }
    nibbles
};

/// Writes bytes as digits.
pub(crate) fn write(bytes: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    text.resize(start + 2 * bytes.len(), 0);
    let (pairs, _) = text[start..].as_chunks_mut();
    for (pair, &byte) in pairs.iter_mut().zip(bytes) {
        *pair = PAIRS[usize::from(byte)];
    }
}

/// Reads digits until a character that is none, and returns how many bytes they were; none where a digit is left alone.
pub(crate) fn read(text: &[u8], bytes: &mut Vec<u8>) -> Option<usize> {
    let is_digit = |&character: &u8| NIBBLES[usize::from(character)] != NONE;
    let digits = text
        .iter()
        .take_while(|character| is_digit(character))
        .count();
    let (pairs, []) = text[..digits].as_chunks() else {
        return None;
    };
    bytes.extend(
        pairs
            .iter()
            .map(|&[high, low]| NIBBLES[usize::from(high)] << 4 | NIBBLES[usize::from(low)]),
    );
    Some(pairs.len())
}

/// The bytes of hex digits; none of what is no hex.
pub fn bytes_of_hex(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    (2 * read(text, &mut bytes)? == text.len()).then_some(bytes)
}
