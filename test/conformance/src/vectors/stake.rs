use super::part;
use super::state;
use crate::Answer;
use crate::read::Field;
use crate::write::{float_pair, maybe, text, texts};
use serde_json::{Value, json};
use yuma_emission::{
    Account, Map, Relations, SafeFloat, SharePool, StakeWeights, Stored, proportion_u64,
};

pub fn weights(input: Field<'_>) -> Answer {
    let hotkeys: Vec<Field<'_>> = input.get("hotkeys_by_uid").list()?.collect();
    let mut relations = Relations::default();
    let (mut alpha, mut root): (Map<Account, u64>, Map<Account, u64>) = Default::default();
    let mut order = Vec::new();
    for hotkey in hotkeys {
        let key = hotkey.get("hotkey").account()?;
        relations
            .children
            .insert(key, hotkey.get("children").each(part)?);
        relations
            .parents
            .insert(key, hotkey.get("parents").each(part)?);
        alpha.insert(key, hotkey.get("alpha").int()?);
        root.insert(key, hotkey.get("root").int()?);
        order.push(Some(key));
    }
    let weights = StakeWeights::new(
        input.get("netuid").int()?,
        order,
        &relations,
        proportion_u64(input.get("TaoWeight").int()?),
        |hotkey| alpha.get(&hotkey).copied().unwrap_or(0),
        |hotkey| root.get(&hotkey).copied().unwrap_or(0),
    );
    Ok(json!({
        "total": texts(weights.total.iter().map(|weight| weight.to_bits())),
        "alpha": texts(weights.alpha.iter().map(|weight| weight.to_bits())),
        "tao": texts(weights.tao.iter().map(|weight| weight.to_bits())),
    }))
}

/// The sequences are on one pool, of these coldkeys.
const COLDKEYS: [Account; 4] = [Account(1), Account(2), Account(3), Account(4)];

/// A pool after each of `ops`.
pub fn share_pool(input: Field<'_>) -> Answer {
    let initial = input.get("initial");
    let mut pool = SharePool::default();
    if !initial.is_null() {
        pool.total = initial.get("TotalHotkeyAlpha").int()?;
        let denominator = initial.get("TotalHotkeyShares_v1").u64f64()?;
        pool.denominator = Some(Stored::Legacy(denominator));
        let share = initial.get("Alpha_v1_cold1").u64f64()?;
        pool.shares.insert(COLDKEYS[0], Stored::Legacy(share));
    }
    let float = |stored: Option<&Stored>| match stored {
        Some(Stored::Float(value)) => float_pair(*value),
        _ => float_pair(SafeFloat::ZERO),
    };
    let after = input.get("ops").each(|op| {
        let amount = op.get("amount").int()?;
        let coldkey = op.get("coldkey").account()?;
        match op.get("op").text()? {
            "increase_one" => pool.increase_one(coldkey, amount),
            "decrease_one" => pool.decrease_one(coldkey, amount),
            "increase_all" => pool.increase_all(amount),
            "decrease_all" => pool.decrease_all(amount),
            _ => {
                let expected = "increase_one, decrease_one, increase_all or decrease_all";
                return Err(op.get("op").fault(expected));
            }
        }
        Ok(json!({
            "total": text(pool.total),
            "denominator_v2": float(pool.denominator.as_ref()),
            "shares_v2": COLDKEYS.map(|coldkey| float(pool.shares.get(&coldkey))),
            "values": COLDKEYS.map(|coldkey| text(pool.value(coldkey))),
        }))
    })?;
    Ok(after.into())
}

pub fn safe_float_operations(input: Field<'_>) -> Answer {
    let a = state::safe_float(input.get("a"))?;
    let b = state::safe_float(input.get("b"))?;
    let c = state::safe_float(input.get("c"))?;
    let pair = |value: Option<SafeFloat>| -> Value { maybe(value, float_pair) };
    Ok(json!({
        "a_add_b": pair(a.checked_add(b)),
        "a_sub_b": pair(a.checked_sub(b)),
        "a_div_b": pair(a.checked_div(b)),
        "a_mul_c_div_b": pair(a.mul_div(c, b)),
        "a_gt_b": a.is_above(b),
        "a_u64": text(a.to_u64()),
    }))
}
