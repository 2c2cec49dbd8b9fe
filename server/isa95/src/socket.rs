//! The WebSocket of `/{tenant}/isa95/readings`: each message is one reading, an array of them, or lines of NDJSON, and
//! is answered by one message, in order, once its readings are durable.
//!
//! Messages that wait together share one batch, so that a sender of single readings is not bound to one commit each. What
//! is too much at once is answered with `status` 429 or 503 and `retryAfter` in seconds, and is to be sent again.

use crate::ingest::{Gathered, Outcome};
use crate::reading::{self, Format};
use crate::service::Isa95;
use futures_util::FutureExt;
use serde_json::{Value, json};
use theriac_access::Permission;
use theriac_core::{Error, Result};
use theriac_platform::Context;
use theriac_platform::http::{Request, Response, Socket};

/// Messages at most that share a batch.
const TOGETHER: usize = 256;

/// Plain requests of this row only read; whoever opens a socket wants to write.
pub(crate) async fn gate(_: Isa95, context: Context, request: Request) -> Result<Response> {
    context.grant.require(Permission::ReadingsWrite)?;
    request.query_known(&["ticket"])?;
    Ok(Response::new(204))
}

pub(crate) async fn converse(isa95: Isa95, context: Context, _: Request, mut socket: Socket) -> Result<()> {
    loop {
        let first = tokio::select! {
            first = socket.next() => first,
            () = context.taken_back() => Some(String::new()),
        };
        let Some(first) = first else { return Ok(()) };
        if let Err(error) = context.check_standing() {
            return socket.send(refusal(&error).to_string()).await;
        }
        let mut messages = vec![first];
        while messages.len() < TOGETHER
            && let Some(Some(next)) = socket.next().now_or_never()
        {
            messages.push(next);
        }
        for answer in answers(&isa95, &context, &messages).await {
            socket.send(answer.to_string()).await?;
        }
    }
}

async fn answers(isa95: &Isa95, context: &Context, messages: &[String]) -> Vec<Value> {
    let bytes = messages.iter().map(String::len).sum();
    let _share = match isa95.flow.take(context.db.tenant_key(), bytes) {
        Ok(share) => share,
        Err(error) => return vec![refusal(&error); messages.len()],
    };
    let mut gathered = Gathered::default();
    let mut outcomes = Vec::with_capacity(messages.len());
    for message in messages {
        outcomes.push(take(isa95, context, message, &mut gathered).await);
    }
    let stored = gathered.store(context).await;
    let answer = |outcome: Result<Outcome>| match (&stored, outcome) {
        (_, Err(error)) => refusal(&error),
        (Err(error), Ok(outcome)) if outcome.accepted > 0 => refusal(error),
        (_, Ok(outcome)) => json!(outcome),
    };
    outcomes.into_iter().map(answer).collect()
}

async fn take(isa95: &Isa95, context: &Context, message: &str, gathered: &mut Gathered) -> Result<Outcome> {
    let bytes = message.as_bytes();
    let batch = reading::parse(Format::of_frame(bytes), bytes)?;
    gathered.add(isa95, context, batch).await
}

/// A message that was not taken at all.
fn refusal(error: &Error) -> Value {
    let mut refusal = json!({ "accepted": 0, "refused": [], "status": error.status(), "detail": error.message });
    if let Some(seconds) = error.retry_after_s {
        refusal["retryAfter"] = seconds.into();
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_core::Code;

    #[test]
    fn a_refusal_says_when_to_come_again() {
        let busy = Error::new(Code::TooMany, "slowly").retry_after(2);
        let expected = json!({ "accepted": 0, "refused": [], "status": 429, "detail": "slowly", "retryAfter": 2 });
        assert_eq!(refusal(&busy), expected);
        assert_eq!(refusal(&Error::malformed("what")).get("retryAfter"), None);
    }
}
