//! Nodes that no trie has: whatever they are, checking them ends, soon, without a panic.

use proptest::collection::vec;
use proptest::prelude::*;
use std::time::{Duration, Instant};
use yuma_blake2::blake2b;
use yuma_proof::{ByteStrings, Hash, Listing, MAX_KEY, ProofError, StateProof};

/// A branch without a value, of these children.
fn branch(children: [Option<&[u8]>; 16]) -> Vec<u8> {
    let mut node = vec![0x80];
    let bitmap = (0..16).filter(|&at| children[at].is_some());
    node.extend_from_slice(&bitmap.fold(0_u16, |map, at| map | 1 << at).to_le_bytes());
    for child in children.into_iter().flatten() {
        node.push(child.len() as u8 * 4);
        node.extend_from_slice(child);
    }
    node
}

fn proof(root: Hash, nodes: &[Vec<u8>], bytes: usize) -> StateProof {
    let keys = vec![0; MAX_KEY];
    let keys = std::iter::repeat_n(&keys[..], bytes.div_ceil(MAX_KEY));
    let nodes = nodes.iter().map(Vec::as_slice).collect();
    StateProof::new(root, nodes, keys).expect("not too many nodes")
}

fn listing(proof: &StateProof, keys: &[&[u8]]) -> Result<(), ProofError> {
    let listing = Listing {
        prefix: &[],
        after: None,
        keys,
        last: true,
    };
    listing.check(proof)
}

fn soon<T>(work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    assert!(started.elapsed() < Duration::from_secs(10));
    result
}

/// 16 to the power of the depth ways to one leaf: the first key that is found ends the walk.
#[test]
fn a_node_that_is_each_of_its_parents_children() {
    let mut nodes = vec![vec![0x40, 4, 1]];
    for _ in 0..400 {
        let hash = blake2b::<32>(&nodes[nodes.len() - 1]);
        nodes.push(branch([Some(&hash); 16]));
    }
    let proof = proof(blake2b(&nodes[400]), &nodes, 1);
    let key = vec![0; 200];
    assert_eq!(
        soon(|| listing(&proof, &[])),
        Err(ProofError::Unlisted { key: key.clone() })
    );
    let next = [&key[1..], &[1]].concat();
    let found = soon(|| listing(&proof, &[&key]));
    assert_eq!(found, Err(ProofError::Unlisted { key: next }));
    assert_eq!(
        proof.value(&key).map(|place| place.map(|place| place.len)),
        Ok(Some(1))
    );
}

/// The same with nothing at the end: a walk would find no key to end at.
#[test]
fn ways_that_end_in_nothing() {
    let mut nodes = vec![branch([Some(&[0]); 16])];
    for _ in 0..400 {
        let hash = blake2b::<32>(&nodes[nodes.len() - 1]);
        nodes.push(branch([Some(&hash); 16]));
    }
    let proof = proof(blake2b(&nodes[400]), &nodes, 1);
    let found = soon(|| listing(&proof, &[]));
    assert!(
        matches!(
            found,
            Err(ProofError::Malformed {
                what: "is empty",
                ..
            })
        ),
        "{found:?}"
    );
}

#[test]
fn a_way_that_goes_deeper_than_any_key() {
    let mut nodes = vec![vec![0x40, 4, 1]];
    for _ in 0..100_000 {
        let hash = blake2b::<32>(&nodes[nodes.len() - 1]);
        let mut children = [None; 16];
        children[3] = Some(&hash[..]);
        nodes.push(branch(children));
    }
    let proof = proof(blake2b(&nodes[100_000]), &nodes, 100_000);
    let found = soon(|| listing(&proof, &[]));
    assert!(matches!(found, Err(ProofError::Malformed { .. })));
    assert_eq!(soon(|| proof.value(&[0x33; MAX_KEY])), Ok(None));
    let key = vec![0x33; MAX_KEY + 1];
    let long = ProofError::LongKey { bytes: MAX_KEY + 1 };
    assert_eq!(proof.value(&key), Err(long.clone()));
    assert_eq!(
        StateProof::new([0; 32], ByteStrings::default(), [&key[..]]).err(),
        Some(long)
    );
}

/// Nodes with a fault each, under the right hash.
#[test]
fn nodes_that_are_none() {
    let long = [&[0x7f][..], &[0xff; 5000], &[0]].concat();
    let deep = [&[0x7f][..], &[0xff; 17], &[0], &vec![0; 2199], &[4, 1]].concat();
    for (node, what) in [
        (&[][..], "is cut short"),
        (&[1], "is of no kind that there is"),
        (&[0x0f, 0], "is of no kind that there is"),
        (&[0x41], "is cut short"),
        (&[0x41, 0x10, 4, 1], "has a padding that is not 0"),
        (&[0x40, 8, 1], "is cut short"),
        (&[0x40, 4, 1, 0], "goes on behind its end"),
        (
            &[0x40, 1, 0],
            "has a length that is not the shortest form of it",
        ),
        (
            &[0x40, 2, 0, 0, 0],
            "has a length that is not the shortest form of it",
        ),
        (
            &[0x40, 3, 0, 0, 0, 0],
            "has a length that no answer has room for",
        ),
        (&[0x40, 0xfe, 0xff, 0xff, 0xff], "is cut short"),
        (&[0x80, 0, 0], "branches into nothing"),
        (&[0x80, 1, 0, 33 * 4], "is cut short"),
        (
            &[&[0x80, 1, 0, 33 * 4][..], &[0; 33]].concat(),
            "has a child that is longer than its hash",
        ),
        (&[0x80, 1, 0, 0], "is cut short"),
        (&[0x80, 1, 0, 4, 0], "is empty"),
        (&[0x20, 1, 2, 3], "is cut short"),
        (&[0x41, 0, 4, 1], "has a value at half a byte"),
        (&long, "is cut short"),
        (&deep, "is deeper than any key of the chain"),
    ] {
        let proof = proof(blake2b(node), &[node.to_vec()], 1);
        let found = listing(&proof, &[]);
        let malformed = |error: ProofError| matches!(error, ProofError::Malformed { what: found, .. } if found == what);
        assert!(
            found.clone().is_err_and(malformed),
            "{:x?}: {found:?}",
            node.get(..8)
        );
    }
}

/// Part of a node: a header of any kind, any count, lengths and bytes that fit or do not, and hashes of nodes before.
fn piece(made: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<u8>().prop_map(|header| vec![header]),
        vec(any::<u8>(), 0..3),
        (0..16_u8)
            .prop_map(|length| [&[4 * length][..], &vec![0x40; usize::from(length)]].concat()),
        Just(vec![0x80, 3, 0]),
        (0..made.max(1)).prop_map(|node| vec![0x80, node as u8]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_bytes_end_in_an_answer(
        pieces in vec((vec(piece(12), 1..6), vec(any::<u8>(), 0..4)), 1..12),
        keys in vec(vec(any::<u8>(), 0..6), 0..6),
    ) {
        let mut nodes: Vec<Vec<u8>> = Vec::new();
        for (parts, links) in pieces {
            let mut node = parts.concat();
            for link in links {
                if let Some(linked) = nodes.get(usize::from(link) % nodes.len().max(1)) {
                    node.push(32 * 4);
                    node.extend_from_slice(&blake2b::<32>(linked));
                }
            }
            nodes.push(node);
        }
        let root = blake2b(nodes.last().expect("at least one"));
        let proof = proof(root, &nodes, 1);
        for key in &keys {
            if let Ok(Some(place)) = proof.value(key) {
                prop_assert!(place.start + place.len <= nodes[place.node].len());
            }
        }
        let listed: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let _ = listing(&proof, &listed);
    }
}
