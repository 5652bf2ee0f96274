//! A log of a gigabyte is read as a stream: the process may not take more than 256 MiB of address space.
#![cfg(target_os = "linux")]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};
use support::{said, Said, Workspace};

const GIGABYTE: usize = 1_000_000_000;
const LIMIT_KIB: usize = 256 * 1024;

/// Feeds `kpi parse -` with `piece`, over and over, for a gigabyte.
fn parse_gigabyte_of(head: &str, piece: &[u8], tail: &str) -> Said {
    let workspace = Workspace::new();
    let kpi = env!("CARGO_BIN_EXE_kpi");
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "ulimit -v {LIMIT_KIB}; exec '{kpi}' parse - --span prove --format csv"
        ))
        .current_dir(workspace.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kpi starts");
    let mut log = child.stdin.take().expect("a pipe");
    let pieces = GIGABYTE / piece.len() + 1;
    let fed = log.write_all(head.as_bytes()).and_then(|()| {
        for _ in 0..pieces {
            log.write_all(piece)?;
        }
        log.write_all(tail.as_bytes())
    });
    drop(log);
    let said = said(child.wait_with_output().expect("kpi ends"));
    assert!(fed.is_ok(), "kpi stopped listening: {said:?}");
    said
}

#[test]
fn a_gigabyte_of_lines_is_streamed() {
    let line =
        "INFO     │  ┝━ LogupZerocheck::sumcheck_polys_batch_eval [ 79.3ms | 3.32% ] round: 1\n";
    let piece = line.repeat(8192);
    let prove = "INFO     prove [ 2.00s | 100.00% ]\n";
    let said = parse_gigabyte_of(prove, piece.as_bytes(), prove);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains(",prove,ns,4000000000,"), "{said:?}");
}

#[test]
fn a_single_line_of_a_gigabyte_is_passed_over() {
    let prove = "INFO     prove [ 2.00s | 100.00% ]\n";
    let said = parse_gigabyte_of(prove, &[b'x'; 1 << 20], &format!("\n{prove}"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains(",prove,ns,4000000000,"), "{said:?}");
    assert!(
        said.err.contains("1 lines are longer than 64 KiB"),
        "{said:?}"
    );
}
