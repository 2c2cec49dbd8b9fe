//! The WebSocket of `/queries/{queryName}/events`: a subscription that lasts as long as its connection.
//! REST binding of EPCIS 2.0, section 12.9.
//!
//! Each message is an EPCISQueryDocument. Whoever connects again goes on with `initialRecordTime`.

use super::controls::{Controls, PARAMETERS, check_query, of_pairs};
use super::line::{Gathered, Taken, Wanted};
use crate::Epcis;
use crate::queries;
use crate::view::query_document;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::{Code, Error, Instant, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response, Socket};

/// Events of one message.
const MOST: usize = 500;

struct Asked {
    name: String,
    controls: Controls,
    wanted: Wanted,
}

async fn asked(context: &Context, request: &Request) -> Result<Asked> {
    let known: Vec<&str> = PARAMETERS.iter().copied().chain(["ticket"]).collect();
    let pairs = request.query_known(&known)?;
    let named = queries::find(context, request).await?;
    let (controls, initial) = of_pairs(&pairs)?;
    let query = queries::stored(&named)?;
    check_query(&query)?;
    Ok(Asked { name: named.name, controls, wanted: Wanted { query, rows: context.grant.rows(), initial } })
}

/// Refuses what no subscription can be made of, while there is still a status to say it with.
pub(crate) async fn gate(_: Epcis, context: Context, request: Request) -> Result<Response> {
    crate::discovery::check(&request)?;
    asked(&context, &request).await?;
    Ok(Response::new(204))
}

pub(crate) async fn converse(epcis: Epcis, context: Context, request: Request, mut socket: Socket) -> Result<()> {
    let asked = asked(&context, &request).await?;
    let mut size = epcis.line.ledger.watch(&context.db).await?;
    let mut closing = epcis.line.ledger.closing();
    let mut position = match asked.wanted.initial {
        Some(initial) => epcis.line.position_at(&context, initial).await?,
        None => *size.borrow(),
    };
    loop {
        let run = next_run(&asked.controls, context.now())?;
        let due = async {
            match run {
                Some(at) => tokio::time::sleep(until(context.now(), at)).await,
                None => drop(size.wait_for(|size| *size > position).await),
            }
        };
        tokio::select! {
            () = due => {}
            heard = socket.next() => match heard {
                Some(_) => continue,
                None => return Ok(()),
            },
            _ = closing.wait_for(|closing| *closing) => return Ok(()),
        }
        if run.is_some_and(|at| at > context.now()) {
            continue;
        }
        check(&context, &request).await?;
        if !report(&epcis, &context, &asked, &mut position, &socket).await? {
            return Ok(());
        }
    }
}

fn next_run(controls: &Controls, now: Instant) -> Result<Option<Instant>> {
    controls.schedule.as_ref().map_or(Ok(None), |schedule| schedule.next(now))
}

/// A sleep is cut, so that a clock that was set is seen.
fn until(now: Instant, at: Instant) -> Duration {
    Duration::from_micros(u64::try_from((at.0 - now.0).clamp(0, 60_000_000)).unwrap_or(0) + 500)
}

/// Does the query still stand, and the token?
async fn check(context: &Context, request: &Request) -> Result<()> {
    if context.grant.is_expired(context.now().0 / 1_000_000) {
        return Err(Error::new(Code::Unauthenticated, "the token ran out; connect again with a new one"));
    }
    queries::find(context, request).await.map(drop)
}

/// Sends what there is; false if the other side is gone.
async fn report(epcis: &Epcis, context: &Context, asked: &Asked, position: &mut u64, socket: &Socket) -> Result<bool> {
    let mut told = false;
    loop {
        let Gathered { events, end } = epcis.line.gather(context, &asked.wanted, *position, None, MOST).await?;
        *position = end;
        let empty = events.is_empty();
        if !empty || (asked.controls.report_if_empty && !told) {
            told = true;
            if socket.send(message(context, asked, &events)?).await.is_err() {
                return Ok(false);
            }
        }
        if empty {
            return Ok(true);
        }
    }
}

fn message(context: &Context, asked: &Asked, events: &[Arc<Taken>]) -> Result<String> {
    let bodies: Vec<Vec<u8>> = events.iter().map(|e| e.body.clone()).collect();
    String::from_utf8(query_document(context.now(), &asked.name, None, &bodies)).map_err(Error::internal)
}
