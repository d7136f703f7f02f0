//! Maps and sets of accounts, in ascending order.
//!
//! They are used as those of the standard library are. Of these each kind of value brings a tree of its own into a
//! WebAssembly module, five kilobytes of it. Here entries are in order one behind the other, which they nearly always come
//! in. Where that would move many of them, one tree of words says where the entry of a key is, whatever its value.

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

/// Entries that make room for another one, at most.
const MOST_MOVED: usize = 512;

/// The place of each word's entry.
#[derive(Clone, Debug, Default)]
struct Places(BTreeMap<u64, usize>);

impl Places {
    #[inline(never)]
    fn get(&self, word: u64) -> Option<usize> {
        self.0.get(&word).copied()
    }

    #[inline(never)]
    fn set(&mut self, word: u64, place: usize) {
        self.0.insert(word, place);
    }

    #[inline(never)]
    fn remove(&mut self, word: u64) {
        self.0.remove(&word);
    }
}

/// Values by key.
#[derive(Clone)]
pub struct Map<K, V> {
    /// Ascending by key where there are no places, in any order where there are.
    entries: Vec<(K, V)>,
    /// None or those of all entries.
    places: Places,
}

impl<K, V> Map<K, V> {
    /// A map of nothing.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            places: Places(BTreeMap::new()),
        }
    }

    /// A map of nothing, with room for so many entries.
    pub fn with_capacity(entries: usize) -> Self {
        Self {
            entries: Vec::with_capacity(entries),
            ..Self::new()
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
        self.entries.clear();
        self.places.0.clear();
    }

    /// Keys and values, ascending by key.
    pub fn iter(&self) -> Iter<'_, K, V> {
        let in_order = self.places.0.is_empty();
        Iter {
            entries: &self.entries,
            places: (!in_order).then(|| self.places.0.range(..)),
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
    /// The place of a key's entry; where it has none the one that it would have.
    fn find(&self, word: u64) -> Result<usize, usize> {
        let end = self.entries.len();
        if !self.places.0.is_empty() {
            return self.places.get(word).ok_or(end);
        }
        match self.entries.last() {
            Some((last, _)) if last.word() >= word => self
                .entries
                .binary_search_by(|(key, _)| key.word().cmp(&word)),
            _ => Err(end),
        }
    }

    /// Where many entries are behind a place, sees to it that these need not move. Gives whether those of the map are
    /// in order.
    fn stays_in_order(&mut self, place: usize) -> bool {
        if self.places.0.is_empty() && self.entries.len() - place > MOST_MOVED {
            for (place, (key, _)) in self.entries.iter().enumerate() {
                self.places.set(key.word(), place);
            }
        }
        self.places.0.is_empty()
    }

    /// Adds the entry of a key that has none, and gives its place.
    fn add(&mut self, place: usize, key: K, value: V) -> usize {
        if self.stays_in_order(place) {
            self.entries.insert(place, (key, value));
            return place;
        }
        let place = self.entries.len();
        self.places.set(key.word(), place);
        self.entries.push((key, value));
        place
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let place = self.find(key.word()).ok()?;
        Some(&self.entries[place].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.find(key.word()).ok()?;
        Some(&mut self.entries[place].1)
    }

    /// Whether a key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.find(key.word()).is_ok()
    }

    /// Gives a key a value; the one that it had is the result.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(key.word()) {
            Ok(place) => Some(std::mem::replace(&mut self.entries[place].1, value)),
            Err(place) => {
                self.add(place, key, value);
                None
            }
        }
    }

    /// What a key has or is to have.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }

    /// Takes a key out; the value that it had is the result.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.find(key.word()).ok()?;
        if self.stays_in_order(place) {
            return Some(self.entries.remove(place).1);
        }
        self.places.remove(key.word());
        let (_, value) = self.entries.swap_remove(place);
        if let Some((moved, _)) = self.entries.get(place) {
            self.places.set(moved.word(), place);
        }
        Some(value)
    }

    /// Keeps what `keep` says of, which is asked in any order.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
        if !self.places.0.is_empty() {
            self.places.0.clear();
            for (place, (key, _)) in self.entries.iter().enumerate() {
                self.places.set(key.word(), place);
            }
        }
    }

    /// Keys and values of a range of keys, ascending by key.
    pub fn range(&self, keys: RangeInclusive<K>) -> Iter<'_, K, V> {
        let (first, last) = (keys.start().word(), keys.end().word());
        if self.places.0.is_empty() {
            let start = self.entries.partition_point(|(key, _)| key.word() < first);
            let rest = &self.entries[start..];
            let count = rest.partition_point(|(key, _)| key.word() <= last);
            return Iter {
                entries: &rest[..count],
                places: None,
            };
        }
        Iter {
            entries: &self.entries,
            places: Some(self.places.0.range(first..=last)),
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
        let place = map.find(key.word());
        let place = place.unwrap_or_else(|place| map.add(place, key, V::default()));
        &mut map.entries[place].1
    }
}

/// Keys and values of a [`Map`], ascending by key.
pub struct Iter<'a, K, V> {
    /// Those that are left; where there are places, all.
    entries: &'a [(K, V)],
    /// Of those that are left.
    places: Option<btree_map::Range<'a, u64, usize>>,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries,
            places: self.places.clone(),
        }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = match &mut self.places {
            None => self.entries.split_off_first()?,
            Some(places) => {
                let (_, &place) = places.next()?;
                &self.entries[place]
            }
        };
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
        let entries = entries.into_iter();
        let mut map = Self::with_capacity(entries.size_hint().0);
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
        let (mut removed, mut in_order, mut by_places) = (0, 0, 0);
        for step in 0..40_000u64 {
            // Few keys at first, and more than move.
            let keys = 50 + step % 20_000 / 5;
            let key = Account((random(&mut state) % keys) as u32);
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
                _ if step % 400 == 0 => {
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
            if step % 20 == 0 {
                assert!(map.iter().eq(&expected) && map.keys().eq(expected.keys()));
                let range = Account(20)..=Account(40);
                assert!(map.range(range.clone()).eq(expected.range(range)));
            }
            match map.places.0.len() {
                0 => in_order += 1,
                places => {
                    assert_eq!(places, map.len());
                    by_places += 1;
                }
            }
            if step % 20_000 == 19_999 {
                map.clear();
                expected.clear();
            }
        }
        assert!(
            removed > 1_000 && in_order > 1_000 && by_places > 1_000,
            "{removed} removed, {in_order} steps in order, {by_places} by places"
        );
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
