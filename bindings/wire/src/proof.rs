//! State proofs as columns: nodes and keys in as the text that JSON carries them in, places of values out.
//!
//! The columns are the state root (32 bytes), and the texts of nodes and of keys, each as all characters one after the
//! other and the length of each. Accounts, whose hashes stand in keys, are a column of 32 bytes each.

use crate::Column;
use crate::buffer::{STATUS_INPUT_ERROR, STATUS_OK, Sections};
use crate::memory::ensure_function;
use yuma_blake2::blake2b;
use yuma_proof::{ByteStrings, Listing, ProofError, StateProof};

/// Numbers of the functions.
pub mod function {
    /// Where the value of each key is: no slots.
    pub const VALUES: u32 = 0;
    /// The same, and whether the keys are all that there are: whether they are the last ones, whether they come after a
    /// key. The first of the keys is the prefix, the next the one that they come after.
    pub const LISTING: u32 = 1;
    /// Hashes of accounts: no slots, and one column.
    pub const ACCOUNTS: u32 = 2;
}

/// What stands before an account where the checksum of its address is taken: `SS58PRE` and Bittensor's format, 42.
const CHECKSUM_PREFIX: [u8; 8] = *b"SS58PRE\x2a";

/// What stands for the node of a value that is not there.
const ABSENT: u32 = u32::MAX;

/// What a call came to, with the memory that its sections lie in.
#[derive(Debug)]
pub enum ProofAnswer {
    /// What was asked is proved. Of each key the node that its value lies in, the byte that it begins with, its length.
    Proved(Vec<u32>),
    /// Of each account the 16 bytes of its hash in a key, and the two of the checksum of its address.
    Hashes(Vec<u8>),
    /// Why it is not.
    Unproved(String),
    /// How the check failed: a bug of ours, said instead of thrown.
    Failure(String),
}

impl ProofAnswer {
    /// The sections, measured and ready to be written.
    pub fn sections(&self) -> Sections<'_> {
        match self {
            Self::Proved(places) => {
                let mut sections = Sections::new(STATUS_OK);
                sections.add(0, 0, places);
                sections
            }
            Self::Hashes(hashes) => {
                let mut sections = Sections::new(STATUS_OK);
                sections.add(0, 0, hashes);
                sections
            }
            Self::Unproved(reason) => {
                let mut sections = Sections::new(STATUS_INPUT_ERROR);
                sections.add(0, 0, reason.as_bytes());
                sections
            }
            Self::Failure(reason) => Sections::failure(reason),
        }
    }
}

/// Answers a function.
pub fn call(number: u32, slots: &[u64], columns: &[Column<'_>]) -> ProofAnswer {
    let _room = ensure_function(columns);
    if let (function::ACCOUNTS, [], &[Column::U8(accounts)]) = (number, slots, columns)
        && let (accounts, []) = accounts.as_chunks()
    {
        return ProofAnswer::Hashes(accounts.iter().flat_map(hashes).collect());
    }
    let &[
        Column::U8(root),
        Column::U8(nodes),
        Column::U32(node_lengths),
        Column::U8(keys),
        Column::U32(key_lengths),
    ] = columns
    else {
        return ProofAnswer::Failure("expected the columns of a proof".into());
    };
    let Ok(root) = root.try_into() else {
        return ProofAnswer::Failure("expected a root of 32 bytes".into());
    };
    let read = || {
        let nodes = ByteStrings::from_hex(nodes, node_lengths, "node")?;
        let keys = ByteStrings::from_hex(keys, key_lengths, "key")?;
        let proof = StateProof::new(root, nodes, keys.iter())?;
        Ok((proof, keys))
    };
    let checked = read().and_then(|(proof, keys)| match (number, slots) {
        (function::VALUES, []) => places(&proof, &keys).map(Some),
        (function::LISTING, &[last, after]) => listing(&proof, &keys, last == 1, after == 1),
        _ => Ok(None),
    });
    match checked {
        Ok(Some(places)) => ProofAnswer::Proved(places),
        Ok(None) => ProofAnswer::Failure("expected a function of this package".into()),
        Err(error) => ProofAnswer::Unproved(error.to_string()),
    }
}

/// `Blake2_128` of an account, and the checksum of its SS58 address.
fn hashes(account: &[u8; 32]) -> [u8; 18] {
    let mut checked = [0; CHECKSUM_PREFIX.len() + 32];
    checked[..CHECKSUM_PREFIX.len()].copy_from_slice(&CHECKSUM_PREFIX);
    checked[CHECKSUM_PREFIX.len()..].copy_from_slice(account);
    let mut hashes = [0; 18];
    hashes[..16].copy_from_slice(&blake2b::<16>(account));
    hashes[16..].copy_from_slice(&blake2b::<64>(&checked)[..2]);
    hashes
}

fn places(proof: &StateProof, keys: &ByteStrings) -> Result<Vec<u32>, ProofError> {
    let mut places = Vec::with_capacity(3 * keys.len());
    for key in keys.iter() {
        // They fit: a column in JavaScript's memory has no more characters, nor does a list.
        places.extend(proof.value(key)?.map_or([ABSENT, 0, 0], |place| {
            [place.node, place.start, place.len].map(|number| number as u32)
        }));
    }
    Ok(places)
}

/// None where the keys lack the prefix or the one that they come after.
fn listing(
    proof: &StateProof,
    keys: &ByteStrings,
    last: bool,
    after: bool,
) -> Result<Option<Vec<u32>>, ProofError> {
    let all: Vec<&[u8]> = keys.iter().collect();
    let (Some(&prefix), Some(listed)) = (all.first(), all.get(1 + usize::from(after)..)) else {
        return Ok(None);
    };
    let listing = Listing {
        prefix,
        after: after.then(|| all[1]),
        keys: listed,
        last,
    };
    listing.check(proof)?;
    // Who answers for these keys gives their values too: so every byte of the answer counts.
    places(proof, keys).map(Some)
}

#[cfg(test)]
mod tests {
    use super::{ProofAnswer, call, function};
    use crate::Column;

    /// Against Python's `hashlib.blake2b`: `blake2b(account, digest_size=16)`, and the first two bytes of
    /// `blake2b(b'SS58PRE*' + account)`, of an account of ascending bytes and the one of zeros.
    #[test]
    fn hashes_of_accounts_are_those_of_another_implementation() {
        let mut accounts: Vec<u8> = (0..32).collect();
        accounts.extend([0; 32]);
        let ProofAnswer::Hashes(hashes) = call(function::ACCOUNTS, &[], &[Column::U8(&accounts)])
        else {
            panic!("expected hashes");
        };
        assert_eq!(
            hex(&hashes),
            concat!(
                "f39a2cad58411cd49f577e5086b8031fd779",
                "ff0f22492f44bac4c4b30ae58d0e8daaa600"
            )
        );
    }

    #[test]
    fn what_is_no_list_of_accounts_is_refused() {
        let bytes = [0; 33];
        for (slots, columns) in [
            (&[][..], &[Column::U8(&bytes)][..]),
            (&[1], &[Column::U8(&bytes[..32])]),
            (&[], &[]),
        ] {
            let answer = call(function::ACCOUNTS, slots, columns);
            assert!(matches!(answer, ProofAnswer::Failure(_)));
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
