//! What must be the same wherever a part of a proof is made.

use std::collections::BTreeMap;

use openvm_metal_sdk::SC;
use openvm_sdk::{
    config::AggregationTreeConfig,
    keygen::{AggProvingKey, AppProvingKey},
    OPENVM_VERSION,
};
use openvm_stark_backend::keygen::types::MultiStarkProvingKey;

/// Keys, parameters and versions, in words that can be compared.
pub(super) fn facts<VC>(
    app: &AppProvingKey<VC>,
    aggregation: Option<(&AggProvingKey, AggregationTreeConfig)>,
) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([("openvm".to_owned(), OPENVM_VERSION.to_owned())]);
    let mut key = |name: &str, key: &MultiStarkProvingKey<SC>| {
        facts.insert(format!("{name} key"), format!("{:?}", key.vk_pre_hash));
        facts.insert(format!("{name} parameters"), format!("{:?}", key.params));
    };
    key("app", &app.app_vm_pk.vm_pk);
    if let Some((aggregation, tree)) = aggregation {
        key("leaf", &aggregation.prefix.leaf);
        key("internal-for-leaf", &aggregation.prefix.internal_for_leaf);
        key("internal-recursive", &aggregation.internal_recursive);
        let widths = (tree.num_children_leaf, tree.num_children_internal);
        facts.insert("children of nodes".to_owned(), format!("{widths:?}"));
    }
    facts
}
