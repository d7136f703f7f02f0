//! The engine's answer beside the reference's.

use crate::subnet::{OwnedSubnet, random_subnet};
use yuma_epoch::{Platform, Settings, subnet_epoch};
use yuma_types::{Rules, SubnetOutput};

/// By which rules a random subnet agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agreed {
    /// The spec version of its epoch.
    pub spec_version: u32,
    /// Whether that was one by Null consensus.
    pub by_null: bool,
    /// Whether liquid alpha took a stored consensus or could have.
    pub with_liquid_alpha: bool,
}

/// Runs the random subnet of a seed through the reference, through the engine step by step, and through the engine
/// on every platform of this machine; by the rules of `spec_version`, or of one that the seed chooses.
///
/// # Errors
/// The first output or intermediate that differs, in words.
pub fn check_seed(seed: u64, spec_version: Option<u32>) -> Result<Agreed, String> {
    let subnet = random_subnet(seed);
    let spec_version = spec_version.unwrap_or_else(|| spec_of(seed, subnet.mechanisms.len()));
    if let Some(field) = panics_at(&subnet, spec_version) {
        let refusal = engine(&subnet, spec_version, Settings::default())
            .expect_err("a chain that panics stores nothing");
        return match refusal.starts_with(field) {
            true => Ok(Agreed {
                spec_version,
                by_null: false,
                with_liquid_alpha: false,
            }),
            false => Err(format!(
                "refused for another reason than {field}: {refusal}"
            )),
        };
    }
    let expected = reference(&subnet, spec_version)?;
    let traced = Settings {
        trace: true,
        ..Settings::default()
    };
    let ours = engine(&subnet, spec_version, traced)?;
    compare(&ours, &expected, true).map_err(|field| format!("step by step: {field}"))?;
    for platform in Platform::available() {
        let settings = Settings {
            platform,
            trace: false,
        };
        compare(&engine(&subnet, spec_version, settings)?, &expected, false)
            .map_err(|field| format!("{}: {field}", platform.name()))?;
    }
    let rules = Rules::for_spec(spec_version).map_err(|error| error.to_string())?;
    let state = subnet.borrow();
    let by_null = rules.pays_by_null(&state);
    Ok(Agreed {
        spec_version,
        by_null,
        with_liquid_alpha: !by_null && state.yuma3_on && state.liquid_alpha_on,
    })
}

/// A version of every range of rules, those of one mechanism first.
const SPECS: [u32; 16] = [
    233, 252, 257, 273, 283, 297, 300, 315, 320, 365, 397, 423, 425, 473, 475, 475,
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
    if spec_version > 315 {
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
    subnet: &OwnedSubnet,
    spec_version: u32,
    settings: Settings,
) -> Result<SubnetOutput, String> {
    let rules = Rules::for_spec(spec_version).map_err(|error| error.to_string())?;
    subnet_epoch(
        &rules,
        &subnet.borrow(),
        &subnet.borrow_mechanisms(),
        subnet.split.as_deref(),
        subnet.pools,
        settings,
    )
    .map_err(|error| error.to_string())
}

fn reference(subnet: &OwnedSubnet, spec_version: u32) -> Result<SubnetOutput, String> {
    let rules = Rules::for_spec(spec_version).map_err(|error| error.to_string())?;
    Ok(yuma_reference::subnet_epoch(
        &rules,
        &subnet.borrow(),
        &subnet.borrow_mechanisms(),
        subnet.split.as_deref(),
        subnet.pools,
        true,
    ))
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
