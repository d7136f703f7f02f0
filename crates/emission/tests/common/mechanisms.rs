//! The outputs of a subnet's mechanisms as the vectors write them.

use super::{flag, int, list, text};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::str::FromStr;
use yuma_epoch::{MechanismOutput, RawTerms, StoredRows, Terms};

/// Each mechanism's output, with its share of the emission.
pub fn outputs(
    mechanisms: &[Value],
    shares: impl IntoIterator<Item = u64>,
) -> Vec<MechanismOutput> {
    mechanisms
        .iter()
        .zip(shares)
        .map(|(rows, share)| MechanismOutput {
            share,
            terms: terms(list(rows)),
            raw: RawTerms::default(),
            bonds: StoredRows {
                start: vec![0],
                uid: Vec::new(),
                value: Vec::new(),
            },
            trace: None,
        })
        .collect()
}

/// The hotkeys, which all mechanisms have in one order.
pub fn hotkeys(mechanisms: &[Value]) -> Vec<Value> {
    let of = |rows: &Value| -> Vec<Value> {
        let rows = list(rows).iter();
        rows.map(|row| row["hotkey"].clone()).collect()
    };
    let hotkeys = of(&mechanisms[0]);
    assert!(mechanisms.iter().all(|rows| of(rows) == hotkeys));
    hotkeys
}

fn terms(rows: &[Value]) -> Terms {
    fn column<T: FromStr>(rows: &[Value], name: &str) -> Vec<T>
    where
        T::Err: Debug,
    {
        rows.iter().map(|row| int(&row[name])).collect()
    }
    let flags = |name: &str| rows.iter().map(|row| flag(&row[name])).collect();
    Terms {
        stake_weight: column(rows, "stake_weight"),
        consensus: column(rows, "consensus"),
        incentive: column(rows, "incentive"),
        dividends: column(rows, "dividend"),
        validator_trust: column(rows, "validator_trust"),
        active: flags("active"),
        validator_permit: flags("permit"),
        server_emission: column(rows, "server_emission"),
        validator_emission: column(rows, "validator_emission"),
        emission: column(rows, "emission"),
        stake: column(rows, "stake"),
    }
}

/// The terms stored for the subnet.
pub fn rows(hotkeys: &[Value], all: &Terms) -> Value {
    let row = |(uid, hotkey): (usize, &Value)| {
        json!({
            "hotkey": hotkey,
            "active": all.active[uid],
            "permit": all.validator_permit[uid],
            "consensus": all.consensus[uid],
            "dividend": all.dividends[uid],
            "incentive": all.incentive[uid],
            "stake_weight": all.stake_weight[uid],
            "validator_trust": all.validator_trust[uid],
            "emission": text(all.emission[uid]),
            "server_emission": text(all.server_emission[uid]),
            "validator_emission": text(all.validator_emission[uid]),
            "stake": text(all.stake[uid]),
        })
    };
    hotkeys.iter().enumerate().map(row).collect()
}

/// What each hotkey is paid.
pub fn paid(hotkeys: &[Value], all: &Terms) -> Value {
    let row = |(uid, hotkey): (usize, &Value)| {
        json!([
            hotkey,
            text(all.server_emission[uid]),
            text(all.validator_emission[uid])
        ])
    };
    hotkeys.iter().enumerate().map(row).collect()
}
