//! FHIR R4, <http://hl7.org/fhir/R4/http.html>. Resources are JSON as it stands.

use reqwest::Method;
use serde_json::Value;

use super::{Answer, Client, encode, query};
use crate::error::{Error, Result};

const MEDIA: &str = "application/fhir+json";

impl Client {
    pub fn fhir(&self) -> Fhir<'_> {
        Fhir { client: self }
    }
}

pub struct Fhir<'c> {
    client: &'c Client,
}

/// What a write gave.
#[derive(Debug, Clone)]
pub struct Saved {
    pub id: String,
    pub version: String,
    /// 201, not 200.
    pub created: bool,
    /// The stored resource, unless the server was asked to leave it out.
    pub resource: Value,
}

impl Fhir<'_> {
    pub async fn read(&self, kind: &str, id: &str) -> Result<Value> {
        self.call(Method::GET, &format!("{kind}/{}", encode(id)), &[], None).await?.json()
    }

    pub async fn vread(&self, kind: &str, id: &str, version: &str) -> Result<Value> {
        self.call(Method::GET, &format!("{kind}/{}/_history/{}", encode(id), encode(version)), &[], None).await?.json()
    }

    /// The history of one resource, newest first, as a Bundle.
    pub async fn history(&self, kind: &str, id: &str) -> Result<Value> {
        self.call(Method::GET, &format!("{kind}/{}/_history", encode(id)), &[], None).await?.json()
    }

    /// Creates; the server gives the id.
    pub async fn create(&self, resource: &Value) -> Result<Saved> {
        saved(self.call(Method::POST, member(resource, "resourceType")?, &[], Some(resource)).await?)
    }

    /// Updates, or creates under the resource's own id.
    pub async fn update(&self, resource: &Value) -> Result<Saved> {
        self.put(resource, &[]).await
    }

    /// Updates only if the current version is this one; 412 otherwise.
    pub async fn update_if(&self, resource: &Value, version: &str) -> Result<Saved> {
        self.put(resource, &[("if-match", &format!("W/\"{version}\""))]).await
    }

    async fn put(&self, resource: &Value, headers: &[(&str, &str)]) -> Result<Saved> {
        let path = format!("{}/{}", member(resource, "resourceType")?, encode(member(resource, "id")?));
        saved(self.call(Method::PUT, &path, headers, Some(resource)).await?)
    }

    pub async fn delete(&self, kind: &str, id: &str) -> Result<()> {
        self.call(Method::DELETE, &format!("{kind}/{}", encode(id)), &[], None).await.map(drop)
    }

    /// The first page of a search, as a Bundle.
    pub async fn search(&self, kind: &str, parameters: &[(&str, &str)]) -> Result<Value> {
        self.call(Method::GET, &format!("{kind}{}", query(parameters)), &[], None).await?.json()
    }

    /// The page after this one, if its `next` link says that there is one.
    pub async fn next(&self, bundle: &Value) -> Result<Option<Value>> {
        let links = bundle["link"].as_array().into_iter().flatten();
        let Some(link) = links.filter(|link| link["relation"] == "next").find_map(|link| link["url"].as_str()) else {
            return Ok(None);
        };
        let path = self.client.path_of(link)?;
        let answer = self.client.request(Method::GET, &path, &[("accept", MEDIA)], "").await?.success()?;
        Ok(Some(answer.json()?))
    }

    /// The resources of every page, included ones too.
    pub async fn search_all(&self, kind: &str, parameters: &[(&str, &str)]) -> Result<Vec<Value>> {
        let (mut found, mut page) = (Vec::new(), Some(self.search(kind, parameters).await?));
        while let Some(bundle) = page {
            found.extend(resources(&bundle).cloned());
            page = self.next(&bundle).await?;
        }
        Ok(found)
    }

    /// Sends a Bundle of type transaction or batch; answers with the response Bundle.
    pub async fn transaction(&self, bundle: &Value) -> Result<Value> {
        self.call(Method::POST, "", &[], Some(bundle)).await?.json()
    }

    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Result<Answer> {
        let path = format!("fhir/{path}");
        let mut all = vec![("accept", MEDIA)];
        if body.is_some() {
            all.push(("content-type", MEDIA));
        }
        all.extend_from_slice(headers);
        let body = body.map(Value::to_string).unwrap_or_default();
        self.client.request(method, path.trim_end_matches('/'), &all, body).await?.success()
    }
}

/// The resources of a Bundle.
fn resources(bundle: &Value) -> impl Iterator<Item = &Value> {
    bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]).filter(|r| !r.is_null())
}

fn member<'v>(resource: &'v Value, name: &str) -> Result<&'v str> {
    resource[name].as_str().ok_or_else(|| Error::Usage(format!("the resource has no {name}")))
}

/// Id and version stand in the body, or in `Location: [base]/Type/id/_history/version`.
fn saved(answer: Answer) -> Result<Saved> {
    let resource: Value = if answer.bytes.is_empty() { Value::Null } else { answer.json()? };
    let mut parts = answer.header("location").unwrap_or_default().rsplit('/');
    let (version, _, id) = (parts.next(), parts.next(), parts.next());
    let id = resource["id"].as_str().or(id);
    let version = resource["meta"]["versionId"].as_str().or_else(|| answer.version()).or(version);
    let (Some(id), Some(version)) = (id, version) else {
        return Err(Error::Unexpected("neither body nor Location names the resource's id and version".into()));
    };
    Ok(Saved { id: id.to_owned(), version: version.to_owned(), created: answer.status == 201, resource })
}
