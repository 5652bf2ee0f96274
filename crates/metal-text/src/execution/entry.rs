//! The entry point of a text, and how it is called from outside.

/// What an entry point takes, by Metal's attribute.
const VECTORS: [&str; 4] = [
    "thread_position_in_grid",
    "thread_position_in_threadgroup",
    "threadgroup_position_in_grid",
    "threadgroups_per_grid",
];
const INDEX: &str = "thread_index_in_threadgroup";

/// The parameters of the entry point `name`, one a line, as naga writes them.
fn parameters(text: &str, name: &str) -> Result<std::ops::Range<usize>, String> {
    let head = format!("kernel void {name}(");
    let start = text.find(&head).ok_or("there is no entry point")? + head.len();
    let len = text[start..]
        .find("\n) {")
        .ok_or("its parameters do not end")?;
    Ok(start..start + len)
}

/// C++ that calls the entry point `name` of `text` as one thread. `workgroup_bytes` is what there is of memory for each
/// workgroup variable.
pub(super) fn caller(text: &str, name: &str, workgroup_bytes: &[u32]) -> Result<String, String> {
    let mut memories = 0..;
    let mut checks = String::new();
    let mut argument = |parameter: &str| -> Result<String, String> {
        let unknown = || format!("a parameter that is not known: {parameter}");
        let (declared, attribute) = match parameter.split_once(" [[") {
            Some((declared, attribute)) => (declared, attribute.strip_suffix("]]")),
            None => (parameter, None),
        };
        let referred = || {
            declared
                .split_once('&')
                .map(|(ty, _)| ty)
                .ok_or_else(unknown)
        };
        if let Some(attribute) = attribute {
            if VECTORS.contains(&attribute) {
                return Ok(format!("shim_uint3_of(at->{attribute})"));
            }
            if attribute == INDEX {
                return Ok(format!("at->{attribute}"));
            }
            let slot = attribute
                .strip_prefix("buffer(")
                .and_then(|slot| slot.strip_suffix(')'));
            let slot = slot.ok_or_else(unknown)?;
            return Ok(format!("*({}*)buffers[{slot}]", referred()?));
        }
        let ty = referred()?
            .strip_prefix("threadgroup ")
            .ok_or_else(unknown)?;
        let i = memories.next().unwrap_or(0);
        let bytes = workgroup_bytes.get(i).ok_or_else(unknown)?;
        checks += &format!("static_assert(sizeof({ty}) <= {bytes}, \"workgroup memory\");\n");
        Ok(format!("*({ty}*)memories[{i}]"))
    };
    let lines = text[parameters(text, name)?]
        .lines()
        .map(|line| line.trim_start_matches([',', ' ']));
    let arguments: Result<Vec<_>, _> = lines
        .filter(|line| !line.is_empty())
        .map(&mut argument)
        .collect();
    let arguments = arguments?.join(", ");
    Ok(format!(
        "#include \"run.h\"\n{checks}extern \"C\" __attribute__((visibility(\"default\"))) void shim_run_thread(\n\
         const shim_position* at, void* const* buffers, void* const* memories) {{\n{name}({arguments});\n}}\n"
    ))
}

/// The text with naga's function for an atomic exchange once: the other one is of workgroup memory, and here there is one
/// memory.
pub(super) fn with_one_exchange(text: &str) -> String {
    const OF_WORKGROUPS: &str = "    threadgroup A *atomic_ptr,";
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(at) = rest.find(OF_WORKGROUPS) {
        let start = rest[..at].rfind("template <typename A>").unwrap_or(at);
        let end = rest[at..]
            .find("\n}")
            .map_or(rest.len(), |len| at + len + 2);
        kept += &rest[..start];
        rest = &rest[end..];
    }
    kept + rest
}

/// The text as Apple's compiler takes it: no two buffers of the entry point overlap, nor its workgroup memory
/// (<https://github.com/gfx-rs/wgpu/issues/4500>).
pub(super) fn with_distinct_buffers(text: &str, name: &str) -> Result<String, String> {
    let parameters = parameters(text, name)?;
    let mut distinct = text.to_owned();
    let declared = text[parameters.clone()].replace("& ", "& __restrict ");
    distinct.replace_range(parameters, &declared);
    Ok(distinct)
}
