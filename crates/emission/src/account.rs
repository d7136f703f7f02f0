//! Hotkeys and coldkeys.

use yuma_blake2::blake2b;

/// A hotkey or a coldkey: its place among all accounts of a network in ascending order of their 32
/// bytes, so that accounts compare as their keys do.
///
/// [`Account::DEFAULT`], the key of 32 zeros, is the first; the chain reads it where an entry is
/// missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account(pub u32);

impl Account {
    /// The key of 32 zeros.
    pub const DEFAULT: Self = Self(0);
}

/// The accounts of a network by their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// Ascending, without repeats, the first of 32 zeros.
    keys: Vec<[u8; 32]>,
}

impl Accounts {
    /// Orders keys, in any order and with repeats, and gives each its account.
    pub fn new(keys: impl IntoIterator<Item = [u8; 32]>) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.push([0; 32]);
        keys.sort_unstable();
        keys.dedup();
        Self { keys }
    }

    /// The account of a key that was given.
    pub fn account(&self, key: &[u8; 32]) -> Option<Account> {
        let position = self.keys.binary_search(key).ok()?;
        u32::try_from(position).ok().map(Account)
    }

    /// The hash that storage orders entries of an account by where the hasher is `Blake2_128Concat`; of
    /// one hash the keys themselves decide, which are ordered as accounts are.
    pub fn hash(&self, account: Account) -> Option<[u8; 16]> {
        self.key(account).map(|key| blake2b(key))
    }

    /// The key of an account.
    pub fn key(&self, account: Account) -> Option<&[u8; 32]> {
        self.keys.get(account.0 as usize)
    }
}
