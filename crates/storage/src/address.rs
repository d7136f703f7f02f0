//! SS58 addresses of accounts.

use yuma_blake2::blake2b;

/// Characters of an address of Bittensor's format: 35 bytes of which the first is 42 are as many digits, all of them.
pub const ADDRESS: usize = 48;

/// Bittensor's addresses carry the generic format of Substrate.
const FORMAT: u8 = 42;
const CHECKSUM_PREFIX: &[u8; 7] = b"SS58PRE";

/// The addresses of accounts, one after the other.
pub fn addresses(accounts: &[[u8; 32]]) -> Vec<u8> {
    accounts.iter().flat_map(address).collect()
}

fn address(account: &[u8; 32]) -> [u8; ADDRESS] {
    let mut checked = [0; CHECKSUM_PREFIX.len() + 33];
    let (prefix, named) = checked.split_at_mut(CHECKSUM_PREFIX.len());
    prefix.copy_from_slice(CHECKSUM_PREFIX);
    named[0] = FORMAT;
    named[1..].copy_from_slice(account);
    let mut bytes = [0; 35];
    bytes[..33].copy_from_slice(named);
    bytes[33..].copy_from_slice(&blake2b::<64>(&checked)[..2]);
    let mut address = [0; ADDRESS];
    // The room is as long as every address: there is no error to be had.
    let written = bs58::encode(bytes).onto(&mut address[..]);
    debug_assert_eq!(written, Ok(ADDRESS));
    address
}

#[cfg(test)]
mod tests {
    use super::addresses;

    /// Against `encodeAddress` of `@polkadot/util-crypto`; the first is Alice of Substrate's documentation.
    #[test]
    fn addresses_are_those_of_others() {
        let alice = [
            0xd4, 0x35, 0x93, 0xc7, 0x15, 0xfd, 0xd3, 0x1c, 0x61, 0x14, 0x1a, 0xbd, 0x04, 0xa9,
            0x9f, 0xd6, 0x82, 0x2c, 0x85, 0x58, 0x85, 0x4c, 0xcd, 0xe3, 0x9a, 0x56, 0x84, 0xe7,
            0xa5, 0x6d, 0xa2, 0x7d,
        ];
        let text = String::from_utf8(addresses(&[alice, [0; 32], [0xff; 32]])).unwrap();
        assert_eq!(
            text,
            concat!(
                "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
                "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM",
                "5HrN7fHLXWcFiXPwwtq2EkSGns9eMt5P7SpeTPewumZy6ftb",
            )
        );
    }
}
