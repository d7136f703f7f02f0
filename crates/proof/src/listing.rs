//! Whether a list of keys is whole.

use crate::node::Node;
use crate::state_proof::{Reached, StateProof, check_length};
use crate::{MAX_KEY, ProofError};
use std::cmp::Ordering;

/// Keys that a chain's node lists.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// All of them begin with it.
    pub prefix: &'a [u8],
    /// They come after this one.
    pub after: Option<&'a [u8]>,
    /// The keys, ascending.
    pub keys: &'a [&'a [u8]],
    /// Whether they are all that there are. Otherwise there may be more after the last.
    pub last: bool,
}

impl Listing<'_> {
    /// Proves that these are the keys that there are, and that none is left out.
    ///
    /// The nodes on the way to the prefix, to `after` and to each of the keys are enough: a node that is not there where
    /// the listing reaches would hold a key that it leaves out.
    ///
    /// # Errors
    /// A key that is missing or too many, or nodes that do not prove it.
    pub fn check(&self, proof: &StateProof) -> Result<(), ProofError> {
        for key in [self.prefix].into_iter().chain(self.after) {
            check_length(key)?;
        }
        let mut walk = Walk {
            proof,
            listing: self,
            path: Vec::new(),
            found: 0,
        };
        walk.run()?;
        match self.keys.get(walk.found) {
            None => Ok(()),
            Some(key) => Err(ProofError::NotThere { key: key.to_vec() }),
        }
    }
}

/// A node on the way from the root to where a walk is.
struct Step {
    index: usize,
    node: Node,
    /// Halves of bytes from the root to it.
    depth: usize,
    /// The first of its children that has not been looked at.
    next: usize,
}

/// The keys of the range in ascending order. The way down is kept here and not on the stack: it is as long as nodes
/// like it to be.
struct Walk<'a> {
    proof: &'a StateProof,
    listing: &'a Listing<'a>,
    /// Halves of bytes from the root to where the walk is.
    path: Vec<u8>,
    /// How many of the keys were found.
    found: usize,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), ProofError> {
        let Some(root) = self.proof.root()? else {
            return Ok(());
        };
        let mut steps = Vec::new();
        steps.extend(self.enter(root)?);
        while !self.ended() {
            let Some(step) = steps.last_mut() else {
                break;
            };
            self.path.truncate(step.depth);
            let Some(child) = step.node.children.get(step.next) else {
                steps.pop();
                continue;
            };
            self.path.push(step.next as u8);
            step.next += 1;
            if let Some(child) = child
                && self.reaches()
            {
                let path = &self.path;
                let reached = self.proof.open(step.index, child, || path.clone())?;
                steps.extend(self.enter(reached)?);
            }
        }
        Ok(())
    }

    /// Whether all keys were found, and others do not matter.
    fn ended(&self) -> bool {
        !self.listing.last && !self.listing.keys.is_empty() && self.found == self.listing.keys.len()
    }

    /// Goes to a node and takes its own key; a step for what is below it.
    fn enter(&mut self, Reached { index, node }: Reached) -> Result<Option<Step>, ProofError> {
        let partial = node.partial(self.proof.bytes());
        if self.path.len() + partial.len() > 2 * MAX_KEY {
            return Err(self.malformed("is deeper than any key of the chain"));
        }
        self.path.extend(partial.iter());
        if !self.reaches() {
            return Ok(None);
        }
        if node.value.is_some() {
            self.take_key()?;
        }
        Ok(Some(Step {
            index,
            node,
            depth: self.path.len(),
            next: 0,
        }))
    }

    /// Whether keys of the range can be at the path or below it.
    fn reaches(&self) -> bool {
        let begins = |key: &[u8]| compare(&self.path, key);
        begins(self.listing.prefix) == Ordering::Equal
            && self
                .listing
                .after
                .is_none_or(|after| begins(after) != Ordering::Less)
    }

    /// The key that ends here: the next of the listing, unless it lies before the range.
    fn take_key(&mut self) -> Result<(), ProofError> {
        let (pairs, []) = self.path.as_chunks::<2>() else {
            return Err(self.malformed("has a value at half a byte"));
        };
        let key: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        let Listing {
            prefix,
            after,
            keys,
            ..
        } = self.listing;
        if !key.starts_with(prefix) || after.is_some_and(|after| key.as_slice() <= after) {
            return Ok(());
        }
        match keys.get(self.found) {
            Some(&listed) if listed == key => {
                self.found += 1;
                Ok(())
            }
            Some(&listed) if listed < key.as_slice() => Err(ProofError::NotThere {
                key: listed.to_vec(),
            }),
            _ => Err(ProofError::Unlisted { key }),
        }
    }

    fn malformed(&self, what: &'static str) -> ProofError {
        let path = self.path.clone();
        ProofError::Malformed { what, path }
    }
}

/// Halves of bytes against those that a key begins with, as far as both go.
fn compare(path: &[u8], key: &[u8]) -> Ordering {
    let halves = key.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let differing = path.iter().copied().zip(halves).find(|(a, b)| a != b);
    differing.map_or(Ordering::Equal, |(a, b)| a.cmp(&b))
}
