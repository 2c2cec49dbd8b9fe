//! The worker that judges every shipment in which the tenant sells or buys, as its event comes in.

use super::{part, put};
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
            let ships = |data: &str| data.contains("\"bizStep\":\"shipping\"");
            if !record.data.as_ref().is_some_and(|data| ships(data.get())) {
                continue;
            }
            // Gone if it was declared wrong since.
            let Some(transfer) = transfer(context, &record.subject).await? else { continue };
            if transfer.buyer.is_some() && part(context, &transfer).await?.is_some() {
                put(context, &transfer, None, unit).await?;
            }
        }
        Ok(())
    }
}
