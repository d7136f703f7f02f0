//! The browser module: convert, call, convert back
