//! One black-box test binary over HTTP and WebSocket.
