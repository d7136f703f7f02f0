//! An answer to `state_queryStorageAt`, in one pass.

use crate::hex;

/// Stands for the length of a value that is not there.
pub const ABSENT: u32 = u32::MAX;

/// The values of an answer.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// Number of the request.
    pub id: u64,
    /// Of each key, in the order in which they were asked for, the bytes of its value; [`ABSENT`] for none.
    pub lengths: Vec<u32>,
    /// The values, one after the other.
    pub values: Vec<u8>,
}

impl Changes {
    /// The values in a message that answers for just these keys, in their order, at this block, in the form in which
    /// nodes write it: without a space, and each member once.
    ///
    /// None for any other message, whatever is to be said of it.
    ///
    /// # Arguments
    /// `keys`: their text as it was sent, in quotes, with commas between them.
    /// `block`: its hash with `0x`, in lower case.
    pub fn read(message: &[u8], keys: &[u8], block: &[u8]) -> Option<Self> {
        let mut reader = Reader {
            rest: message,
            changes: Self::default(),
        };
        let mut seen = Seen::default();
        reader.take(b"{")?;
        loop {
            if reader.begins(b"\"jsonrpc\":\"2.0\"") {
                Seen::first(&mut seen.version)?;
            } else if reader.begins(b"\"id\":") {
                Seen::first(&mut seen.id)?;
                reader.changes.id = reader.number()?;
            } else {
                reader.take(b"\"result\":[{")?;
                Seen::first(&mut seen.result)?;
                reader.result(keys, block)?;
                reader.take(b"}]")?;
            }
            if !reader.begins(b",") {
                break;
            }
        }
        reader.take(b"}")?;
        (reader.rest.is_empty() && seen.id && seen.result).then_some(reader.changes)
    }
}

/// Members of the message that were read.
#[derive(Default)]
struct Seen {
    version: bool,
    id: bool,
    result: bool,
}

impl Seen {
    fn first(seen: &mut bool) -> Option<()> {
        (!std::mem::replace(seen, true)).then_some(())
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    changes: Changes,
}

impl Reader<'_> {
    fn begins(&mut self, text: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take(&mut self, text: &[u8]) -> Option<()> {
        self.begins(text).then_some(())
    }

    fn number(&mut self) -> Option<u64> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit());
        let (number, rest) = self.rest.split_at(digits.count());
        self.rest = rest;
        // In JSON no other number begins with a zero.
        if number.starts_with(b"0") && number.len() > 1 {
            return None;
        }
        str::from_utf8(number).ok()?.parse().ok()
    }

    /// Block and changes, in either order.
    fn result(&mut self, keys: &[u8], block: &[u8]) -> Option<()> {
        if self.begins(b"\"block\":\"") {
            self.block(block)?;
            self.take(b",\"changes\":[")?;
            self.changes(keys)
        } else {
            self.take(b"\"changes\":[")?;
            self.changes(keys)?;
            self.take(b",\"block\":\"")?;
            self.block(block)
        }
    }

    fn block(&mut self, block: &[u8]) -> Option<()> {
        let (named, rest) = self.rest.split_at_checked(block.len())?;
        self.rest = rest;
        // The `0x` is one in lower case alone.
        let same = named.starts_with(b"0x") && named.eq_ignore_ascii_case(block);
        same.then_some(())?;
        self.take(b"\"")
    }

    /// `[key,value]` for each key.
    fn changes(&mut self, keys: &[u8]) -> Option<()> {
        // A value has two digits a byte, and each change more than four characters beside them.
        self.changes.values.reserve(self.rest.len() / 2);
        for (i, key) in keys.split(|&byte| byte == b',').enumerate() {
            self.take(if i == 0 { b"[" } else { b",[" })?;
            self.take(key)?;
            if self.begins(b",null]") {
                self.changes.lengths.push(ABSENT);
                continue;
            }
            self.take(b",\"0x")?;
            let bytes = hex::read(self.rest, &mut self.changes.values)?;
            self.rest = &self.rest[2 * bytes..];
            // Fewer than the message has, whose length a column in JavaScript's memory holds.
            self.changes
                .lengths
                .push(u32::try_from(bytes).ok().filter(|&bytes| bytes != ABSENT)?);
            self.take(b"\"]")?;
        }
        self.take(b"]")
    }
}

#[cfg(test)]
mod tests {
    use super::{ABSENT, Changes};
    use proptest::prelude::*;

    const KEYS: &[u8] = b"\"0x01\",\"0x02\",\"0x03\"";
    const BLOCK: &[u8] = b"0xabcdef";
    const CHANGES: &str = r#"[["0x01","0xAb01"],["0x02",null],["0x03","0x"]]"#;

    fn read(message: &str) -> Option<Changes> {
        Changes::read(message.as_bytes(), KEYS, BLOCK)
    }

    #[test]
    fn values_are_read_in_any_order_of_members() {
        let expected = Changes {
            id: 17,
            lengths: vec![2, ABSENT, 0],
            values: vec![0xab, 1],
        };
        for result in [
            format!(r#"[{{"block":"0xABcdef","changes":{CHANGES}}}]"#),
            format!(r#"[{{"changes":{CHANGES},"block":"0xabcdef"}}]"#),
        ] {
            for message in [
                format!(r#"{{"jsonrpc":"2.0","id":17,"result":{result}}}"#),
                format!(r#"{{"jsonrpc":"2.0","result":{result},"id":17}}"#),
                format!(r#"{{"result":{result},"id":17}}"#),
            ] {
                assert_eq!(read(&message).as_ref(), Some(&expected), "{message}");
            }
        }
    }

    #[test]
    fn another_answer_is_left_to_others() {
        let right = format!(r#"{{"id":1,"result":[{{"block":"0xabcdef","changes":{CHANGES}}}]}}"#);
        assert!(read(&right).is_some());
        for (part, other) in [
            ("abcdef", "abcdee"),
            ("0xabc", "0Xabc"),
            ("0x02", "0x04"),
            (r#"["0x02",null],"#, ""),
            (r#","0x"]"#, r#","0x"],["0x04",null]"#),
            ("0xAb01", "0xAb0"),
            ("0xAb01", "0xAb0g"),
            ("0xAb01", "Ab01"),
            ("null", "nul"),
            ("\"id\":1", "\"id\":01"),
            ("\"id\":1", "\"id\":-1"),
            ("\"id\":1", "\"id\":1.5"),
            ("\"id\":1", "\"id\":\"1\""),
            ("\"id\":1", "\"id\":1,\"id\":1"),
            ("\"id\":1", "\"id\":99999999999999999999"),
            ("\"id\":1,", ""),
            ("\"id\":1", "\"jsonrpc\":\"2.0\""),
            ("\"id\":1", "\"id\":1,\"error\":null"),
            ("}]}", "}]} "),
            ("}]}", "}]"),
            ("}]}", "},{}]}"),
            ("[{", "[ {"),
        ] {
            assert!(right.contains(part), "{part}");
            assert_eq!(
                read(&right.replacen(part, other, 1)),
                None,
                "{part}: {other}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_message_panics(message: Vec<u8>, cut in 0_usize..90, byte: u8) {
            Changes::read(&message, KEYS, BLOCK);
            let right = format!(r#"{{"id":1,"result":[{{"block":"0xabcdef","changes":{CHANGES}}}]}}"#);
            let mut damaged = right.into_bytes();
            let at = cut.min(damaged.len() - 1);
            damaged[at] = byte;
            Changes::read(&damaged, KEYS, BLOCK);
            damaged.truncate(at);
            prop_assert_eq!(Changes::read(&damaged, KEYS, BLOCK), None);
        }
    }
}
