//! The napi addon: convert, call, convert back
