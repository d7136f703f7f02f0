//! State of the versions whose pool is of concentrated liquidity.

use yuma_fixed::U64F64;

/// What such a version keeps of a subnet beside what later ones do. Amounts are in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concentrated {
    /// Whether the pool is set up; where not, reserves price it. `SwapV3Initialized`.
    pub initialized: bool,
    /// The square root of the price. `AlphaSqrtPrice`.
    pub sqrt_price: U64F64,
    /// Users' TAO in the pool. `SubnetTaoProvided`.
    pub tao_provided: u64,
    /// Users' alpha in the pool. `SubnetAlphaInProvided`.
    pub alpha_provided: u64,
    /// `NetworkPowRegistrationAllowed`.
    pub pow_registration_allowed: bool,
    /// Waiting for the epoch.
    pub pending: PendingTogether,
}

/// What waits for the epoch where miners and validators are kept together, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingTogether {
    /// Alpha for both. `PendingEmission`.
    pub emission: u64,
    /// TAO for validators' root stake. `PendingRootDivs`.
    pub root_tao: u64,
    /// Alpha that was sold for it. `PendingAlphaSwapped`.
    pub alpha_swapped: u64,
}
