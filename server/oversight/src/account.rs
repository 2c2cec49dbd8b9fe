//! Who may see what and why: each account with its rights, when it used them, and what it sees by which rule.
//!
//! Callers that are not registered (tokens of operators and of other issuers) are found by what they used.

use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use theriac_access::clearance::Withheld;
use theriac_access::permission::{self, Permission};
use theriac_access::role::RowScope;
use theriac_access::{Grant, Role};
use theriac_core::{Instant, Result};
use theriac_identity::directory::{self, Account, Sort};
use theriac_platform::usage::Use;
use theriac_platform::{Context, Settings, emergency};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    /// `user`, `client`, or `unregistered`.
    pub kind: &'static str,
    pub id: String,
    pub role: String,
    pub state: &'static str,
    /// In words: which rows exist for it.
    pub sees: String,
    pub permissions: Vec<&'static str>,
    /// Those that were not used for as long as the tenant says.
    pub unused: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sign_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<String>,
    pub dormant: bool,
}

/// What is looked at: accounts, and what was used.
pub(crate) struct Scene {
    pub accounts: Vec<Account>,
    uses: Vec<Use>,
    now: Instant,
    dormant_days: i64,
}

impl Scene {
    pub async fn read(context: &Context) -> Result<Self> {
        let settings = Settings::read(&context.db, context.now()).await?;
        let (accounts, uses) = (directory::accounts(context).await?, context.db.uses().await?);
        Ok(Self { accounts, uses, now: context.now(), dormant_days: settings.whole("oversight.dormant-days") })
    }

    /// Uses of an account: of a person through any client; of a client by itself and by persons through it.
    fn of<'s>(&'s self, account: &'s Account) -> impl Iterator<Item = &'s Use> {
        self.uses.iter().filter(|one| match account.sort {
            Sort::User => one.subject == account.id,
            Sort::Client => one.client.as_deref() == Some(&account.id) || one.subject == account.id,
        })
    }

    fn is_old(&self, at: Instant) -> bool {
        self.now.0 - at.0 >= self.dormant_days * DAY
    }

    /// When each right was used last.
    fn last<'u>(uses: impl Iterator<Item = &'u Use>) -> BTreeMap<&'u str, Instant> {
        let mut last: BTreeMap<&str, Instant> = BTreeMap::new();
        for one in uses {
            let at = last.entry(one.permission.as_str()).or_insert(one.last);
            *at = (*at).max(one.last);
        }
        last
    }

    pub fn line(&self, account: &Account) -> Line {
        let last = Self::last(self.of(account));
        let newest = last.values().copied().chain(account.signed_in).max();
        let permissions: Vec<&'static str> = rights(account).map(Permission::as_str).collect();
        let is_unused = |name: &&'static str| last.get(*name).is_none_or(|at| self.is_old(*at));
        Line {
            kind: account.sort.as_str(),
            id: account.id.clone(),
            role: account.role.as_str().to_owned(),
            state: account.state,
            sees: sees(account),
            unused: permissions.iter().copied().filter(is_unused).collect(),
            permissions,
            created_at: Some(account.created.rfc3339()),
            last_sign_in: account.signed_in.map(Instant::rfc3339),
            last_used: newest.map(Instant::rfc3339),
            dormant: account.state == "active" && self.is_old(newest.unwrap_or(account.created)),
        }
    }

    /// All accounts, and behind them whoever used a right without one.
    pub fn lines(&self) -> Vec<Line> {
        let known = |one: &&Use| !self.accounts.iter().any(|account| account.id == one.subject);
        let mut others: BTreeMap<(&str, &str), Vec<&Use>> = BTreeMap::new();
        for one in self.uses.iter().filter(known) {
            others.entry((one.subject.as_str(), one.role.as_str())).or_default().push(one);
        }
        let registered = self.accounts.iter().map(|account| self.line(account));
        registered.chain(others.into_iter().map(|((subject, role), uses)| self.other(subject, role, &uses))).collect()
    }

    fn other(&self, subject: &str, role: &str, uses: &[&Use]) -> Line {
        let last = Self::last(uses.iter().copied());
        let name = |name: &str| Permission::parse(name).map(Permission::as_str);
        let newest = last.values().copied().max();
        Line {
            kind: "unregistered",
            id: subject.to_owned(),
            role: role.to_owned(),
            state: "active",
            sees: Role::parse(role).map_or_else(String::new, |role| of_role(role).to_owned()),
            permissions: last.keys().filter_map(|used| name(used)).collect(),
            unused: last.iter().filter(|(_, at)| self.is_old(**at)).filter_map(|(used, _)| name(used)).collect(),
            created_at: None,
            last_sign_in: None,
            last_used: newest.map(Instant::rfc3339),
            dormant: newest.is_some_and(|at| self.is_old(at)),
        }
    }

    /// Everything about one account, each with the rule it comes from.
    pub async fn explained(&self, context: &Context, account: &Account) -> Result<Value> {
        let last = Self::last(self.of(account));
        let may: Vec<Value> = rights(account)
            .map(|permission| {
                let used = last.get(permission.as_str()).map(|at| at.rfc3339());
                json!({ "permission": permission.as_str(), "allows": permission.meaning().allows,
                        "because": because(account), "lastUsed": used })
            })
            .collect();
        Ok(json!({
            "account": self.line(account),
            "may": may,
            "sees": self.sights(context, account).await?,
            "withheld": withheld(context, account).await?,
            "conditions": conditions(account),
        }))
    }

    async fn sights(&self, context: &Context, account: &Account) -> Result<Vec<Value>> {
        let role = account.role.as_str();
        let one = |what: String, because: String| json!({ "what": what, "because": because });
        let mut sights = vec![one(sees(account), format!("rows of the role {role}"))];
        for own in &account.assigned {
            let until = own.until.as_ref().map_or_else(String::new, |until| format!(" until {until}"));
            sights.push(one(own.patient.clone(), format!("assigned by {} at {}{until}", own.by, own.at)));
        }
        let grant = Grant::new(account.role, account.id.clone(), context.tenant.name.as_ref());
        for open in emergency::opened(&context.acting(grant)).await?.1 {
            let because = format!("emergencies/{} ({}), until {}", open.id, open.purpose, open.until.rfc3339());
            sights.push(one(open.patient, because));
        }
        if account.role.row().shared {
            let what = "what the tenant shares: its directory, catalogues and definitions".to_owned();
            sights.push(one(what, format!("the role {role} reads it too")));
        }
        for (project, profile) in theriac_deid::projects_of(context, &account.id, account.sort == Sort::Client).await? {
            let what = format!("everything, de-identified by {profile}");
            sights.push(one(what, format!("a member of the research project {project}")));
        }
        Ok(sights)
    }
}

/// What an account may do, as far as its role and its scopes have it; what anybody may is left out.
pub(crate) fn rights(account: &Account) -> impl Iterator<Item = Permission> {
    let role = account.role.row();
    let by_scope = role.by_scope || account.scopes.is_some();
    permission::TABLE.iter().map(|row| row.permission).filter(move |permission| {
        let scoped = account.scopes.as_ref().is_some_and(|scopes| scopes.allows(*permission));
        // What a person lends to a client is the person's.
        let included = role.permissions.contains(*permission) || (account.sort == Sort::Client && !account.acts_alone);
        !permission.is_open() && included && (scoped || !by_scope)
    })
}

fn because(account: &Account) -> String {
    let role = account.role.as_str();
    match (&account.scopes, account.acts_alone) {
        (Some(_), true) => {
            format!("the role {role} includes it, and the client is registered for a scope that asks for it")
        }
        (Some(_), false) => {
            "the client is registered for a scope that asks for it; persons lend it what their roles include".to_owned()
        }
        (None, _) => format!("the role {role} includes it"),
    }
}

fn of_role(role: Role) -> &'static str {
    match role.row().rows {
        RowScope::All => "all records of its domains",
        RowScope::View => "everything, through a de-identified view of a research project",
        RowScope::AssignedPatients => "the compartments of assigned patients",
        RowScope::Glns => "events and items in which one of its GLNs takes part",
        RowScope::Site => "its site",
    }
}

fn sees(account: &Account) -> String {
    match account.role.row().rows {
        RowScope::AssignedPatients => format!("the compartments of {} assigned patients", account.assigned.len()),
        RowScope::Glns => format!("events and items in which {} takes part", account.glns.join(", ")),
        RowScope::Site => {
            account.site.as_ref().map_or_else(|| "all sites".to_owned(), |site| format!("the site {site}"))
        }
        _ => of_role(account.role).to_owned(),
    }
}

async fn withheld(context: &Context, account: &Account) -> Result<Vec<Value>> {
    let settings = Settings::read(&context.db, context.now()).await?;
    let mut withheld = Vec::new();
    let clearance = settings.value("policy.clearance");
    let client = (account.sort == Sort::Client).then_some(account.id.as_str());
    let above = Withheld::of(clearance, account.role.as_str(), client);
    let because = format!("the setting policy.clearance is {clearance}");
    for (what, codes) in
        [("records of the confidentiality", above.levels), ("records with the sensitivity", above.sensitivities)]
    {
        if !codes.is_empty() {
            withheld.push(json!({ "what": format!("{what} {}", codes.join(", ")), "because": because }));
        }
    }
    let consent = settings.value("policy.consent");
    if account.role.row().consent && consent != "off" {
        let because =
            format!("the setting policy.consent is {consent}, and the role {} is bound by it", account.role.as_str());
        withheld.push(json!({ "what": "what patients' consents do not share", "because": because }));
    }
    Ok(withheld)
}

fn conditions(account: &Account) -> Vec<Value> {
    let mut conditions = Vec::new();
    if account.state != "active" {
        conditions.push(json!({ "what": "no token is given to it", "because": format!("it is {}", account.state) }));
    }
    if account.role.row().second_factor {
        let has = if account.second_factor { "it has one" } else { "it has none yet" };
        let because = format!("the role {} asks for it; {has}", account.role.as_str());
        conditions.push(json!({ "what": "a second factor before anything is changed", "because": because }));
    }
    if let Some(scopes) = &account.scopes {
        conditions.push(
            json!({ "what": format!("no more than {scopes}"), "because": "the client is registered for these scopes" }),
        );
    }
    conditions
}
