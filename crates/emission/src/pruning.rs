//! Which neuron a registration replaces where a subnet is full.

use crate::num::ascending;
use std::ops::RangeInclusive;
use yuma_types::InputError;

/// The first and the last spec version whose order is known: by what the last epoch paid, with the subnet owner's first
/// neurons kept.
///
/// Of `subnets/registration.rs` its text from 365 on, that of 425 and that of 475 (`coldint/subtensor` 26baf877) were run:
/// `test/vectors/pruning-spec475`. At 437 it was read in `RaoFoundation/subtensor` 0bb2cb30: the order is the same.
const KNOWN: RangeInclusive<u32> = 365..=475;

/// What the order follows from. Columns are by uid.
#[derive(Clone, Copy, Debug)]
pub struct Pruning<'a> {
    /// The block in which a neuron would register.
    pub block: u64,
    /// Block in which each neuron registered. `BlockAtRegistration`.
    pub registered: &'a [u64],
    /// What the last epoch stored that each got, of any length as on chain; who is not in it got nothing. In rao.
    /// `Emission`.
    pub emission: &'a [u64],
    /// Uid of the owner's hotkey, where it has one. `SubnetOwnerHotkey`.
    pub owner: Option<u16>,
    /// Whether the neuron's hotkey is of the owner's coldkey, non-zero for yes: as `OwnedHotkeys` lists them to 425, and
    /// as `Owner` has it at 475, which comes to the same.
    pub owners: &'a [u8],
    /// Blocks for which a new neuron is immune. `ImmunityPeriod`.
    pub immunity_period: u16,
    /// How many of the owner's neurons are never replaced. `ImmuneOwnerUidsLimit`.
    pub immune_owner_uids: u16,
    /// How many neurons that are not immune have to be left. `MinNonImmuneUids`.
    pub least_not_immune: u16,
}

impl Pruning<'_> {
    /// The uids in the order in which registrations in this block would replace those that are there now; who is never
    /// replaced is not among them. The first is the next one to go.
    ///
    /// Follows `get_neuron_to_prune` of `subnets/registration.rs`, specs 365 to 425 and 475.
    ///
    /// # Errors
    /// A version whose order is not known.
    pub fn order(&self, spec_version: u32) -> Result<Vec<u16>, InputError> {
        if !KNOWN.contains(&spec_version) {
            return Err(InputError::new("spec_version", "expected 365 to 475"));
        }
        let kept = self.kept();
        let mut uids = self.oldest_first();
        sort(&mut uids, self.emission);
        let (mut order, mut immune) = (Vec::new(), Vec::new());
        for uid in uids.into_iter().filter(|uid| !kept.contains(uid)) {
            let is_immune = self.block < self.immune_until(uid);
            let group = if is_immune { &mut immune } else { &mut order };
            group.push(uid);
        }
        order.truncate(order.len().saturating_sub(self.least_not_immune.into()));
        order.append(&mut immune);
        Ok(order)
    }

    /// The first block in which a neuron is not immune.
    ///
    /// Follows `get_neuron_is_immune` of `utils/misc.rs`, specs 365 to 425.
    pub fn immune_until(&self, uid: u16) -> u64 {
        if self.immunity_period == 0 {
            // Not even a neuron whose registration is to come is.
            return 0;
        }
        self.registered_at(uid)
            .saturating_add(self.immunity_period.into())
    }

    /// The number of neurons.
    pub fn n(&self) -> u16 {
        u16::try_from(self.registered.len()).unwrap_or(u16::MAX)
    }

    /// The owner's neurons that are never replaced: its first ones, and before them the one of its hotkey.
    ///
    /// Follows `get_immune_owner_tuples` there.
    fn kept(&self) -> Vec<u16> {
        let is_owners = |uid: &u16| {
            self.owners
                .get(usize::from(*uid))
                .is_some_and(|&flag| flag != 0)
        };
        let limit = usize::from(self.immune_owner_uids);
        let mut uids = self.oldest_first();
        uids.retain(is_owners);
        uids.truncate(limit);
        let owner = self.owner.filter(|&uid| uid < self.n());
        if let Some(owner) = owner.filter(|uid| !uids.contains(uid)) {
            uids.insert(0, owner);
            uids.truncate(limit);
        }
        uids
    }

    /// All uids by their registration, then as they are.
    fn oldest_first(&self) -> Vec<u16> {
        let mut uids = (0..self.n()).collect();
        sort(&mut uids, self.registered);
        uids
    }

    fn registered_at(&self, uid: u16) -> u64 {
        self.registered.get(usize::from(uid)).copied().unwrap_or(0)
    }
}

/// Puts uids in ascending order of a column, in which 0 stands for what is missing. Equal ones stay in their order: the
/// low halves come first.
fn sort(uids: &mut Vec<u16>, column: &[u64]) {
    for shift in [0, 32] {
        let half = |&uid: &u16| {
            let value = column.get(usize::from(uid)).copied().unwrap_or(0);
            (value >> shift) as u32
        };
        let order = ascending(uids.iter().map(half));
        *uids = order.into_iter().map(|(_, place)| uids[place]).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six neurons: 0 is the owner's, 1 and 2 are old, 3 to 5 newer; 5 is immune in block 1000.
    const SUBNET: Pruning<'static> = Pruning {
        block: 1000,
        registered: &[5, 10, 10, 20, 30, 950],
        emission: &[0, 7, 7, 0, 3, 9],
        owner: Some(0),
        owners: &[1, 0, 0, 0, 0, 0],
        immunity_period: 100,
        immune_owner_uids: 1,
        least_not_immune: 0,
    };

    #[test]
    fn the_least_paid_goes_first_then_the_oldest_then_the_lowest_uid() {
        assert_eq!(SUBNET.order(475), Ok(vec![3, 4, 1, 2, 5]));
    }

    #[test]
    fn a_floor_keeps_those_that_are_not_immune_and_the_immune_go() {
        let order = |least_not_immune| {
            let pruning = Pruning {
                least_not_immune,
                ..SUBNET
            };
            pruning.order(425)
        };
        assert_eq!(order(3), Ok(vec![3, 5]));
        assert_eq!(order(4), Ok(vec![5]));
        assert_eq!(order(9), Ok(vec![5]));
    }

    #[test]
    fn immunity_ends_with_the_period() {
        assert_eq!(SUBNET.immune_until(5), 1050);
        for (block, last) in [(1049, 5), (1050, 5)] {
            let pruning = Pruning { block, ..SUBNET };
            assert_eq!(pruning.order(425).expect("known").last(), Some(&last));
        }
        // Paid the most, it goes last in any case; paid nothing it goes first once it can.
        let unpaid = Pruning {
            emission: &[],
            ..SUBNET
        };
        let at = |block| Pruning { block, ..unpaid }.order(425).expect("known");
        assert_eq!(at(1049), [1, 2, 3, 4, 5]);
        let late = Pruning {
            registered: &[5, 960, 970, 980, 990, 950],
            ..unpaid
        };
        assert_eq!(late.order(425), Ok(vec![5, 1, 2, 3, 4]));
        let all_free = Pruning {
            block: 2000,
            least_not_immune: 4,
            ..late
        };
        assert_eq!(all_free.order(425), Ok(vec![5]));
    }

    #[test]
    fn the_owners_first_neurons_are_kept_its_own_hotkey_before_all() {
        let owns = Pruning {
            owners: &[0, 1, 0, 1, 0, 0],
            ..SUBNET
        };
        let kept = |pruning: Pruning<'_>| pruning.order(425).expect("known");
        // One may stay, and that is its hotkey's.
        assert_eq!(kept(owns), [3, 4, 1, 2, 5]);
        let two = Pruning {
            immune_owner_uids: 2,
            ..owns
        };
        assert_eq!(kept(two), [3, 4, 2, 5]);
        let without = Pruning { owner: None, ..two };
        assert_eq!(kept(without), [0, 4, 2, 5]);
        let none = Pruning {
            immune_owner_uids: 0,
            ..owns
        };
        assert_eq!(kept(none), [0, 3, 4, 1, 2, 5]);
        let beyond = Pruning {
            owner: Some(6),
            ..without
        };
        assert_eq!(kept(beyond), kept(without));
    }

    #[test]
    fn versions_whose_order_is_not_known_are_refused() {
        for version in [0, 233, 364, 476] {
            let error = SUBNET.order(version).expect_err("not known");
            assert_eq!(error.field, "spec_version");
            assert_eq!(
                error.expected,
                format!("expected {} to {}", KNOWN.start(), KNOWN.end())
            );
        }
        let nobody = Pruning {
            registered: &[],
            ..SUBNET
        };
        assert_eq!(nobody.order(475), Ok(vec![]));
    }

    /// What a neuron was paid, when it registered, its uid.
    type Candidate = (u64, u64, u16);

    /// The chain's own walk: one pass over those that are left, which remembers the best of both kinds.
    fn next_plainly(pruning: &Pruning<'_>, kept: &[u16], gone: &[u16]) -> Option<u16> {
        let mut free = 0;
        let (mut best, mut best_immune) = (None::<Candidate>, None::<Candidate>);
        for uid in (0..pruning.n()).filter(|uid| !kept.contains(uid) && !gone.contains(uid)) {
            let registered = pruning.registered[usize::from(uid)];
            let paid = *pruning.emission.get(usize::from(uid)).unwrap_or(&0);
            let candidate = (paid, registered, uid);
            let is_immune =
                pruning.block.saturating_sub(registered) < u64::from(pruning.immunity_period);
            let best = if is_immune {
                &mut best_immune
            } else {
                free += 1;
                &mut best
            };
            if best.is_none_or(|known| candidate < known) {
                *best = Some(candidate);
            }
        }
        let may = free > pruning.least_not_immune;
        may.then_some(best)
            .flatten()
            .or(best_immune)
            .map(|(_, _, uid)| uid)
    }

    #[test]
    fn the_order_is_that_of_one_replacement_after_the_other() {
        // A generator of the linear kind: what matters is that ties and both kinds occur.
        let mut state = 7u64;
        let mut random = |most: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % most
        };
        for _ in 0..2_000 {
            let n = random(12) as usize;
            let registered = (0..n).map(|_| random(8) * 20).collect::<Vec<_>>();
            let emission = (0..random(14)).map(|_| random(4)).collect::<Vec<_>>();
            let owned = (0..n).map(|_| u8::from(random(4) == 0)).collect::<Vec<_>>();
            let pruning = Pruning {
                block: 150,
                registered: &registered,
                emission: &emission,
                owner: (random(2) == 0).then(|| random(14) as u16),
                owners: &owned,
                immunity_period: (random(3) * 50) as u16,
                immune_owner_uids: random(3) as u16,
                least_not_immune: random(6) as u16,
            };
            let kept = pruning.kept();
            let mut plainly = Vec::new();
            while let Some(next) = next_plainly(&pruning, &kept, &plainly) {
                plainly.push(next);
            }
            assert_eq!(pruning.order(475), Ok(plainly), "{pruning:?}");
        }
    }
}
