//! D1 to D3: a build definition read whole, written whole on the revision that was read, and its
//! revisions. It must not know what its variables mean.

use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::unreadable;
use reqwest::Method;
use serde_json::{Map, Value, json};
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// A definition as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildDefinition {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The revision that was read.
    pub revision: u64,
    /// The branch that it builds where none is named, in full.
    pub default_branch: Option<String>,
    whole: Value,
}

impl BuildDefinition {
    /// Reads one, with the service's clock.
    pub async fn read(devops: &DevOps, id: u64) -> Outcome<(Self, Option<String>)> {
        let what = format!("read the build definition {id}");
        let (whole, date) = devops.get(&what, Host::Builds, &address(id), &[]).await?;
        Ok((Self::of(whole, &what)?, date))
    }

    fn of(whole: Value, what: &str) -> Outcome<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let known = (whole["id"].as_u64(), text(&whole["name"]), whole["revision"].as_u64());
        let (Some(id), Some(name), Some(revision)) = known else { return unreadable(what) };
        let default_branch = text(&whole["repository"]["defaultBranch"]);
        Ok(Self { id, name, revision, default_branch, whole })
    }

    /// A variable's value; none where there is no such variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.whole["variables"].get(name).map(|one| one["value"].as_str().unwrap_or_default())
    }

    /// Whether a variable's value is kept from everybody.
    pub fn is_secret(&self, name: &str) -> bool {
        self.whole["variables"][name]["isSecret"].as_bool().unwrap_or(false)
    }

    /// The names of its variables.
    pub fn variables(&self) -> Vec<String> {
        let all = self.whole["variables"].as_object().into_iter().flatten();
        all.map(|(name, _)| name.clone()).collect()
    }

    /// Writes other values on the revision that was read: one write, refused where somebody wrote
    /// since. All else goes back as it came, but secrets, which come without their values.
    pub async fn write(
        &self,
        devops: &DevOps,
        values: &[(String, String)],
        comment: &str,
        request: RequestId,
    ) -> Outcome<Self> {
        let mut whole = self.whole.clone();
        let mut variables = whole["variables"].as_object().cloned().unwrap_or_else(Map::new);
        for (_, variable) in &mut variables {
            let secret = variable["isSecret"].as_bool().unwrap_or(false);
            if let Some(fields) = variable.as_object_mut().filter(|_| secret) {
                fields.remove("value");
            }
        }
        for (name, value) in values {
            match variables.get_mut(name).and_then(Value::as_object_mut) {
                Some(fields) => drop(fields.insert("value".to_owned(), json!(value))),
                None => drop(variables.insert(name.clone(), json!({ "value": value }))),
            }
        }
        whole["variables"] = Value::Object(variables);
        whole["comment"] = json!(comment);
        let what = format!("write the variables of the build definition {}", self.name);
        let call = (Method::PUT, Host::Builds, address(self.id));
        let said = devops.write(&what, (call.0, call.1, &call.2), whole, request).await?;
        match Self::of(said, &what) {
            Ok(written) => Ok(written),
            Err(_) => crate::devops::refusal::odd_answer(&what),
        }
    }

    /// The revision that somebody signed so; none where nobody did.
    pub async fn signed(devops: &DevOps, id: u64, request: RequestId) -> Outcome<Option<u64>> {
        let sign = request.to_string();
        let revisions = Self::revisions(devops, id).await?;
        let ours = revisions.into_iter().filter(|(_, comment)| comment.contains(&sign));
        Ok(ours.map(|(revision, _)| revision).max())
    }

    /// Its revisions, with what their writers wrote.
    pub async fn revisions(devops: &DevOps, id: u64) -> Outcome<Vec<(u64, String)>> {
        let what = format!("read the revisions of the build definition {id}");
        let path = format!("{}/revisions", address(id));
        let (body, _) = devops.get(&what, Host::Builds, &path, &[]).await?;
        let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
        let row = |row: &Value| {
            let comment = row["comment"].as_str().unwrap_or_default();
            Some((row["revision"].as_u64()?, comment.to_owned()))
        };
        Ok(rows.iter().filter_map(row).collect())
    }
}

fn address(id: u64) -> String {
    format!("/build/definitions/{id}")
}
