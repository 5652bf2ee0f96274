//! The shape of the aggregation tree: which proofs a node verifies, and when it can start.
//!
//! Checked against upstream's order (`openvm_sdk::prover::AggProver::prove_vm`): a layer of leaves over
//! the segments, one of internal-for-leaf nodes, then internal-recursive ones until a single proof
//! remains, and one more that wraps it.

use std::{collections::BTreeMap, fmt, ops::Range};

use openvm_sdk::config::{AggregationTreeConfig, MAX_NUM_CHILDREN_INTERNAL, MAX_NUM_CHILDREN_LEAF};

use crate::Error;

/// A node's place in the aggregation tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// 0 for leaves, 1 for internal-for-leaf nodes, from 2 on for internal-recursive ones.
    pub layer: usize,
    /// Its number in the layer, in the order of the segments.
    pub index: usize,
}

impl Node {
    /// The layer's name, as upstream's spans and metrics have it.
    pub fn group(&self) -> String {
        match self.layer {
            0 => "leaf".to_owned(),
            1 => "internal_for_leaf".to_owned(),
            layer => format!("internal_recursive.{}", layer - 2),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} node {}", self.group(), self.index)
    }
}

/// The tree of one proof, which grows while its segments are proven in any order.
pub struct Tree<P> {
    config: AggregationTreeConfig,
    n_segments: Option<usize>,
    /// Proofs that no node has taken yet: of the segments first, then of each layer.
    proofs: Vec<BTreeMap<usize, P>>,
}

impl<P> Tree<P> {
    /// A tree without proofs.
    ///
    /// # Errors
    /// [`Error::Tree`] if the circuits have no room for so many children, or internal nodes too few to
    /// come to an end.
    pub fn new(config: AggregationTreeConfig) -> Result<Self, Error> {
        let widths = [
            ("leaf", config.num_children_leaf, 1, MAX_NUM_CHILDREN_LEAF),
            (
                "internal node",
                config.num_children_internal,
                2,
                MAX_NUM_CHILDREN_INTERNAL,
            ),
        ];
        for (node, children, min, max) in widths {
            if !(min..=max).contains(&children) {
                return Err(Error::Tree {
                    node,
                    children,
                    min,
                    max,
                });
            }
        }
        Ok(Self {
            config,
            n_segments: None,
            proofs: vec![BTreeMap::new()],
        })
    }

    /// The number of segments, once it is known.
    pub fn set_n_segments(&mut self, n_segments: usize) {
        self.n_segments = Some(n_segments);
    }

    /// A segment was proven.
    pub fn add_segment(&mut self, index: usize, proof: P) {
        self.proofs[0].insert(index, proof);
    }

    /// A node was proven.
    pub fn add_node(&mut self, node: Node, proof: P) {
        let level = node.layer + 1;
        if self.proofs.len() <= level {
            self.proofs.resize_with(level + 1, BTreeMap::new);
        }
        self.proofs[level].insert(node.index, proof);
    }

    /// Nodes in all, once the number of segments is known.
    pub fn n_nodes(&self) -> Option<usize> {
        let n_layers = self.n_layers()?;
        (0..n_layers).map(|layer| self.layer_len(layer)).sum()
    }

    /// The nodes that can start now, with the proofs of their children in order; each is given out once.
    pub fn take_ready(&mut self) -> Vec<(Node, Vec<P>)> {
        let mut ready = vec![];
        for layer in 0..self.proofs.len() {
            let width = self.width(layer);
            let mut indices: Vec<_> = self.proofs[layer]
                .keys()
                .map(|child| child / width)
                .collect();
            indices.dedup();
            for index in indices {
                let Some(children) = self.children(layer, index) else {
                    continue;
                };
                let proofs = &mut self.proofs[layer];
                if children.clone().all(|child| proofs.contains_key(&child)) {
                    let proofs = children.filter_map(|child| proofs.remove(&child)).collect();
                    ready.push((Node { layer, index }, proofs));
                }
            }
        }
        ready
    }

    /// The proof of the whole tree, once it is there.
    pub fn take_root(&mut self) -> Option<P> {
        let n_layers = self.n_layers()?;
        self.proofs.get_mut(n_layers)?.remove(&0)
    }

    fn width(&self, layer: usize) -> usize {
        match layer {
            0 => self.config.num_children_leaf,
            _ => self.config.num_children_internal,
        }
    }

    /// The children of a node, if there is such a node. As long as the number of segments is not known
    /// it has as many as there can be: several proofs are always followed by another layer.
    fn children(&self, layer: usize, index: usize) -> Option<Range<usize>> {
        let width = self.width(layer);
        let full = index * width..(index + 1) * width;
        let Some(n_layers) = self.n_layers() else {
            return Some(full);
        };
        let n_below = match layer {
            0 => self.n_segments?,
            _ => self.layer_len(layer - 1)?,
        };
        (layer < n_layers).then(|| full.start..full.end.min(n_below))
    }

    /// Nodes of a layer, once the number of segments is known.
    fn layer_len(&self, layer: usize) -> Option<usize> {
        (0..=layer).try_fold(self.n_segments?, |below, layer| {
            Some(below.div_ceil(self.width(layer)))
        })
    }

    /// Layers in all: up to the first recursive layer of one node, and one that wraps.
    fn n_layers(&self) -> Option<usize> {
        let mut layer = FIRST_RECURSIVE;
        while self.layer_len(layer)? > 1 {
            layer += 1;
        }
        Some(layer + 2)
    }
}

const FIRST_RECURSIVE: usize = 2;

#[cfg(test)]
mod tests {
    use rand::{rngs::StdRng, seq::SliceRandom, SeedableRng};

    use super::*;

    /// The nodes with their children, as upstream makes them one layer after the other.
    fn upstream_order(
        n_segments: usize,
        config: AggregationTreeConfig,
    ) -> Vec<(Node, Vec<String>)> {
        let mut proofs: Vec<String> = (0..n_segments).map(|i| format!("segment {i}")).collect();
        let mut nodes = vec![];
        let mut layer = 0;
        let mut is_wrapped = false;
        while layer <= FIRST_RECURSIVE || proofs.len() > 1 || !is_wrapped {
            is_wrapped = layer > FIRST_RECURSIVE && proofs.len() == 1;
            let width = match layer {
                0 => config.num_children_leaf,
                _ => config.num_children_internal,
            };
            let chunks = proofs.chunks(width).enumerate();
            let new = chunks.map(|(index, chunk)| (Node { layer, index }, chunk.to_vec()));
            let new: Vec<_> = new.collect();
            proofs = new.iter().map(|(node, _)| node.to_string()).collect();
            nodes.extend(new);
            layer += 1;
        }
        nodes
    }

    fn config(num_children_leaf: usize, num_children_internal: usize) -> AggregationTreeConfig {
        AggregationTreeConfig {
            num_children_leaf,
            num_children_internal,
        }
    }

    #[test]
    fn nodes_are_upstreams_in_whatever_order_proofs_arrive() {
        let mut rng = StdRng::seed_from_u64(7);
        for (leaf, internal) in [(1, 2), (4, 3), (4, 2), (2, 3)] {
            for n_segments in 1..40 {
                for known_at in [0, n_segments / 2, n_segments] {
                    let config = config(leaf, internal);
                    let mut tree = Tree::new(config).unwrap();
                    let mut arriving: Vec<usize> = (0..n_segments).collect();
                    arriving.shuffle(&mut rng);
                    let mut made = vec![];
                    let mut open = vec![];
                    for step in 0..=n_segments {
                        if step == known_at {
                            tree.set_n_segments(n_segments);
                        }
                        if let Some(&segment) = arriving.get(step) {
                            tree.add_segment(segment, format!("segment {segment}"));
                        }
                        open.extend(tree.take_ready());
                        // Nodes take their time: some are done now, in any order.
                        open.shuffle(&mut rng);
                        if step % 2 == 0 {
                            if let Some((node, children)) = open.pop() {
                                tree.add_node(node, node.to_string());
                                made.push((node, children));
                            }
                        }
                    }
                    let mut root = None;
                    while root.is_none() {
                        open.extend(tree.take_ready());
                        let (node, children) = open.pop().expect("the tree goes on");
                        tree.add_node(node, node.to_string());
                        made.push((node, children));
                        root = tree.take_root();
                    }
                    let mut expected = upstream_order(n_segments, config);
                    assert_eq!(root, expected.last().map(|(node, _)| node.to_string()));
                    assert_eq!(tree.n_nodes(), Some(expected.len()));
                    expected.sort();
                    made.sort();
                    assert_eq!(
                        made, expected,
                        "{n_segments} segments, {leaf} and {internal}"
                    );
                }
            }
        }
    }

    #[test]
    fn trees_that_do_not_end_are_refused() {
        for (leaf, internal) in [(0, 3), (5, 3), (4, 1), (4, 4)] {
            assert!(Tree::<()>::new(config(leaf, internal)).is_err());
        }
    }
}
