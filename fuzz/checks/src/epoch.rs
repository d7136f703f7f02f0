//! Epochs of arbitrary subnets by the rules of every version: by the reference, by the engine step by step, and by its
//! fused steps on every platform of the machine. All give the same, or all refuse it alike.

use crate::subnet::{spec_version, subnet};
use arbitrary::{Result, Unstructured};
use yuma_differential::{OwnedSubnet, check_subnet};

/// See the module.
pub fn check(data: &[u8]) {
    let Ok((spec_version, subnet)) = read(&mut Unstructured::new(data)) else {
        return;
    };
    if let Err(difference) = check_subnet(&subnet, spec_version) {
        panic!("spec {spec_version}: {difference}\n{subnet:?}");
    }
}

fn read(u: &mut Unstructured<'_>) -> Result<(u32, OwnedSubnet)> {
    Ok((spec_version(u)?, subnet(u)?))
}
