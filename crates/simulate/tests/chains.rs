//! The chains of the vectors, from their first input and the changes between: what the chain carried on from epoch to
//! epoch, [`Network::advance`] and [`Change::Replace`] carry on.

use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use yuma_epoch::{Mechanism, Settings, StoredRows, Subnet, SubnetOutput};
use yuma_fixed::I32F32;
use yuma_simulate::{Change, Growth, Network, Values};
use yuma_types::{ConsensusMode, EpochConsensus, Rules};

/// The files, and how many steps and chains each has.
const FILES: [(&str, usize, usize); 5] = [
    ("epoch-spec425/chain20-mixed", 120, 6),
    ("epoch-spec425/chain30", 360, 12),
    ("epoch-spec475/chain-mode", 120, 6),
    ("epoch-spec475/chain-null-and-back", 96, 6),
    ("epoch-spec475/chain-switches", 80, 4),
];

fn vectors(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../test/vectors")
        .join(format!("{file}.json.gz"));
    let open = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let set: Value = serde_json::from_reader(GzDecoder::new(open)).expect("a set of vectors");
    set["vectors"].as_array().expect("vectors").clone()
}

fn number(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.parse().expect("a u64"),
        value => value.as_u64().expect("a number"),
    }
}

fn maybe(value: &Value) -> Option<u64> {
    (!value.is_null()).then(|| number(value))
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

fn u16s(value: &Value) -> Vec<u16> {
    numbers(value).into_iter().map(|v| v as u16).collect()
}

fn flags(value: &Value) -> Vec<u8> {
    let flags = value.as_array().expect("flags").iter();
    flags
        .map(|flag| flag.as_bool().expect("a flag").into())
        .collect()
}

fn stakes(value: &Value) -> Vec<[u64; 2]> {
    let bits = value.as_array().expect("stake").iter();
    bits.map(|bits| {
        let bits: i128 = bits.as_str().expect("bits").parse().expect("an i128");
        [bits as u64, (bits >> 64) as u64]
    })
    .collect()
}

fn rows(value: &Value) -> StoredRows {
    let mut rows = StoredRows::default();
    for row in value.as_array().expect("rows") {
        for entry in row.as_array().expect("a row") {
            rows.uid.push(number(&entry[0]) as u16);
            rows.value.push(number(&entry[1]) as u16);
        }
        rows.start.push(rows.uid.len() as u32);
    }
    rows
}

fn named<T: Copy + Default + std::fmt::Debug>(name: &Value, all: &[T]) -> T {
    let name = name.as_str();
    name.map_or_else(T::default, |name| {
        let found = all.iter().find(|variant| format!("{variant:?}") == name);
        *found.expect("a variant")
    })
}

/// The single values of an input.
fn values(spec_version: u32, input: &Value) -> Values {
    let flag = |name: &str| input[name].as_bool().expect("a flag");
    let small = |name: &str| number(&input[name]) as u16;
    Values {
        rules: Rules::for_spec(spec_version).expect("a known version"),
        subnet: Subnet {
            n: small("n"),
            block: number(&input["block"]),
            tempo: number(&input["tempo"]),
            last_mechanism_step_block: number(&input["last_mechanism_step_block"]),
            last_yuma_step_block: maybe(&input["last_yuma_step_block"]),
            activity_cutoff_blocks: number(&input["activity_cutoff_blocks"]),
            stake_threshold: number(&input["stake_threshold"]),
            owner_uid: maybe(&input["owner_uid"]).map(|uid| uid as u16),
            max_allowed_validators: small("max_allowed_validators"),
            commit_reveal_enabled: flag("commit_reveal_enabled"),
            kappa: small("kappa"),
            bonds_penalty: small("bonds_penalty"),
            bonds_moving_average: number(&input["bonds_moving_average"]),
            yuma3_on: flag("yuma3_on"),
            liquid_alpha_on: flag("liquid_alpha_on"),
            alpha_low: small("alpha_low"),
            alpha_high: small("alpha_high"),
            alpha_sigmoid_steepness: input["alpha_sigmoid_steepness"].as_i64().expect("an i16")
                as i16,
            liquid_alpha_consensus_mode: named(
                &input["liquid_alpha_consensus_mode"],
                &ConsensusMode::ALL,
            ),
            subnet_epoch_consensus: named(&input["subnet_epoch_consensus"], &EpochConsensus::ALL),
            ..Subnet::default()
        },
        emission: number(&input["emission"]),
        pending: [
            "pending_server_emission",
            "pending_validator_emission",
            "pending_root_alpha_divs",
        ]
        .map(|name| maybe(&input[name])),
    }
}

fn network(spec_version: u32, input: &Value) -> Network {
    let values = values(spec_version, input);
    let (weights, bonds) = (rows(&input["weights"]), rows(&input["bonds"]));
    let borrow = |rows: &'_ StoredRows| yuma_epoch::SparseRows {
        row_start: Vec::leak(rows.start.clone()),
        uid: Vec::leak(rows.uid.clone()),
        value: Vec::leak(rows.value.clone()),
    };
    let mechanism = Mechanism {
        last_update: &numbers(&input["last_update"]),
        weights: borrow(&weights),
        bonds: borrow(&bonds),
        commit_blocks: &numbers(&input["commit_blocks"]),
        consensus_by_mechanism: &u16s(&input["consensus_by_mechanism"]),
    };
    let subnet = Subnet {
        block_at_registration: &numbers(&input["block_at_registration"]),
        total_stake: &stakes(&input["total_stake_i64f64_bits"]),
        validator_permit: &flags(&input["validator_permit"]),
        ..values.subnet
    };
    Network::new(values, &subnet, &[mechanism], None).expect("input that a chain held")
}

/// Changes the network to what participants and owners made of it between two epochs. What the chain itself carried on
/// is never set: [`check_carried`] compares it.
fn change(network: &mut Network, spec_version: u32, input: &Value) {
    register(network, spec_version, input);
    let carried = *network.values();
    let mut set = values(spec_version, input);
    // What the epoch before and the switch to Null left.
    set.subnet.last_mechanism_step_block = carried.subnet.last_mechanism_step_block;
    set.subnet.last_yuma_step_block = carried.subnet.last_yuma_step_block;
    let null = EpochConsensus::Null;
    let becomes_null =
        set.subnet.subnet_epoch_consensus == null && carried.subnet.subnet_epoch_consensus != null;
    network.set_values(set).expect("values");
    let n = network.n();
    let mut apply = |change: Change<'_>| network.change(&change).expect("a change");
    if becomes_null {
        // The switch gives the permit to the one that Null consensus pays by.
        for (uid, permit) in (0..n).zip(flags(&input["validator_permit"])) {
            let permit = permit != 0;
            apply(Change::Permit { uid, permit });
        }
    }
    for (uid, bits) in (0..n).zip(stakes(&input["total_stake_i64f64_bits"])) {
        apply(Change::StakeBits { uid, bits });
    }
    for (uid, block) in (0..n).zip(numbers(&input["last_update"])) {
        apply(Change::LastUpdate {
            mechanism: 0,
            uid,
            block,
        });
    }
    let weights = rows(&input["weights"]);
    for uid in 0..n {
        let row = usize::from(uid);
        let range = weights.start[row] as usize..weights.start[row + 1] as usize;
        apply(Change::Row {
            mechanism: 0,
            uid,
            uids: &weights.uid[range.clone()],
            values: &weights.value[range],
        });
    }
    let commits = numbers(&input["commit_blocks"]);
    for (uid, block) in (0..n).zip(commits) {
        let block = (block != u64::MAX).then_some(block);
        apply(Change::Commit {
            mechanism: 0,
            uid,
            block,
        });
    }
}

/// Neurons that registered since. The vectors of 425 give them a block and nothing else, those of 475 what the chain does.
fn register(network: &mut Network, spec_version: u32, input: &Value) {
    // Some of the vectors' neurons take the owner's place: the chain carries on the same of them.
    let mut without_owner = *network.values();
    without_owner.subnet.owner_uid = None;
    network.set_values(without_owner).expect("values");
    let registered = numbers(&input["block_at_registration"]);
    let before = network.subnet().block_at_registration.to_vec();
    for (uid, block) in (0..).zip(registered) {
        if before[usize::from(uid)] == block {
            continue;
        }
        let change = match spec_version {
            425 => Change::Registered { uid, block },
            _ => Change::Replace {
                uid,
                block,
                stake: 0,
            },
        };
        network.change(&change).expect("a registration");
    }
}

fn check_carried(name: &str, network: &Network, input: &Value) {
    let subnet = network.subnet();
    let state = &network.mechanisms()[0];
    assert_eq!(state.bonds, rows(&input["bonds"]), "{name}: bonds");
    assert_eq!(
        subnet.validator_permit,
        flags(&input["validator_permit"]),
        "{name}: permits"
    );
    if !input["consensus_by_mechanism"].is_null() {
        assert_eq!(
            state.consensus_by_mechanism,
            u16s(&input["consensus_by_mechanism"]),
            "{name}: stored consensus"
        );
        assert_eq!(
            subnet.last_yuma_step_block,
            maybe(&input["last_yuma_step_block"]),
            "{name}: last Yuma step"
        );
    }
    assert_eq!(
        subnet.last_mechanism_step_block,
        number(&input["last_mechanism_step_block"]),
        "{name}: last step"
    );
}

fn texts<T: ToString>(values: &[T]) -> Value {
    values.iter().map(T::to_string).collect::<Vec<_>>().into()
}

fn check_output(name: &str, output: &SubnetOutput, expected: &Value) {
    let terms = output.terms();
    let own = &output.mechanisms[0];
    let bits = |values: &[I32F32]| {
        let bits = values.iter().map(|value| value.to_bits());
        texts(&bits.collect::<Vec<_>>())
    };
    let ours = serde_json::json!({
        "stake_weight": terms.stake_weight,
        "active": terms.active,
        "consensus": terms.consensus,
        "incentive": terms.incentive,
        "dividends": terms.dividends,
        "validator_trust": terms.validator_trust,
        "validator_permit": terms.validator_permit,
        "server_emission": texts(&terms.server_emission),
        "validator_emission": texts(&terms.validator_emission),
        "emission": texts(&terms.emission),
        "stake": texts(&terms.stake),
    });
    let raw = serde_json::json!({
        "stake": bits(&own.raw.stake),
        "active_stake": bits(&own.raw.active_stake),
        "consensus": bits(&own.raw.consensus),
        "incentive": bits(&own.raw.incentive),
        "dividends": bits(&own.raw.dividends),
        "validator_trust": bits(&own.raw.validator_trust),
    });
    for (field, expected) in expected.as_object().expect("an output") {
        match field.as_str() {
            "bonds" => assert_eq!(own.bonds, rows(expected), "{name}: bonds"),
            "raw" => {
                for (field, expected) in expected.as_object().expect("raw terms") {
                    assert_eq!(&raw[field], expected, "{name}: raw.{field}");
                }
            }
            _ => assert_eq!(&ours[field], expected, "{name}: {field}"),
        }
    }
}

/// The chain that a step belongs to.
fn chain_of(name: &str) -> &str {
    let cut = name.rfind(['/', '-']).expect("the number of a step");
    &name[..cut]
}

#[test]
fn the_chains_are_reproduced_from_their_first_input() {
    let mut steps = 0;
    for (file, expected_steps, expected_chains) in FILES {
        let vectors = vectors(file);
        assert_eq!(vectors.len(), expected_steps, "{file}");
        let mut chains = 0;
        let mut running: Option<(String, Network)> = None;
        for vector in &vectors {
            let name = vector["name"].as_str().expect("a name");
            let spec_version = number(&vector["spec_version"]) as u32;
            let input = &vector["input"];
            let chain = chain_of(name);
            let mut network = match running.take() {
                Some((of, mut network)) if of == chain => {
                    network.advance(Growth::None).expect("an epoch that ran");
                    if spec_version == 425 && file.ends_with("chain30") {
                        assert_eq!(network.block(), number(&input["block"]), "{name}: block");
                    }
                    change(&mut network, spec_version, input);
                    check_carried(name, &network, input);
                    network
                }
                _ => {
                    chains += 1;
                    network(spec_version, input)
                }
            };
            let output = network.epoch(Settings::default()).expect("an epoch");
            check_output(name, output, &vector["output"]);
            running = Some((chain.to_owned(), network));
            steps += 1;
        }
        assert_eq!(chains, expected_chains, "{file}");
    }
    assert_eq!(steps, 776);
}
