//! What an item shares with what it is in. Whoever ships a pallet ships all that is on it, and names the pallet only
//! (CBV 2.0, section 7.1; the DSCSA guideline's "the receiver infers the children").
//!
//! An item keeps what was said of itself later; else it is where its parent is, and as its parent is, since it was
//! packed. What ended its life stays its own.

use super::{Dated, Item};
use std::collections::HashMap;

/// Pallets hold cases hold bundles hold packs: deeper than any trade unit.
pub const DEEPEST: usize = 16;

/// The item as it stands with what it is in. `items` must hold its parents; those missing end the way up.
pub fn derived(item: &Item, items: &HashMap<String, Item>) -> Item {
    let mut way = vec![item];
    while let Some(parent) = way.last().and_then(|last| last.parent.get()).and_then(|parent| items.get(parent)) {
        if way.len() > DEEPEST || way.iter().any(|seen| seen.epc == parent.epc) {
            break;
        }
        way.push(parent);
    }
    let mut above: Option<Item> = None;
    for item in way.into_iter().rev() {
        let mut own = item.clone();
        if let Some(above) = &above {
            share(&mut own, above);
        }
        above = Some(own);
    }
    above.unwrap_or_else(|| item.clone())
}

/// Gives an item what its parent went through since it was packed.
pub(super) fn share(item: &mut Item, parent: &Item) {
    let packed = item.parent.1;
    take(&mut item.biz_location, &parent.biz_location, packed);
    take(&mut item.read_point, &parent.read_point, packed);
    take(&mut item.custody, &parent.custody, packed);
    take(&mut item.owner, &parent.owner, packed);
    take(&mut item.consignee, &parent.consignee, packed);
    if take(&mut item.way, &parent.way, packed) && item.way.1 > item.state.1 && !item.state().is_end() {
        item.state.clone_from(&item.way);
        item.carried_by = Some(parent.carried_by.clone().unwrap_or_else(|| parent.epc.clone()));
        if parent.disposition.1 == parent.way.1 {
            take(&mut item.disposition, &parent.disposition, packed);
        }
    }
}

/// The parent's, if it is later than the item's own and came while it was in, or if it has none of its own.
fn take<T: Clone>(own: &mut Dated<T>, above: &Dated<T>, packed: i64) -> bool {
    let newer = !above.is_unset() && above.1 > own.1 && (above.1 > packed || own.is_unset());
    if newer {
        own.clone_from(above);
    }
    newer
}
