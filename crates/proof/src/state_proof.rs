//! Nodes, and what they prove of single keys.

use crate::nibbles::Nibbles;
use crate::node::{Child, Node, Value};
use crate::{ByteStrings, Hash, MAX_KEY, ProofError};
use std::ops::Range;
use yuma_blake2::blake2b;

/// Nodes of the trie below a root.
#[derive(Clone, Debug)]
pub struct StateProof {
    root: Hash,
    nodes: ByteStrings,
    /// Hashes of the nodes, ascending, and the place of each among the nodes.
    by_hash: Vec<(Hash, usize)>,
}

/// Where a value lies among the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The node.
    pub node: usize,
    /// Where in the node it begins.
    pub start: usize,
    /// Its length.
    pub len: usize,
}

/// A node that was reached from the root.
pub(crate) struct Reached {
    /// The place among the nodes of the one whose bytes it lies in.
    pub index: usize,
    pub node: Node,
}

impl StateProof {
    /// Takes the nodes that a chain's node gave for keys.
    ///
    /// # Errors
    /// More nodes than there are on the way to `keys`; a key that is too long.
    pub fn new<'a>(
        root: Hash,
        nodes: ByteStrings,
        keys: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, ProofError> {
        let mut most = 0;
        for key in keys {
            check_length(key)?;
            // The root, a node for each half of a byte, and the value in bytes of its own.
            most += 2 * key.len() + 2;
        }
        if nodes.len() > most {
            return Err(ProofError::TooManyNodes {
                nodes: nodes.len(),
                most,
            });
        }
        let hashes = nodes.iter().map(blake2b);
        let mut by_hash: Vec<_> = hashes.zip(0..).collect();
        by_hash.sort_unstable();
        Ok(Self {
            root,
            nodes,
            by_hash,
        })
    }

    /// Where the value of a key is; none where it is proved that nothing is stored there.
    ///
    /// # Errors
    /// Neither is proved.
    pub fn value(&self, key: &[u8]) -> Result<Option<Place>, ProofError> {
        check_length(key)?;
        let halves = Nibbles::new(key, 0);
        let path = |at: usize| halves.iter().take(at).collect();
        let mut at = 0;
        let mut reached = self.root()?;
        while let Some(Reached { index, node }) = reached {
            let partial = node.partial(self.bytes());
            if !halves.from(at).starts_with(partial) {
                return Ok(None);
            }
            at += partial.len();
            if at == halves.len() {
                return self.place(index, node.value, key);
            }
            let Some(child) = &node.children[usize::from(halves.at(at))] else {
                return Ok(None);
            };
            at += 1;
            reached = Some(self.open(index, child, || path(at))?);
        }
        Ok(None)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.nodes.bytes
    }

    /// The node that the root names; none in a trie without keys.
    pub(crate) fn root(&self) -> Result<Option<Reached>, ProofError> {
        let Some(index) = self.find(&self.root) else {
            return Err(ProofError::MissingNode {
                hash: self.root,
                path: Vec::new(),
            });
        };
        self.read(index, self.range(index), Vec::new)
    }

    /// A child of a node that lies in the node `index`. `path` gives the halves of bytes to it, for an error.
    pub(crate) fn open(
        &self,
        index: usize,
        child: &Child,
        path: impl Fn() -> Vec<u8>,
    ) -> Result<Reached, ProofError> {
        let (index, range) = match child {
            Child::Inline(range) => (index, range.clone()),
            Child::Hashed(start) => {
                let hash = self.hash(*start);
                let Some(index) = self.find(&hash) else {
                    return Err(ProofError::MissingNode { hash, path: path() });
                };
                (index, self.range(index))
            }
        };
        // Below the root a node without keys is none of a trie's: a walk through many would find nothing to end at.
        self.read(index, range, &path)?
            .ok_or_else(|| ProofError::Malformed {
                what: "is empty",
                path: path(),
            })
    }

    fn read(
        &self,
        index: usize,
        range: Range<usize>,
        path: impl Fn() -> Vec<u8>,
    ) -> Result<Option<Reached>, ProofError> {
        match Node::read(self.bytes(), range) {
            Ok(node) => Ok(node.map(|node| Reached { index, node })),
            Err(what) => Err(ProofError::Malformed { what, path: path() }),
        }
    }

    fn place(
        &self,
        node: usize,
        value: Option<Value>,
        key: &[u8],
    ) -> Result<Option<Place>, ProofError> {
        let place = match value {
            None => return Ok(None),
            Some(Value::Inline(range)) => Place {
                node,
                start: range.start - self.range(node).start,
                len: range.len(),
            },
            Some(Value::Hashed(start)) => {
                let hash = self.hash(start);
                let Some(node) = self.find(&hash) else {
                    let key = key.to_vec();
                    return Err(ProofError::MissingValue { hash, key });
                };
                Place {
                    node,
                    start: 0,
                    len: self.range(node).len(),
                }
            }
        };
        Ok(Some(place))
    }

    /// The hash that begins at a place, where reading found one.
    fn hash(&self, start: usize) -> Hash {
        let mut hash = Hash::default();
        hash.copy_from_slice(&self.bytes()[start..start + size_of::<Hash>()]);
        hash
    }

    fn find(&self, hash: &Hash) -> Option<usize> {
        let place = self.by_hash.binary_search_by(|(known, _)| known.cmp(hash));
        place.ok().map(|place| self.by_hash[place].1)
    }

    fn range(&self, index: usize) -> Range<usize> {
        self.nodes.range(index)
    }
}

pub(crate) fn check_length(key: &[u8]) -> Result<(), ProofError> {
    match key.len() {
        0..=MAX_KEY => Ok(()),
        bytes => Err(ProofError::LongKey { bytes }),
    }
}
