use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use crate::write::text;
use serde_json::{Value, json};
use yuma_emission::{
    ChildRates, DividendSplit, Earner, Parent, Rules, ShareBasis, Stake, ValidatorPay,
    child_dividends, proportion_u16, proportion_u64, self_contribution, validator_pay,
};
use yuma_fixed::U96F32;

fn stake(field: Field<'_>) -> Result<Stake, Fault> {
    Ok(Stake {
        alpha: field.get("alpha").int()?,
        root: field.get("root").int()?,
    })
}

pub fn distribution(rules: &Rules, input: Field<'_>) -> Answer {
    let Some(rule) = rules.dividends else {
        let version = rules.spec_version;
        return Err(Fault::new(
            "spec_version",
            format!(
                "expected a spec version whose split of dividends is known; of {version} it is not"
            ),
        ));
    };
    let (pot, out) = match rules.shares.basis {
        ShareBasis::PriceProduct => ("pending_tao", "tao_dividends"),
        _ => ("pending_root_alpha", "root_alpha_dividends"),
    };
    let mut earners = Vec::new();
    for hotkey in input.get("hotkeys").list()? {
        // The chain asks for the stake of every hotkey with dividends; the vectors also have others.
        if hotkey.get("in_stake_map").flag()? {
            earners.push(Earner {
                hotkey: hotkey.get("hotkey").account()?,
                dividends: hotkey.get("dividend").u96f32()?,
                stake: stake(hotkey)?,
                on_root: rule == DividendSplit::AlphaFirst && hotkey.get("on_root").flag()?,
            });
        }
    }
    let pay = validator_pay(
        rule,
        &earners,
        input.get("pending_alpha").int()?,
        input.get(pot).int()?,
        input.get("tao_weight").u96f32()?,
    );
    let column = |of: fn(&ValidatorPay) -> U96F32| -> Vec<Value> {
        pay.iter()
            .map(|pay| json!([text(pay.hotkey.0), text(of(pay).to_bits())]))
            .collect()
    };
    Ok(json!({ "alpha_dividends": column(|p| p.alpha), out: column(|p| p.root) }))
}

pub fn parent_child(rules: &Rules, input: Field<'_>) -> Answer {
    if rules.dividends.is_none() {
        return Err(Fault::new(
            "spec_version",
            "expected a spec version whose split of dividends is known",
        ));
    }
    let parents = input.get("parents").each(|parent| {
        Ok(Parent {
            part: (
                parent.get("proportion").int()?,
                parent.get("hotkey").account()?,
            ),
            stake: stake(parent)?,
            foreign: parent.get("owner").json() != input.get("owner").json(),
        })
    })?;
    let burn = input.get("CKBurn").maybe(Field::int)?;
    let rates = ChildRates {
        take: proportion_u16(input.get("childkey_take").int()?),
        burn: proportion_u64(burn.unwrap_or(0)),
        tao_weight: proportion_u64(input.get("TaoWeight").int()?),
    };
    let children: Vec<u64> = input.get("children_proportions").each(Field::int)?;
    let own = self_contribution(stake(input)?, children, rates.tao_weight);
    let split = child_dividends(
        input.get("hotkey").account()?,
        input.get("dividends").int()?,
        own,
        &parents,
        &rates,
    );
    let parts = split.parts.iter();
    let mut out = json!({
        "self_contribution": text(own),
        "distribution": parts
            .map(|(hotkey, rao)| json!([text(hotkey.0), text(rao)]))
            .collect::<Vec<_>>(),
    });
    if burn.is_some() {
        out["recycled"] = text(split.recycled);
    }
    Ok(out)
}
