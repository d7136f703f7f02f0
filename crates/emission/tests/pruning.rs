//! The order in which registrations replace neurons, beside the chain's own `get_neuron_to_prune`.

use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use yuma_emission::Pruning;

fn document() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../test/vectors/pruning-spec475/order.json.gz");
    let file = File::open(path).expect("the vectors are there");
    serde_json::from_reader(GzDecoder::new(file)).expect("JSON")
}

fn numbers<T: TryFrom<u64>>(value: &Value) -> Vec<T> {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<u64>().expect("a number"),
        value => value.as_u64().expect("a number"),
    };
    let list = value.as_array().expect("a list");
    list.iter()
        .map(|value| T::try_from(number(value)).ok().expect("a small number"))
        .collect()
}

fn small(value: &Value) -> u16 {
    value.as_u64().expect("a number") as u16
}

#[test]
fn the_order_is_the_chains() {
    let document = document();
    let specs: Vec<u32> = numbers(&document["specs"]);
    assert_eq!(specs, [365, 425, 475]);
    let cases = document["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), 400);
    let mut replaced = 0;
    for (at, case) in cases.iter().enumerate() {
        let registered = numbers::<u64>(&case["registered"]);
        let emission = numbers::<u64>(&case["emission"]);
        let owners = numbers::<u8>(&case["owners"]);
        let block = case["block"].as_str().expect("a text");
        let pruning = Pruning {
            block: block.parse().expect("a number"),
            registered: &registered,
            emission: &emission,
            owner: case["owner"].as_u64().map(|uid| uid as u16),
            owners: &owners,
            immunity_period: small(&case["immunity_period"]),
            immune_owner_uids: small(&case["immune_owner_uids"]),
            least_not_immune: small(&case["least_not_immune"]),
        };
        let expected = numbers::<u16>(&case["order"]);
        let whole = case["whole"].as_bool().expect("a flag");
        for &spec in &specs {
            let order = pruning.order(spec).expect("known");
            // The chain's walk ends where it is the turn of one who came on it.
            let told = if whole {
                &order[..]
            } else {
                &order[..order.len().min(expected.len())]
            };
            assert_eq!(told, expected, "case {at} at {spec}");
        }
        for (uid, &immune) in numbers::<u8>(&case["immune"]).iter().enumerate() {
            let until = pruning.immune_until(uid as u16);
            assert_eq!(pruning.block < until, immune != 0, "case {at}, uid {uid}");
        }
        replaced += expected.len();
    }
    assert_eq!(replaced, 1263);
}
