//! The worker that judges every shipment in which the tenant sells or buys, as its event comes in. The statement comes in
//! the header of its document (`gs1ushc:dscsaTransactionStatement`), or is said later.

use super::{part, put};
use serde_json::json;
use std::sync::Arc;
use theriac_core::Result;
use theriac_epcis::item::transfer;
use theriac_ledger::{Follower, Record, Watcher};
use theriac_platform::Context;
use theriac_platform::db::Unit;

pub(crate) struct Shipments;

#[async_trait::async_trait]
impl Watcher for Shipments {
    fn name(&self) -> &'static str {
        "dscsa-transactions"
    }

    fn topics(&self) -> &'static [&'static str] {
        &["epcis.event"]
    }

    async fn open(&self, _: &Context) -> Result<Box<dyn Follower>> {
        Ok(Box::new(Sold))
    }
}

struct Sold;

#[async_trait::async_trait]
impl Follower for Sold {
    async fn take(&mut self, context: &Context, records: &[Arc<Record>], unit: &mut Unit) -> Result<()> {
        for record in records {
            let says = |word: &str| record.data.as_ref().is_some_and(|data| data.get().contains(word));
            if !says("\"bizStep\":\"shipping\"") {
                continue;
            }
            // Gone if it was declared wrong since.
            let Some(transfer) = transfer(context, &record.subject).await? else { continue };
            if transfer.buyer.is_some() && part(context, &transfer).await?.is_some() {
                let received = says("\"transactionStatement\":true").then(|| {
                    json!({ "affirmTransactionStatement": true, "seller": transfer.seller, "receivedAt": record.time })
                });
                put(context, &transfer, received, unit).await?;
            }
        }
        Ok(())
    }
}
