//! Answers requests of standard input, one a line, on standard output.

use std::io::{BufRead, BufWriter, Write, stdin, stdout};

fn main() -> std::io::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    for line in stdin().lock().lines() {
        out.write_all(&yuma_conformance::answer(line?.as_bytes()))?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
