//! What can be typed.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The interoperability gateway of the pharmaceutical and healthcare field.
#[derive(Debug, Parser)]
#[command(name = "theriac", version, arg_required_else_help = true)]
pub struct Cli {
    /// Configuration file; `THERIAC_*` variables override it.
    #[arg(long, global = true, env = "THERIAC_CONFIG")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Gateway and workers.
    Serve {
        /// Only the gateway; workers run elsewhere.
        #[arg(long)]
        no_workers: bool,
    },
    /// Workers only: all of them, or those named.
    Work { names: Vec<String> },
    /// Connectors at the plant: from MQTT and OPC UA to a gateway, stored and forwarded.
    Connect {
        /// `connect.toml`: where values come from, and where they go.
        file: PathBuf,
    },
    /// Embedded database, demo tenants, example data, a running plant line.
    Demo {
        /// Address to listen on.
        #[arg(long, env = "THERIAC_LISTEN", default_value = "127.0.0.1:8080")]
        listen: String,
    },
    /// Brings the database schema up to date.
    Migrate,
    /// Tenants.
    Tenant {
        #[command(subcommand)]
        command: TenantCommand,
    },
    /// Clients: programs that get tokens of a tenant.
    Client {
        #[command(subcommand)]
        command: ClientCommand,
    },
    /// Users: people who sign in to a tenant.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// The keys that sign tokens.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Signs an access token with the local key.
    Token(TokenArgs),
    /// Loads files or folders through the same code as the API; exit status 1 if anything was refused.
    Load(LoadArgs),
    /// Packages of FHIR definitions (.tgz).
    Package {
        #[command(subcommand)]
        command: PackageCommand,
    },
    /// De-identifies files by a rule file of the FHIR anonymizer (JSON) or pseudonymizer (YAML), without a server.
    Deid {
        /// The rule file.
        #[arg(long)]
        rules: PathBuf,
        /// Key of the pseudonyms that `pseudonymize` gives.
        #[arg(long, env = "THERIAC_DEID_KEY", hide_env_values = true)]
        key: Option<String>,
        /// Folder into which records are written under the names of their files; without it they go to stdout.
        #[arg(long)]
        into: Option<PathBuf>,
        /// FHIR in JSON, or NDJSON by that ending.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Checks a ledger: hashes, tree, signature. Exit status 1 at the first fault.
    Verify {
        /// A server's ledger, `http://host/tenant/ledger`, or a folder written with --save.
        address: String,
        /// Token of a role that may read the ledger.
        #[arg(long, env = "THERIAC_TOKEN", hide_env_values = true)]
        token: Option<String>,
        /// The verifier key as it was kept elsewhere; without it the ledger's own word is taken.
        #[arg(long)]
        key: Option<String>,
        /// Folder into which checkpoint, key and entries are written for checking without the server.
        #[arg(long)]
        save: Option<PathBuf>,
    },
    /// Prints the OpenAPI document.
    Openapi,
}

#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Creates a tenant.
    Create { name: String },
    /// Lists the tenants.
    List,
    /// Chooses settings of a tenant.
    Set {
        tenant: String,
        /// `fhir.validation=declared`
        #[arg(required = true, value_name = "NAME=VALUE")]
        settings: Vec<String>,
    },
    /// Shows the settings of a tenant.
    Settings { tenant: String },
}

#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Registers a client; prints it, with its secret if it has one.
    Create(ClientArgs),
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// A new key signs from now on; the old one verifies until its tokens are over.
    Rotate,
    /// Lists the keys.
    List,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Registers a user; prints the password for the first sign-in.
    Create(UserArgs),
}

#[derive(Debug, Args)]
pub struct ClientArgs {
    #[arg(long)]
    pub tenant: String,
    /// How people know it.
    #[arg(long)]
    pub name: String,
    /// Its client_id; without it one is made up.
    #[arg(long)]
    pub id: Option<String>,
    /// authorization_code, refresh_token or client_credentials; may be given several times.
    #[arg(long = "grant", default_value = "client_credentials")]
    pub grants: Vec<String>,
    /// The most it can be given, separated by spaces.
    #[arg(long, default_value = "")]
    pub scope: String,
    /// none, client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth or self_signed_tls_client_auth;
    /// default: what fits the other options.
    #[arg(long)]
    pub auth: Option<String>,
    /// Where codes are sent; may be given several times.
    #[arg(long = "redirect-uri")]
    pub redirect_uris: Vec<String>,
    /// File with its public keys, a JWK set.
    #[arg(long, conflicts_with = "jwks_uri")]
    pub jwks: Option<PathBuf>,
    /// Address of its public keys.
    #[arg(long)]
    pub jwks_uri: Option<String>,
    /// What its certificate says, for tls_client_auth: subject=CN=a, dns=a.example, uri=..., ip=... or email=...
    #[arg(long, value_name = "WHAT=NAME")]
    pub tls_name: Option<String>,
    /// Its tokens are good only together with its certificate.
    #[arg(long)]
    pub bound_tokens: bool,
    /// service, partner or operator.
    #[arg(long, default_value = "service")]
    pub role: String,
    /// A partner's GLNs.
    #[arg(long, value_delimiter = ',')]
    pub glns: Vec<String>,
    /// An operator's site.
    #[arg(long)]
    pub site: Option<String>,
}

#[derive(Debug, Args)]
pub struct UserArgs {
    #[arg(long)]
    pub tenant: String,
    /// The name to sign in with.
    pub id: String,
    /// researcher, clinician, steward, administrator, operator, quality or partner.
    #[arg(long)]
    pub role: String,
    /// How the person is greeted; default: the id.
    #[arg(long)]
    pub name: Option<String>,
    /// `Practitioner/1`
    #[arg(long)]
    pub fhir_user: Option<String>,
    /// A partner's GLNs.
    #[arg(long, value_delimiter = ',')]
    pub glns: Vec<String>,
    /// An operator's site.
    #[arg(long)]
    pub site: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum PackageCommand {
    /// Installs a package from a file; nothing is fetched.
    Install {
        #[arg(long)]
        tenant: String,
        file: PathBuf,
        /// Goes on although packages it needs are not installed.
        #[arg(long)]
        allow_missing: bool,
    },
    /// Lists the installed packages.
    List {
        #[arg(long)]
        tenant: String,
    },
    /// Removes a package and its definitions.
    Remove {
        #[arg(long)]
        tenant: String,
        name: String,
        version: String,
    },
}

#[derive(Debug, Args)]
pub struct LoadArgs {
    #[arg(long)]
    pub tenant: String,
    /// Files or folders; plain or .gz.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Where the list of what was refused goes; default: stderr.
    #[arg(long)]
    pub refused: Option<PathBuf>,
    /// Stores every FHIR Bundle whole, instead of carrying out transactions and taking collections apart.
    #[arg(long)]
    pub keep_bundles: bool,
}

#[derive(Debug, Args)]
pub struct TokenArgs {
    #[arg(long)]
    pub tenant: String,
    /// researcher, clinician, steward, administrator, operator, quality, partner or service.
    #[arg(long)]
    pub role: String,
    #[arg(long, default_value = "local")]
    pub subject: String,
    /// A clinician's patients: `Patient/1,Patient/2`.
    #[arg(long, value_delimiter = ',')]
    pub assigned: Vec<String>,
    /// A partner's GLNs.
    #[arg(long, value_delimiter = ',')]
    pub glns: Vec<String>,
    /// An operator's site.
    #[arg(long)]
    pub site: Option<String>,
    #[arg(long)]
    pub client: Option<String>,
    /// Scopes, separated by spaces; they only narrow.
    #[arg(long)]
    pub scope: Option<String>,
    /// 30s, 15m, 1h, 7d.
    #[arg(long, default_value = "1h")]
    pub ttl: String,
    /// Certificate (PEM) of the client: the token is good only together with it.
    #[arg(long)]
    pub certificate: Option<PathBuf>,
    /// Without the mark of a second factor, which administrator and quality need to change anything.
    #[arg(long)]
    pub no_second_factor: bool,
}
