//! What can happen between two epochs.

/// One change of what the next epoch reads. Weights and bonds are set as they are to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// One weight: every entry of the row for `to`, or a new one at its end.
    Weight {
        /// The mechanism.
        mechanism: u8,
        /// Whose weight.
        from: u16,
        /// On whom; it need not exist.
        to: u16,
        /// A u16 proportion.
        value: u16,
    },
    /// All weights of a uid.
    Row {
        /// The mechanism.
        mechanism: u8,
        /// Whose weights.
        uid: u16,
        /// On whom, in stored order.
        uids: &'a [u16],
        /// As many u16 proportions.
        values: &'a [u16],
    },
    /// All bonds of a uid.
    Bonds {
        /// The mechanism.
        mechanism: u8,
        /// Whose bonds.
        uid: u16,
        /// On whom, in stored order.
        uids: &'a [u16],
        /// As many u16 proportions.
        values: &'a [u16],
    },
    /// The block of a uid's last update.
    LastUpdate {
        /// The mechanism.
        mechanism: u8,
        /// Whose.
        uid: u16,
        /// The block.
        block: u64,
    },
    /// The block of a uid's earliest commit that has not expired.
    Commit {
        /// The mechanism.
        mechanism: u8,
        /// Whose.
        uid: u16,
        /// The block, where there is a commit.
        block: Option<u64>,
    },
    /// A uid's stake.
    Stake {
        /// Whose.
        uid: u16,
        /// Rao.
        rao: u64,
    },
    /// More or less of a uid's stake, which does not fall below 0. A fraction of a rao stays.
    AddStake {
        /// Whose.
        uid: u16,
        /// Rao.
        rao: i64,
    },
    /// A uid's stake with its fraction.
    StakeBits {
        /// Whose.
        uid: u16,
        /// I64F64 bits as two words, the low one first.
        bits: [u64; 2],
    },
    /// A uid's permit.
    Permit {
        /// Whose.
        uid: u16,
        /// Whether it has one.
        permit: bool,
    },
    /// The block in which a uid registered, and nothing else.
    Registered {
        /// Whose.
        uid: u16,
        /// The block.
        block: u64,
    },
    /// A registration in the place of a neuron: what the chain clears of it is cleared, see [`crate::Clears`].
    Replace {
        /// The place.
        uid: u16,
        /// Block of the registration.
        block: u64,
        /// Rao that the new neuron has.
        stake: u64,
    },
    /// A registration behind the neurons that there are.
    Append {
        /// Block of the registration.
        block: u64,
        /// Rao that the new neuron has.
        stake: u64,
    },
    /// Parts of the emission by mechanism; none for an even split.
    Split(Option<&'a [u16]>),
}
