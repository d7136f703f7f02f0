//! The same epoch written plainly and slowly: tests and benchmarks only
