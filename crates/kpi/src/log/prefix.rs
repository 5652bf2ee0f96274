//! What collectors of logs put in front of a program's lines.
//!
//! Forms that begin with a level or a brace need none of this: what stands before those is passed over.
//! Trees without levels and the indented lines of the pretty form have nothing else to begin with.

/// More prefixes than this no line has.
const MOST: usize = 6;

/// The line without its prefixes.
pub(super) fn without(line: &str) -> &str {
    let rests = std::iter::successors(Some(line), |rest| strip(rest));
    rests.take(MOST + 1).last().unwrap_or(line)
}

fn strip(line: &str) -> Option<&str> {
    let kinds = [
        byte_order_mark,
        compose,
        timestamp,
        syslog,
        pod,
        container_runtime,
        github_cli,
        cargo_test,
        uuid,
    ];
    kinds.iter().find_map(|kind| kind(line))
}

/// A file of GitHub Actions begins with one.
fn byte_order_mark(line: &str) -> Option<&str> {
    line.strip_prefix('\u{feff}')
}

/// `api-1  | `
fn compose(line: &str) -> Option<&str> {
    let (service, rest) = line.split_once('|')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = service.trim_end();
    let is_service = !name.is_empty() && name.chars().all(is_name) && name.len() < service.len();
    // Line ends are trimmed, so after the bar of an empty line there is nothing.
    is_service.then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// `2026-06-15T12:15:27.870479452+00:00 `, also with a space between date and time, or `Z`, or no zone.
fn timestamp(line: &str) -> Option<&str> {
    let date = matching(line, "####-##-##")?;
    let rest = date.strip_prefix(['T', ' '])?;
    let rest = fraction(matching(rest, "##:##:##")?);
    let zone = rest
        .strip_prefix('Z')
        .or_else(|| matching(rest, "+##:##"))
        .or_else(|| matching(rest, "-##:##"))
        .or_else(|| matching(rest, "+####"))
        .or_else(|| matching(rest, "-####"))
        .unwrap_or(rest);
    one_space(zone)
}

/// `Jun 15 14:15:27 host7 prover[316169]: `, with any form of timestamp, or after one.
fn syslog(line: &str) -> Option<&str> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let line = match line.strip_prefix('<').and_then(|l| l.split_once('>')) {
        Some((priority, rest)) if priority.parse::<u16>().is_ok() => rest,
        _ => line,
    };
    let dated = line.get(..3).filter(|month| {
        MONTHS
            .match_indices(month)
            .any(|(at, _)| at.is_multiple_of(3))
    });
    let rest = match dated {
        Some(month) => {
            let day = line[month.len()..].strip_prefix(' ')?;
            let time = matching(day, "## ").or_else(|| matching(day, " # "))?;
            fraction(matching(time, "##:##:##")?).strip_prefix(' ')?
        }
        None => line,
    };
    let (_host, rest) = rest.split_once(' ')?;
    let (tag, rest) = rest.split_once(": ").or_else(|| {
        let tag = rest.strip_suffix(':')?;
        Some((tag, ""))
    })?;
    let process = tag.strip_suffix(']').and_then(|tag| tag.split_once('['));
    let has_process = process.is_some_and(|(_, id)| is_number(id));
    let is_tag = !tag.contains(char::is_whitespace) && (has_process || dated.is_some());
    is_tag.then_some(rest)
}

/// `[pod/prover-0/main] `, of `kubectl logs --prefix`.
fn pod(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix("[pod/")?.split_once(']')?;
    one_space(rest)
}

/// `stdout F `, of container runtimes' files.
fn container_runtime(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix("stdout ")
        .or_else(|| line.strip_prefix("stderr "))?;
    one_space(rest.strip_prefix(['F', 'P'])?)
}

/// `job<tab>step<tab>`, of `gh run view --log`.
fn github_cli(line: &str) -> Option<&str> {
    let (_job, rest) = line.split_once('\t')?;
    let (_step, rest) = rest.split_once('\t')?;
    Some(rest)
}

/// `test name ... `, before the first line that a test prints.
fn cargo_test(line: &str) -> Option<&str> {
    let (_name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    Some(rest)
}

/// Of `tracing-forest`.
fn uuid(line: &str) -> Option<&str> {
    let is_uuid = |text: &str| {
        text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let (id, rest) = line.split_at_checked(36)?;
    one_space(is_uuid(id).then_some(rest)?)
}

/// What follows a text of this pattern, in which `#` is any digit.
fn matching<'a>(text: &'a str, pattern: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(pattern.len())?;
    let fits = |(is, should): (u8, u8)| is == should || (should == b'#' && is.is_ascii_digit());
    start.bytes().zip(pattern.bytes()).all(fits).then_some(rest)
}

/// What follows a fraction of a second, if there is one.
fn fraction(text: &str) -> &str {
    match text.strip_prefix(['.', ',']) {
        Some(digits) => digits.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => text,
    }
}

/// What follows one space; more than one belong to the line. At the end of a line it was trimmed.
fn one_space(text: &str) -> Option<&str> {
    if text.is_empty() {
        return Some(text);
    }
    text.strip_prefix([' ', '\t'])
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_taken_off_and_indentation_is_not() {
        for prefix in [
            "",
            "\u{feff}2026-02-20T20:46:15.1234567Z ",
            "api-1  | ",
            "api-1  | 2026-05-23T17:47:45.659709Z ",
            "Jun 15 14:15:27 host7 prover[316169]: ",
            "Jun  5 14:15:27 host7 prover: ",
            "<13>Jun 15 14:15:27.123456 host7 prover[1]: 2026-06-15T12:15:27.870479452+00:00 ",
            "2026-06-15T14:15:27+0200 host7 prover[316169]: ",
            "2026-06-15 14:15:27,123 ",
            "[pod/prover-0/main] 2026-05-23T17:47:45Z ",
            "2026-05-23T17:47:45.659709Z stdout F ",
            "prove\tRun kpi\t2026-02-20T20:46:15.1234567Z ",
            "00000000-0000-0000-0000-000000000000 ",
            "test tests::batch ... ",
        ] {
            for line in ["├── commit [", "    in a::b", "prove [ 1.00ms | 100.00% ]"] {
                let prefixed = format!("{prefix}{line}");
                assert_eq!(without(&prefixed), line, "{prefix}");
            }
        }
    }

    #[test]
    fn a_prefix_of_an_empty_line_leaves_nothing() {
        for line in [
            "api-1  |",
            "2026-05-23T17:47:45.659709Z",
            "Jun 15 14:15:27 host7 prover[1]:",
        ] {
            assert_eq!(without(line), "", "{line}");
        }
    }
}
