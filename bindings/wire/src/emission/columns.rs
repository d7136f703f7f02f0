//! What reads columns in, and what adds them to an answer: accounts among them.

pub use crate::columns::*;

use yuma_emission::Account;

/// An account where the greatest one stands for none.
pub fn some_account(value: u32) -> Option<Account> {
    (value != u32::MAX).then_some(Account(value))
}

/// The reverse of [`some_account`].
pub fn or_no_account(account: Option<Account>) -> u32 {
    account.map_or(u32::MAX, |account| account.0)
}
