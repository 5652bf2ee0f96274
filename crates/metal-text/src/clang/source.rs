//! What of a text clang takes in other words.

use std::{collections::HashSet, fmt::Write as _};

/// The text with two things in clang's way: another name of a vector type constructs vectors, too, and structs are copied
/// from and to spaces by functions.
pub(crate) fn for_clang(text: &str) -> String {
    let mut source = String::with_capacity(text.len() + text.len() / 8);
    let (mut structs, mut variables) = (HashSet::new(), HashSet::new());
    let mut aliases = vec![];
    for line in text.lines() {
        let statement = line.trim_start().strip_suffix(';').unwrap_or("");
        let assigned = statement.split_once(" = ");
        match assigned.map(|(left, value)| (left.split_once(' '), left, value)) {
            Some((Some((ty, name)), _, value)) if structs.contains(ty) && value != "{}" => {
                variables.insert(name);
                // What is called or constructed is in no space yet.
                let _ = match value.ends_with([')', '}']) {
                    true => writeln!(source, "{line}"),
                    false => writeln!(source, "{ty} {name} = metal::shim_copy({value});"),
                };
            }
            Some((_, place, value)) if variables.contains(value) => {
                let _ = writeln!(source, "metal::shim_store({place}, {value});");
            }
            _ => {
                let _ = writeln!(source, "{line}");
            }
        }
        if let Some(name) = line.strip_prefix("struct ") {
            structs.insert(name.trim_end_matches(" {"));
        } else if line == "}" {
            variables.clear();
        } else if let Some((vector, alias)) = vector_alias(statement) {
            let _ = writeln!(source, "#define {alias}(...) {vector}(__VA_ARGS__)");
            aliases.push(alias);
        }
    }
    for alias in aliases {
        let _ = writeln!(source, "#undef {alias}");
    }
    source
}

/// The vector type and its other name, of `typedef metal::uint4 Value`.
fn vector_alias(statement: &str) -> Option<(&str, &str)> {
    let (ty, alias) = statement.strip_prefix("typedef ")?.split_once(' ')?;
    let is_vector = ty.starts_with("metal::") && ty.ends_with(['2', '3', '4']);
    (is_vector && !alias.contains('[')).then_some((ty, alias))
}
