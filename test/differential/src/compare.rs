//! The engine's answer beside the reference's.

use crate::subnet::{OwnedSubnet, random_subnet};
use yuma_epoch::{Platform, Settings, check_input, check_output, subnet_epoch};
use yuma_types::{AlphaConsensus, InputError, MalformedSplit, Rules, SubnetOutput};

/// By which rules a random subnet agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agreed {
    /// The spec version of its epoch.
    pub spec_version: u32,
    /// Whether that was one by Null consensus.
    pub by_null: bool,
    /// Whether liquid alpha took a stored consensus or could have.
    pub with_liquid_alpha: bool,
    /// Whether every implementation refused it alike.
    pub refused: bool,
}

/// What a subnet's epoch came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every implementation gave the same.
    Agreed(Agreed),
    /// No chain could hold the input, or the version's rules are open on it: every implementation refused it alike.
    Refused(InputError),
}

/// Runs the random subnet of a seed, by the rules of `spec_version` or of one that the seed chooses, as
/// [`check_subnet`] does.
///
/// # Errors
/// The first output or intermediate that differs, in words; a subnet that is refused and is neither one at which the chain
/// panics nor one on which readings of the version differ, and one at which the chain panics and that is not refused.
pub fn check_seed(seed: u64, spec_version: Option<u32>) -> Result<Agreed, String> {
    let subnet = random_subnet(seed);
    let spec_version = spec_version.unwrap_or_else(|| spec_of(seed, subnet.mechanisms.len()));
    let subnet = match spec_version {
        // Most of them, so that not every third one tests a refusal alone.
        ..=LAST_STRICT if !seed.is_multiple_of(7) => subnet.fitted(),
        _ => subnet,
    };
    let refused = panics_at(&subnet, spec_version);
    match (check_subnet(&subnet, spec_version)?, refused) {
        (Outcome::Agreed(agreed), None) => Ok(agreed),
        (Outcome::Refused(error), Some(field)) if error.field == field => {
            Ok(refused_at(spec_version))
        }
        (Outcome::Refused(error), None) if is_open(spec_version) && names_readings(&error) => {
            Ok(refused_at(spec_version))
        }
        (outcome, refused) => Err(format!("{outcome:?}, where the chain panics: {refused:?}")),
    }
}

/// Runs a subnet through the reference, through the engine step by step, and through the engine on every platform of
/// this machine.
///
/// # Errors
/// The first output or intermediate that differs, in words.
pub fn check_subnet(subnet: &OwnedSubnet, spec_version: u32) -> Result<Outcome, String> {
    let rules = Rules::for_spec(spec_version).map_err(|error| error.to_string())?;
    let traced = Settings {
        trace: true,
        ..Settings::default()
    };
    let expected = reference(&rules, subnet);
    agree(&engine(&rules, subnet, traced), &expected, true)
        .map_err(|difference| format!("step by step: {difference}"))?;
    for platform in Platform::available() {
        let settings = Settings {
            platform,
            trace: false,
        };
        agree(&engine(&rules, subnet, settings), &expected, false)
            .map_err(|difference| format!("{}: {difference}", platform.name()))?;
    }
    if let Err(error) = expected {
        return Ok(Outcome::Refused(error));
    }
    let state = subnet.borrow();
    let by_null = rules.pays_by_null(&state);
    Ok(Outcome::Agreed(Agreed {
        spec_version,
        by_null,
        with_liquid_alpha: !by_null && state.yuma3_on && state.liquid_alpha_on,
        refused: false,
    }))
}

/// What every implementation refused.
fn refused_at(spec_version: u32) -> Agreed {
    Agreed {
        spec_version,
        by_null: false,
        with_liquid_alpha: false,
        refused: true,
    }
}

/// Whether something of a version's rules is open, so that the engine refuses what it shows on.
fn is_open(spec_version: u32) -> bool {
    let rules = Rules::for_spec(spec_version).expect("a known version");
    rules.malformed_split == MalformedSplit::InDoubt
        || rules.alpha_consensus == AlphaConsensus::ChosenInDoubt
}

/// Whether it is refused for that.
fn names_readings(error: &InputError) -> bool {
    error.expected.contains("on which the readings of spec")
}

/// The last version at which the chain panics on odd lengths.
const LAST_STRICT: u32 = 315;

/// A version of every range of rules, those of one mechanism first.
const SPECS: [u32; 18] = [
    233, 252, 257, 273, 283, 297, 300, 315, 320, 365, 397, 423, 425, 445, 451, 473, 475, 475,
];
/// How many of them have one mechanism.
const OF_ONE_MECHANISM: usize = 8;

/// The version of a seed's epoch.
fn spec_of(seed: u64, mechanisms: usize) -> u32 {
    let versions = match mechanisms {
        1 => &SPECS[..],
        _ => &SPECS[OF_ONE_MECHANISM..],
    };
    versions[(seed % versions.len() as u64) as usize]
}

/// The field at which the chain of a version panics, so that the engine has to refuse it.
fn panics_at(subnet: &OwnedSubnet, spec_version: u32) -> Option<&'static str> {
    let n = subnet.scalars.n;
    if spec_version > LAST_STRICT {
        return None;
    }
    let mechanism = &subnet.borrow_mechanisms()[0];
    if subnet.validator_permit.len() != usize::from(n) {
        return Some("validator_permit");
    }
    if mechanism.last_update.len() != usize::from(n) {
        return Some("last_update");
    }
    let has_no_such_uid = mechanism.bonds.uid.iter().any(|&uid| uid >= n);
    has_no_such_uid.then_some("bonds")
}

fn engine(
    rules: &Rules,
    subnet: &OwnedSubnet,
    settings: Settings,
) -> Result<SubnetOutput, InputError> {
    subnet_epoch(
        rules,
        &subnet.borrow(),
        &subnet.borrow_mechanisms(),
        subnet.split.as_deref(),
        subnet.pools,
        settings,
    )
}

/// The reference's epoch between the checks that are the engine's: it has none of its own.
fn reference(rules: &Rules, subnet: &OwnedSubnet) -> Result<SubnetOutput, InputError> {
    let (shared, mechanisms) = (subnet.borrow(), subnet.borrow_mechanisms());
    let split = subnet.split.as_deref();
    check_input(rules, &shared, &mechanisms, split)?;
    let output =
        yuma_reference::subnet_epoch(rules, &shared, &mechanisms, split, subnet.pools, true);
    check_output(rules, &shared, &mechanisms, &output)?;
    Ok(output)
}

/// Whether two implementations gave the same output or the same refusal.
fn agree(
    ours: &Result<SubnetOutput, InputError>,
    expected: &Result<SubnetOutput, InputError>,
    traced: bool,
) -> Result<(), String> {
    match (ours, expected) {
        (Ok(ours), Ok(expected)) => compare(ours, expected, traced),
        (Err(ours), Err(expected)) if ours == expected => Ok(()),
        (ours, expected) => {
            let refusal = |of: &Result<SubnetOutput, InputError>| match of {
                Ok(_) => "an output".to_owned(),
                Err(error) => error.to_string(),
            };
            let (ours, expected) = (refusal(ours), refusal(expected));
            Err(format!("{ours}, by the reference {expected}"))
        }
    }
}

fn compare(ours: &SubnetOutput, expected: &SubnetOutput, traced: bool) -> Result<(), String> {
    differs(ours.terms().first_difference(expected.terms()))?;
    let (count, expected_count) = (ours.mechanisms.len(), expected.mechanisms.len());
    if count != expected_count {
        return Err(format!(
            "{count} mechanisms, by the reference {expected_count}"
        ));
    }
    for (id, (ours, expected)) in ours.mechanisms.iter().zip(&expected.mechanisms).enumerate() {
        if traced && ours.trace.is_none() {
            return Err(format!("mechanism {id}: no trace"));
        }
        differs(ours.first_difference(expected))
            .map_err(|field| format!("mechanism {id}: {field}"))?;
    }
    Ok(())
}

fn differs(difference: Option<String>) -> Result<(), String> {
    difference.map_or(Ok(()), Err)
}
