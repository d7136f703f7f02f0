//! A JSON value read as what it should be, with its name for the message where it is not.

use crate::error::Fault;
use serde_json::Value;
use std::collections::BTreeMap;
use yuma_emission::Account;
use yuma_fixed::{I64F64, I96F32, U64F64, U96F32};

/// A larger number is not exact in JavaScript: such integers are strings.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// An integer type with its range in words.
pub trait Int: TryFrom<i128> + std::str::FromStr {
    fn range() -> String;
}

macro_rules! int {
    ($($T:ty)*) => {$(
        impl Int for $T {
            fn range() -> String {
                format!("an integer from {} to {}", <$T>::MIN, <$T>::MAX)
            }
        }
    )*};
}

int!(u8 u16 u32 u64 u128 i16 i64 i128);

/// A value, and what it is called.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    value: &'a Value,
    name: &'a str,
    index: Option<usize>,
}

impl<'a> Field<'a> {
    pub fn root(value: &'a Value) -> Self {
        Self {
            value,
            name: "request",
            index: None,
        }
    }

    /// A field of an object; null where there is none, or no object.
    pub fn get(self, name: &'a str) -> Self {
        Self {
            value: &self.value[name],
            name,
            index: None,
        }
    }

    /// A part of a tuple; null where it is shorter, or none.
    pub fn at(self, index: usize) -> Self {
        Self {
            value: &self.value[index],
            index: self.index.or(Some(index)),
            ..self
        }
    }

    pub fn json(self) -> &'a Value {
        self.value
    }

    pub fn is_null(self) -> bool {
        self.value.is_null()
    }

    /// The fault of this value, where it is not what is expected.
    pub fn fault(self, expected: impl std::fmt::Display) -> Fault {
        let field = match self.index {
            Some(index) => format!("{}[{index}]", self.name),
            None => self.name.to_owned(),
        };
        let found = match self.value {
            Value::Null => "nothing".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            other => short(&other.to_string()),
        };
        Fault::new(field, format!("expected {expected}, found {found}"))
    }

    /// An integer: a decimal string, or a number that is exact.
    pub fn int<T: Int>(self) -> Result<T, Fault> {
        let parsed = match self.value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number
                .as_i64()
                .filter(|value| value.unsigned_abs() <= MAX_EXACT)
                .and_then(|value| T::try_from(value.into()).ok()),
            _ => None,
        };
        parsed.ok_or_else(|| self.fault(T::range()))
    }

    /// What `read` makes of it; `None` of null.
    pub fn maybe<T>(self, read: impl FnOnce(Self) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
        if self.is_null() {
            return Ok(None);
        }
        read(self).map(Some)
    }

    pub fn flag(self) -> Result<bool, Fault> {
        self.value.as_bool().ok_or_else(|| self.fault("a boolean"))
    }

    pub fn text(self) -> Result<&'a str, Fault> {
        self.value.as_str().ok_or_else(|| self.fault("a text"))
    }

    /// The items of a list.
    pub fn list(self) -> Result<impl ExactSizeIterator<Item = Self>, Fault> {
        let items = self.value.as_array().ok_or_else(|| self.fault("a list"))?;
        Ok(items.iter().enumerate().map(move |(index, value)| Self {
            value,
            index: Some(index),
            ..self
        }))
    }

    /// What `read` makes of each item.
    pub fn each<T>(self, read: impl FnMut(Self) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        self.list()?.map(read).collect()
    }

    /// An object, for whose fields the caller asks.
    pub fn object(self) -> Result<Self, Fault> {
        match self.value {
            Value::Object(_) => Ok(self),
            _ => Err(self.fault("an object")),
        }
    }

    /// An account's number; that of the escrow of baskets, which is above all others, is the last one here too.
    pub fn account(self) -> Result<Account, Fault> {
        if self.value.as_str() == Some("18446744073709551615") {
            return Ok(Account(u32::MAX));
        }
        self.int().map(Account)
    }

    /// Rows `[account, value]` as a map; no account twice.
    pub fn by_account<T>(
        self,
        mut read: impl FnMut(Self) -> Result<T, Fault>,
    ) -> Result<BTreeMap<Account, T>, Fault> {
        let mut map = BTreeMap::new();
        for row in self.list()? {
            if map.insert(row.at(0).account()?, read(row.at(1))?).is_some() {
                return Err(row.at(0).fault("each account once"));
            }
        }
        Ok(map)
    }

    pub fn i96f32(self) -> Result<I96F32, Fault> {
        self.int().map(I96F32::from_bits)
    }

    pub fn u96f32(self) -> Result<U96F32, Fault> {
        self.int().map(U96F32::from_bits)
    }

    pub fn i64f64(self) -> Result<I64F64, Fault> {
        self.int().map(I64F64::from_bits)
    }

    pub fn u64f64(self) -> Result<U64F64, Fault> {
        self.int().map(U64F64::from_bits)
    }
}

const MAX_SHOWN: usize = 80;

fn short(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).chain(['…']).collect()
}
