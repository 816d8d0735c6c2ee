//! `azure.sql.export_bacpac`: the database with this id goes into a file that was not there, and
//! the file is looked at before anybody may rely on it.

use super::binding::DatabaseBinding;
use super::database::{Database, look, time};
use super::export_shapes::{Before, ENDING, FILE_CHARS_MAX, Handle, Input, Output};
use super::transfer::{Admin, Ends, Standing, ask, require_open};
use crate::azure::activity_log::{Told, told};
use crate::azure::arm::Arm;
use crate::azure::long_running::{Operation, POLL_MS};
use crate::azure::storage::binding::{BlobPlace, ContainerBinding};
use crate::azure::storage::blobs::{Blobs, Deleted, Facts};
use crate::change::failing::{in_doubt, permanent};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::export_shapes::{KIND, spec};

/// The action.
pub struct ExportBacpac {
    arm: Arc<Arm>,
    blobs: Arc<Blobs>,
    spec: ActionSpec,
}

/// Both ends of one export.
struct Places {
    database: DatabaseBinding,
    container: ContainerBinding,
    file: BlobPlace,
}

impl Places {
    fn find(bindings: &Bindings, input: &Input) -> Outcome<Self> {
        let database = DatabaseBinding::choose(
            bindings,
            input.database.as_deref(),
            input.name.as_deref(),
            input.beside.as_deref(),
        )?;
        let container = ContainerBinding::find(bindings, &input.container)?;
        let file = container.blob(&input.file);
        Ok(Self { database, container, file })
    }

    fn what(&self) -> String {
        format!("export {} into {}", self.database.label(), self.file.label())
    }
}

impl ExportBacpac {
    /// The action.
    pub fn new(arm: Arc<Arm>, blobs: Arc<Blobs>) -> Self {
        Self { arm, blobs, spec: spec() }
    }

    /// The database, which must be there, be usable, and have the id.
    async fn source(&self, places: &Places, id: Option<&String>) -> Outcome<Database> {
        let what = places.what();
        let Some(database) = look(&self.arm, &places.database).await?.database else {
            let message = format!("failed to {what}: there is no such database");
            return permanent("source_missing", message);
        };
        if id.is_some_and(|id| *id != database.database_id) {
            return permanent(
                "another_database",
                format!(
                    "failed to {what}: the name belongs to another database now, with the id {}",
                    database.database_id
                ),
            );
        }
        if !database.is_online() {
            let message = format!("failed to {what}: it is {}, not Online", database.status);
            return Err(ActionError::Transient(Failure::transient("source_not_online", message)));
        }
        Ok(database)
    }

    fn output(&self, places: &Places, id: &str, facts: Facts) -> Output {
        Output {
            uri: self.blobs.uri(&places.file),
            file: places.file.blob.clone(),
            length: facts.length,
            etag: facts.etag,
            exported_at: facts.modified.map(|at| at.to_string()),
            server: places.database.server.clone(),
            database: places.database.database.clone(),
            database_id: id.to_owned(),
        }
    }

    /// The file, where it is whole and cannot be from before the attempt.
    async fn made(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        places: &Places,
    ) -> Outcome<Made> {
        let Some(facts) = self.blobs.look(ctx, &places.file).await?.facts else {
            return Ok(Made::Nothing);
        };
        let since = attempt.raw.not_before.as_deref().and_then(|date| time(&date.into()));
        if facts.modified.zip(since).is_none_or(|(at, since)| at < since) {
            return Ok(Made::Older);
        }
        let whole = self.blobs.is_whole_zip(ctx, &places.file, &facts).await?;
        Ok(if whole { Made::Whole(facts) } else { Made::Part })
    }

    /// What the log says of the attempt that exported.
    async fn told(&self, attempt: &TypedAttempt<'_, Self>, places: &Places) -> Outcome<Told> {
        let request = attempt.raw.undoes.unwrap_or(attempt.raw.request_id);
        let since = attempt.raw.not_before.as_deref().and_then(|date| time(&date.into()));
        match since {
            Some(since) => {
                let subscription = places.database.subscription.as_deref();
                told(&self.arm, subscription, request, since).await
            }
            None => Ok(Told::Nothing),
        }
    }

    /// Where it stands, by the file and the log alone.
    async fn by_file(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        places: &Places,
    ) -> Outcome<Found<Output, Handle>> {
        let id = captured(attempt)?;
        let label = places.file.label();
        let working = Found::InProgress(Handle { operation: None });
        Ok(match (self.made(ctx, attempt, places).await?, self.told(attempt, places).await?) {
            (Made::Older, _) => Found::Unknown(format!(
                "the file {label} is older than this step: look whose it is, and choose another \
                 name"
            )),
            (Made::Nothing | Made::Part, Told::Failed) => Found::Failed(self.failed(places)),
            (Made::Whole(_), Told::Failed) => Found::Unknown(format!(
                "the activity log says that the export failed, and somebody wrote {label} \
                 meanwhile: look whose it is, and choose another name"
            )),
            (Made::Whole(facts), _) => Found::Done(self.output(places, id, facts)),
            (Made::Part, _) | (Made::Nothing, Told::Accepted) => working,
            (Made::Nothing, Told::Succeeded) => Found::Unknown(format!(
                "the activity log says that the export is over, and there is no {label}: look who \
                 took it away"
            )),
            (Made::Nothing, Told::Nothing | Told::Refused) => Found::Absent,
        })
    }

    fn failed(&self, places: &Places) -> Failure {
        let message = format!(
            "failed to {}: the activity log says that it failed; the portal says why (server, \
             Import/Export history)",
            places.what()
        );
        Failure::permanent("export_failed", message)
    }

    /// The way back: the file with our stamp goes, if the database it came from is still there.
    async fn delete(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        places: &Places,
    ) -> Outcome<()> {
        let label = places.file.label();
        let stamp = match &attempt.output {
            Some(output) => output.etag.clone(),
            None => match self.made(ctx, attempt, places).await? {
                Made::Whole(facts) => facts.etag,
                Made::Nothing | Made::Older => return Ok(()),
                Made::Part => {
                    return permanent(
                        "whose",
                        format!(
                            "failed to delete {label}: it is not whole, so whether this run wrote \
                             it cannot be told; delete it by hand or leave it, then say so with \
                             `windlass step done`"
                        ),
                    );
                }
            },
        };
        let id = captured(attempt)?;
        let database = look(&self.arm, &places.database).await?.database;
        if database.is_none_or(|database| database.database_id != id) {
            ctx.output.kept(&format!(
                "the file {label} stays: the database that it was made of is not {} any more",
                places.database.label()
            ));
            return Ok(());
        }
        let request = attempt.raw.request_id;
        if self.blobs.delete(ctx, &places.file, &stamp, request).await? == Deleted::Another {
            ctx.output.kept(&format!("the file {label} was written anew, and stays"));
        }
        Ok(())
    }
}

/// What there is of the file.
enum Made {
    Nothing,
    Older,
    Part,
    Whole(Facts),
}

fn captured<'a>(attempt: &'a TypedAttempt<'_, ExportBacpac>) -> Outcome<&'a str> {
    match &attempt.captured {
        Some(before) => Ok(&before.database_id),
        None => permanent("no_capture", "failed to find the database's id in the history"),
    }
}

fn in_progress(handle: Handle, message: String, after_ms: u64) -> Seen<Output, Handle> {
    Seen::InProgress { handle, percent: None, message: Some(message), after_ms }
}

impl TypedAction for ExportBacpac {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let container = input["container"].as_str();
        let container = container.and_then(|name| ContainerBinding::find(bindings, name).ok());
        let (Some(container), Some(file)) = (container, input["file"].as_str()) else {
            return Vec::new();
        };
        let effect = |name: &str| Effect {
            resource: name.to_owned(),
            field: "exists".to_owned(),
            value: json!(true),
        };
        container.blob(file).name_of(bindings).map(effect).into_iter().collect()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let mut wrong = DatabaseBinding::choice(
            input.database.as_deref(),
            input.name.as_deref(),
            input.beside.as_deref(),
        );
        if !input.file.ends_with(ENDING) || input.file.chars().count() >= FILE_CHARS_MAX {
            wrong.push(format!(
                "`file` must end in {ENDING} and be shorter than {FILE_CHARS_MAX} characters"
            ));
        }
        wrong
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let places = Places::find(&ctx.bindings, input)?;
        let what = places.what();
        let database = self.source(&places, input.id.as_ref()).await?;
        require_open(&self.arm, ctx, &places.database, &what).await?;
        let seen = self.blobs.look(ctx, &places.file).await?;
        if seen.facts.is_some() {
            return permanent(
                "file_exists",
                format!("failed to {what}: a file of that name exists; choose another name"),
            );
        }
        Ok(Capture { state: Before { database_id: database.database_id }, not_before: seen.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let places = Places::find(&ctx.bindings, &attempt.input)?;
        let what = places.what();
        if !matches!(self.made(ctx, &attempt, &places).await?, Made::Nothing) {
            return in_doubt(format!(
                "failed to {what}: a file of that name came meanwhile, perhaps by an earlier try"
            ));
        }
        let id = captured(&attempt)?.to_owned();
        self.source(&places, Some(&id)).await?;
        let admin =
            Admin { login: attempt.input.login.as_deref(), password: &attempt.input.password };
        let uri = self.blobs.uri(&places.file);
        let (database, container) = (&places.database, &places.container);
        let ends = Ends::find(&self.arm, ctx, database, &admin, container, &uri).await?;
        let target = database.target(&self.arm, "/export")?;
        let (body, request) = (ends.body(Value::Null), attempt.raw.request_id);
        let sent = self.arm.write(&what, Method::POST, &target, Some(body), request).await;
        let reply = sent.map_err(|error| ends.clean(error))?;
        Ok(Acted::Accepted(Handle { operation: Operation::announced(&reply) }))
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let places = Places::find(&ctx.bindings, &attempt.input)?;
        let what = places.what();
        let message = format!("exporting {}", places.database.label());
        let Some(operation) = &handle.operation else {
            return match self.by_file(ctx, &attempt, &places).await? {
                Found::Done(output) => Ok(Seen::Done(output)),
                Found::InProgress(handle) => Ok(in_progress(handle, message, POLL_MS)),
                Found::Failed(failure) => Err(ActionError::Permanent(failure)),
                Found::Absent | Found::Begun => {
                    in_doubt(format!("failed to {what}: nothing of it is to be seen"))
                }
                Found::Unknown(why) => in_doubt(why),
            };
        };
        match ask(&self.arm, operation, &what).await? {
            Standing::Working { operation, after_ms } => {
                let handle = Handle { operation: Some(operation) };
                Ok(in_progress(handle, message, after_ms))
            }
            Standing::Failed(failure) => Err(ActionError::Permanent(failure)),
            Standing::Lost(why) => in_doubt(format!("failed to {what}: {why}")),
            Standing::Completed => match self.made(ctx, &attempt, &places).await? {
                Made::Whole(facts) => {
                    Ok(Seen::Done(self.output(&places, captured(&attempt)?, facts)))
                }
                _ => permanent(
                    "file_not_whole",
                    format!(
                        "failed to {what}: Azure says that it is over, and the file is missing, \
                         cut off or older; look at it in the portal"
                    ),
                ),
            },
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let places = Places::find(&ctx.bindings, &attempt.input)?;
        if attempt.raw.side == Side::Undo {
            return self.probe_undo(ctx, &attempt, &places).await;
        }
        if let Some(operation) = handle.and_then(|handle| handle.operation) {
            match ask(&self.arm, &operation, &places.what()).await? {
                Standing::Working { operation, .. } => {
                    return Ok(Found::InProgress(Handle { operation: Some(operation) }));
                }
                Standing::Failed(failure) => return Ok(Found::Failed(failure)),
                Standing::Completed | Standing::Lost(_) => {}
            }
        }
        self.by_file(ctx, &attempt, &places).await
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let places = Places::find(&ctx.bindings, &input)?;
        let label = places.file.label();
        Ok(match self.blobs.look(ctx, &places.file).await?.facts {
            Some(now) if now.etag == output.etag => Verdict::Holds,
            Some(_) => Verdict::Drifted(format!("{label} was written anew")),
            None => Verdict::Drifted(format!("{label} is gone")),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let places = Places::find(&ctx.bindings, &attempt.input)?;
        self.delete(ctx, &attempt, &places).await.map(Acted::Done)
    }
}

impl ExportBacpac {
    /// Done where the file with our stamp is gone, or has to stay.
    async fn probe_undo(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        places: &Places,
    ) -> Outcome<Found<Output, Handle>> {
        let id = captured(attempt)?;
        let Some(facts) = self.blobs.look(ctx, &places.file).await?.facts else {
            let none = Facts { length: 0, etag: String::new(), modified: None, md5: None };
            return Ok(Found::Done(self.output(places, id, none)));
        };
        let ours = match &attempt.output {
            Some(output) => output.etag == facts.etag,
            None => matches!(self.made(ctx, attempt, places).await?, Made::Whole(_)),
        };
        let database = look(&self.arm, &places.database).await?.database;
        let stays = database.is_none_or(|database| database.database_id != id);
        Ok(match ours && !stays {
            true => Found::Absent,
            false => Found::Done(self.output(places, id, facts)),
        })
    }
}
