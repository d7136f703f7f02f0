//! Ten thousand random subnets, in every run of CI.

use std::collections::BTreeMap;
use yuma_differential::{Agreed, KINDS, check_seed, random_subnet};

#[test]
fn ten_thousand_random_subnets_agree() {
    let mut agreed: BTreeMap<Agreed, u32> = BTreeMap::new();
    for seed in 0..10_000 {
        match check_seed(seed, None) {
            Ok(by) => *agreed.entry(by).or_default() += 1,
            Err(difference) => panic!("seed {seed}: {difference}"),
        }
    }
    let newest = |by_null, with_liquid_alpha| Agreed {
        spec_version: 475,
        by_null,
        with_liquid_alpha,
        refused: false,
    };
    for kind in [
        newest(true, false),
        newest(false, true),
        newest(false, false),
    ] {
        assert!(
            agreed.get(&kind).is_some_and(|&count| count > 200),
            "{agreed:?}"
        );
    }
}

/// Of the same seeds: that there is nothing of which there is none.
#[test]
fn the_same_subnets_are_of_every_kind() {
    let mut counts = [0; KINDS.len()];
    let mut steepness = [0; 16];
    let mut moving_average = [0; 10];
    for seed in 0..10_000 {
        let subnet = random_subnet(seed);
        for (count, (_, is_of_kind)) in counts.iter_mut().zip(KINDS) {
            *count += usize::from(is_of_kind(&subnet));
        }
        let scalars = &subnet.scalars;
        steepness[((i32::from(scalars.alpha_sigmoid_steepness) + 32_768) >> 12) as usize] += 1;
        if let Some(count) =
            moving_average.get_mut((scalars.bonds_moving_average / 100_000) as usize)
        {
            *count += 1;
        }
    }
    for (count, (name, _)) in counts.iter().zip(KINDS) {
        println!("{count:5} {name}");
        assert!(*count > 0, "{name}: none");
    }
    assert!(steepness.iter().all(|&count| count > 50), "{steepness:?}");
    assert!(
        moving_average.iter().all(|&count| count > 50),
        "{moving_average:?}"
    );
}

#[test]
fn subnets_agree_by_the_rules_of_a_version_that_is_asked_for() {
    for seed in 0..500 {
        let by = check_seed(seed, Some(475))
            .unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
        assert_eq!(by.spec_version, 475);
    }
}
