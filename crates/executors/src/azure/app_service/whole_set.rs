//! A5 to A8: settings that Azure takes only as a whole set, changed key by key.
//!
//! Every other key stays as it was read a moment before. There is no precondition to hold on to,
//! so the site's
//! version stamp is compared right before the write and the keys are read again right after it. It
//! must not know
//! what the values mean, and no value of it may reach a message.

use super::binding::AppBinding;
use super::site::Site;
use crate::azure::arm::Arm;
use crate::http::{Aim, Reply, no_data, refused};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_model::{Failure, RequestId};
use windlass_ports::{ActionError, Outcome};

/// How often a set is read anew when somebody else writes between our read and our write.
const RACES_MAX: u32 = 3;

/// So much of a value in a message is taken for a quotation of it: enough to find one that was cut.
const QUOTE_CHARS: usize = 12;

/// Shorter values, such as `1` or `true`, stand in any sentence.
const QUOTE_CHARS_MIN: usize = 5;

/// Which set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetKind {
    /// Connection strings: `{value, type}` by name.
    ConnectionStrings,
    /// App settings: texts by name.
    AppSettings,
}

/// One key, before and after. Absent is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The key.
    pub key: String,
    /// What it was.
    pub before: Option<Value>,
    /// What it is to be.
    pub after: Option<Value>,
}

/// What an action that writes texts by their keys has captured: each key, what it was and what it
/// is to be. Nothing of what other actions capture.
pub fn turns(captured: &Value) -> Vec<Change> {
    let one = captured.get("change").into_iter();
    let many = captured.get("changes").and_then(Value::as_array).into_iter().flatten();
    let texts = |change: &Change| {
        let text = |value: &Value| value.is_string() || value["value"].is_string();
        change.before.iter().chain(&change.after).all(text)
    };
    let read = |value: &Value| serde_json::from_value::<Change>(value.clone()).ok();
    one.chain(many).filter_map(read).filter(texts).collect()
}

/// What a write did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Whether anything was sent.
    pub sent: bool,
    /// Keys that somebody else had changed, and that were left so.
    pub left: Vec<String>,
}

/// Where changes stand.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// All keys are as they are to be.
    After,
    /// At least one is still as before, and none is foreign.
    Before,
    /// These keys are neither.
    Foreign(Vec<String>),
}

/// The set of one app.
pub struct WholeSet<'a> {
    /// The Resource Manager.
    pub arm: &'a Arm,
    /// The app's name in the file.
    pub app: &'a str,
    /// Its binding.
    pub binding: &'a AppBinding,
    /// Which set.
    pub kind: SetKind,
}

impl SetKind {
    fn path(self) -> &'static str {
        match self {
            Self::ConnectionStrings => "/config/connectionstrings",
            Self::AppSettings => "/config/appsettings",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::ConnectionStrings => "connection strings",
            Self::AppSettings => "app settings",
        }
    }
}

impl Change {
    /// The way back.
    pub fn reversed(&self) -> Self {
        Self { key: self.key.clone(), before: self.after.clone(), after: self.before.clone() }
    }
}

/// What an undo goes by, where the step has acted again since it first did: back to what was there
/// first, from what it left last.
pub fn since(mut first: Vec<Change>, again: Option<&[Change]>) -> Vec<Change> {
    for change in &mut first {
        let last = again.iter().flat_map(|all| all.iter()).find(|last| last.key == change.key);
        if let Some(last) = last {
            change.after.clone_from(&last.after);
        }
    }
    first
}

/// Where the keys stand in a set.
pub fn standing(set: &Map<String, Value>, changes: &[Change]) -> Standing {
    let is = |change: &&Change, side: &Option<Value>| set.get(&change.key) == side.as_ref();
    if changes.iter().all(|change| is(&change, &change.after)) {
        return Standing::After;
    }
    let foreign = |change: &&Change| !is(change, &change.after) && !is(change, &change.before);
    let foreign: Vec<String> =
        changes.iter().filter(foreign).map(|change| change.key.clone()).collect();
    if foreign.is_empty() { Standing::Before } else { Standing::Foreign(foreign) }
}

impl WholeSet<'_> {
    /// The whole set, values included.
    pub async fn read(&self) -> Outcome<(Map<String, Value>, Reply)> {
        let what = format!("list the {} of {}", self.kind.words(), self.app);
        let target = self.binding.target(self.arm, &format!("{}/list", self.kind.path()))?;
        let reply = self.arm.list(&what, &target).await?;
        if reply.status == 404 {
            return Err(refused(Aim::Read, &what, &reply));
        }
        // What is read is written back whole: a set that could not be read is no empty one.
        match reply.json().as_mut().and_then(|body| body.get_mut("properties")) {
            Some(Value::Object(set)) => Ok((std::mem::take(set), reply)),
            _ => Err(no_data(Aim::Read, &what, "Azure", &reply)),
        }
    }

    /// Brings the keys to their new values. A key that is neither as before nor as it is to be was
    /// changed by
    /// somebody else: it is left where `leave_foreign` says so, and a reason to stop otherwise.
    pub async fn write(
        &self,
        changes: &[Change],
        leave_foreign: bool,
        request: RequestId,
    ) -> Outcome<Written> {
        for _ in 0..RACES_MAX {
            let stamp = Site::read(self.arm, self.app, self.binding).await?.etag;
            let (mut set, _) = self.read().await?;
            let left = match standing(&set, changes) {
                Standing::After => return Ok(Written::default()),
                Standing::Before => Vec::new(),
                Standing::Foreign(keys) if leave_foreign => keys,
                Standing::Foreign(keys) => return Err(self.changed_meanwhile(&keys)),
            };
            let ours: Vec<&Change> =
                changes.iter().filter(|change| !left.contains(&change.key)).collect();
            if ours.iter().all(|change| set.get(&change.key) == change.after.as_ref()) {
                return Ok(Written { sent: false, left });
            }
            for change in &ours {
                match &change.after {
                    Some(value) => set.insert(change.key.clone(), value.clone()),
                    None => set.shift_remove(&change.key),
                };
            }
            if Site::read(self.arm, self.app, self.binding).await?.etag != stamp {
                continue;
            }
            self.send(set, &ours, request).await?;
            return Ok(Written { sent: true, left });
        }
        Err(ActionError::Transient(Failure::transient(
            "changed_meanwhile",
            format!(
                "failed to change the {} of {}: somebody else keeps changing the app",
                self.kind.words(),
                self.app
            ),
        )))
    }

    /// Writes the set and sees that our keys are in it: in the echo, and in the set read anew.
    async fn send(
        &self,
        set: Map<String, Value>,
        ours: &[&Change],
        request: RequestId,
    ) -> Outcome<()> {
        let what = format!("set the {} of {}", self.kind.words(), self.app);
        let target = self.binding.target(self.arm, self.kind.path())?;
        let body = json!({"properties": set});
        let sent = self.arm.write(&what, Method::PUT, &target, Some(body), request).await;
        let reply = sent.map_err(|error| withhold(error, &what, set.values()))?;
        let echoed =
            reply.json().and_then(|body| body.get("properties").cloned()).unwrap_or_default();
        let fits =
            |set: &Value| ours.iter().all(|change| set.get(&change.key) == change.after.as_ref());
        let read = self.read().await.map(|(set, _)| Value::Object(set));
        let holds = read.as_ref().map_or_else(|_| fits(&echoed), fits);
        if holds {
            return Ok(());
        }
        let keys: Vec<&str> = ours.iter().map(|change| change.key.as_str()).collect();
        Err(ActionError::InDoubt(format!(
            "failed to {what}: Azure took the set, and {} is not what was written",
            keys.join(", ")
        )))
    }

    fn changed_meanwhile(&self, keys: &[String]) -> ActionError {
        ActionError::Transient(Failure::transient(
            "changed_meanwhile",
            format!(
                "failed to change the {} of {}: somebody else changed {} a moment ago",
                self.kind.words(),
                self.app,
                keys.join(", ")
            ),
        ))
    }
}

/// A validation error can quote what it does not like, whole or cut: then its words are withheld.
/// `what` completes "failed to …".
pub fn withhold<'v>(
    error: ActionError,
    what: &str,
    values: impl Iterator<Item = &'v Value>,
) -> ActionError {
    let texts = values.filter_map(|value| value.as_str().or(value["value"].as_str()));
    let starts: Vec<String> = texts
        .map(|value| value.chars().take(QUOTE_CHARS).collect())
        .filter(|start: &String| start.chars().count() >= QUOTE_CHARS_MIN)
        .collect();
    let clean = |text: String| match starts.iter().any(|start| text.contains(start)) {
        true => format!(
            "failed to {what}: Azure refused, and its words are withheld since they quote a value"
        ),
        false => text,
    };
    match error {
        ActionError::InDoubt(why) => ActionError::InDoubt(clean(why)),
        ActionError::Transient(failure) => {
            let message = clean(failure.message);
            ActionError::Transient(Failure { message, ..failure })
        }
        ActionError::Permanent(failure) => {
            let message = clean(failure.message);
            ActionError::Permanent(Failure { message, ..failure })
        }
    }
}
