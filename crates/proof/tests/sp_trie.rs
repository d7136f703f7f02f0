//! Against tries and proofs that `sp-trie` made: see `test/vectors/state-proofs`.

use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use yuma_proof::{ByteStrings, Hash, Listing, ProofError, StateProof};

type Bytes = Vec<u8>;

fn bytes(hex: &Value) -> Bytes {
    let digits = hex.as_str().and_then(|hex| hex.strip_prefix("0x"));
    let digits = digits.expect("hex").as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).expect("digits");
        u8::from_str_radix(pair, 16).expect("digits")
    });
    pairs.collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

struct Answer {
    root: Hash,
    nodes: Vec<Bytes>,
    /// Each key with what is proved of it, if anything is.
    values: Vec<(Bytes, Option<Option<Bytes>>)>,
    /// Each prefix with the keys that are proved to be all, if any are.
    listings: Vec<(Bytes, Option<Vec<Bytes>>)>,
    /// All keys of the state; none where that is not known.
    state: Vec<Bytes>,
}

impl Answer {
    fn proof(&self) -> StateProof {
        self.proof_of(&self.nodes).expect("not too many nodes")
    }

    fn proof_of(&self, nodes: &[Bytes]) -> Result<StateProof, ProofError> {
        let nodes = nodes.iter().map(Vec::as_slice).collect();
        let keys = self.values.iter().map(|(key, _)| key.as_slice());
        StateProof::new(self.root, nodes, keys)
    }

    /// What the proof says of a key, with the value itself.
    fn value(
        &self,
        proof: &StateProof,
        nodes: &[Bytes],
        key: &[u8],
    ) -> Result<Option<Bytes>, ProofError> {
        let place = proof.value(key)?;
        Ok(place.map(|place| nodes[place.node][place.start..][..place.len].to_vec()))
    }
}

fn answers() -> Vec<Answer> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../test/vectors/state-proofs/sp-trie-47.json.gz");
    let file = GzDecoder::new(File::open(path).expect("the vectors"));
    let document: Value = serde_json::from_reader(file).expect("JSON");
    let cases = list(&document["cases"]);
    assert_eq!(cases.len(), 19);
    cases.iter().flat_map(answers_of).collect()
}

fn answers_of(case: &Value) -> impl Iterator<Item = Answer> {
    list(&case["answers"]).iter().map(|answer| Answer {
        root: bytes(&case["root"]).try_into().expect("a hash"),
        nodes: list(&answer["nodes"]).iter().map(bytes).collect(),
        values: list(&answer["values"])
            .iter()
            .map(|pair| {
                let proved = match &pair[1] {
                    Value::Null => Some(None),
                    Value::String(text) if text == "unproved" => None,
                    value => Some(Some(bytes(value))),
                };
                (bytes(&pair[0]), proved)
            })
            .collect(),
        listings: list(&answer["listings"])
            .iter()
            .map(|pair| {
                let keys = pair[1].as_array();
                (
                    bytes(&pair[0]),
                    keys.map(|keys| keys.iter().map(bytes).collect()),
                )
            })
            .collect(),
        state: case["state"].as_array().map_or(vec![], |state| {
            state.iter().map(|pair| bytes(&pair[0])).collect()
        }),
    })
}

fn check(
    proof: &StateProof,
    prefix: &[u8],
    after: Option<&[u8]>,
    keys: &[&[u8]],
    last: bool,
) -> Result<(), ProofError> {
    let listing = Listing {
        prefix,
        after,
        keys,
        last,
    };
    listing.check(proof)
}

#[test]
fn values_and_absences_are_those_that_sp_trie_finds() {
    let mut counts = [0; 3];
    for answer in answers() {
        let proof = answer.proof();
        for (key, expected) in &answer.values {
            let found = answer.value(&proof, &answer.nodes, key);
            match expected {
                Some(expected) => assert_eq!(found.as_ref(), Ok(expected)),
                None => assert!(matches!(
                    found,
                    Err(ProofError::MissingNode { .. } | ProofError::MissingValue { .. })
                )),
            }
            counts[match expected {
                Some(Some(_)) => 0,
                Some(None) => 1,
                None => 2,
            }] += 1;
        }
    }
    assert_eq!(counts, [730, 3063, 14]);
}

#[test]
fn listings_are_those_that_sp_trie_walks() {
    let mut counts = [0; 2];
    for answer in answers() {
        let proof = answer.proof();
        for (prefix, expected) in &answer.listings {
            let Some(keys) = expected else {
                counts[1] += 1;
                let all = answer.state.iter().filter(|key| key.starts_with(prefix));
                let all: Vec<&[u8]> = all.map(Vec::as_slice).collect();
                let found = check(&proof, prefix, None, &all, true);
                // Of the real state it is not known which keys there are.
                match answer.state.is_empty() {
                    true => assert!(found.is_err()),
                    false => assert!(matches!(found, Err(ProofError::MissingNode { .. }))),
                }
                continue;
            };
            counts[0] += 1;
            let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
            assert_eq!(check(&proof, prefix, None, &keys, true), Ok(()));
            pages(&proof, prefix, &keys);
            lies(&proof, prefix, &keys);
        }
    }
    assert_eq!(counts, [257, 364]);
}

/// Every page of a listing is proved by itself.
fn pages(proof: &StateProof, prefix: &[u8], keys: &[&[u8]]) {
    for size in [1, 2, 7] {
        let mut after = None;
        for page in keys.chunks(size) {
            assert_eq!(check(proof, prefix, after, page, false), Ok(()));
            after = page.last().copied();
        }
        assert_eq!(check(proof, prefix, after, &[], true), Ok(()));
    }
}

/// A key left out, added, twice, or out of order is seen.
fn lies(proof: &StateProof, prefix: &[u8], keys: &[&[u8]]) {
    for at in 0..keys.len() {
        let mut fewer = keys.to_vec();
        let key = fewer.remove(at).to_vec();
        assert_eq!(
            check(proof, prefix, None, &fewer, true),
            Err(ProofError::Unlisted { key })
        );

        let twice = [&keys[..=at], &keys[at..]].concat();
        let key = keys[at].to_vec();
        assert_eq!(
            check(proof, prefix, None, &twice, true),
            Err(ProofError::NotThere { key })
        );

        let longer = [keys[at], &[0]].concat();
        if keys.get(at + 1) != Some(&longer.as_slice()) {
            let more = [&keys[..=at], &[&longer], &keys[at + 1..]].concat();
            let found = check(proof, prefix, None, &more, true);
            assert_eq!(found, Err(ProofError::NotThere { key: longer }));
        }
        if at > 0 {
            let mut swapped = keys.to_vec();
            swapped.swap(at - 1, at);
            assert!(check(proof, prefix, None, &swapped, true).is_err());
            assert!(check(proof, prefix, None, &swapped, false).is_err());
        }
    }
}

/// Any other byte in any node: every key has its value, or is not proved.
#[test]
fn no_change_of_a_byte_changes_an_answer() {
    let mut refused = 0;
    for answer in answers() {
        let proof = answer.proof();
        let truth: Vec<_> = (answer.values.iter())
            .map(|(key, _)| answer.value(&proof, &answer.nodes, key))
            .collect();
        let bytes: usize = answer.nodes.iter().map(Vec::len).sum();
        for at in 0..answer.nodes.len() {
            // Of the larger ones not every byte: some 100 each.
            for byte in (0..answer.nodes[at].len()).step_by(bytes / 100 + 1) {
                let mut nodes = answer.nodes.clone();
                nodes[at][byte] ^= 1 << (byte % 8);
                let proof = answer.proof_of(&nodes).expect("as many nodes");
                let mut seen = false;
                for ((key, _), truth) in answer.values.iter().zip(&truth) {
                    let found = answer.value(&proof, &nodes, key);
                    assert!(found == *truth || found.is_err());
                    seen |= found != *truth;
                }
                assert!(seen, "a node that nobody needs");
                refused += 1;
            }
        }
    }
    assert!(refused > 3_000, "{refused}");
}

/// Without any one of its nodes a proof does not prove what it was made for.
#[test]
fn no_node_can_be_left_out() {
    for answer in answers() {
        let truth = answer.proof();
        for at in 0..answer.nodes.len() {
            let mut nodes = answer.nodes.clone();
            nodes.remove(at);
            let proof = answer.proof_of(&nodes).expect("fewer nodes");
            let fewer = answer
                .values
                .iter()
                .any(|(key, _)| truth.value(key).is_ok() && proof.value(key).is_err());
            assert!(fewer);
        }
    }
}

/// Repeated nodes and others that nobody needs prove no less, up to as many as could lie on the way.
#[test]
fn superfluous_nodes_do_no_harm_and_have_a_bound() {
    let all = answers();
    let [one, other] = [&all[all.len() - 2], &all[all.len() - 1]];
    let nodes = [&other.nodes[..], &other.nodes, &one.nodes].concat();
    let proof = other.proof_of(&nodes).expect("not too many nodes");
    for (key, expected) in &other.values {
        let found = other.value(&proof, &nodes, key);
        assert_eq!(Some(found), expected.clone().map(Ok));
    }
    let nodes: ByteStrings = std::iter::repeat_n(&[0_u8][..], 7).collect();
    let key = [1, 2];
    assert!(StateProof::new(other.root, nodes.clone(), [&key[..], &[]]).is_ok());
    assert_eq!(
        StateProof::new(other.root, nodes, [&key[..]]).err(),
        Some(ProofError::TooManyNodes { nodes: 7, most: 6 })
    );
}
