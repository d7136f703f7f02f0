//! The arithmetic of every platform against plain integers.

use super::platform::{Job, Platform, run_on};
use super::simd::{CommonFactor, Compressions, LANES, Lanes32, Lanes64, ONE, Simd, U32Lanes};

/// Pseudorandom numbers, the same on every platform: splitmix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number up to `most`: small ones, large ones and the ends as often as the rest.
    fn up_to(&mut self, most: u64) -> u64 {
        let any = self.next() % (most + 1);
        match self.next() % 8 {
            0 => any & 0xff & most,
            1 => most - (any & 0xff).min(most),
            2 => most,
            3 => 1 << (any % (64 - most.leading_zeros() as u64).max(1)),
            _ => any >> (self.next() % 33),
        }
        .min(most)
    }

    fn lanes(&mut self, most: impl Fn(usize) -> u64) -> Lanes64 {
        Lanes64(std::array::from_fn(|lane| self.up_to(most(lane))))
    }
}

/// Returns an `a` below the modulus for which `a * b` is one less than a multiple of it: what an estimate would round
/// across.
fn just_below(b: u64, modulus: u64) -> Option<u64> {
    let (mut r, mut s) = ([i128::from(modulus), i128::from(b % modulus)], [0i128, 1]);
    while r[1] != 0 {
        let q = r[0] / r[1];
        r = [r[1], r[0] - q * r[1]];
        s = [s[1], s[0] - q * s[1]];
    }
    (r[0] == 1).then(|| (-s[0]).rem_euclid(modulus.into()) as u64)
}

/// Runs one operation on all lanes of a tile, vector by vector.
macro_rules! each_vector {
    ($s:expr, $($name:ident in $lanes:expr),* => $body:expr) => {{
        let mut out = Lanes64::ZERO;
        for k in 0..LANES / S::W {
            $(let $name = $s.load_u64(&$lanes, k);)*
            let result = $body;
            $s.store_u64(result, &mut out, k);
        }
        out.0
    }};
}

fn wide(a: u64) -> u128 {
    a.into()
}

fn expect(found: [u64; LANES], what: &str, wanted: impl Fn(usize) -> u128) {
    for (lane, found) in found.into_iter().enumerate() {
        assert_eq!(wide(found), wanted(lane), "{what}, lane {lane}");
    }
}

struct Check;

impl Job for Check {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut numbers = Numbers(S::W as u64);
        let shuffles = super::simd::compressions();
        for _ in 0..40_000 {
            products(s, &mut numbers);
            quotients(s, &mut numbers);
            parts(s, &mut numbers);
            compressions(s, &shuffles, &mut numbers);
        }
    }
}

#[inline(always)]
fn products<S: Simd>(s: S, numbers: &mut Numbers) {
    let (mut a, b) = (numbers.lanes(|_| ONE), numbers.lanes(|_| ONE));
    for lane in 0..LANES / 2 {
        a.0[lane] = just_below(b.0[lane], ONE).unwrap_or(a.0[lane]);
    }
    let found = each_vector!(s, x in a, y in b => s.multiply(x, s.factor(y)));
    expect(found, "a product", |at| {
        (wide(a.0[at]) * wide(b.0[at])) >> 32
    });
    let found = each_vector!(s, x in a, y in b => s.multiply_ceil(x, s.factor(y)));
    expect(found, "a product rounded up", |at| {
        (wide(a.0[at]) * wide(b.0[at])).div_ceil(wide(ONE))
    });
    let factor = CommonFactor::new(numbers.up_to(ONE));
    let found = each_vector!(s, x in a => s.multiply(x, s.common_factor(&factor)));
    expect(found, "a scaled number", |at| {
        (wide(a.0[at]) * wide(factor.bits)) >> 32
    });
    let found = each_vector!(s, x in a => s.to_u16(x));
    expect(found, "a stored proportion", |at| {
        (wide(a.0[at]) * 65535) >> 32
    });
}

#[inline(always)]
fn quotients<S: Simd>(s: S, numbers: &mut Numbers) {
    let quotient = |a: u64, divisor: u64| match divisor {
        0 => 0,
        _ => (wide(a) << 32) / wide(divisor),
    };
    let divisor = numbers.lanes(|at| if at < LANES / 2 { ONE } else { (1 << 47) - 1 });
    let mut a = numbers.lanes(|at| divisor.0[at].min(ONE));
    for lane in 0..LANES / 2 {
        a.0[lane] = below_quotient(divisor.0[lane]).unwrap_or(a.0[lane]);
    }
    let found = each_vector!(s, x in a, y in divisor => s.divide(x, s.divisor(y)));
    expect(found, "a quotient", |at| quotient(a.0[at], divisor.0[at]));

    let divisor = numbers.lanes(|_| (1 << 31) - 1);
    let a = numbers.lanes(|at| divisor.0[at].min(0xffff));
    let found = each_vector!(s, x in a, y in divisor => s.divide_small(x, s.divisor(y)));
    expect(found, "a quotient of 16 bits", |at| {
        quotient(a.0[at], divisor.0[at])
    });

    let missing = numbers.up_to(1 << 30);
    let mut divisor = numbers.lanes(|_| missing);
    for divisor in &mut divisor.0 {
        *divisor = if numbers.next().is_multiple_of(16) {
            0
        } else {
            ONE - *divisor
        };
    }
    let mut a = numbers.lanes(|at| divisor.0[at]);
    for lane in 0..LANES / 2 {
        a.0[lane] = below_quotient(divisor.0[lane]).unwrap_or(a.0[lane]);
    }
    let found = each_vector!(s, x in a, y in divisor => match s.near_one(y) {
        Some(near) => s.divide_near_one(x, near),
        None => s.divide(x, s.divisor(y)),
    });
    expect(found, "a part of nearly one", |at| {
        quotient(a.0[at], divisor.0[at])
    });
}

#[inline(always)]
fn parts<S: U32Lanes>(s: S, numbers: &mut Numbers) {
    let most = ONE - 1;
    let part = numbers.up_to(most) as u32;
    let mut a = numbers.lanes(|_| most).0.map(|value| value as u32);
    a[0] = just_below(part.into(), ONE).map_or(a[0], |value| value as u32);
    let mut out = Lanes32::ZERO;
    for k in 0..LANES / S::U32_LANES {
        let found = s.u32_multiply(s.u32_load(&Lanes32(a), k), part);
        s.u32_store(found, &mut out, k);
    }
    expect(out.0.map(u64::from), "a part of 32 bits", |at| {
        (wide(a[at].into()) * wide(part.into())) >> 32
    });
}

#[inline(always)]
fn compressions<S: U32Lanes>(s: S, shuffles: &Compressions, numbers: &mut Numbers) {
    let [uids, values] = [(); 2].map(|()| [(); LANES].map(|()| numbers.next() as u16));
    let selected = numbers.up_to(u16::MAX.into()) as u16;
    let mut found = [[0; LANES]; 2];
    let [to_uids, to_values] = &mut found;
    s.compress16(shuffles, [&uids, &values], selected, [to_uids, to_values]);
    let lanes = (0..LANES).filter(|lane| selected >> lane & 1 == 1);
    for (at, lane) in lanes.enumerate() {
        let moved = found.map(|lanes| lanes[at]);
        assert_eq!(
            moved,
            [uids[lane], values[lane]],
            "lane {lane} of {selected:016b}"
        );
    }
}

/// Returns an `a` whose quotient by the divisor is just below an integer.
fn below_quotient(divisor: u64) -> Option<u64> {
    (divisor > 0).then(|| just_below(ONE, divisor)).flatten()
}

#[test]
fn arithmetic_is_that_of_integers_on_every_platform() {
    for platform in Platform::available() {
        run_on(platform, Check);
    }
}
