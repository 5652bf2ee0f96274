//! The aggregation tree, as upstream has it: leaves over segments, internal nodes over leaves, recursive ones up to one
//! root, and one more that wraps it.

const LEAF_CHILDREN: usize = 4;
const INTERNAL_CHILDREN: usize = 3;
/// The first layer that ends the tree if it has one node.
const FIRST_RECURSIVE: usize = 2;

/// The jobs of a proof: its segments first, then the nodes, children before parents.
pub struct Tree {
    pub n_segments: usize,
    /// Of each node.
    pub children: Vec<Vec<usize>>,
    /// Of each job; the root's is none.
    pub parent: Vec<Option<usize>>,
    pub depth: usize,
}

impl Tree {
    /// The tree over so many segments, or the segments alone.
    pub fn new(n_segments: usize, aggregates: bool) -> Self {
        let mut tree = Self {
            n_segments,
            children: vec![],
            parent: vec![None; n_segments],
            depth: 0,
        };
        let mut below: Vec<usize> = (0..n_segments).collect();
        if !aggregates {
            return tree;
        }
        loop {
            let is_last = tree.depth > FIRST_RECURSIVE && below.len() == 1;
            let width = match tree.depth {
                0 => LEAF_CHILDREN,
                _ => INTERNAL_CHILDREN,
            };
            below = below
                .chunks(width)
                .map(|children| tree.add(children))
                .collect();
            tree.depth += 1;
            if is_last {
                return tree;
            }
        }
    }

    fn add(&mut self, children: &[usize]) -> usize {
        let node = self.parent.len();
        for &child in children {
            self.parent[child] = Some(node);
        }
        self.parent.push(None);
        self.children.push(children.to_vec());
        node
    }

    pub fn n_jobs(&self) -> usize {
        self.parent.len()
    }

    /// The children of a job; segments have none.
    pub fn children(&self, job: usize) -> &[usize] {
        match job.checked_sub(self.n_segments) {
            Some(node) => &self.children[node],
            None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_but_the_root_has_a_parent_above_it() {
        for (n_segments, n_nodes) in [(1, 4), (4, 4), (5, 5), (86, 22 + 8 + 3 + 1 + 1)] {
            let tree = Tree::new(n_segments, true);
            assert_eq!(tree.n_jobs(), n_segments + n_nodes, "{n_segments} segments");
            let roots = tree.parent.iter().filter(|parent| parent.is_none()).count();
            assert_eq!(roots, 1);
            let above = |(job, parent): (usize, &Option<usize>)| parent.is_none_or(|p| p > job);
            assert!(tree.parent.iter().enumerate().all(above));
        }
        assert_eq!(Tree::new(7, false).n_jobs(), 7);
    }
}
