//! The order of the rooms, as docs/architecture.md draws it: nothing imports upward, and no two modules
//! import each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The rooms of the crate, the lowest first. Those of a layer do not know each other.
const LAYERS: [&[&str]; 8] = [
    &["gpu", "powers", "trace_part"],
    &["error", "report"],
    &["transcript"],
    &["kernels"],
    &["commit"],
    &["constraints", "openings"],
    &["engine"],
    &["lib"],
];

type Module = Vec<String>;

/// The modules of the crate with what they import from it, and the names that each re-exports.
#[derive(Default)]
struct Sources {
    imports: BTreeMap<Module, BTreeSet<Module>>,
    reexports: BTreeMap<(Module, String), Module>,
}

impl Sources {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut sources = Self::default();
        for file in rust_files(&root) {
            let module = module_of(file.strip_prefix(&root).unwrap());
            if module != ["layers"] && module.last().is_none_or(|name| name != "tests") {
                sources.add(
                    module,
                    &without_comments(&fs::read_to_string(&file).unwrap()),
                );
            }
        }
        sources
    }

    fn add(&mut self, module: Module, text: &str) {
        let paths = self.imports.entry(module.clone()).or_default();
        let starts = text
            .match_indices("use ")
            .filter(|(at, _)| is_statement(text, *at));
        for (at, keyword) in starts {
            let tree = text[at + keyword.len()..].split(';').next();
            for path in expanded(tree.unwrap_or_default()) {
                if let Some(path) = absolute(&module, &path) {
                    paths.insert(path.clone());
                    let name = path.last().cloned().unwrap_or_default();
                    self.reexports.insert((module.clone(), name), path);
                }
            }
        }
        for keyword in ["crate::", "super::"] {
            for (at, _) in text.match_indices(keyword) {
                let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let end = text[at..].find(|c| !is_path(c)).unwrap_or(0);
                let path = text[at..at + end].trim_end_matches(':');
                // Not of a tree, which is read above.
                paths.extend(absolute(&module, path).filter(|_| path.contains("::")));
            }
        }
    }

    /// The module that has what `path` names: re-exports are followed.
    fn resolve(&self, path: &Module) -> Module {
        let mut path = path.clone();
        for _ in 0..LAYERS.len() {
            let found = (0..path.len()).find_map(|at| {
                let target = self
                    .reexports
                    .get(&(path[..at].to_vec(), path[at].clone()))?;
                let rest = &path[at + 1..];
                let resolved = [target, rest].concat();
                (resolved != path).then_some(resolved)
            });
            match found {
                Some(resolved) => path = resolved,
                None => break,
            }
        }
        while !path.is_empty() && !self.imports.contains_key(&path) {
            path.pop();
        }
        path
    }

    /// Every import, as the module that imports and the one that has it.
    fn edges(&self) -> impl Iterator<Item = (&Module, Module)> {
        let imports = self.imports.iter();
        imports
            .flat_map(move |(from, paths)| paths.iter().map(move |path| (from, self.resolve(path))))
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.flat_map(|path| match path.is_dir() {
        true => rust_files(&path),
        false => vec![path],
    });
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn module_of(file: &Path) -> Module {
    let names = file.with_extension("");
    let names = names.iter().map(|name| name.to_string_lossy().into_owned());
    names
        .filter(|name| name != "mod" && name != "lib")
        .collect()
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    let lines = lines.take_while(|line| *line != "mod tests {");
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a `use` statement begins here, alone on its line but for its visibility.
fn is_statement(text: &str, at: usize) -> bool {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let before = text[line_start..at].trim();
    before.is_empty() || before.starts_with("pub")
}

/// The paths of a `use` tree.
fn expanded(tree: &str) -> Vec<String> {
    let tree: String = tree.split_whitespace().collect();
    let Some(open) = tree.find('{') else {
        return vec![tree.split("as").next().unwrap_or_default().to_owned()];
    };
    let (prefix, inner) = (
        &tree[..open],
        &tree[open + 1..tree.rfind('}').unwrap_or(open + 1)],
    );
    let (mut depth, mut item, mut items) = (0, String::new(), vec![]);
    for c in inner.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match (c, depth) {
            (',', 0) => items.push(std::mem::take(&mut item)),
            _ => item.push(c),
        }
    }
    items.push(item);
    let items = items.iter().filter(|item| !item.is_empty());
    items
        .flat_map(|item| expanded(&format!("{prefix}{item}")))
        .collect()
}

/// A path within the crate, from its root; `None` for other crates'.
fn absolute(module: &Module, path: &str) -> Option<Module> {
    let names: Vec<_> = path.split("::").filter(|name| !name.is_empty()).collect();
    let (first, mut rest) = names.split_first()?;
    let mut from = match *first {
        "crate" => vec![],
        "self" => module.clone(),
        "super" => module[..module.len().checked_sub(1)?].to_vec(),
        // A re-export of one's own submodule.
        name if name.starts_with(char::is_lowercase) => [&module[..], &[name.to_owned()]].concat(),
        _ => return None,
    };
    while let Some((&"super", after)) = rest.split_first() {
        from.pop();
        rest = after;
    }
    let rest = rest.iter().filter(|name| !["self", "*"].contains(name));
    from.extend(rest.map(|name| (*name).to_owned()));
    Some(from)
}

fn layer_of(module: &Module) -> usize {
    let room = module.first().map_or("lib", String::as_str);
    let layer = LAYERS.iter().position(|rooms| rooms.contains(&room));
    layer.unwrap_or_else(|| panic!("the room {room} is in no layer: add it to LAYERS"))
}

#[test]
fn nothing_imports_upward() {
    let sources = Sources::read();
    let mut offences = vec![];
    for (from, to) in sources.edges() {
        let [above, below] = [from, &to].map(layer_of);
        let is_same_room = from.first() == to.first();
        if !is_same_room && (above <= below) {
            offences.push(format!("{} imports {}", from.join("::"), to.join("::")));
        }
    }
    assert!(
        offences.is_empty(),
        "upward imports:\n{}",
        offences.join("\n")
    );
}

/// In every folder: a module that uses another is not used by it, directly or by others. `gpu` is left out:
/// its files are parts of one type.
#[test]
fn no_modules_import_each_other() {
    let sources = Sources::read();
    let mut graphs: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (from, to) in sources.edges() {
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        if let (Some(a), Some(b)) = (from.get(common), to.get(common)) {
            let graph = graphs.entry(from[..common].to_vec()).or_default();
            graph.entry(a.clone()).or_default().insert(b.clone());
        }
    }
    let mut cycles = vec![];
    graphs.remove(&vec!["gpu".to_owned()]);
    for (folder, graph) in &graphs {
        for start in graph.keys() {
            let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
            while let Some(next) = open.pop() {
                let targets = graph.get(next).into_iter().flatten();
                open.extend(targets.filter(|target| reached.insert(*target)));
            }
            if reached.contains(start) {
                cycles.push(format!("{}::{start}", folder.join("::")));
            }
        }
    }
    assert!(
        cycles.is_empty(),
        "modules in a cycle:\n{}",
        cycles.join("\n")
    );
}
