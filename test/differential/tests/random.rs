//! Ten thousand random subnets, in every run of CI.

use yuma_differential::check_seed;

#[test]
fn ten_thousand_random_subnets_agree() {
    for seed in 0..10_000 {
        if let Err(difference) = check_seed(seed) {
            panic!("seed {seed}: {difference}");
        }
    }
}
