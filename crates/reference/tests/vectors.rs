//! The reference against what the chain's own code computed.

use std::fs::{File, read_dir};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use yuma_fixed::I32F32;
use yuma_reference::{combine, legacy_terms, split_emission, subnet_epoch};
use yuma_types::{
    ConsensusMode, EpochConsensus, Mechanism, MechanismOutput, Pools, Rules, SparseRows,
    StoredRows, Subnet, SubnetOutput, Terms,
};

#[test]
fn every_epoch_vector_is_equal_in_every_field() {
    let files = files_of("epoch-spec425");
    assert_eq!(files.len(), 33, "files");
    assert_eq!(run(&files), 1953, "vectors");
}

#[test]
fn every_epoch_vector_of_spec_300_is_equal_in_every_field() {
    let files = files_of("epoch-spec300");
    assert_eq!(files.len(), 31, "files");
    assert_eq!(run(&files), 1916, "vectors");
}

#[test]
fn every_epoch_vector_of_specs_233_to_424_is_equal_in_every_field() {
    let folders = [
        ("epoch-spec233", 34, 106),
        ("epoch-spec252", 34, 106),
        ("epoch-spec257", 34, 106),
        ("epoch-spec273", 34, 112),
        ("epoch-spec283", 34, 112),
        ("epoch-spec297", 34, 115),
        ("epoch-spec320", 35, 124),
        ("epoch-spec365", 35, 124),
        ("epoch-spec401", 35, 126),
        ("epoch-spec423", 35, 126),
        ("epoch-edges", 68, 189),
    ];
    for (folder, count, vectors) in folders {
        let files = files_of(folder);
        assert_eq!(files.len(), count, "files of {folder}");
        assert_eq!(run(&files), vectors, "vectors of {folder}");
    }
}

#[test]
fn every_epoch_vector_of_spec_475_is_equal_in_every_field() {
    let files = files_of("epoch-spec475");
    assert_eq!(files.len(), 19, "files");
    assert_eq!(run(&files), 1070, "vectors");
}

#[test]
fn every_epoch_of_several_mechanisms_is_equal_in_every_field() {
    let files = files_of("mechanisms-spec475");
    assert_eq!(files.len(), 1, "files");
    assert_eq!(run(&files), 80, "vectors");
}

#[test]
fn every_large_epoch_is_equal_in_every_field() {
    let files = files_of("epoch-timing");
    assert_eq!(files.len(), 4, "files");
    assert_eq!(run(&files), 4, "vectors");
}

#[test]
fn every_mechanism_split_and_combination_is_equal() {
    let document = read(&folder("dtao-spec425").join("mechanism_split.json.gz"));
    let cases = list(&document["cases"]);
    assert!(!cases.is_empty());
    for (number, case) in cases.iter().enumerate() {
        let (given, expected) = (&case["in"], &case["out"]);
        let emission = u64_of(&given["emission"]);
        let count = int::<usize>(&given["mechanism_count"]);
        let split = given["MechanismEmissionSplit"].as_array();
        let split: Option<Vec<u16>> = split.map(|parts| parts.iter().map(int).collect());

        let shares = split_emission(emission, count, split.as_deref());
        assert_eq!(
            shares,
            map(&expected["split"], u64_of),
            "split of case {number}"
        );

        let mechanisms = list(&given["mechanism_terms"]);
        assert_eq!(mechanisms.len(), count, "mechanisms of case {number}");
        let hotkeys: Vec<&Value> = match mechanisms.first() {
            Some(terms) => list(terms).iter().map(|t| &t["hotkey"]).collect(),
            None => Vec::new(),
        };
        let output = |(terms, share): (&Value, u64)| {
            // Everybody is in every mechanism, in the same order: terms are by uid.
            assert!(list(terms).iter().map(|t| &t["hotkey"]).eq(hotkeys.clone()));
            MechanismOutput {
                share,
                terms: terms_of(terms),
                ..MechanismOutput::default()
            }
        };
        let outputs: Vec<MechanismOutput> = mechanisms.iter().zip(shares).map(output).collect();
        let combined = combine(hotkeys.len(), emission, &outputs);
        for (uid, hotkey) in hotkeys.into_iter().enumerate() {
            let actual = json!({
                "hotkey": hotkey,
                "active": combined.active[uid],
                "consensus": combined.consensus[uid],
                "dividend": combined.dividends[uid],
                "emission": combined.emission[uid].to_string(),
                "incentive": combined.incentive[uid],
                "permit": combined.validator_permit[uid],
                "server_emission": combined.server_emission[uid].to_string(),
                "stake": combined.stake[uid].to_string(),
                "stake_weight": combined.stake_weight[uid],
                "validator_emission": combined.validator_emission[uid].to_string(),
                "validator_trust": combined.validator_trust[uid],
            });
            assert_eq!(
                actual, expected["aggregated"][uid],
                "uid {uid} of case {number}"
            );
        }
        assert_eq!(list(&expected["aggregated"]).len(), combined.active.len());
    }
}

fn terms_of(terms: &Value) -> Terms {
    let u16s = |field: &str| map(terms, |t| int(&t[field]));
    let u64s = |field: &str| map(terms, |t| u64_of(&t[field]));
    let flags = |field: &str| map(terms, |t| bool_of(&t[field]));
    Terms {
        stake_weight: u16s("stake_weight"),
        consensus: u16s("consensus"),
        incentive: u16s("incentive"),
        dividends: u16s("dividend"),
        validator_trust: u16s("validator_trust"),
        active: flags("active"),
        validator_permit: flags("permit"),
        server_emission: u64s("server_emission"),
        validator_emission: u64s("validator_emission"),
        emission: u64s("emission"),
        stake: u64s("stake"),
    }
}

/// Runs every vector of the files and compares every field that its output has. Returns how many there were.
fn run(files: &[PathBuf]) -> usize {
    files.iter().map(|file| run_file(file)).sum()
}

fn run_file(file: &Path) -> usize {
    let document = read(file);
    let schema = document["schema"].as_str().expect("a schema");
    let schema = schema.strip_suffix("-set/1").expect("a set of vectors");
    let rules = Rules::for_spec(int(&document["spec_version"])).expect("a known spec version");
    let vectors = list(&document["vectors"]);
    assert!(!vectors.is_empty(), "{} is empty", file.display());
    for vector in vectors {
        assert_eq!(vector["schema"], format!("{schema}/1"));
        let expected = object(&vector["output"]);
        assert!(!expected.is_empty());
        let output = run_epoch(&rules, &vector["input"]);
        compare(&vector["name"], expected, &as_json(&output));
        if let Some(also) = vector.get("also") {
            compare(&vector["name"], object(also), &legacy_as_json(&output));
        }
    }
    vectors.len()
}

/// Every field of `expected` must be in `actual` and equal.
fn compare(name: &Value, expected: &Map<String, Value>, actual: &Value) {
    for (field, expected) in expected {
        match expected {
            Value::Object(inner) => compare(name, inner, &actual[field]),
            _ => assert!(
                *expected == actual[field],
                "{name}: {field}: {}",
                first_difference(expected, &actual[field])
            ),
        }
    }
}

fn first_difference(expected: &Value, actual: &Value) -> String {
    let (Some(expected), Some(actual)) = (expected.as_array(), actual.as_array()) else {
        return format!("expected {expected}, got {actual}");
    };
    if expected.len() != actual.len() {
        return format!("expected {} entries, got {}", expected.len(), actual.len());
    }
    let differing = expected.iter().zip(actual).position(|(e, a)| e != a);
    differing.map_or_else(String::new, |i| {
        format!("uid {i}: expected {}, got {}", expected[i], actual[i])
    })
}

/// The output in the spelling of the vectors: raw values and bonds are those of the first mechanism.
fn as_json(output: &SubnetOutput) -> Value {
    let terms = output.terms();
    let of_mechanism = |output: &MechanismOutput| {
        json!({
            "incentive": output.terms.incentive,
            "consensus_by_mechanism": output.terms.consensus,
            "bonds": lists(&output.bonds),
        })
    };
    let mechanisms: Vec<Value> = output.mechanisms.iter().map(of_mechanism).collect();
    let output = &output.mechanisms[0];
    json!({
        "stake_weight": terms.stake_weight,
        "consensus": terms.consensus,
        "incentive": terms.incentive,
        "dividends": terms.dividends,
        "validator_trust": terms.validator_trust,
        "active": terms.active,
        "validator_permit": terms.validator_permit,
        "server_emission": strings(&terms.server_emission),
        "validator_emission": strings(&terms.validator_emission),
        "emission": strings(&terms.emission),
        "stake": strings(&terms.stake),
        "bonds": lists(&output.bonds),
        "mechanisms": mechanisms,
        "raw": {
            "stake": bits(&output.raw.stake),
            "active_stake": bits(&output.raw.active_stake),
            "consensus": bits(&output.raw.consensus),
            "incentive": bits(&output.raw.incentive),
            "dividends": bits(&output.raw.dividends),
            "validator_trust": bits(&output.raw.validator_trust),
        },
    })
}

/// The columns that older runtimes store beside them.
fn legacy_as_json(output: &SubnetOutput) -> Value {
    let main = &output.mechanisms[0];
    let trace = main.trace.as_ref().expect("a trace");
    let terms = legacy_terms(&main.raw, trace);
    json!({
        "rank": terms.rank,
        "trust": terms.trust,
        "pruning_score": terms.pruning_score,
    })
}

fn strings(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn bits(values: &[I32F32]) -> Vec<String> {
    values.iter().map(|v| v.to_bits().to_string()).collect()
}

fn lists(rows: &StoredRows) -> Vec<Vec<(u16, u16)>> {
    let rows = sparse(rows);
    (0..rows.rows()).map(|i| rows.row(i).collect()).collect()
}

fn sparse(rows: &StoredRows) -> SparseRows<'_> {
    SparseRows {
        row_start: &rows.start,
        uid: &rows.uid,
        value: &rows.value,
    }
}

/// Rows that own their entries.
fn stored_rows(value: &Value) -> StoredRows {
    let mut rows = StoredRows::default();
    for row in list(value) {
        rows.uid.extend(map(row, |entry| int::<u16>(&entry[0])));
        rows.value.extend(map(row, |entry| int::<u16>(&entry[1])));
        rows.start.push(rows.uid.len() as u32);
    }
    rows
}

/// What a mechanism has of its own.
struct Own {
    last_update: Vec<u64>,
    weights: StoredRows,
    bonds: StoredRows,
    commit_blocks: Vec<u64>,
    consensus_by_mechanism: Vec<u16>,
}

impl Own {
    fn new(input: &Value) -> Self {
        Self {
            last_update: map(&input["last_update"], u64_of),
            weights: stored_rows(&input["weights"]),
            bonds: stored_rows(&input["bonds"]),
            commit_blocks: map(&input["commit_blocks"], u64_of),
            consensus_by_mechanism: known(&input["consensus_by_mechanism"])
                .map_or_else(Vec::new, |stored| map(stored, int)),
        }
    }

    fn borrow(&self) -> Mechanism<'_> {
        Mechanism {
            last_update: &self.last_update,
            weights: sparse(&self.weights),
            bonds: sparse(&self.bonds),
            commit_blocks: &self.commit_blocks,
            consensus_by_mechanism: &self.consensus_by_mechanism,
        }
    }
}

/// A value that is there and not null.
fn known(value: &Value) -> Option<&Value> {
    Some(value).filter(|value| !value.is_null())
}

/// The variant of a name; the usual one where there is none.
fn variant<T: Copy + Default + std::fmt::Debug>(name: &Value, all: &[T]) -> T {
    let named = |name: &Value| {
        let found = all.iter().find(|v| *name == format!("{v:?}"));
        *found.unwrap_or_else(|| panic!("no variant {name}"))
    };
    known(name).map_or_else(T::default, named)
}

/// The emission in its parts, which a vector of several mechanisms has alone.
fn pools(input: &Value) -> Pools {
    let Some(server) = known(&input["pending_server_emission"]) else {
        return u64_of(&input["emission"]).into();
    };
    let pools = Pools {
        server: u64_of(server),
        validator: u64_of(&input["pending_validator_emission"]),
        root: u64_of(&input["pending_root_alpha_divs"]),
    };
    if let Some(emission) = known(&input["emission"]) {
        assert_eq!(pools.total(), u64_of(emission));
    }
    pools
}

/// The epoch of a vector's input.
fn run_epoch(rules: &Rules, input: &Value) -> SubnetOutput {
    let blocks = |field: &str| map(&input[field], u64_of);
    let total_stake = map(&input["total_stake_i64f64_bits"], |bits| {
        let bits: i128 = bits
            .as_str()
            .expect("a decimal string")
            .parse()
            .expect("an i128");
        [bits as u64, (bits >> 64) as u64]
    });
    let subnet = Subnet {
        n: int(&input["n"]),
        block: u64_of(&input["block"]),
        tempo: u64_of(&input["tempo"]),
        last_mechanism_step_block: u64_of(&input["last_mechanism_step_block"]),
        last_yuma_step_block: known(&input["last_yuma_step_block"]).map(u64_of),
        activity_cutoff_blocks: u64_of(&input["activity_cutoff_blocks"]),
        block_at_registration: &blocks("block_at_registration"),
        total_stake: &total_stake,
        stake_threshold: u64_of(&input["stake_threshold"]),
        owner_uid: known(&input["owner_uid"]).map(int),
        validator_permit: &map(&input["validator_permit"], |p| u8::from(bool_of(p))),
        max_allowed_validators: int(&input["max_allowed_validators"]),
        commit_reveal_enabled: bool_of(&input["commit_reveal_enabled"]),
        kappa: int(&input["kappa"]),
        bonds_penalty: int(&input["bonds_penalty"]),
        bonds_moving_average: u64_of(&input["bonds_moving_average"]),
        yuma3_on: bool_of(&input["yuma3_on"]),
        liquid_alpha_on: bool_of(&input["liquid_alpha_on"]),
        alpha_low: int(&input["alpha_low"]),
        alpha_high: int(&input["alpha_high"]),
        alpha_sigmoid_steepness: int(&input["alpha_sigmoid_steepness"]),
        liquid_alpha_consensus_mode: variant(
            &input["liquid_alpha_consensus_mode"],
            &ConsensusMode::ALL,
        ),
        subnet_epoch_consensus: variant(&input["subnet_epoch_consensus"], &EpochConsensus::ALL),
    };
    let split = known(&input["mechanism_emission_split"]).map(|parts| map::<u16>(parts, int));
    let own = match known(&input["mechanisms"]) {
        Some(mechanisms) => map(mechanisms, Own::new),
        None => vec![Own::new(input)],
    };
    let mechanisms: Vec<Mechanism<'_>> = own.iter().map(Own::borrow).collect();
    subnet_epoch(
        rules,
        &subnet,
        &mechanisms,
        split.as_deref(),
        pools(input),
        true,
    )
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../test/vectors")
        .join(name)
}

fn files_of(name: &str) -> Vec<PathBuf> {
    let entries = read_dir(folder(name)).expect("the vectors' folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

fn read(file: &Path) -> Value {
    let opened = File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_reader(BufReader::new(GzDecoder::new(opened)))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn map<T>(value: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    list(value).iter().map(read).collect()
}

fn bool_of(value: &Value) -> bool {
    value.as_bool().expect("a boolean")
}

fn int<T: TryFrom<i64, Error: std::fmt::Debug>>(value: &Value) -> T {
    let number = value.as_i64().expect("an integer");
    number.try_into().expect("an integer in range")
}

fn u64_of(value: &Value) -> u64 {
    value
        .as_str()
        .expect("a decimal string")
        .parse()
        .expect("a u64")
}
