//! actix-web: sockets, bodies, compression, TLS and limits around the [`Edge`].

use super::edge::{Admitted, Refused, refusal};
use super::socket::Wire;
use super::{Answer, Body, Edge, Incoming, Method, Request, Response, Socket};
use crate::Context;
use crate::rate::{Meter, Seat};
use crate::tls::{Certificate, Guard};
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::ServerHandle;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, middleware, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use theriac_core::{Code, Error, Result};

/// Bounds on what one request may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    pub body_bytes: usize,
    pub request_time: Duration,
    /// Requests in work at once; more are answered 429.
    pub concurrent: usize,
    /// How long requests in work may go on after the signal to stop.
    pub shutdown: Duration,
    pub threads: usize,
}

struct State {
    edge: Arc<Edge>,
    limits: Limits,
    guard: Arc<Guard>,
    working: AtomicUsize,
}

/// Binds the address; port 0 lets the system choose one.
///
/// # Errors
/// `Unavailable`, naming the setting.
pub fn bind(listen: &str) -> Result<(TcpListener, SocketAddr)> {
    let failed = |e| Error::new(Code::Unavailable, format!("cannot listen on {listen} (THERIAC_LISTEN): {e}"));
    let listener = TcpListener::bind(listen).map_err(failed)?;
    let address = listener.local_addr().map_err(Error::internal)?;
    Ok((listener, address))
}

/// Serves until the handle is told to stop.
///
/// # Errors
/// `Unavailable` if the system does not let us.
pub fn serve(
    edge: Arc<Edge>,
    listener: TcpListener,
    limits: &Limits,
    guard: Arc<Guard>,
) -> Result<(ServerHandle, impl Future<Output = std::io::Result<()>> + Send + use<>)> {
    let state =
        web::Data::new(State { edge, limits: limits.clone(), guard: guard.clone(), working: AtomicUsize::new(0) });
    let app = move || {
        App::new().app_data(state.clone()).wrap(middleware::Compress::default()).default_service(web::to(answer))
    };
    let server = HttpServer::new(app)
        .workers(limits.threads)
        .shutdown_timeout(limits.shutdown.as_secs())
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .disable_signals();
    let (door, trust) = (guard.door.clone(), guard.trust.clone());
    let server = match door {
        None => server.listen(listener),
        Some(door) => server
            .on_connect(move |connection, data| {
                let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else { return };
                let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
                // The handshake has judged it; a resumed one has not, and the judgement may have changed since.
                if let Ok(certificate) = trust.judge(shown) {
                    data.insert(Arc::new(certificate));
                }
            })
            .listen_rustls_0_23(listener, door.config()?),
    };
    let server = server.map_err(|e| Error::new(Code::Unavailable, e.to_string()))?.run();
    Ok((server.handle(), server))
}

/// Counts a request in work for as long as it lives.
struct Place<'s>(&'s AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn answer(http: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let request_id = request_id(&http);
    let place = Place(&state.working);
    let known = Method::parse(http.method().as_str());
    let method = known.unwrap_or(Method::Get);
    let mut request = request(&http, method);
    let shown = certify(&state.guard, &http, &mut request);
    let refuse = |error| rendered(&state.edge, &refusal(&request, error), method, &request_id);
    if let Err(error) = shown {
        return refuse(error);
    }
    if state.working.fetch_add(1, Ordering::Relaxed) >= state.limits.concurrent {
        let error = Error::new(Code::TooMany, "the server is at its limit of concurrent requests");
        return refuse(error.retry_after(1));
    }
    if known.is_none() {
        let mut refused = refusal(&request, Error::new(Code::MethodNotAllowed, "this method is not known"));
        refused.allow = state.edge.router.methods(&request.path);
        return rendered(&state.edge, &refused, method, &request_id);
    }
    let upgrade = request.header("upgrade").is_some_and(|u| u.eq_ignore_ascii_case("websocket"));
    let admitted = match state.edge.admit(request, &request_id).await {
        Ok(admitted) => admitted,
        Err(refused) => return rendered(&state.edge, &refused, method, &request_id),
    };
    if upgrade && matches!(admitted.route.answer, Answer::Upgrade(..)) {
        if let Err(refused) = state.edge.gate(&admitted).await {
            return rendered(&state.edge, &refused, method, &request_id);
        }
        let seat = match state.edge.seat(&admitted).await {
            Ok(seat) => seat,
            Err(refused) => return rendered(&state.edge, &refused, method, &request_id),
        };
        return open_socket(&http, payload, &state, admitted, seat, request_id);
    }
    let meter = admitted.allowed.meter.clone();
    let response = work(&state, &http, payload, admitted, &request_id).await;
    drop(place);
    finish(response, meter, method, &request_id)
}

fn request(http: &HttpRequest, method: Method) -> Request {
    let mut request = Request::new(method, http.path(), http.query_string());
    for (name, value) in http.headers() {
        request.headers.join(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    }
    request
}

/// Where the request came from and what certificate it came with, as the connection or a trusted proxy says.
fn certify(guard: &Guard, http: &HttpRequest, request: &mut Request) -> Result<()> {
    let peer = http.peer_addr().map(|peer| peer.ip());
    request.peer = guard.proxies.origin(peer, &request.headers);
    request.certificate = match guard.proxies.trusts(peer) {
        // Its own certificate, if it has one, is not its callers'.
        true => guard.proxies.certificate(peer, &request.headers, &guard.trust)?.map(Arc::new),
        false => http.conn_data::<Arc<Certificate>>().cloned(),
    };
    Ok(())
}

/// Reads the body and runs the handler, both within the limits.
async fn work(
    state: &State,
    http: &HttpRequest,
    payload: web::Payload,
    mut admitted: Admitted,
    request_id: &str,
) -> Response {
    let (facade, format, meter) = (admitted.route.facade, admitted.format, admitted.allowed.meter.clone());
    if admitted.route.streams {
        // Only the wait for each piece has a limit here: how long the whole takes depends on its size.
        let (pieces, incoming) = Incoming::pair(state.limits.request_time);
        actix_web::rt::spawn(carry(http.clone(), payload, meter, pieces));
        admitted.request.incoming = Some(incoming);
        return state.edge.reply(admitted, request_id).await;
    }
    let limit = state.limits.body_bytes;
    let whole = async {
        admitted.request.body = read(http, payload, limit).await?;
        if let Some(meter) = &meter {
            meter.add(admitted.request.body.len());
        }
        Ok::<_, Error>(state.edge.reply(admitted, request_id).await)
    };
    let result = match tokio::time::timeout(state.limits.request_time, whole).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(Code::Timeout, "the request was not done within the time limit").retry_after(5)),
    };
    result.unwrap_or_else(|error| state.edge.render(facade, &error, request_id, &format))
}

/// Carries the body, decompressed, to who takes it piece by piece, until it ends or nobody takes it any more.
async fn carry(
    http: HttpRequest,
    payload: web::Payload,
    meter: Option<Arc<Meter>>,
    pieces: tokio::sync::mpsc::Sender<Result<Bytes>>,
) {
    let mut stream = actix_web::dev::Decompress::from_headers(payload.into_inner(), http.headers());
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|e| Error::malformed(format!("the body could not be read: {e}")));
        if let (Some(meter), Ok(piece)) = (&meter, &piece) {
            meter.add(piece.len());
        }
        if pieces.send(piece).await.is_err() {
            return;
        }
    }
}

/// The body, decompressed, up to the limit.
async fn read(http: &HttpRequest, payload: web::Payload, limit: usize) -> Result<Bytes> {
    let mut stream = actix_web::dev::Decompress::from_headers(payload.into_inner(), http.headers());
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|e| Error::malformed(format!("the body could not be read: {e}")))?;
        if body.len() + chunk.len() > limit {
            return Err(Error::new(Code::TooLarge, format!("the body is larger than {limit} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn open_socket(
    http: &HttpRequest,
    payload: web::Payload,
    state: &web::Data<State>,
    admitted: Admitted,
    seat: Seat,
    request_id: String,
) -> HttpResponse {
    let (response, session, messages) = match actix_ws::handle(http, payload) {
        Ok(parts) => parts,
        Err(_) => {
            let refused = refusal(&admitted.request, Error::malformed("not a WebSocket handshake"));
            return rendered(&state.edge, &refused, Method::Get, &request_id);
        }
    };
    let (socket, wire) = Socket::pair();
    let pace = Pace {
        edge: state.edge.clone(),
        context: admitted.context.clone(),
        meter: admitted.allowed.meter.clone(),
        _seat: seat,
    };
    actix_web::rt::spawn(pump(session, messages.max_frame_size(1 << 20).aggregate_continuations(), wire, pace));
    let edge = state.edge.clone();
    actix_web::rt::spawn(async move { edge.converse(admitted, socket, &request_id).await });
    response
}

/// How fast an open socket is read. What comes too fast is not refused but waits, and with it all that comes behind.
struct Pace {
    edge: Arc<Edge>,
    context: Context,
    meter: Option<Arc<Meter>>,
    _seat: Seat,
}

impl Pace {
    /// How long this message has to wait; none if it need not.
    async fn hold(&self) -> Option<Duration> {
        self.edge.limiter.hold(&self.context.tenant, &self.context.db, &self.context.grant).await
    }

    fn count(&self, bytes: usize) {
        if let Some(meter) = &self.meter {
            meter.add(bytes);
        }
    }
}

/// Carries messages between the wire and the domain until either side ends.
async fn pump(
    mut session: actix_ws::Session,
    mut messages: actix_ws::AggregatedMessageStream,
    mut wire: Wire,
    pace: Pace,
) {
    use actix_ws::AggregatedMessage as Message;
    let mut waiting: Option<(String, tokio::time::Instant)> = None;
    loop {
        let due = waiting.as_ref().map_or_else(tokio::time::Instant::now, |(_, due)| *due);
        let ready = tokio::select! {
            () = tokio::time::sleep_until(due), if waiting.is_some() => waiting.take().map(|(text, _)| text),
            message = messages.recv(), if waiting.is_none() => match message {
                Some(Ok(Message::Text(text))) => {
                    pace.count(text.len());
                    Some(text.to_string())
                }
                Some(Ok(Message::Ping(bytes))) => {
                    if session.pong(&bytes).await.is_err() {
                        break;
                    }
                    None
                }
                Some(Ok(Message::Pong(_))) => None,
                Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => break,
            },
            text = wire.outgoing.recv() => match text {
                Some(text) => {
                    pace.count(text.len());
                    if session.text(text).await.is_err() {
                        break;
                    }
                    None
                }
                None => break,
            },
        };
        let Some(text) = ready else { continue };
        match pace.hold().await {
            Some(longer) => waiting = Some((text, tokio::time::Instant::now() + longer)),
            None if wire.incoming.send(text).await.is_err() => break,
            None => {}
        }
    }
    // The other side may be gone already; then there is nobody to tell.
    let _closed = session.close(None).await;
}

fn rendered(edge: &Edge, refused: &Refused, method: Method, request_id: &str) -> HttpResponse {
    let mut response = edge.render(refused.facade, &refused.error, request_id, &refused.format);
    if !refused.allow.is_empty() {
        let allow: Vec<&str> = refused.allow.iter().map(|m| m.as_str()).collect();
        response = response.with("allow", allow.join(", "));
    }
    response.headers.extend(refused.told.clone().fields());
    finish(response, None, method, request_id)
}

fn finish(response: Response, meter: Option<Arc<Meter>>, method: Method, request_id: &str) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    builder.insert_header(("x-request-id", request_id));
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            builder.append_header((name, value));
        }
    }
    match response.body {
        // Of an answer to HEAD the framework sends the length alone.
        Body::Bytes(bytes) => {
            if let Some(meter) = meter.filter(|_| method != Method::Head) {
                meter.add(bytes.len());
            }
            builder.body(bytes)
        }
        Body::Stream(_) if method == Method::Head => builder.finish(),
        Body::Empty => builder.finish(),
        Body::Stream(stream) => {
            let counted = move |chunk: Bytes| {
                if let Some(meter) = &meter {
                    meter.add(chunk.len());
                }
                chunk
            };
            builder.streaming(
                stream.map(move |chunk| chunk.map(&counted).map_err(|e| std::io::Error::other(e.to_string()))),
            )
        }
    }
}

/// A caller's id is taken up if it is short and plain; otherwise the request gets one.
fn request_id(http: &HttpRequest) -> String {
    let given = http.headers().get("x-request-id").and_then(|v| v.to_str().ok());
    match given {
        Some(id)
            if (1..=64).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b)) =>
        {
            id.to_owned()
        }
        _ => uuid::Uuid::now_v7().to_string(),
    }
}
