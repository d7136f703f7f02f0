//! State proofs of arbitrary nodes. Of an honest trie whose nodes were then tampered with, nothing is ever proved that is
//! not so; of nodes that are no trie's, what is proved of single keys and of lists of keys agrees.

use crate::values::{any, maybe, one_in};
use arbitrary::{Result, Unstructured};
use std::collections::BTreeMap;
use yuma_blake2::blake2b;
use yuma_proof::{ByteStrings, Hash, Listing, MAX_KEY, StateProof};

/// Keys and values.
type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// See the module.
pub fn check(data: &[u8]) {
    let u = &mut Unstructured::new(data);
    // Bytes that are too few for what they choose are no input.
    let _ = match one_in(u, 2) {
        Ok(true) => honest(u),
        _ => arbitrary_nodes(u),
    };
}

/// A key of few bytes, so that keys meet and begin alike.
fn key(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let len = match u.int_in_range(0..=31)? {
        0 => u.int_in_range(0..=40)?,
        1 => MAX_KEY + u.int_in_range(0..=1)?,
        _ => u.int_in_range(0..=4)?,
    };
    match len {
        0..=40 => (0..len)
            .map(|_| Ok(*u.choose(&[0x00, 0x01, 0x10, 0x11, 0xff])?))
            .collect(),
        _ => Ok(vec![any(u)?; len]),
    }
}

fn honest(u: &mut Unstructured<'_>) -> Result<()> {
    let mut state = State::new();
    for _ in 0..u.int_in_range(0..=24)? {
        let len = u.int_in_range(0..=80)?;
        state.insert(key(u)?, vec![any(u)?; len]);
    }
    state.retain(|key, _| key.len() <= MAX_KEY);
    let version_of = any::<u8>(u)?;
    let (root, mut nodes) = trie(&state, |key| key.last().unwrap_or(&0) & version_of == 0);
    let all: Vec<&[u8]> = state.keys().map(Vec::as_slice).collect();

    let proof = of(root, &nodes, &all).expect("no more nodes than there can be");
    for (key, value) in &state {
        assert_eq!(read(&proof, &nodes, key), Some(Some(value.clone())));
    }
    let listing = Listing {
        prefix: &[],
        after: None,
        keys: &all,
        last: true,
    };
    assert_eq!(listing.check(&proof), Ok(()));

    for _ in 0..u.int_in_range(0..=3)? {
        tamper(u, &mut nodes)?;
    }
    let Some(proof) = of(root, &nodes, &all) else {
        return Ok(());
    };
    for _ in 0..u.int_in_range(1..=4)? {
        let key = match maybe(u, |u| Ok(*u.choose(&all)?))? {
            Some(key) => key.to_vec(),
            None => key(u)?,
        };
        if let Some(proved) = read(&proof, &nodes, &key) {
            assert_eq!(proved.as_ref(), state.get(&key), "{key:x?}");
        }
    }
    listed(u, &state, &proof)
}

/// A listing of some of the keys, perhaps with others: it is proved only if it is the one that there is.
fn listed(u: &mut Unstructured<'_>, state: &State, proof: &StateProof) -> Result<()> {
    let prefix = key(u)?;
    let after = maybe(u, key)?;
    let last = any(u)?;
    let begins = |key: &&Vec<u8>| key.starts_with(&prefix);
    let behind = |key: &&Vec<u8>| after.as_ref().is_none_or(|after| *key > after);
    let truth: Vec<&Vec<u8>> = state.keys().filter(begins).filter(behind).collect();
    let mut keys: Vec<Vec<u8>> = truth.iter().map(|&key| key.clone()).collect();
    match u.int_in_range(0..=4)? {
        0 => keys.truncate(u.int_in_range(0..=keys.len())?),
        1 if !keys.is_empty() => drop(keys.remove(u.choose_index(keys.len())?)),
        2 => {
            let at = u.int_in_range(0..=keys.len())?;
            keys.insert(at, key(u)?);
        }
        _ => {}
    }
    let given: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    let listing = Listing {
        prefix: &prefix,
        after: after.as_deref(),
        keys: &given,
        last,
    };
    if listing.check(proof).is_err() {
        return Ok(());
    }
    assert!(
        keys.iter().eq(truth.iter().take(keys.len()).copied()),
        "{listing:x?} of {truth:x?}"
    );
    // Of no keys there is nothing after which others could come: an empty listing is the whole of it.
    if last || keys.is_empty() {
        assert_eq!(keys.len(), truth.len(), "{listing:x?} of {truth:x?}");
    }
    Ok(())
}

fn tamper(u: &mut Unstructured<'_>, nodes: &mut Vec<Vec<u8>>) -> Result<()> {
    let Ok(at) = u.choose_index(nodes.len()) else {
        return Ok(());
    };
    match u.int_in_range(0..=3)? {
        0 => drop(nodes.remove(at)),
        1 => nodes.push(nodes[at].clone()),
        2 if !nodes[at].is_empty() => {
            let byte = u.choose_index(nodes[at].len())?;
            nodes[at][byte] = any(u)?;
        }
        _ => nodes[at] = raw_node(u, &[])?,
    }
    Ok(())
}

fn of(root: Hash, nodes: &[Vec<u8>], keys: &[&[u8]]) -> Option<StateProof> {
    let strings: ByteStrings = nodes.iter().map(Vec::as_slice).collect();
    // What lies on the way to the root of an empty trie.
    let keys = keys.iter().copied().chain([&[][..]]);
    StateProof::new(root, strings, keys).ok()
}

/// What is proved of a key: its value, or that there is none; nothing where it is not proved.
fn read(proof: &StateProof, nodes: &[Vec<u8>], key: &[u8]) -> Option<Option<Vec<u8>>> {
    let place = proof.value(key).ok()?;
    Some(place.map(|place| nodes[place.node][place.start..][..place.len].to_vec()))
}

fn arbitrary_nodes(u: &mut Unstructured<'_>) -> Result<()> {
    let mut nodes: Vec<Vec<u8>> = Vec::new();
    for _ in 0..u.int_in_range(1..=12)? {
        let node = raw_node(u, &nodes)?;
        nodes.push(node);
    }
    let root = blake2b(&nodes[nodes.len() - 1]);
    let many = [&[0; MAX_KEY][..]];
    let Some(proof) = of(root, &nodes, &many) else {
        return Ok(());
    };
    let mut keys = Vec::new();
    for _ in 0..u.int_in_range(0..=5)? {
        keys.push(key(u)?);
    }
    keys.sort();
    keys.dedup();
    let values: Vec<_> = keys.iter().map(|key| read(&proof, &nodes, key)).collect();
    let listed: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    let listing = Listing {
        prefix: &[],
        after: None,
        keys: &listed,
        last: any(u)?,
    };
    if listing.check(&proof).is_ok() {
        let there = |value: &Option<Option<Vec<u8>>>| !matches!(value, Some(None));
        assert!(values.iter().all(there), "{listing:x?}: {values:x?}");
    }
    Ok(())
}

/// Parts of nodes one after the other: headers, counts, lengths and bytes that fit or do not, and hashes of nodes before.
fn raw_node(u: &mut Unstructured<'_>, before: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut node = Vec::new();
    for _ in 0..u.int_in_range(0..=8)? {
        match u.int_in_range(0..=5)? {
            0 => node.push(any(u)?),
            1 => {
                let len = u.int_in_range(0..=40)?;
                node.push(4 * len);
                node.extend(std::iter::repeat_n(any::<u8>(u)?, len.into()));
            }
            2 => node.extend_from_slice(&[0x80, any(u)?, any(u)?]),
            3 => node.extend_from_slice(&[0x40, 4, any(u)?]),
            4 if !before.is_empty() => {
                node.push(32 * 4);
                node.extend_from_slice(&blake2b::<32>(u.choose(before)?));
            }
            _ => {
                let len = u.int_in_range(0..=4)?;
                node.extend_from_slice(u.bytes(len)?);
            }
        }
    }
    Ok(node)
}

/// The root of a state's trie and all of its nodes that have bytes of their own, written plainly. Values of 33 bytes and
/// more are hashed where `hashes` says so of their key.
fn trie(state: &State, hashes: impl Fn(&[u8]) -> bool) -> (Hash, Vec<Vec<u8>>) {
    let mut nodes = Vec::new();
    let entries: Vec<Entry> = state
        .iter()
        .map(|(key, value)| Entry {
            halves: key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect(),
            value,
            hashed: value.len() > 32 && hashes(key),
        })
        .collect();
    let top = match entries.is_empty() {
        true => vec![0],
        false => encoded(&entries, 0, &mut nodes),
    };
    let root = blake2b(&top);
    nodes.push(top);
    nodes.sort();
    nodes.dedup();
    (root, nodes)
}

struct Entry<'a> {
    halves: Vec<u8>,
    value: &'a [u8],
    hashed: bool,
}

/// The node of ascending entries, of whose halves so many were on the way to it. What is below it is added to `nodes`.
fn encoded(entries: &[Entry<'_>], depth: usize, nodes: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let (first, last) = (&entries[0].halves, &entries[entries.len() - 1].halves);
    let alike = first.iter().zip(last).skip(depth);
    let end = depth + alike.take_while(|(a, b)| a == b).count();
    let own = (first.len() == end).then_some(&entries[0]);
    let below = &entries[usize::from(own.is_some())..];

    let mut children = Vec::new();
    let mut bitmap = 0_u16;
    for group in below.chunk_by(|a, b| a.halves[end] == b.halves[end]) {
        bitmap |= 1 << group[0].halves[end];
        let child = encoded(group, end + 1, nodes);
        if child.len() < 32 {
            sized(&mut children, &child);
        } else {
            sized(&mut children, &blake2b::<32>(&child));
            nodes.push(child);
        }
    }
    let (kind, full) = match (bitmap != 0, own) {
        (true, None) => (0x80, 63),
        (true, Some(Entry { hashed: false, .. })) => (0xc0, 63),
        (true, Some(Entry { hashed: true, .. })) => (0x10, 15),
        (false, Some(Entry { hashed: true, .. })) => (0x20, 31),
        (false, _) => (0x40, 63),
    };
    let mut node = Vec::new();
    header(&mut node, kind, full, end - depth);
    let halves = &first[depth..end];
    let (odd, pairs) = halves.split_at(halves.len() % 2);
    node.extend_from_slice(odd);
    node.extend(pairs.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
    if bitmap != 0 {
        node.extend_from_slice(&bitmap.to_le_bytes());
    }
    match own {
        None => {}
        Some(entry) if entry.hashed => {
            node.extend_from_slice(&blake2b::<32>(entry.value));
            nodes.push(entry.value.to_vec());
        }
        Some(entry) => sized(&mut node, entry.value),
    }
    node.extend_from_slice(&children);
    node
}

/// A kind of node, and a count that goes on in further bytes once the header's bits are full.
fn header(node: &mut Vec<u8>, kind: u8, full: usize, count: usize) {
    let Some(rest) = count.checked_sub(full) else {
        node.push(kind | count as u8);
        return;
    };
    node.push(kind | full as u8);
    node.extend(std::iter::repeat_n(0xff, rest / 255));
    node.push((rest % 255) as u8);
}

/// Bytes behind their length in SCALE's compact form.
fn sized(node: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        len @ 0..64 => node.push((len << 2) as u8),
        len => node.extend_from_slice(&((len << 2 | 1) as u16).to_le_bytes()),
    }
    node.extend_from_slice(bytes);
}
