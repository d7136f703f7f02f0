//! Agents and what they measure.

use super::numbers::fixed;
use crate::Column;
use crate::columns::{Reader, rows_of};
use std::ops::Range;
use yuma_simulate::{Agent, Policy, Quality, QualityChange};
use yuma_types::InputError;

/// The mechanism that stands for all of them.
const EVERY_MECHANISM: u16 = u16::MAX;

/// What is wrong with an agent, and which.
pub type AgentError = (Option<u32>, InputError);

/// Columns of policies, agents and qualities.
///
/// Of policies: the kind, three words, where its list of uids begins and the last one's ends, the lists. Of agents: the
/// number of the policy, the mechanism, the first epoch and the one after the last, where its uids begin and the last
/// one's end, the uids. Of qualities: where its values begin and the last one's end, the values, the drift, where its
/// changes begin and the last one's end; of the changes the epoch, the uid and the value. Shares, deviations and qualities
/// are bits of doubles.
pub struct AgentsIn<'a> {
    kind: &'a [u8],
    words: [&'a [u64]; 3],
    list_start: &'a [u32],
    list: &'a [u16],
    policy: &'a [u32],
    mechanism: &'a [u16],
    from: &'a [u32],
    until: &'a [u32],
    uid_start: &'a [u32],
    uid: &'a [u16],
    value_start: &'a [u32],
    value: &'a [u64],
    drift: &'a [u64],
    change_start: &'a [u32],
    change_epoch: &'a [u32],
    change_uid: &'a [u16],
    change_value: &'a [u64],
}

fn part(starts: &[u32], at: usize) -> Range<usize> {
    starts[at] as usize..starts[at + 1] as usize
}

impl<'a> AgentsIn<'a> {
    /// Reads the columns.
    ///
    /// # Errors
    /// Columns of other types or lengths.
    pub fn read(columns: &[Column<'a>]) -> Result<Self, InputError> {
        let mut reader = Reader::new(columns);
        let policies = reader.rows();
        let kind = reader.u8s("policies.kind", policies);
        let words = [(); 3].map(|()| reader.u64s("policies.words", policies));
        let list_start = reader.starts("policies.miners", policies);
        let list = reader.u16s("policies.miners", rows_of(list_start));
        let agents = reader.rows();
        let policy = reader.u32s("agents.policy", agents);
        let mechanism = reader.u16s("agents.mechanism", agents);
        let from = reader.u32s("agents.from", agents);
        let until = reader.u32s("agents.until", agents);
        let uid_start = reader.starts("agents.uids", agents);
        let uid = reader.u16s("agents.uids", rows_of(uid_start));
        let qualities = reader.rows().saturating_sub(1);
        let value_start = reader.starts("quality.values", qualities);
        let value = reader.u64s("quality.values", rows_of(value_start));
        let drift = reader.u64s("quality.drift", qualities);
        let change_start = reader.starts("quality.changes", qualities);
        let changes = rows_of(change_start);
        let read = Self {
            kind,
            words,
            list_start,
            list,
            policy,
            mechanism,
            from,
            until,
            uid_start,
            uid,
            value_start,
            value,
            drift,
            change_start,
            change_epoch: reader.u32s("quality.changes", changes),
            change_uid: reader.u16s("quality.changes", changes),
            change_value: reader.u64s("quality.changes", changes),
        };
        reader.end()?;
        Ok(read)
    }

    /// The agents.
    ///
    /// # Errors
    /// A policy that is none, with the number of the agent.
    pub fn agents(&self) -> Result<Vec<Agent>, AgentError> {
        let of = |at: usize| -> Result<Agent, InputError> {
            let mechanism = match self.mechanism[at] {
                EVERY_MECHANISM => None,
                id => Some(u8::try_from(id).map_err(|_| {
                    InputError::new("mechanism", format!("expected at most 15, found {id}"))
                })?),
            };
            Ok(Agent {
                uids: self.uid[part(self.uid_start, at)].to_vec(),
                mechanism,
                from: self.from[at],
                until: self.until[at],
                policy: self.policy(self.policy[at] as usize)?,
            })
        };
        (0..self.policy.len())
            .map(|at| of(at).map_err(|error| (Some(at as u32), error)))
            .collect()
    }

    fn policy(&self, at: usize) -> Result<Policy, InputError> {
        let Some(&kind) = self.kind.get(at) else {
            return Err(InputError::new("agent", "expected a policy that is there"));
        };
        let [a, b, c] = self.words.map(|words| words[at]);
        let small = |word: u64, field| {
            u32::try_from(word).map_err(|_| {
                InputError::new(field, format!("expected at most 2^32 - 1, found {word}"))
            })
        };
        // Those before it alone: policies lie in each other without an end to them otherwise.
        let other = |word: u64| match usize::try_from(word) {
            Ok(other) if other < at => self.policy(other).map(Box::new),
            _ => Err(InputError::new(
                "agent",
                "expected a policy before this one",
            )),
        };
        let policy = match kind {
            0 => Policy::Honest {
                noise: fixed(a, "noise")?,
            },
            1 => Policy::Copier {
                delay: small(a, "delay")?,
            },
            2 => Policy::Cabal {
                miners: self.list[part(self.list_start, at)].to_vec(),
                share: fixed(a, "share")?,
            },
            3 => Policy::SelfVoter {
                share: fixed(a, "share")?,
            },
            4 => Policy::Absent,
            5 => Policy::Late {
                every: small(a, "every")?,
                noise: fixed(b, "noise")?,
            },
            6 => Policy::Switching {
                at: small(a, "at")?,
                before: other(b)?,
                after: other(c)?,
            },
            7 => Policy::Registering {
                every: small(a, "every")?,
                stake: b,
            },
            8 => Policy::Staking { each: a as i64 },
            kind => {
                let expected = format!("expected a kind of agent, found {kind}");
                return Err(InputError::new("agent", expected));
            }
        };
        policy.check()?;
        Ok(policy)
    }

    /// The qualities.
    ///
    /// # Errors
    /// A quality, a drift or a change that is no number, or below 0.
    pub fn qualities(&self) -> Result<Vec<Quality>, InputError> {
        let of = |at: usize| -> Result<Quality, InputError> {
            let values = self.value[part(self.value_start, at)].iter();
            let values = values.map(|&bits| fixed(bits, "quality.values"));
            let changes = part(self.change_start, at).map(|change| {
                Ok(QualityChange {
                    epoch: self.change_epoch[change],
                    uid: self.change_uid[change],
                    value: fixed(self.change_value[change], "quality.changes")?,
                })
            });
            Quality::new(
                values.collect::<Result<_, _>>()?,
                changes.collect::<Result<_, _>>()?,
                fixed(self.drift[at], "quality.drift")?,
            )
        };
        (0..self.drift.len()).map(of).collect()
    }
}
