//! Every epoch vector, equal in every field.

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;
use yuma_epoch::{
    MaskedRows, Mechanism, Platform, Rules, Settings, SparseRows, Subnet, SubnetOutput,
    dividend_parts, masked_weights, rank_parts, subnet_epoch,
};
use yuma_fixed::I32F32;

#[derive(Deserialize)]
struct VectorSet {
    spec_version: u32,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    input: Input,
    output: serde_json::Map<String, Value>,
}

fn text<'de, D: Deserializer<'de>, T: std::str::FromStr>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("not a number: {text}")))
}

fn texts<'de, D: Deserializer<'de>, T: std::str::FromStr>(from: D) -> Result<Vec<T>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts
        .iter()
        .map(|t| {
            t.parse()
                .map_err(|_| D::Error::custom(format!("not a number: {t}")))
        })
        .collect()
}

#[derive(Deserialize)]
struct Input {
    n: u16,
    #[serde(deserialize_with = "text")]
    block: u64,
    #[serde(deserialize_with = "text")]
    tempo: u64,
    #[serde(deserialize_with = "text")]
    last_mechanism_step_block: u64,
    #[serde(deserialize_with = "text")]
    activity_cutoff_blocks: u64,
    #[serde(deserialize_with = "texts")]
    last_update: Vec<u64>,
    #[serde(deserialize_with = "texts")]
    block_at_registration: Vec<u64>,
    #[serde(deserialize_with = "texts")]
    total_stake_i64f64_bits: Vec<i128>,
    #[serde(deserialize_with = "text")]
    stake_threshold: u64,
    owner_uid: Option<u16>,
    validator_permit: Vec<bool>,
    max_allowed_validators: u16,
    weights: Vec<Vec<(u16, u16)>>,
    bonds: Vec<Vec<(u16, u16)>>,
    commit_reveal_enabled: bool,
    #[serde(deserialize_with = "texts")]
    commit_blocks: Vec<u64>,
    kappa: u16,
    bonds_penalty: u16,
    #[serde(deserialize_with = "text")]
    bonds_moving_average: u64,
    yuma3_on: bool,
    liquid_alpha_on: bool,
    alpha_low: u16,
    alpha_high: u16,
    alpha_sigmoid_steepness: i16,
    #[serde(deserialize_with = "text")]
    emission: u64,
}

#[derive(Default)]
struct Rows {
    start: Vec<u32>,
    uid: Vec<u16>,
    value: Vec<u16>,
}

impl Rows {
    fn new(lists: &[Vec<(u16, u16)>]) -> Self {
        let mut rows = Self {
            start: vec![0],
            ..Self::default()
        };
        for list in lists {
            rows.uid.extend(list.iter().map(|e| e.0));
            rows.value.extend(list.iter().map(|e| e.1));
            rows.start.push(rows.uid.len() as u32);
        }
        rows
    }

    fn borrow(&self) -> SparseRows<'_> {
        SparseRows {
            row_start: &self.start,
            uid: &self.uid,
            value: &self.value,
        }
    }
}

/// Lends a vector's input as the crate takes it.
#[allow(
    clippy::needless_update,
    reason = "a field that came after the vectors is as usual"
)]
fn with_input<R>(
    spec_version: u32,
    input: &Input,
    f: impl FnOnce(&Rules, &Subnet<'_>, Mechanism<'_>) -> R,
) -> R {
    let total_stake = input
        .total_stake_i64f64_bits
        .iter()
        .map(|&bits| [bits as u64, (bits >> 64) as u64])
        .collect::<Vec<_>>();
    let permits = input
        .validator_permit
        .iter()
        .map(|&p| u8::from(p))
        .collect::<Vec<_>>();
    let weights = Rows::new(&input.weights);
    let bonds = Rows::new(&input.bonds);
    let subnet = Subnet {
        n: input.n,
        block: input.block,
        tempo: input.tempo,
        last_mechanism_step_block: input.last_mechanism_step_block,
        activity_cutoff_blocks: input.activity_cutoff_blocks,
        block_at_registration: &input.block_at_registration,
        total_stake: &total_stake,
        stake_threshold: input.stake_threshold,
        owner_uid: input.owner_uid,
        validator_permit: &permits,
        max_allowed_validators: input.max_allowed_validators,
        commit_reveal_enabled: input.commit_reveal_enabled,
        kappa: input.kappa,
        bonds_penalty: input.bonds_penalty,
        bonds_moving_average: input.bonds_moving_average,
        yuma3_on: input.yuma3_on,
        liquid_alpha_on: input.liquid_alpha_on,
        alpha_low: input.alpha_low,
        alpha_high: input.alpha_high,
        alpha_sigmoid_steepness: input.alpha_sigmoid_steepness,
        ..Subnet::default()
    };
    let mechanism = Mechanism {
        last_update: &input.last_update,
        weights: weights.borrow(),
        bonds: bonds.borrow(),
        commit_blocks: &input.commit_blocks,
    };
    let rules = Rules::for_spec(spec_version).expect("a known spec version");
    f(&rules, &subnet, mechanism)
}

fn run(spec_version: u32, input: &Input, settings: Settings) -> SubnetOutput {
    with_input(spec_version, input, |rules, subnet, mechanism| {
        subnet_epoch(rules, subnet, &[mechanism], None, input.emission, settings)
            .expect("input that a chain held")
    })
}

/// What the explanations of an epoch add up to, beside the steps that they explain.
fn check_explanations(name: &str, input: &Input, output: &SubnetOutput, masked: &MaskedRows) {
    let main = &output.mechanisms[0];
    let trace = main.trace.as_ref().expect("a trace was asked for");
    let sum = |parts: &[(u16, I32F32)]| {
        parts
            .iter()
            .fold(I32F32::ZERO, |sum, &(_, part)| sum.saturating_add(part))
    };
    for uid in 0..input.n {
        let rank = rank_parts(&main.raw, trace, uid);
        assert_eq!(
            sum(&rank),
            trace.ranks[uid as usize],
            "{name}: rank of {uid}"
        );
        let parts = dividend_parts(&main.raw, trace, uid, input.yuma3_on);
        let dividends = trace.dividends_before_normalize[uid as usize];
        assert_eq!(parts.dividends, dividends, "{name}: dividends of {uid}");
        assert_eq!(sum(&parts.parts), parts.sum, "{name}: dividends of {uid}");

        let row = uid as usize;
        let counting = trace.weights.row(row).map(|(to, _)| to);
        let removed = masked.start[row] as usize..masked.start[row + 1] as usize;
        let mut all = masked.uid[removed].to_vec();
        all.extend(counting);
        all.sort_unstable();
        let mut stored = input.weights[row].iter().map(|e| e.0).collect::<Vec<_>>();
        stored.sort_unstable();
        assert_eq!(all, stored, "{name}: weights of {uid}");
    }
}

fn as_json(output: &SubnetOutput) -> serde_json::Map<String, Value> {
    fn texts<T: ToString>(values: &[T]) -> Value {
        values.iter().map(T::to_string).collect::<Vec<_>>().into()
    }
    let terms = &output.terms;
    let main = &output.mechanisms[0];
    let bits = |values: &[yuma_fixed::I32F32]| {
        texts(&values.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
    };
    let bonds = (0..main.bonds.start.len() - 1)
        .map(|row| {
            let range = main.bonds.start[row] as usize..main.bonds.start[row + 1] as usize;
            range
                .map(|at| Value::from(vec![main.bonds.uid[at], main.bonds.value[at]]))
                .collect::<Value>()
        })
        .collect::<Value>();
    let raw = serde_json::json!({
        "stake": bits(&main.raw.stake),
        "active_stake": bits(&main.raw.active_stake),
        "consensus": bits(&main.raw.consensus),
        "incentive": bits(&main.raw.incentive),
        "dividends": bits(&main.raw.dividends),
        "validator_trust": bits(&main.raw.validator_trust),
    });
    let Value::Object(json) = serde_json::json!({
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
        "bonds": bonds,
        "raw": raw,
    }) else {
        unreachable!("an object literal")
    };
    json
}

/// Calls `f` with every vector of a folder and its spec version, and returns the number of files and of vectors.
fn for_each_vector(folder: &str, mut f: impl FnMut(u32, &Vector)) -> (usize, usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../test/vectors")
        .join(folder);
    let mut counts = (0, 0);
    for entry in fs::read_dir(&folder).expect("the vectors' folder") {
        let path = entry.expect("a folder entry").path();
        let file = File::open(&path).expect("a vector file");
        let set: VectorSet = serde_json::from_reader(std::io::BufReader::new(GzDecoder::new(file)))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        counts.0 += 1;
        counts.1 += set.vectors.len();
        for vector in &set.vectors {
            f(set.spec_version, vector);
        }
    }
    counts
}

fn check(folder: &str, settings: Settings) -> (usize, usize) {
    for_each_vector(folder, |spec_version, vector| {
        let ours = as_json(&run(spec_version, &vector.input, settings));
        for (field, expected) in &vector.output {
            if field == "raw" {
                for (raw, expected) in expected.as_object().expect("raw fields") {
                    assert_eq!(&ours["raw"][raw], expected, "{}: raw.{raw}", vector.name);
                }
                continue;
            }
            assert_eq!(&ours[field], expected, "{}: {field}", vector.name);
        }
    })
}

fn on(platform: Platform) -> Settings {
    Settings {
        platform,
        trace: false,
    }
}

#[test]
fn every_epoch_vector_is_equal_on_every_platform() {
    for platform in Platform::available() {
        let counts = check("epoch-spec425", on(platform));
        assert_eq!(counts, (33, 1953), "{}", platform.name());
    }
}

#[test]
fn every_epoch_vector_of_spec_300_is_equal_on_every_platform() {
    for platform in Platform::available() {
        let counts = check("epoch-spec300", on(platform));
        assert_eq!(counts, (31, 1916), "{}", platform.name());
    }
}

#[test]
fn every_epoch_vector_is_equal_step_by_step() {
    let settings = Settings {
        trace: true,
        ..Settings::default()
    };
    assert_eq!(check("epoch-spec425", settings), (33, 1953));
    assert_eq!(check("epoch-spec300", settings), (31, 1916));
}

#[test]
fn the_large_vectors_are_equal_on_every_platform() {
    for platform in Platform::available() {
        assert_eq!(
            check("epoch-timing", on(platform)),
            (4, 4),
            "{}",
            platform.name()
        );
    }
}

#[test]
fn explanations_add_up_to_the_steps() {
    let settings = Settings {
        trace: true,
        ..Settings::default()
    };
    for folder in ["epoch-spec425", "epoch-spec300"] {
        for_each_vector(folder, |spec_version, Vector { name, input, .. }| {
            let output = run(spec_version, input, settings);
            let masked = with_input(spec_version, input, |rules, subnet, mechanism| {
                masked_weights(rules, subnet, &mechanism).expect("input that a chain held")
            });
            check_explanations(name, input, &output, &masked);
        });
    }
}
