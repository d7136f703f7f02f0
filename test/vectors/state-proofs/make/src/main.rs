//! Makes `../sp-trie-47.json` with Substrate's own trie: states, their roots, the nodes that a chain's node would give for
//! keys, and what these nodes prove.
//!
//! `cargo run --release -- PATH_OF_SP_TRIE | gzip -9n > ../sp-trie-47.json.gz`; the path is that of the unpacked crate,
//! whose `test-res` holds a proof of a real chain.

use parity_scale_codec::Decode;
use serde_json::{Value, json};
use sp_core::{Blake2Hasher, H256};
use sp_trie::recorder::Recorder;
use sp_trie::{
    LayoutV0, LayoutV1, MemoryDB, StorageProof, Trie, TrieDBBuilder, TrieDBKeyIterator,
    TrieDBMutBuilder, TrieMut,
};
use std::collections::{BTreeMap, BTreeSet};

type Bytes = Vec<u8>;
type State = BTreeMap<Bytes, Bytes>;
type V0 = LayoutV0<Blake2Hasher>;
type V1 = LayoutV1<Blake2Hasher>;

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    fn below(&mut self, end: u64) -> usize {
        (self.next() % end) as usize
    }

    fn bytes(&mut self, count: usize) -> Bytes {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}

fn store<L: sp_trie::TrieLayout<Hash = Blake2Hasher>>(
    db: &mut MemoryDB<Blake2Hasher>,
    root: &mut H256,
    state: &State,
) {
    let mut trie = match db.keys().is_empty() {
        true => TrieDBMutBuilder::<L>::new(db, root).build(),
        false => TrieDBMutBuilder::<L>::from_existing(db, root).build(),
    };
    for (key, value) in state {
        trie.insert(key, value).expect("a whole trie");
    }
}

/// The nodes that reading the keys passes, as `state_getReadProof` gives them.
fn nodes(db: &MemoryDB<Blake2Hasher>, root: H256, keys: &[Bytes]) -> StorageProof {
    let recorder = Recorder::<Blake2Hasher>::default();
    {
        let mut trie_recorder = recorder.as_trie_recorder(root);
        let trie = TrieDBBuilder::<V1>::new(db, &root)
            .with_recorder(&mut trie_recorder)
            .build();
        for key in keys {
            trie.get(key).expect("a whole trie");
        }
    }
    recorder.drain_storage_proof()
}

/// What the nodes prove, each key for itself, and of each prefix the keys that begin with it.
fn proved(proof: &StorageProof, root: H256, keys: &[Bytes], prefixes: &[Bytes]) -> Value {
    let db: MemoryDB<Blake2Hasher> = proof.to_memory_db();
    let trie = TrieDBBuilder::<V1>::new(&db, &root).build();
    let values: Vec<Value> = keys
        .iter()
        .map(|key| match trie.get(key) {
            Ok(Some(value)) => json!([hex(key), hex(&value)]),
            Ok(None) => json!([hex(key), null]),
            Err(_) => json!([hex(key), "unproved"]),
        })
        .collect();
    let listings: Vec<Value> = prefixes
        .iter()
        .map(|prefix| {
            let listed: Result<Vec<Bytes>, _> =
                TrieDBKeyIterator::new_prefixed(&trie, prefix).and_then(|keys| keys.collect());
            match listed {
                Ok(keys) => {
                    json!([
                        hex(prefix),
                        keys.iter().map(|key| hex(key)).collect::<Vec<_>>()
                    ])
                }
                Err(_) => json!([hex(prefix), "unproved"]),
            }
        })
        .collect();
    json!({
        "nodes": proof.iter_nodes().map(|node| hex(node)).collect::<Vec<_>>(),
        "values": values,
        "listings": listings,
    })
}

/// Keys that are asked for, and prefixes of which the nodes may prove the keys.
type Question = (Vec<Bytes>, Vec<Bytes>);

/// A state in both layouts; and in the first one, with every other value changed in the second.
fn cases(name: &str, state: &State, questions: &[Question]) -> Vec<Value> {
    let changed: State = state
        .iter()
        .step_by(2)
        .map(|(key, value)| (key.clone(), [value.as_slice(), &[1]].concat()))
        .collect();
    ["0", "1", "0, then 1"]
        .into_iter()
        .map(|version| {
            let mut state = state.clone();
            let mut db = MemoryDB::<Blake2Hasher>::default();
            let mut root = H256::default();
            match version {
                "0" => store::<V0>(&mut db, &mut root, &state),
                "1" => store::<V1>(&mut db, &mut root, &state),
                _ => {
                    store::<V0>(&mut db, &mut root, &state);
                    store::<V1>(&mut db, &mut root, &changed);
                    state.extend(changed.clone());
                }
            }
            let answers: Vec<Value> = questions
                .iter()
                .map(|(keys, prefixes)| {
                    let mut answer = proved(&nodes(&db, root, keys), root, &beside(keys), prefixes);
                    answer["asked"] = keys.iter().map(|key| hex(key)).collect();
                    answer
                })
                .collect();
            json!({
                "name": name,
                "version": version,
                "state": state.iter().map(|(key, value)| json!([hex(key), hex(value)])).collect::<Vec<_>>(),
                "root": hex(root.as_bytes()),
                "answers": answers,
            })
        })
        .collect()
}

/// The keys, and of each some that lie beside it: proved or not, by nodes that were not asked for them.
fn beside(keys: &[Bytes]) -> Vec<Bytes> {
    let mut all = BTreeSet::from_iter(keys.iter().cloned());
    for key in keys {
        let mut longer = key.clone();
        longer.push(7);
        all.insert(longer);
        if let Some((last, rest)) = key.split_last() {
            all.insert(rest.to_vec());
            for flipped in [1, 16] {
                all.insert([rest, &[last ^ flipped]].concat());
            }
        }
    }
    all.into_iter().collect()
}

/// Keys that are prefixes of others, and as far from each other as headers have room for, and further; values around
/// the length from which they are hashed.
fn nested() -> State {
    let lengths = [0, 1, 31, 32, 33, 63, 64, 65];
    let mut state = State::from([
        (vec![], vec![9; 40]),
        (vec![0], vec![]),
        (vec![0, 1], vec![5; 3]),
    ]);
    for (place, run) in [1_usize, 6, 7, 8, 14, 15, 16, 30, 31, 32, 33, 150, 300]
        .into_iter()
        .enumerate()
    {
        let value = vec![place as u8; lengths[place % lengths.len()]];
        let other = vec![place as u8; lengths[(place + 3) % lengths.len()]];
        let key = [&[0x20 + place as u8][..], &vec![0xa5; run]].concat();
        state.insert([&key[..], &[0x11]].concat(), value.clone());
        state.insert([&key[..], &[0x1f]].concat(), other.clone());
        if place % 2 == 0 {
            state.insert(key, [value, other].concat());
        }
    }
    state
}

/// Maps as a runtime stores them: of small numbers, and of hashed accounts.
fn maps(random: &mut Random) -> State {
    let mut state = State::new();
    let lengths = [1, 2, 8, 8, 32, 33, 60, 200];
    for map in 0..4 {
        let prefix = random.bytes(32);
        for entry in 0..[1, 30, 60, 90][map] {
            let key = match map {
                1 => vec![3, 0, entry, 0],
                _ => random.bytes(48),
            };
            let length = lengths[random.below(8)];
            state.insert([&prefix[..], &key].concat(), random.bytes(length));
        }
    }
    state
}

fn prefixes(state: &State, length: usize) -> Vec<Bytes> {
    let begun = state.keys().filter_map(|key| key.get(..length));
    BTreeSet::from_iter(begun.map(<[u8]>::to_vec))
        .into_iter()
        .collect()
}

/// Of a proof of a real chain's state, what it proves of the keys that its block changes.
fn real(folder: &str) -> Value {
    let read =
        |name: &str| std::fs::read(format!("{folder}/test-res/{name}")).expect("sp-trie's own");
    let proof = StorageProof::decode(&mut &read("proof")[..]).expect("a proof");
    let root = H256::decode(&mut &read("storage_root")[..]).expect("a root");
    let changes = Vec::<(Bytes, Option<Bytes>)>::decode(&mut &read("valid-delta-order")[..]);
    let keys: Vec<Bytes> = changes
        .expect("changes")
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    let all: State = keys.iter().map(|key| (key.clone(), vec![])).collect();
    json!({
        "name": "a real block, from sp-trie's test-res",
        "version": "0",
        "state": null,
        "root": hex(root.as_bytes()),
        "answers": [proved(&proof, root, &beside(&keys), &prefixes(&all, 32))],
    })
}

fn main() {
    let folder = std::env::args()
        .nth(1)
        .expect("the path of the unpacked sp-trie");
    let mut random = Random(0x1234_5678_9abc_def1);
    let mut all = Vec::new();

    all.extend(cases(
        "empty",
        &State::new(),
        &[(vec![vec![], vec![1]], vec![vec![], vec![1]])],
    ));
    for length in [0, 32, 33] {
        let state = State::from([(vec![0xab, 0xcd], vec![7; length])]);
        let questions: Vec<Question> = [vec![0xab, 0xcd], vec![], vec![0xab], vec![0xac]]
            .into_iter()
            .map(|key: Bytes| {
                (
                    vec![key],
                    vec![vec![], vec![0xab], vec![0xab, 0xcd, 0], vec![0xac]],
                )
            })
            .collect();
        all.extend(cases(
            &format!("one value of {length} bytes"),
            &state,
            &questions,
        ));
    }

    let state = nested();
    let keys: Vec<Bytes> = state.keys().cloned().collect();
    let mut questions = vec![(
        keys.clone(),
        [prefixes(&state, 0), prefixes(&state, 1)].concat(),
    )];
    for key in keys.iter().step_by(5) {
        questions.push((vec![key.clone()], prefixes(&state, 1)));
    }
    all.extend(cases("keys within keys", &state, &questions));

    let state = maps(&mut random);
    let maps = prefixes(&state, 32);
    let mut questions: Vec<Question> = maps
        .iter()
        .map(|map| {
            let keys = state.keys().filter(|key| key.starts_with(map)).cloned();
            (
                [map.clone()].into_iter().chain(keys).collect(),
                maps.clone(),
            )
        })
        .collect();
    let some: Vec<Bytes> = state.keys().step_by(23).cloned().collect();
    questions.push((some, maps.clone()));
    questions.push((maps.clone(), maps));
    all.extend(cases("maps", &state, &questions));

    all.push(real(&folder));
    println!(
        "{}",
        json!({ "schema": "yuma-state-proofs/1", "made_by": "sp-trie 47.0.0", "cases": all })
    );
}
