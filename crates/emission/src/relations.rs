//! Parents and children: which part of a hotkey's stake weighs for which other hotkey.

use crate::account::Account;
use crate::map::{Map, Set};
use std::borrow::Cow;

/// A u64 proportion of a hotkey's stake, and the relative that it goes to or comes from.
pub type Part = (u64, Account);

/// The relations of one subnet, each list in stored order. No list is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// `ChildKeys`.
    pub children: Map<Account, Vec<Part>>,
    /// `ParentKeys`.
    pub parents: Map<Account, Vec<Part>>,
}

/// Children that wait for their cooldown. `PendingChildKeys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingChildren {
    /// Whose children.
    pub hotkey: Account,
    /// What they are to be.
    pub children: Vec<Part>,
    /// They become so at the first epoch slot after this block.
    pub cooldown_block: u64,
}

impl Relations {
    /// A hotkey's children.
    pub fn children(&self, hotkey: Account) -> &[Part] {
        self.children.get(&hotkey).map_or(&[], Vec::as_slice)
    }

    /// A hotkey's parents.
    pub fn parents(&self, hotkey: Account) -> &[Part] {
        self.parents.get(&hotkey).map_or(&[], Vec::as_slice)
    }

    /// The relations that count while some hotkeys are suspended as parents: all but theirs, of which a
    /// subnet's `owner_hotkey` keeps its own.
    ///
    /// Follows `get_children` and `get_parents` of `staking/set_children.rs`, spec 475.
    pub fn in_force(
        &self,
        suspended: &Set<Account>,
        owner_hotkey: Option<Account>,
    ) -> Cow<'_, Relations> {
        let is_suspended =
            |hotkey: &Account| suspended.contains(hotkey) && owner_hotkey != Some(*hotkey);
        if !suspended.iter().any(is_suspended) {
            return Cow::Borrowed(self);
        }
        let mut relations = self.clone();
        relations.children.retain(|hotkey, _| !is_suspended(hotkey));
        for parents in relations.parents.values_mut() {
            parents.retain(|(_, parent)| !is_suspended(parent));
        }
        relations.parents.retain(|_, parents| !parents.is_empty());
        Cow::Owned(relations)
    }

    /// Makes pending children a hotkey's children, and sets its place with theirs and its parents'.
    /// Nothing happens where one would be parent and child, or the parts exceed the whole.
    ///
    /// Follows `load_relations_from_pending` and `persist_child_parent_relations` of
    /// `staking/set_children.rs`, spec 425.
    pub fn set_children(&mut self, hotkey: Account, children: &[Part]) {
        let children = by_relative(hotkey, children);
        let parents = by_relative(hotkey, self.parents(hotkey));
        let whole: u128 = children.values().map(|&part| u128::from(part)).sum();
        let both = children.keys().any(|child| parents.contains_key(child));
        if whole > u64::MAX.into() || both {
            return;
        }

        let before = relatives(self.children(hotkey));
        set(&mut self.children, hotkey, as_list(&children));
        for (&child, &part) in &children {
            upsert(&mut self.parents, child, (part, hotkey));
        }
        for &gone in before.iter().filter(|child| !children.contains_key(child)) {
            remove(&mut self.parents, gone, hotkey);
        }

        let before = relatives(self.parents(hotkey));
        set(&mut self.parents, hotkey, as_list(&parents));
        for (&parent, &part) in &parents {
            upsert(&mut self.children, parent, (part, hotkey));
        }
        for &gone in before.iter().filter(|parent| !parents.contains_key(parent)) {
            remove(&mut self.children, gone, hotkey);
        }
    }
}

/// Of a relative listed twice the last part counts; a hotkey is no relative of its own.
fn by_relative(hotkey: Account, parts: &[Part]) -> Map<Account, u64> {
    let mut by_relative = Map::new();
    for &(part, relative) in parts {
        if relative != hotkey {
            by_relative.insert(relative, part);
        }
    }
    by_relative
}

fn relatives(parts: &[Part]) -> Vec<Account> {
    parts.iter().map(|&(_, relative)| relative).collect()
}

fn as_list(parts: &Map<Account, u64>) -> Vec<Part> {
    parts
        .iter()
        .map(|(&relative, &part)| (part, relative))
        .collect()
}

fn set(lists: &mut Map<Account, Vec<Part>>, hotkey: Account, list: Vec<Part>) {
    if list.is_empty() {
        lists.remove(&hotkey);
    } else {
        lists.insert(hotkey, list);
    }
}

fn upsert(lists: &mut Map<Account, Vec<Part>>, hotkey: Account, part: Part) {
    let list = lists.entry(hotkey).or_default();
    match list.iter_mut().find(|(_, relative)| *relative == part.1) {
        Some(existing) => existing.0 = part.0,
        None => list.push(part),
    }
}

fn remove(lists: &mut Map<Account, Vec<Part>>, hotkey: Account, relative: Account) {
    if let Some(list) = lists.get_mut(&hotkey) {
        list.retain(|part| part.1 != relative);
        if list.is_empty() {
            lists.remove(&hotkey);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Account = Account(1);
    const B: Account = Account(2);
    const C: Account = Account(3);

    fn related() -> Relations {
        let mut relations = Relations::default();
        relations.set_children(A, &[(10, C), (20, B)]);
        relations
    }

    #[test]
    fn both_sides_are_set_in_ascending_order() {
        let relations = related();
        assert_eq!(relations.children(A), [(20, B), (10, C)]);
        assert_eq!(relations.parents(B), [(20, A)]);
        assert_eq!(relations.parents(C), [(10, A)]);
    }

    #[test]
    fn suspended_hotkeys_are_no_parents_but_on_their_own_subnet() {
        let mut relations = related();
        relations.set_children(Account(4), &[(5, B)]);
        let suspended = Set::from([A, Account(7)]);
        let in_force = relations.in_force(&suspended, None);
        assert_eq!(in_force.children(A), []);
        assert_eq!(in_force.children(Account(4)), [(5, B)]);
        assert_eq!(in_force.parents(B), [(5, Account(4))]);
        assert_eq!(in_force.parents(C), []);
        for same in [
            relations.in_force(&suspended, Some(A)),
            relations.in_force(&Set::new(), None),
        ] {
            assert_eq!(*same, relations);
        }
    }

    #[test]
    fn what_is_no_longer_a_child_loses_its_parent() {
        let mut relations = related();
        relations.set_children(A, &[(30, C)]);
        assert_eq!(relations.children(A), [(30, C)]);
        assert_eq!(relations.parents(B), []);
        assert_eq!(relations.parents(C), [(30, A)]);
        assert_eq!(relations.parents.len(), 1);
    }

    #[test]
    fn no_hotkey_becomes_parent_and_child_of_another() {
        let mut relations = related();
        relations.set_children(B, &[(5, A)]);
        assert_eq!(relations, related());
        relations.set_children(B, &[(u64::MAX, C), (1, Account(4))]);
        assert_eq!(relations, related());
    }

    #[test]
    fn the_last_part_counts_and_a_hotkey_is_not_its_own_child() {
        let mut relations = Relations::default();
        relations.set_children(A, &[(1, B), (7, A), (2, B)]);
        assert_eq!(relations.children(A), [(2, B)]);
    }
}
