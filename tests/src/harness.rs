//! One server a process, one tenant a test.
//!
//! | variable | meaning |
//! |---|---|
//! | `THERIAC_URL` | test this running server; the `theriac` command then needs the same settings in the environment |
//! | `THERIAC_BIN` | the binary to start and to run commands with; default `target/debug/theriac` |
//! | `THERIAC_DATABASE_URL` and others | reach the server as they are; without a database the server gets an SQLite file of its own |
//! | `THERIAC_TESTS_KEEP` | keep the data folder, with the server's log in it |

mod server;
mod subscriber;

use std::path::PathBuf;
use std::process::Output;

use theriac_sdk::Client;
use tokio::process::Command;

use server::Server;
pub use server::{Home, Running};
pub use subscriber::{Heard, Subscriber};

/// A tenant of its own on the server under test.
pub struct World {
    server: &'static Server,
    pub tenant: String,
    /// Everything may be done with this one.
    pub administrator: Client,
}

impl World {
    /// The name is for the reader of a failure; the tenant's own name is made unique.
    pub async fn new(name: &str) -> Self {
        let server = Server::shared();
        let tenant = tenant(&server.home, name).await;
        let token = token(&server.home, &tenant, "administrator", &[]).await;
        let administrator = client(&server.url, &tenant, &token);
        Self { server, tenant, administrator }
    }

    /// A client with a token of this role.
    pub async fn client(&self, role: &str) -> Client {
        self.client_with(role, &[]).await
    }

    /// A client with a token of this role and further arguments of `theriac token`, such as
    /// `["--assigned", "Patient/1"]`.
    pub async fn client_with(&self, role: &str, arguments: &[&str]) -> Client {
        let token = token(&self.server.home, &self.tenant, role, arguments).await;
        client(&self.server.url, &self.tenant, &token)
    }

    /// Chooses settings of the tenant, `["fhir.validation=declared"]`.
    pub async fn set(&self, settings: &[&str]) {
        set(&self.server.home, &self.tenant, settings).await;
    }

    /// A setting that must be refused; gives what is said of it.
    pub async fn set_refused(&self, setting: &str) -> String {
        let mut command = Command::from(self.server.home.command());
        command.args(["tenant", "set", &self.tenant, setting]);
        let output = command.output().await.unwrap_or_else(|e| panic!("{} cannot be run: {e}", binary().display()));
        assert!(!output.status.success(), "{setting} was taken");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub fn url(&self) -> &str {
        &self.server.url
    }
}

pub fn client(url: &str, tenant: &str, token: &str) -> Client {
    Client::new(url, tenant, token).expect("the server's address and the token are usable")
}

/// Creates a tenant; the name given becomes unique.
pub async fn tenant(home: &Home, name: &str) -> String {
    let tenant = format!("{name}-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
    run(home, &["tenant", "create", &tenant]).await;
    tenant
}

/// Chooses settings of a tenant.
pub async fn set(home: &Home, tenant: &str, settings: &[&str]) {
    run(home, &[&["tenant", "set", tenant], settings].concat()).await;
}

/// A token of this role, and further arguments of `theriac token`.
pub async fn token(home: &Home, tenant: &str, role: &str, more: &[&str]) -> String {
    let arguments = [&["token", "--tenant", tenant, "--role", role], more].concat();
    run(home, &arguments).await.trim().to_owned()
}

/// Runs a `theriac` command with the server's settings; the answer is what it wrote to stdout.
async fn run(home: &Home, arguments: &[&str]) -> String {
    let mut command = Command::from(home.command());
    command.args(arguments);
    let Output { status, stdout, stderr } =
        command.output().await.unwrap_or_else(|e| panic!("{} cannot be run: {e}", binary().display()));
    let errors = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "theriac {}: {status}\n{errors}", arguments.join(" "));
    String::from_utf8(stdout).expect("stdout is UTF-8")
}

/// The binary under test, as an absolute path.
fn binary() -> PathBuf {
    let given = std::env::var_os("THERIAC_BIN").map(PathBuf::from);
    let path = given.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/debug/theriac"));
    path.canonicalize().unwrap_or_else(|e| {
        panic!("{}: {e}; build it with `cargo build --bin theriac`, or set THERIAC_BIN", path.display())
    })
}
