//! The weights that the masks of an epoch removed, with the reasons.

/// Why a weight does not count. Of several reasons a weight has the first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum MaskReason {
    /// The target uid does not exist.
    NoSuchUid = 0,
    /// The validator that set the weight held no permit before the epoch; under Null consensus, others have more stake.
    NoPermit = 1,
    /// The target is the validator itself, and not the owner.
    SelfWeight = 2,
    /// The target registered in or after the block in which the weights were set.
    RegisteredAfterWeights = 3,
    /// The target registered after the validator's earliest commit that is still to be revealed.
    RegisteredAfterCommit = 4,
}

/// The weights of one mechanism that the masks removed: `n` rows, each row's entries in stored order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskedRows {
    /// The `n + 1` offsets of the rows.
    pub start: Vec<u32>,
    /// The target uid of each weight.
    pub uid: Vec<u16>,
    /// The value of each weight as stored, a u16 proportion.
    pub value: Vec<u16>,
    /// The reason of each weight, a [`MaskReason`] as u8.
    pub reason: Vec<u8>,
}
