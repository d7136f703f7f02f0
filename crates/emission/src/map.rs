//! Maps and sets of accounts, in ascending order.
//!
//! They are used as those of the standard library are. Of these each kind of value brings a tree of its own into a
//! WebAssembly module, five kilobytes of it. Here one tree of words says where the entry of a key is, whatever its value.

use crate::account::Account;
use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::ops::{Index, RangeInclusive};

/// A key that a word of 64 bits stands for, in the order of the keys.
pub trait Key: Copy {
    /// Its word.
    fn word(self) -> u64;
}

impl Key for Account {
    fn word(self) -> u64 {
        self.0.into()
    }
}

impl Key for (Account, Account) {
    fn word(self) -> u64 {
        self.0.word() << 32 | self.1.word()
    }
}

impl Key for (Account, u16) {
    fn word(self) -> u64 {
        self.0.word() << 16 | u64::from(self.1)
    }
}

/// The place of each word's entry.
#[derive(Clone, Debug, Default)]
struct Places(BTreeMap<u64, usize>);

impl Places {
    #[inline(never)]
    fn get(&self, word: u64) -> Option<usize> {
        self.0.get(&word).copied()
    }

    /// The place of a word, and whether it is new: then it is `place`.
    #[inline(never)]
    fn get_or_set(&mut self, word: u64, place: usize) -> (usize, bool) {
        match self.0.entry(word) {
            btree_map::Entry::Occupied(entry) => (*entry.get(), false),
            btree_map::Entry::Vacant(entry) => (*entry.insert(place), true),
        }
    }

    #[inline(never)]
    fn set(&mut self, word: u64, place: usize) {
        self.0.insert(word, place);
    }

    #[inline(never)]
    fn remove(&mut self, word: u64) -> Option<usize> {
        self.0.remove(&word)
    }
}

/// Values by key.
#[derive(Clone)]
pub struct Map<K, V> {
    places: Places,
    /// In any order.
    entries: Vec<(K, V)>,
}

impl<K, V> Map<K, V> {
    /// A map of nothing.
    pub const fn new() -> Self {
        Self {
            places: Places(BTreeMap::new()),
            entries: Vec::new(),
        }
    }

    /// How many keys have a value.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no key has a value.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes all keys out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Keys and values, ascending by key.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter {
            places: self.places.0.range(..),
            entries: &self.entries,
        }
    }

    /// Keys, ascending.
    pub fn keys(&self) -> impl Iterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// Values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Values, to change them, in any order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }
}

impl<K: Key, V> Map<K, V> {
    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let place = self.places.get(key.word())?;
        Some(&self.entries[place].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.places.get(key.word())?;
        Some(&mut self.entries[place].1)
    }

    /// Whether a key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.places.get(key.word()).is_some()
    }

    /// Gives a key a value; the one that it had is the result.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (place, is_new) = self.places.get_or_set(key.word(), self.entries.len());
        if is_new {
            self.entries.push((key, value));
            return None;
        }
        Some(std::mem::replace(&mut self.entries[place].1, value))
    }

    /// What a key has or is to have.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }

    /// Takes a key out; the value that it had is the result.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.places.remove(key.word())?;
        let (_, value) = self.entries.swap_remove(place);
        if let Some((moved, _)) = self.entries.get(place) {
            self.places.set(moved.word(), place);
        }
        Some(value)
    }

    /// Keeps what `keep` says of, which is asked in any order.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for place in (0..self.entries.len()).rev() {
            // What is taken out is replaced by the last, of which was asked before.
            let (key, value) = &mut self.entries[place];
            if !keep(key, value) {
                let key = *key;
                self.remove(&key);
            }
        }
    }

    /// Keys and values of a range of keys, ascending by key.
    pub fn range(&self, keys: RangeInclusive<K>) -> Iter<'_, K, V> {
        let words = keys.start().word()..=keys.end().word();
        Iter {
            places: self.places.0.range(words),
            entries: &self.entries,
        }
    }
}

/// What a key has or is to have, see [`Map::entry`].
pub struct Entry<'a, K, V> {
    map: &'a mut Map<K, V>,
    key: K,
}

impl<'a, K: Key, V: Default> Entry<'a, K, V> {
    /// The value of the key; where it had none it is given the default.
    pub fn or_default(self) -> &'a mut V {
        let Self { map, key } = self;
        let (place, is_new) = map.places.get_or_set(key.word(), map.entries.len());
        if is_new {
            map.entries.push((key, V::default()));
        }
        &mut map.entries[place].1
    }
}

/// Keys and values of a [`Map`], ascending by key.
pub struct Iter<'a, K, V> {
    places: btree_map::Range<'a, u64, usize>,
    entries: &'a [(K, V)],
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            places: self.places.clone(),
            entries: self.entries,
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let (_, &place) = self.places.next()?;
        let (key, value) = &self.entries[place];
        Some((key, value))
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self).finish()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: Key, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K: Key, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Key, V> Index<&K> for Map<K, V> {
    type Output = V;

    /// # Panics
    /// Where the key has no value.
    fn index(&self, key: &K) -> &V {
        self.get(key).expect("a key that has a value")
    }
}

/// Keys without values.
#[derive(Clone, PartialEq, Eq)]
pub struct Set<K>(Map<K, ()>);

impl<K> Set<K> {
    /// A set of nothing.
    pub const fn new() -> Self {
        Self(Map::new())
    }

    /// How many keys are in it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &K> + Clone {
        self.0.keys()
    }
}

impl<K: Key> Set<K> {
    /// Whether a key is in it.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Adds a key, and says whether it is new.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug> fmt::Debug for Set<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

impl<K: Key> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key, ())).collect())
    }
}

impl<K: Key, const N: usize> From<[K; N]> for Set<K> {
    fn from(keys: [K; N]) -> Self {
        keys.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    /// Whatever is done to a map and to one of the standard library, they have the same keys, values and order.
    #[test]
    fn is_as_a_map_of_the_standard_library() {
        let mut state = 0x9E37_79B9_7F4A_7C15;
        let (mut map, mut expected) = (Map::new(), BTreeMap::new());
        let mut removed = 0;
        for step in 0..20_000u64 {
            let key = Account((random(&mut state) % 97) as u32);
            match random(&mut state) % 6 {
                0 | 1 => assert_eq!(map.insert(key, step), expected.insert(key, step)),
                2 => {
                    *map.entry(key).or_default() += step;
                    *expected.entry(key).or_default() += step;
                }
                3 | 4 => {
                    let value = expected.remove(&key);
                    assert_eq!(map.remove(&key), value);
                    removed += u32::from(value.is_some());
                }
                _ if step % 50 == 0 => {
                    map.retain(|key, value| (u64::from(key.0) + *value) % 3 > 0);
                    expected.retain(|key, value| (u64::from(key.0) + *value) % 3 > 0);
                }
                _ => {
                    map.values_mut().for_each(|value| *value /= 2);
                    expected.values_mut().for_each(|value| *value /= 2);
                }
            }
            assert_eq!(map.get(&key), expected.get(&key));
            assert_eq!(map.get_mut(&key), expected.get_mut(&key));
            assert_eq!(map.contains_key(&key), expected.contains_key(&key));
            assert_eq!(
                (map.len(), map.is_empty()),
                (expected.len(), expected.is_empty())
            );
            assert!(map.iter().eq(&expected) && map.keys().eq(expected.keys()));
            let range = Account(20)..=Account(40);
            assert!(map.range(range.clone()).eq(expected.range(range)));
        }
        assert!(removed > 1_000, "{removed} removed");
        map.clear();
        assert_eq!(map, Map::new());
    }

    #[test]
    fn maps_of_the_same_keys_and_values_are_equal_however_they_came_to_be() {
        let [a, b] = [Account(1), Account(2)];
        let mut map = Map::from([(b, 5), (Account(3), 1), (a, 4)]);
        map.remove(&Account(3));
        assert_eq!(map, Map::from([(a, 4), (b, 5)]));
        assert_ne!(map, Map::from([(a, 4), (b, 6)]));
        assert_ne!(map, Map::from([(a, 4)]));
        assert_eq!(Set::from([b, a]), Set::from([a, b, a]));
        assert_eq!(format!("{map:?}"), "{Account(1): 4, Account(2): 5}");
    }

    #[test]
    fn words_are_in_the_order_of_the_keys() {
        let numbers = [0, 1, 0xffff, 0x1_0000, u32::MAX];
        let accounts = numbers.map(Account);
        let mut pairs = Vec::new();
        let mut subnets = Vec::new();
        for first in accounts {
            pairs.extend(accounts.map(|second| (first, second)));
            subnets.extend([0, 1, u16::MAX].map(|netuid| (first, netuid)));
        }
        assert!(accounts.is_sorted_by(|a, b| a < b && a.word() < b.word()));
        assert!(pairs.is_sorted_by(|a, b| a < b && a.word() < b.word()));
        assert!(subnets.is_sorted_by(|a, b| a < b && a.word() < b.word()));
    }
}
