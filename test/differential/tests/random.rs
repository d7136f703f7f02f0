//! Ten thousand random subnets, in every run of CI.

use std::collections::BTreeMap;
use yuma_differential::{Agreed, check_seed};

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

#[test]
fn subnets_agree_by_the_rules_of_a_version_that_is_asked_for() {
    for seed in 0..500 {
        let by = check_seed(seed, Some(475))
            .unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
        assert_eq!(by.spec_version, 475);
    }
}
