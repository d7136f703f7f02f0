//! The networks of an honest majority and of a cabal, and what the honest side gets of an epoch.

use flate2::read::GzDecoder;
use serde::Deserialize;
use std::fs::File;
use std::path::Path;
use yuma_epoch::Settings;
use yuma_fixed::I32F32;
use yuma_simulate::{Majority, MajoritySetting, Sample, chain_bonds_penalty};
use yuma_types::Rules;

/// What the chain's own `split_graph` drew: `majority-samples.json.gz`, computed by its code with substrate-fixed 0.6.0
/// and rand 0.10. Stake and weights are FNV-1a hashes of their little-endian bytes.
#[derive(Deserialize)]
struct Samples {
    samples: Vec<Drawn>,
}

#[derive(Deserialize)]
struct Drawn {
    honest_stake: f64,
    weight_deviation: f32,
    honest_step: i128,
    cabal_step: i128,
    honest_validators: usize,
    honest_miners: usize,
    stake_fnv: String,
    weights_fnv: String,
    stake: [String; 2],
}

fn hash(hash: &mut u64, bytes: &[u8]) {
    for &byte in bytes {
        *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
}

const EMPTY_HASH: u64 = 0xcbf2_9ce4_8422_2325;

fn of_chain() -> MajoritySetting {
    MajoritySetting::of_chain(Rules::for_spec(425).expect("a known version"))
}

fn of_fifty(steps: i128) -> I32F32 {
    I32F32::saturating_from_int(steps).safe_div(I32F32::saturating_from_int(50))
}

#[test]
fn networks_are_those_that_the_chains_test_draws() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/majority-samples.json.gz");
    let file = File::open(path).expect("the samples");
    let Samples { samples } = serde_json::from_reader(GzDecoder::new(file)).expect("samples");
    assert_eq!(samples.len(), 48);
    for drawn in &samples {
        let setting = MajoritySetting {
            weight_deviation: I32F32::saturating_from_f64(drawn.weight_deviation.into()),
            ..of_chain()
        };
        let honest_stake = I32F32::saturating_from_f64(drawn.honest_stake);
        let sample = Sample::new(setting, honest_stake).expect("a sample");
        let honest =
            |uids: std::ops::Range<usize>| uids.filter(|&uid| sample.is_honest(uid)).count();
        assert_eq!(honest(0..64), drawn.honest_validators);
        assert_eq!(honest(64..512), drawn.honest_miners);
        let stake = sample.total_stake();
        assert_eq!(
            [stake[0], stake[63]].map(|stake| stake[1].to_string()),
            drawn.stake
        );
        let mut stake_hash = EMPTY_HASH;
        for stake in stake {
            hash(&mut stake_hash, &stake[1].to_le_bytes());
        }
        assert_eq!(stake_hash.to_string(), drawn.stake_fnv);
        let (honest_weight, cabal_weight) =
            (of_fifty(drawn.honest_step), of_fifty(drawn.cabal_step));
        let mut weights_hash = EMPTY_HASH;
        for validator in 0..64 {
            let weights = sample.weights(validator, honest_weight, cabal_weight);
            for (miner, weight) in (64u16..).zip(weights) {
                hash(&mut weights_hash, &miner.to_le_bytes());
                hash(&mut weights_hash, &weight.to_le_bytes());
            }
        }
        assert_eq!(weights_hash.to_string(), drawn.weights_fnv);
    }
}

#[test]
fn honest_stake_gets_more_the_more_it_weighs_itself() {
    let map = Majority::new(of_chain(), I32F32::saturating_from_f64(0.6), 4).expect("a map");
    assert_eq!(map.points(), 25);
    let settings = Settings::default();
    // A cabal that weighs itself alone.
    let along = (0..5).map(|honest| {
        map.point(honest * 5 + 4, settings)
            .expect("a point")
            .emission
    });
    let along = along.collect::<Vec<_>>();
    assert!(along.is_sorted(), "{along:?}");
    assert!(along[4] > I32F32::saturating_from_f64(0.99));
    let part = map.point(17, settings).expect("a point");
    let mean = part
        .incentive
        .saturating_add(part.dividends)
        .safe_div(I32F32::saturating_from_int(2));
    // Halves of an emission of 10^9 rao, each truncated.
    assert!(mean.abs_diff(part.emission) < I32F32::saturating_from_f64(1e-6));
}

#[test]
fn the_chains_penalty_is_one_below_the_most() {
    assert_eq!([0.0, 0.5, 1.0].map(chain_bonds_penalty), [0, 32767, 65534]);
}

#[test]
fn what_cannot_be_is_refused() {
    let half = I32F32::saturating_from_f64(0.5);
    let few = MajoritySetting {
        validators: 1,
        ..of_chain()
    };
    assert_eq!(
        Sample::new(few, half).expect_err("one side").field,
        "validators"
    );
    let beyond = I32F32::saturating_from_f64(1.5);
    assert_eq!(
        Sample::new(of_chain(), beyond).expect_err("beyond 1").field,
        "honest_stake"
    );
    assert_eq!(
        Majority::new(of_chain(), half, 0)
            .expect_err("no steps")
            .field,
        "steps"
    );
}
