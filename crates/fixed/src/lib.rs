//! The chain's fixed-point numbers, to the chain's last bit
