//! The choice of the instruction set.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use super::portable::Portable;
use super::simd::Simd;

/// An instruction set that the hot loops can use. All give the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Plain Rust, on every machine.
    Portable,
    /// x86-64 with AVX2, FMA and POPCNT.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64 with AVX-512 F, BW, DQ and VL, and POPCNT.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// aarch64 with NEON, which all of them have.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// WebAssembly, built with simd128.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
}

impl Platform {
    /// The platforms that this build knows, the best last.
    const KNOWN: &[Platform] = &[
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        Platform::Portable,
        #[cfg(target_arch = "x86_64")]
        Platform::Avx2,
        #[cfg(target_arch = "x86_64")]
        Platform::Avx512,
        #[cfg(target_arch = "aarch64")]
        Platform::Neon,
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Platform::Simd128,
    ];

    /// Returns the platforms that this machine has, the best last; never none.
    pub fn available() -> impl DoubleEndedIterator<Item = Platform> {
        Self::KNOWN.iter().copied().filter(Platform::is_present)
    }

    /// Returns the best platform that this machine has.
    pub fn detect() -> Platform {
        Self::available().next_back().unwrap_or(Platform::Portable)
    }

    /// Returns the platform of a name, or `None` where this machine lacks it.
    pub fn named(name: &str) -> Option<Platform> {
        Self::available().find(|platform| platform.name() == name)
    }

    /// Returns the name: `portable`, `avx2`, `avx512`, `neon` or `simd128`.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Platform::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Platform::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Platform::Neon => "neon",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Platform::Simd128 => "simd128",
        }
    }

    /// Returns whether this machine has the platform.
    fn is_present(&self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Platform::Avx2 => {
                std::is_x86_feature_detected!("avx2")
                    && std::is_x86_feature_detected!("fma")
                    && std::is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Platform::Avx512 => {
                std::is_x86_feature_detected!("avx512f")
                    && std::is_x86_feature_detected!("avx512bw")
                    && std::is_x86_feature_detected!("avx512dq")
                    && std::is_x86_feature_detected!("avx512vl")
                    && std::is_x86_feature_detected!("popcnt")
            }
            _ => true,
        }
    }
}

/// Work that is written once over [`Simd`] and compiled for each platform.
pub(crate) trait Job {
    /// The result of the work.
    type Output;
    /// Does the work with a platform's vectors.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs a job with simd128: a module built with it runs nowhere without it, and carries no second copy of the loops.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) fn run_on<J: Job>(_: Platform, job: J) -> J::Output {
    job.run(super::simd128::Simd128)
}

/// Runs a job with a platform's instructions enabled. One that the machine lacks falls back to portable.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) fn run_on<J: Job>(platform: Platform, job: J) -> J::Output {
    if !platform.is_present() {
        return job.run(Portable);
    }
    match platform {
        Platform::Portable => job.run(Portable),
        // SAFETY: the platform is present, so the machine has what the function enables.
        #[cfg(target_arch = "x86_64")]
        Platform::Avx2 => unsafe { run_avx2(job) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Platform::Avx512 => unsafe { run_avx512(job) },
        // SAFETY: every aarch64 machine that Rust's standard library supports has NEON.
        #[cfg(target_arch = "aarch64")]
        Platform::Neon => job.run(unsafe { super::neon::Neon::new() }),
    }
}

/// # Safety
/// The machine has AVX2, FMA and POPCNT.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,popcnt")]
unsafe fn run_avx2<J: Job>(job: J) -> J::Output {
    // SAFETY: the caller's promise.
    job.run(unsafe { super::avx2::Avx2::new() })
}

/// # Safety
/// The machine has AVX-512 F, BW, DQ and VL, and POPCNT.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,popcnt")]
unsafe fn run_avx512<J: Job>(job: J) -> J::Output {
    // SAFETY: the caller's promise.
    job.run(unsafe { super::avx512::Avx512::new() })
}
