//! Every epoch vector, equal in every field.

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::path::Path;
use yuma_epoch::{
    ConsensusMode, EpochConsensus, InputError, LastTempo, LiquidAlpha, MaskedRows, Mechanism,
    MechanismOutput, Platform, Pools, PotSearch, Pots, Rules, Settings, SparseRows, StoredRows,
    Subnet, SubnetOutput, Terms, check_input, combine, dividend_parts, find_pots, in_rao,
    legacy_terms, masked_weights, rank_parts, split_emission, subnet_epoch,
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
    /// Columns that older runtimes store beside them.
    also: Option<serde_json::Map<String, Value>>,
}

fn text<'de, D: Deserializer<'de>, T: std::str::FromStr>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("not a number: {text}")))
}

/// A number that may be null.
fn maybe_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let parsed = text.map(|text| text.parse().map_err(D::Error::custom));
    parsed.transpose()
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

/// What a subnet's mechanisms share. What a version lacks is left out.
#[derive(Clone, Deserialize)]
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
    #[serde(default, deserialize_with = "maybe_text")]
    last_yuma_step_block: Option<u64>,
    #[serde(deserialize_with = "texts")]
    block_at_registration: Vec<u64>,
    #[serde(deserialize_with = "texts")]
    total_stake_i64f64_bits: Vec<i128>,
    #[serde(deserialize_with = "text")]
    stake_threshold: u64,
    owner_uid: Option<u16>,
    validator_permit: Vec<bool>,
    max_allowed_validators: u16,
    commit_reveal_enabled: bool,
    kappa: u16,
    bonds_penalty: u16,
    #[serde(deserialize_with = "text")]
    bonds_moving_average: u64,
    yuma3_on: bool,
    liquid_alpha_on: bool,
    alpha_low: u16,
    alpha_high: u16,
    alpha_sigmoid_steepness: i16,
    liquid_alpha_consensus_mode: Option<String>,
    subnet_epoch_consensus: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    emission: Option<u64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pending_server_emission: Option<u64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pending_validator_emission: Option<u64>,
    #[serde(default, deserialize_with = "maybe_text")]
    pending_root_alpha_divs: Option<u64>,
    mechanism_emission_split: Option<Vec<u16>>,
    /// The mechanisms; where there is none, the fields of the only one stand beside those of the subnet.
    #[serde(default)]
    mechanisms: Vec<Own>,
    #[serde(flatten)]
    only: Option<Own>,
}

/// What a mechanism has of its own.
#[derive(Clone, Deserialize)]
struct Own {
    #[serde(deserialize_with = "texts")]
    last_update: Vec<u64>,
    weights: Vec<Vec<(u16, u16)>>,
    bonds: Vec<Vec<(u16, u16)>>,
    #[serde(deserialize_with = "texts")]
    commit_blocks: Vec<u64>,
    #[serde(default)]
    consensus_by_mechanism: Vec<u16>,
}

impl Input {
    fn own(&self) -> &[Own] {
        match &self.only {
            Some(only) => std::slice::from_ref(only),
            None => &self.mechanisms,
        }
    }

    fn pools(&self) -> Pools {
        let halves = Pools::from(self.emission.unwrap_or(0));
        Pools {
            server: self.pending_server_emission.unwrap_or(halves.server),
            validator: self.pending_validator_emission.unwrap_or(halves.validator),
            root: self.pending_root_alpha_divs.unwrap_or(halves.root),
        }
    }
}

/// The variant of a name.
fn named<T: Copy + Default + std::fmt::Debug>(name: Option<&str>, all: &[T]) -> T {
    let named = |name| {
        let found = all.iter().find(|variant| format!("{variant:?}") == name);
        *found.unwrap_or_else(|| panic!("no variant {name}"))
    };
    name.map_or_else(T::default, named)
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
    f: impl FnOnce(&Rules, &Subnet<'_>, &[Mechanism<'_>]) -> R,
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
    let own = input
        .own()
        .iter()
        .map(|own| (own, Rows::new(&own.weights), Rows::new(&own.bonds)))
        .collect::<Vec<_>>();
    let subnet = Subnet {
        n: input.n,
        block: input.block,
        tempo: input.tempo,
        last_mechanism_step_block: input.last_mechanism_step_block,
        last_yuma_step_block: input.last_yuma_step_block,
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
        liquid_alpha_consensus_mode: named(
            input.liquid_alpha_consensus_mode.as_deref(),
            &ConsensusMode::ALL,
        ),
        subnet_epoch_consensus: named(
            input.subnet_epoch_consensus.as_deref(),
            &EpochConsensus::ALL,
        ),
        ..Subnet::default()
    };
    let mechanisms = own
        .iter()
        .map(|(own, weights, bonds)| Mechanism {
            last_update: &own.last_update,
            weights: weights.borrow(),
            bonds: bonds.borrow(),
            commit_blocks: &own.commit_blocks,
            consensus_by_mechanism: &own.consensus_by_mechanism,
        })
        .collect::<Vec<_>>();
    let rules = Rules::for_spec(spec_version).expect("a known spec version");
    f(&rules, &subnet, &mechanisms)
}

/// Whether other rules than its own give another output than a vector has.
fn is_caught(vector: &Vector, mutant: &Rules) -> bool {
    let (input, pools) = (&vector.input, vector.input.pools());
    let split = input.mechanism_emission_split.as_deref();
    let output = with_input(mutant.spec_version, input, |_, subnet, mechanisms| {
        subnet_epoch(
            mutant,
            subnet,
            mechanisms,
            split,
            pools,
            Settings::default(),
        )
    });
    let ours = output.map(|output| as_json(&output)).unwrap_or_default();
    let differs = |(field, expected): (&String, &Value)| match expected.as_object() {
        Some(expected) => expected
            .iter()
            .any(|(name, value)| &ours["raw"][name] != value),
        None => &ours[field] != expected,
    };
    vector.output.iter().any(differs)
}

/// What ranges of versions differ in: its name, and what gives rules that of others.
type Field = (&'static str, fn(&mut Rules, &Rules));

/// Every field of the rules but their number.
const FIELDS: [Field; 15] = [
    ("stake_threshold", |r, o| {
        r.stake_threshold = o.stake_threshold
    }),
    ("owner_exempt", |r, o| r.owner_exempt = o.owner_exempt),
    ("owner_self_weight", |r, o| {
        r.owner_self_weight = o.owner_self_weight
    }),
    ("permits_without_stake", |r, o| {
        r.permits_without_stake = o.permits_without_stake
    }),
    ("last_tempo", |r, o| r.last_tempo = o.last_tempo),
    ("commit_reveal_mask", |r, o| {
        r.commit_reveal_mask = o.commit_reveal_mask
    }),
    ("liquid_alpha", |r, o| r.liquid_alpha = o.liquid_alpha),
    ("steepness", |r, o| r.steepness = o.steepness),
    ("exponent", |r, o| r.exponent = o.exponent),
    ("alpha_consensus", |r, o| {
        r.alpha_consensus = o.alpha_consensus
    }),
    ("keeps_rows_without_permit", |r, o| {
        r.keeps_rows_without_permit = o.keeps_rows_without_permit
    }),
    ("strict_lengths", |r, o| r.strict_lengths = o.strict_lengths),
    ("most_mechanisms", |r, o| {
        r.most_mechanisms = o.most_mechanisms
    }),
    ("malformed_split", |r, o| {
        r.malformed_split = o.malformed_split
    }),
    ("null_consensus", |r, o| r.null_consensus = o.null_consensus),
];

/// Folders with vectors of the ten ranges from 233 to 424 and of 475, and a version of each.
const BY_RANGE: [(&str, u32); 11] = [
    ("epoch-spec233", 233),
    ("epoch-spec252", 252),
    ("epoch-spec257", 257),
    ("epoch-spec273", 273),
    ("epoch-spec283", 283),
    ("epoch-spec297", 297),
    ("epoch-spec320", 320),
    ("epoch-spec365", 365),
    ("epoch-spec401", 401),
    ("epoch-spec423", 423),
    ("epoch-spec475", 475),
];

/// Whether no vector of a folder can tell a field of its rules from that of `other`.
fn cannot_tell(own: &Rules, field: &str, other: &Rules) -> bool {
    let no_sigmoid = own.liquid_alpha == LiquidAlpha::Logistic;
    // What 446 and 475 brought is in no input of before.
    let before_446 = own.spec_version < 446;
    match field {
        "steepness" | "exponent" => no_sigmoid,
        "last_tempo" => {
            before_446
                && [own.last_tempo, other.last_tempo]
                    == [LastTempo::LastMechanismStep, LastTempo::LastYumaStep]
        }
        "alpha_consensus" | "null_consensus" => before_446,
        // A chain that panics leaves no vector: see the test of what is refused.
        "strict_lengths" => own.strict_lengths,
        // Each of these vectors is of one mechanism, without a split.
        "most_mechanisms" | "malformed_split" => true,
        _ => false,
    }
}

/// A range's rules with one field as another range has it.
struct Mutant {
    field: &'static str,
    /// The first version that has the field so.
    like: u32,
    rules: Rules,
    /// Whether vectors of the range can tell it.
    can_be_told: bool,
    caught: usize,
}

/// Each field of a version's rules with every value that another version has.
fn mutants(own: Rules, others: &[Rules]) -> Vec<Mutant> {
    let mut mutants = Vec::<Mutant>::new();
    for (field, take) in FIELDS {
        for other in others {
            let mut rules = own;
            take(&mut rules, other);
            if rules == own || mutants.iter().any(|mutant| mutant.rules == rules) {
                continue;
            }
            mutants.push(Mutant {
                field,
                like: other.spec_version,
                rules,
                can_be_told: !cannot_tell(&own, field, other),
                caught: 0,
            });
        }
    }
    mutants
}

/// Each field of each range's rules, with every value that any other range has: vectors of the range show the change.
#[test]
fn vectors_tell_each_rule_from_that_of_every_other_range() {
    let rules = BY_RANGE.map(|(_, spec)| Rules::for_spec(spec).expect("a known version"));
    for ((folder, _), own) in BY_RANGE.iter().zip(&rules) {
        let mut mutants = mutants(*own, &rules);
        for_each_vector(folder, |_, vector| {
            for mutant in &mut mutants {
                mutant.caught += usize::from(is_caught(vector, &mutant.rules));
            }
        });
        for Mutant {
            field,
            like,
            can_be_told,
            caught,
            ..
        } in mutants
        {
            println!("{folder}: {field} of {like}: {caught}");
            assert_eq!(caught > 0, can_be_told, "{folder}: {field} of {like}");
        }
    }
}

/// Several mechanisms tell what those of one cannot.
#[test]
fn vectors_of_several_mechanisms_tell_what_becomes_of_a_malformed_split() {
    let own = Rules::for_spec(475).expect("a known version");
    let before = Rules::for_spec(425).expect("a known version");
    let mutant = Rules {
        malformed_split: before.malformed_split,
        ..own
    };
    let mut caught = 0;
    for_each_vector("mechanisms-spec475", |_, vector| {
        assert!(!is_caught(vector, &own), "{}", vector.name);
        caught += usize::from(is_caught(vector, &mutant));
    });
    assert!(caught > 0);
}

/// No field is missing from the list: all of them make any rules those of any other range.
#[test]
fn the_list_of_rules_is_whole() {
    for range in Rules::ranges() {
        let other = Rules::for_spec(*range.specs.start()).expect("a known version");
        let mut rules = Rules::for_spec(425).expect("a known version");
        rules.spec_version = other.spec_version;
        for (_, take) in FIELDS {
            take(&mut rules, &other);
        }
        assert_eq!(rules, other);
    }
    // A field that all ranges have alike would not show above: it is counted.
    let Rules {
        spec_version: _,
        stake_threshold: _,
        owner_exempt: _,
        owner_self_weight: _,
        permits_without_stake: _,
        last_tempo: _,
        commit_reveal_mask: _,
        liquid_alpha: _,
        steepness: _,
        exponent: _,
        alpha_consensus: _,
        keeps_rows_without_permit: _,
        strict_lengths: _,
        most_mechanisms: _,
        malformed_split: _,
        null_consensus: _,
    } = Rules::for_spec(425).expect("a known version");
}

/// One mechanism is all that a subnet could have to 315.
#[test]
fn several_mechanisms_are_refused_where_there_was_one() {
    let count = for_each_vector("mechanisms-spec475", |_, vector| {
        for (folder, spec) in BY_RANGE {
            let refused = try_run(spec, &vector.input, Settings::default())
                .err()
                .is_some_and(|error| error.field == "mechanisms");
            assert_eq!(refused, spec < 320, "{folder}: {}", vector.name);
        }
    });
    assert_eq!(count, (1, 80));
}

/// Where the chain panicked a fault names the field.
#[test]
fn what_the_chain_panicked_at_is_refused() {
    let mut refused = Vec::new();
    for_each_vector("epoch-spec320", |_, vector| {
        if let Err(error) = try_run(315, &vector.input, Settings::default()) {
            refused.push((error.field, error.uid.is_some()));
        }
    });
    let count = |field| refused.iter().filter(|&&found| found == field).count();
    let counts = [("validator_permit", false), ("bonds", true)].map(count);
    assert_eq!((counts, refused.len()), ([4, 4], 8));

    for_each_vector("epoch-spec297", |spec_version, vector| {
        with_input(spec_version, &vector.input, |rules, subnet, mechanisms| {
            let shorter = &mechanisms[0].last_update[1..];
            for last_update in [shorter, &[]] {
                let mechanism = Mechanism {
                    last_update,
                    ..mechanisms[0]
                };
                let error = check_input(rules, subnet, &[mechanism], None)
                    .expect_err("an update for each neuron");
                assert_eq!((error.field, error.mechanism), ("last_update", Some(0)));
            }
        });
    });
}

fn run(spec_version: u32, input: &Input, settings: Settings) -> SubnetOutput {
    try_run(spec_version, input, settings).expect("input that a chain held")
}

fn try_run(
    spec_version: u32,
    input: &Input,
    settings: Settings,
) -> Result<SubnetOutput, InputError> {
    let (split, pools) = (input.mechanism_emission_split.as_deref(), input.pools());
    // Yuma reads their sum: what the vector calls emission.
    assert!(input.emission.is_none_or(|all| all == pools.total()));
    with_input(spec_version, input, |rules, subnet, mechanisms| {
        subnet_epoch(rules, subnet, mechanisms, split, pools, settings)
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
        let mut stored = input.own()[0].weights[row]
            .iter()
            .map(|e| e.0)
            .collect::<Vec<_>>();
        stored.sort_unstable();
        assert_eq!(all, stored, "{name}: weights of {uid}");
    }
}

fn as_texts<T: ToString>(values: &[T]) -> Value {
    values.iter().map(T::to_string).collect::<Vec<_>>().into()
}

/// Rows as lists of `[uid, value]`.
fn as_lists(rows: &StoredRows) -> Value {
    (0..rows.start.len() - 1)
        .map(|row| {
            let range = rows.start[row] as usize..rows.start[row + 1] as usize;
            range
                .map(|at| Value::from(vec![rows.uid[at], rows.value[at]]))
                .collect::<Value>()
        })
        .collect()
}

fn terms_as_json(terms: &Terms) -> Value {
    serde_json::json!({
        "stake_weight": terms.stake_weight,
        "active": terms.active,
        "consensus": terms.consensus,
        "incentive": terms.incentive,
        "dividends": terms.dividends,
        "validator_trust": terms.validator_trust,
        "validator_permit": terms.validator_permit,
        "server_emission": as_texts(&terms.server_emission),
        "validator_emission": as_texts(&terms.validator_emission),
        "emission": as_texts(&terms.emission),
        "stake": as_texts(&terms.stake),
    })
}

/// What the chain stores of each mechanism by itself.
fn mechanism_as_json(output: &MechanismOutput) -> Value {
    serde_json::json!({
        "incentive": output.terms.incentive,
        "consensus_by_mechanism": output.terms.consensus,
        "bonds": as_lists(&output.bonds),
    })
}

fn as_json(output: &SubnetOutput) -> Value {
    let mut json = terms_as_json(output.terms());
    let main = &output.mechanisms[0];
    let bits = |values: &[yuma_fixed::I32F32]| {
        as_texts(&values.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
    };
    let raw = serde_json::json!({
        "stake": bits(&main.raw.stake),
        "active_stake": bits(&main.raw.active_stake),
        "consensus": bits(&main.raw.consensus),
        "incentive": bits(&main.raw.incentive),
        "dividends": bits(&main.raw.dividends),
        "validator_trust": bits(&main.raw.validator_trust),
    });
    json["raw"] = raw;
    json["bonds"] = as_lists(&main.bonds);
    json["mechanisms"] = output.mechanisms.iter().map(mechanism_as_json).collect();
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
        check_vector(spec_version, vector, settings);
    })
}

fn check_vector(spec_version: u32, vector: &Vector, settings: Settings) {
    let output = run(spec_version, &vector.input, settings);
    let ours = as_json(&output);
    let main = &output.mechanisms[0];
    if let (Some(also), Some(trace)) = (&vector.also, &main.trace) {
        let ours = legacy_terms(&main.raw, trace);
        let ours = serde_json::json!({
            "rank": ours.rank,
            "trust": ours.trust,
            "pruning_score": ours.pruning_score,
        });
        assert_eq!(ours, Value::from(also.clone()), "{}: also", vector.name);
    }
    for (field, expected) in &vector.output {
        if field == "raw" {
            for (raw, expected) in expected.as_object().expect("raw fields") {
                assert_eq!(&ours["raw"][raw], expected, "{}: raw.{raw}", vector.name);
            }
            continue;
        }
        assert_eq!(&ours[field], expected, "{}: {field}", vector.name);
    }
}

/// The folders of vectors, and how many files and vectors each has.
const FOLDERS: [(&str, (usize, usize)); 15] = [
    ("epoch-spec233", (34, 106)),
    ("epoch-spec252", (34, 106)),
    ("epoch-spec257", (34, 106)),
    ("epoch-spec273", (34, 112)),
    ("epoch-spec283", (34, 112)),
    ("epoch-spec297", (34, 115)),
    ("epoch-spec320", (35, 124)),
    ("epoch-spec365", (35, 124)),
    ("epoch-spec401", (35, 126)),
    ("epoch-spec423", (35, 126)),
    ("epoch-edges", (68, 189)),
    ("epoch-spec425", (33, 1953)),
    ("epoch-spec300", (31, 1916)),
    ("epoch-spec475", (19, 1070)),
    ("mechanisms-spec475", (1, 80)),
];

fn on(platform: Platform) -> Settings {
    Settings {
        platform,
        trace: false,
    }
}

#[test]
fn every_epoch_vector_is_equal_on_every_platform() {
    for platform in Platform::available() {
        for (folder, counts) in FOLDERS {
            let found = check(folder, on(platform));
            assert_eq!(found, counts, "{folder} on {}", platform.name());
        }
    }
}

#[test]
fn every_epoch_vector_is_equal_step_by_step() {
    let settings = Settings {
        trace: true,
        ..Settings::default()
    };
    for (folder, counts) in FOLDERS {
        assert_eq!(check(folder, settings), counts, "{folder}");
    }
}

/// Those of 475 that the chain of 452 to 473 would have had: under Yuma, and with the same bond cutoff by both rules.
#[test]
fn vectors_on_which_475_is_as_473_are_equal_at_473() {
    let mut vectors = 0;
    for_each_vector("epoch-spec475", |_, vector| {
        let input = &vector.input;
        let step = input.last_yuma_step_block;
        let same_cutoff = step.is_none_or(|b| b > 0 && b == input.last_mechanism_step_block);
        if input.subnet_epoch_consensus.as_deref() == Some("Yuma") && same_cutoff {
            vectors += 1;
            check_vector(473, vector, Settings::default());
        }
    });
    assert_eq!(vectors, 495);
}

/// The same at 451, where it is open which consensus is tested for zeros: what it does not decide is equal.
#[test]
fn vectors_on_which_the_readings_of_451_agree_are_equal_and_others_are_refused() {
    let (mut equal, mut refused) = (0, 0);
    for_each_vector("epoch-spec475", |_, vector| {
        let input = &vector.input;
        let step = input.last_yuma_step_block;
        let same_cutoff = step.is_none_or(|b| b > 0 && b == input.last_mechanism_step_block);
        if input.subnet_epoch_consensus.as_deref() != Some("Yuma") || !same_cutoff {
            return;
        }
        match try_run(451, input, Settings::default()) {
            Ok(_) => {
                check_vector(451, vector, Settings::default());
                equal += 1;
            }
            Err(error) => {
                assert_eq!(error.field, "consensus_by_mechanism", "{}", vector.name);
                refused += 1;
            }
        }
    });
    assert_eq!((equal, refused), (450, 45));
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
    for folder in ["epoch-spec425", "epoch-spec300", "epoch-spec475"] {
        for_each_vector(folder, |spec_version, Vector { name, input, .. }| {
            // Null consensus takes none of the steps.
            if input.subnet_epoch_consensus.as_deref() == Some("Null") {
                return;
            }
            let output = run(spec_version, input, settings);
            let masked = with_input(spec_version, input, |rules, subnet, mechanisms| {
                masked_weights(rules, subnet, &mechanisms[0]).expect("input that a chain held")
            });
            check_explanations(name, input, &output, &masked);
        });
    }
}

/// What an amount makes of an epoch's shares, as the chain stores it.
fn stored(input: &Input, output: &SubnetOutput, pot: u64) -> Terms {
    let split = input.mechanism_emission_split.as_deref();
    let shares = split_emission(pot, split, output.mechanisms.len());
    let outputs: Vec<_> = output
        .mechanisms
        .iter()
        .zip(shares)
        .map(|(mechanism, share)| {
            let trace = mechanism.trace.as_ref().expect("a trace");
            let mut own = mechanism.clone();
            own.share = share;
            own.terms.emission = in_rao(&trace.normalized_emission, share);
            own
        })
        .collect();
    combine(&outputs, pot)
}

/// The amounts that fit what is stored.
fn pots_of(
    rules: &Rules,
    input: &Input,
    output: &SubnetOutput,
    stored: &Terms,
    within: RangeInclusive<u64>,
) -> Pots {
    let mechanisms = &output.mechanisms;
    let several = mechanisms.len() > 1;
    let shares: Vec<I32F32> = mechanisms
        .iter()
        .flat_map(|own| {
            own.trace
                .as_ref()
                .expect("a trace")
                .normalized_emission
                .clone()
        })
        .collect();
    let columns: [fn(&Terms) -> &Vec<u16>; 4] = [
        |terms| &terms.stake_weight,
        |terms| &terms.consensus,
        |terms| &terms.dividends,
        |terms| &terms.validator_trust,
    ];
    let columns = columns.iter().filter(|_| several);
    let of_each = |of: &fn(&Terms) -> &Vec<u16>| -> Vec<u16> {
        mechanisms
            .iter()
            .flat_map(|own| of(&own.terms).clone())
            .collect()
    };
    let terms: Vec<u16> = columns.clone().flat_map(of_each).collect();
    let stored_terms: Vec<u16> = columns.flat_map(|of| of(stored).clone()).collect();
    let counts = vec![1; stored.emission.len()];
    let search = PotSearch {
        mechanisms: mechanisms.len(),
        shares: &shares,
        split: input.mechanism_emission_split.as_deref(),
        stored: &stored.emission,
        counts: &counts,
        terms: &terms,
        stored_terms: &stored_terms,
        within,
    };
    find_pots(rules, &search).expect("emissions that tell their amount")
}

/// What was found of some epochs.
#[derive(Debug, Default)]
struct Found {
    epochs: usize,
    /// Those of which one amount alone is possible.
    exact: usize,
    /// Stored emissions that were changed by a unit.
    changed: usize,
    /// Those that another amount gives.
    hidden: usize,
}

impl Found {
    /// Looks for the amount of an epoch, and for that of one of which a stored emission is a unit more.
    fn look(&mut self, spec_version: u32, name: &str, input: &Input) {
        let pot = input.pools().total();
        // No subnet has so much.
        if pot >= 1 << 60 {
            return;
        }
        let settings = Settings {
            trace: true,
            ..Settings::default()
        };
        let output = run(spec_version, input, settings);
        let rules = Rules::for_spec(spec_version).expect("a known version");
        let within = pot.saturating_sub(1_000_000_000)..=pot + 700_000_000;
        let search = |stored: &Terms| pots_of(&rules, input, &output, stored, within.clone());
        let pots = search(output.terms());
        let found = format!("{name}: {pots:?} of {pot}");
        assert!(
            pots.fits && (pots.least..=pots.most).contains(&pot),
            "{found}"
        );
        self.epochs += 1;
        self.exact += usize::from(pots.least == pots.most);
        for amount in [pots.least, pots.most] {
            assert_eq!(stored(input, &output, amount), *output.terms(), "{found}");
        }
        for amount in [pots.least.wrapping_sub(1), pots.most + 1] {
            let same = stored(input, &output, amount) == *output.terms();
            assert!(!(within.contains(&amount) && same), "{found}, {amount} too");
        }
        for uid in 0..output.terms().emission.len() {
            let mut terms = output.terms().clone();
            terms.emission[uid] += 1;
            let pots = search(&terms);
            self.changed += 1;
            if !pots.fits {
                continue;
            }
            // Where few earn, another amount can give a unit more: then it does.
            self.hidden += 1;
            for amount in [pots.least, pots.most] {
                assert_eq!(
                    stored(input, &output, amount).emission,
                    terms.emission,
                    "{name}"
                );
            }
        }
    }
}

/// An input with a second mechanism, whose validators have each other's weights.
fn with_second_mechanism(input: &Input, split: Option<Vec<u16>>) -> Input {
    let [own] = input.own() else {
        return input.clone();
    };
    let mut second = own.clone();
    second.weights.reverse();
    second.bonds = vec![Vec::new(); own.bonds.len()];
    Input {
        mechanisms: vec![own.clone(), second],
        only: None,
        mechanism_emission_split: split,
        ..input.clone()
    }
}

#[test]
fn the_amount_that_an_epoch_shared_out_is_told_from_what_it_stored() {
    let mut one = Found::default();
    for folder in [
        "epoch-spec233",
        "epoch-spec273",
        "epoch-spec401",
        "epoch-edges",
    ] {
        for_each_vector(folder, |spec_version, vector| {
            one.look(spec_version, &vector.name, &vector.input);
        });
    }
    println!("{one:?}");
    assert!(
        one.exact * 3 > one.epochs && one.hidden * 20 < one.changed,
        "{one:?}"
    );
    for split in [None, Some(vec![50_000, 15_535]), Some(vec![0, 65_535])] {
        let mut two = Found::default();
        for_each_vector("epoch-spec401", |spec_version, vector| {
            let input = with_second_mechanism(&vector.input, split.clone());
            two.look(spec_version, &vector.name, &input);
        });
        println!("{split:?}: {two:?}");
        assert!(two.hidden * 10 < two.changed, "{split:?}: {two:?}");
    }
}
