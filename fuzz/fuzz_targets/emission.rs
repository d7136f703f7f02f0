#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| yuma_fuzz_checks::emission::check(data));
