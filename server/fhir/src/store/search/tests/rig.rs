//! A database to search in: SQLite in a folder of its own, or the PostgreSQL that THERIAC_TEST_POSTGRES names.

use crate::document::{self, Draft};
use crate::kind;
use crate::search::Index;
use crate::store::{read, write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use theriac_access::{Grant, Role, Scopes};
use theriac_core::{Clock, Instant, json};
use theriac_platform::Context;
use theriac_platform::context::Trail;
use theriac_platform::db::{Db, Engine, Unit};

pub(crate) struct House {
    pub context: Context,
    folder: Option<PathBuf>,
    /// Everything that was put and not deleted, in order of creation.
    pub all: Vec<(String, Index)>,
    seconds: AtomicI64,
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _gone = std::fs::remove_dir_all(folder);
        }
    }
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

async fn postgres() -> Option<Db> {
    let url = std::env::var("THERIAC_TEST_POSTGRES").ok()?;
    if let Ok(owner) = std::env::var("THERIAC_TEST_POSTGRES_OWNER") {
        let owner = Db::open(&owner, Clock::System).await.unwrap();
        // Tests that begin at the same time race for the first migration.
        let _raced = theriac_migrations::up(&owner.migration_connection().await.unwrap()).await;
    }
    Some(Db::open(&url, Clock::System).await.unwrap())
}

async fn sqlite() -> (Db, PathBuf) {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("theriac-fhir-{}-{number}", std::process::id()));
    let db = Db::open(&format!("sqlite://{}/t.db?mode=rwc", folder.display()), Clock::System).await.unwrap();
    theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
    (db, folder)
}

impl House {
    /// One house on each engine that is there.
    pub async fn each() -> Vec<Self> {
        let (db, folder) = sqlite().await;
        let mut houses = vec![Self::of(db, Some(folder)).await];
        match postgres().await {
            Some(db) => houses.push(Self::of(db, None).await),
            None => println!("PostgreSQL skipped: THERIAC_TEST_POSTGRES is not set"),
        }
        houses
    }

    async fn of(db: Db, folder: Option<PathBuf>) -> Self {
        let name = format!("t-{:x}-{}", db.keys().next(db.clock()), NUMBER.fetch_add(1, Ordering::Relaxed));
        let tenant = loop {
            match db.create_tenant(&name).await {
                Ok(tenant) => break tenant,
                Err(error) if error.status() == 409 => {}
                Err(error) => panic!("{error}"),
            }
        };
        let mut context = Context::internal(&db, &tenant, "test");
        context.trail = Arc::new(Trail { base: "https://example.org/mercy".to_owned(), ..Trail::default() });
        Self { context, folder, all: Vec::new(), seconds: AtomicI64::new(0) }
    }

    pub fn engine(&self) -> Engine {
        self.context.db.engine()
    }

    /// The context of a clinician to whom these patients are assigned.
    pub fn clinician(&self, patients: &[&str]) -> Context {
        let mut grant = Grant::new(Role::Clinician, "dr-a", self.context.tenant.name.as_ref());
        grant.assigned = patients.iter().map(|id| format!("Patient/{id}")).collect();
        Context { grant: Arc::new(grant), ..self.context.clone() }
    }

    /// The context of a caller with these scopes; patients are a clinician's.
    pub fn scoped(&self, role: Role, patients: &[&str], scope: &str) -> Context {
        let mut grant = Grant::new(role, "dr-b", self.context.tenant.name.as_ref());
        grant.assigned = patients.iter().map(|id| format!("Patient/{id}")).collect();
        grant.scopes = Scopes::parse(scope).unwrap();
        Context { grant: Arc::new(grant), ..self.context.clone() }
    }

    /// The same tenant as another process has it, with a memory of its own.
    pub async fn elsewhere(&self) -> Context {
        let db = match &self.folder {
            Some(folder) => {
                Db::open(&format!("sqlite://{}/t.db?mode=rwc", folder.display()), Clock::System).await.unwrap()
            }
            None => postgres().await.unwrap(),
        };
        Context { db: db.tenant(&self.context.tenant), ..self.context.clone() }
    }

    pub fn draft(&self, text: &str, version: i64, updated: Instant) -> Draft {
        let node = json::parse(text.as_bytes()).unwrap();
        let kind = kind::find(node.text("resourceType").unwrap()).unwrap();
        let id = node.text("id").unwrap().to_owned();
        document::finish(&self.context, node, kind, &id, version, updated).unwrap()
    }

    /// The time of the next version, a second after the one before.
    fn tick(&self) -> Instant {
        Instant(1_577_836_800_000_000 + self.seconds.fetch_add(1, Ordering::Relaxed) * 1_000_000)
    }

    /// The time of the newest version.
    pub fn latest(&self) -> Instant {
        Instant(1_577_836_800_000_000 + (self.seconds.load(Ordering::Relaxed) - 1) * 1_000_000)
    }

    /// Stores the next version of a resource, a deletion where there is no text, as of that time.
    pub async fn play(&self, name: &str, id: &str, text: Option<&str>, at: Instant) {
        let kind = kind::find(name).unwrap();
        let standing = read::standings(&self.context.db, &[(kind.number, id.to_owned())]).await.unwrap().pop();
        let number = standing.as_ref().map_or(1, |from| from.version + 1);
        let draft = match text {
            Some(text) => self.draft(text, number, at),
            None => document::tombstone(kind, id, number, at),
        };
        let mut unit = Unit::new();
        match &standing {
            Some(from) => write::change(&self.context, &mut unit, &[write::Change { draft: &draft, from }]),
            None => write::create(&self.context, &mut unit, &[&draft]),
        }
        self.context.db.commit(unit).await.unwrap();
    }

    /// Stores the next version of a resource; gives none if another was faster.
    pub async fn change(&self, text: &str) -> Option<Draft> {
        let node = json::parse(text.as_bytes()).unwrap();
        let (name, id) = (node.text("resourceType").unwrap(), node.text("id").unwrap());
        let address = (kind::find(name).unwrap().number, id.to_owned());
        let from = read::standings(&self.context.db, &[address]).await.unwrap().remove(0);
        let draft = self.draft(text, from.version + 1, self.tick());
        self.replace(&draft, &from).await.then_some(draft)
    }

    async fn replace(&self, draft: &Draft, from: &read::Standing) -> bool {
        let mut unit = Unit::new();
        write::change(&self.context, &mut unit, &[write::Change { draft, from }]);
        match self.context.db.commit(unit).await {
            Ok(_) => true,
            Err(error) if error.status() == 409 => false,
            Err(error) => panic!("{error}: {:?}", error.cause),
        }
    }

    /// Deletes a resource; false if another was faster.
    pub async fn remove(&self, name: &str, id: &str) -> bool {
        let kind = kind::find(name).unwrap();
        let from = read::standings(&self.context.db, &[(kind.number, id.to_owned())]).await.unwrap().remove(0);
        let draft = document::tombstone(kind, id, from.version + 1, self.tick());
        self.replace(&draft, &from).await
    }

    /// As [`House::change`], and remembered.
    pub async fn update(&mut self, text: &str) {
        let draft = self.change(text).await.unwrap();
        let own = |(kind, index): &&mut (String, Index)| kind == draft.kind.name && index.id == draft.id;
        if let Some((_, index)) = self.all.iter_mut().find(own) {
            *index = draft.index;
        }
    }

    /// Stores new resources; the next is a second younger than the one before.
    pub async fn put(&mut self, texts: &[String]) {
        let drafts: Vec<Draft> = texts.iter().map(|t| self.draft(t, 1, self.tick())).collect();
        for some in drafts.chunks(50) {
            let mut unit = Unit::new();
            write::create(&self.context, &mut unit, &some.iter().collect::<Vec<_>>());
            self.context.db.commit(unit).await.unwrap();
        }
        self.all.extend(drafts.into_iter().map(|d| (d.kind.name.to_owned(), d.index)));
    }

    pub async fn delete(&mut self, name: &str, id: &str) {
        assert!(self.remove(name, id).await);
        self.all.retain(|(k, index)| !(k == name && index.id == id));
    }
}
