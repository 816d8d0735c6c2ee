//! What an export and an import have in common: who may get at both ends, the body of the request,
//! what the two addresses say while it works and when it is over. It must not know which it is.

use super::binding::DatabaseBinding;
use super::firewall::rules;
use super::server::{AccessBy, KIND as SERVER, ServerBinding, look};
use crate::azure::arm::{Arm, Target, segment};
use crate::azure::long_running::{Operation, POLL_MS, Progress};
use crate::azure::storage::binding::ContainerBinding;
use crate::change::failing::permanent;
use crate::http::{Aim, refused};
use crate::redact::Redactor;
use crate::secret_ref::SecretRef;
use serde_json::{Value, json};
use windlass_model::{Failure, Millis};
use windlass_ports::{ActionError, Context, Outcome, Secret};

/// The word of a result that is whole.
const COMPLETED: &str = "Completed";

/// One export or import for each database: perhaps our own, whose answer was lost.
const ONE_AT_WORK: &str = "ImportExportOperationInProgress";

/// Both ends of a transfer.
pub struct Ends {
    body: Value,
    secrets: Redactor,
}

/// Who gets at the databases of a server, as a step names it.
pub struct Admin<'a> {
    /// The name; that of the server's administrator where absent.
    pub login: Option<&'a str>,
    /// The secret with the password.
    pub password: &'a SecretRef,
}

/// Where a transfer stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It works.
    Working {
        /// Where to ask from now on.
        operation: Operation,
        /// When.
        after_ms: Millis,
    },
    /// It is over, and well.
    Completed,
    /// It ended badly.
    Failed(Failure),
    /// The address leads nowhere any more.
    Lost(String),
}

impl Ends {
    /// What the request says of both ends.
    pub async fn find(
        arm: &Arm,
        ctx: &Context,
        place: &DatabaseBinding,
        admin: &Admin<'_>,
        container: &ContainerBinding,
        uri: &str,
    ) -> Outcome<Self> {
        let password = admin.password.resolve(ctx.secrets.as_ref()).await?;
        let login = match admin.login {
            Some(login) => login.to_owned(),
            None => look(arm, &server(place)).await?.admin_login,
        };
        let (kind, key) = storage_key(arm, ctx, container).await?;
        let body = json!({
            "storageKeyType": kind,
            "storageKey": key.expose(),
            "storageUri": uri,
            "administratorLogin": login,
            "administratorLoginPassword": password.expose(),
        });
        Ok(Self { body, secrets: Redactor::new(&[password, key]) })
    }

    /// The body of the request, with what only one of the two says.
    pub fn body(&self, more: Value) -> Value {
        let mut body = self.body.clone();
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body
    }

    /// An error without what the request held. Another transfer at work is doubt.
    pub fn clean(&self, error: ActionError) -> ActionError {
        let clean =
            |failure: Failure| Failure { message: self.secrets.clean(&failure.message), ..failure };
        match error {
            ActionError::Transient(failure) if failure.code == ONE_AT_WORK => {
                ActionError::InDoubt(self.secrets.clean(&failure.message))
            }
            ActionError::Transient(failure) => ActionError::Transient(clean(failure)),
            ActionError::Permanent(failure) => ActionError::Permanent(clean(failure)),
            ActionError::InDoubt(why) => ActionError::InDoubt(self.secrets.clean(&why)),
        }
    }
}

/// The key that SQL gets to the storage: the bound signature, the bound key, or one of Azure.
async fn storage_key(
    arm: &Arm,
    ctx: &Context,
    container: &ContainerBinding,
) -> Outcome<(&'static str, Secret)> {
    let secrets = ctx.secrets.as_ref();
    if let Some(key) = &container.account_key {
        return Ok(("StorageAccessKey", key.resolve(secrets).await?));
    }
    if let Some(sas) = &container.sas {
        let sas = sas.resolve(secrets).await?;
        let with_mark = format!("?{}", sas.expose().trim_start_matches('?'));
        return Ok(("SharedAccessKey", Secret::new(with_mark)));
    }
    let what = format!("list the keys of the storage account {}", container.account);
    let Some(group) = container.resource_group.as_ref().or(arm.resource_group.as_ref()) else {
        return permanent(
            "binding",
            format!("failed to {what}: no resource group; add it to the container's binding"),
        );
    };
    let path = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}\
         /listKeys",
        segment(container.subscription.as_ref().unwrap_or(&arm.subscription)),
        segment(group),
        segment(&container.account),
    );
    let target = Target { path, version: arm.versions.storage.clone() };
    let reply = arm.list(&what, &target).await?;
    if reply.status == 404 {
        return Err(refused(Aim::Read, &what, &reply));
    }
    let body = reply.json().unwrap_or_default();
    match body["keys"][0]["value"].as_str() {
        Some(key) => Ok(("StorageAccessKey", Secret::new(key))),
        None => permanent(
            "no_keys",
            format!(
                "failed to {what}: it has none; bind a signature with `sas` to the container in \
                 the environment file"
            ),
        ),
    }
}

fn server(place: &DatabaseBinding) -> ServerBinding {
    ServerBinding {
        subscription: place.subscription.clone(),
        resource_group: place.resource_group.clone(),
        server: place.server.clone(),
        azure_access: None,
    }
}

/// Whether the owners say that a rule inside each database lets Azure in, which nobody sees here.
fn is_let_in_inside(ctx: &Context, place: &DatabaseBinding) -> bool {
    let bound = ctx.bindings.values().filter(|binding| binding.kind == SERVER);
    let bound = bound.filter_map(|binding| ServerBinding::read(binding).ok());
    let bound = bound.filter(|bound| bound.server.eq_ignore_ascii_case(&place.server));
    let ways: Vec<AccessBy> = bound.filter_map(|bound| bound.azure_access).collect();
    !ways.is_empty() && ways.iter().all(|way| *way == AccessBy::DatabaseRule)
}

/// Fails where the server does not let the services of Azure in: the transfer would wait in a queue
/// and fail there.
pub async fn require_open(
    arm: &Arm,
    ctx: &Context,
    place: &DatabaseBinding,
    what: &str,
) -> Outcome<()> {
    let server = server(place);
    let is_public = look(arm, &server).await?.public_access != "Disabled";
    let by_rule = is_public && !rules(arm, &server).await?.for_azure().is_empty();
    if by_rule || (is_public && is_let_in_inside(ctx, place)) {
        return Ok(());
    }
    permanent(
        "closed_to_azure",
        format!(
            "failed to {what}: the server {} does not let Azure's services in; put a step \
             `azure.sql.set_azure_access` with `enabled: true` before it, and one with `false` \
             after it",
            place.server
        ),
    )
}

/// Asks a transfer once: its state, and when that is good its result. `what` completes
/// "failed to …".
pub async fn ask(arm: &Arm, operation: &Operation, what: &str) -> Outcome<Standing> {
    match operation.ask(arm, what).await? {
        Progress::Working { operation, after_ms } => {
            return Ok(Standing::Working { operation, after_ms });
        }
        Progress::Failed(failure) => return Ok(Standing::Failed(failure)),
        Progress::Lost(why) => return Ok(Standing::Lost(why)),
        Progress::Succeeded => {}
    }
    // Where only the result was asked it has said enough already.
    let Some(location) = operation.location.as_deref().filter(|_| operation.state.is_some()) else {
        return Ok(Standing::Completed);
    };
    let reply = arm.poll(what, location).await?;
    let said = reply.json().unwrap_or_default()["properties"]["status"].clone();
    Ok(match (reply.status, said.as_str()) {
        (202, _) => Standing::Working { operation: operation.clone(), after_ms: POLL_MS },
        (200, Some(word)) if word != COMPLETED => Standing::Failed(Failure::permanent(
            "not_completed",
            format!("failed to {what}: Azure calls it {word}"),
        )),
        (408 | 429 | 500..=599, _) => return Err(refused(Aim::Read, what, &reply)),
        _ => Standing::Completed,
    })
}
