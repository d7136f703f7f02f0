//! Exponential, logarithms and roots.
