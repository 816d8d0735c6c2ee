//! S9: a new database of a .bacpac file. Its request takes no tag, so what it made is known by the
//! activity log.

use super::binding::DatabaseBinding;
use super::maker::Asked;
use super::restore_database::RestoreDatabase;
use super::restore_shapes::{Before, Input, Source};
use super::transfer::{Admin, Ends, require_open};
use crate::azure::arm::Target;
use crate::azure::long_running::Operation;
use crate::azure::storage::binding::{BlobPlace, ContainerBinding};
use crate::change::failing::{in_doubt, permanent};
use reqwest::Method;
use serde_json::json;
use windlass_ports::{Context, Outcome};

/// The file that an input names.
fn file(ctx: &Context, input: &Input) -> Outcome<(ContainerBinding, BlobPlace)> {
    let (Some(container), Some(file)) = (&input.container, &input.file) else {
        return permanent("input", "failed to restore: give `container` and `file`");
    };
    let container = ContainerBinding::find(&ctx.bindings, container)?;
    let place = container.blob(file);
    Ok((container, place))
}

impl RestoreDatabase {
    /// Whether the file is whole, and the server lets Azure in.
    pub(super) async fn file(
        &self,
        ctx: &Context,
        input: &Input,
        place: &DatabaseBinding,
    ) -> Outcome<Before> {
        let (_, file) = file(ctx, input)?;
        let what = format!("restore {} from {}", place.label(), file.label());
        let Some(facts) = self.blobs.look(ctx, &file).await?.facts else {
            return permanent("blob_missing", format!("failed to {what}: there is no such file"));
        };
        if !self.blobs.is_whole_zip(ctx, &file, &facts).await? {
            return permanent("blob_not_whole", format!("failed to {what}: the file is cut off"));
        }
        require_open(&self.importer.arm, ctx, place, &what).await?;
        Ok(Before { source: Source::File, location: String::new() })
    }

    /// Asks for the database.
    pub(super) async fn import(
        &self,
        ctx: &Context,
        input: &Input,
        place: &DatabaseBinding,
        asked: Asked<'_>,
    ) -> Outcome<Option<Operation>> {
        let (container, file) = file(ctx, input)?;
        let what = format!("restore {} from {}", place.label(), file.label());
        if self.importer.identify(place, asked).await?.is_some() {
            return in_doubt(format!(
                "failed to {what}: a database of that name came meanwhile, perhaps by an earlier \
                 try"
            ));
        }
        let Some(password) = &input.password else {
            return permanent("input", format!("failed to {what}: give `password`"));
        };
        let arm = &self.importer.arm;
        let admin = Admin { login: input.login.as_deref(), password };
        let uri = self.blobs.uri(&file);
        let ends = Ends::find(arm, ctx, place, &admin, &container, &uri).await?;
        let body = ends.body(json!({
            "databaseName": place.database,
            "edition": input.edition,
            "serviceObjectiveName": input.objective,
            "maxSizeBytes": input.max_bytes.map(|bytes| bytes.to_string()),
        }));
        let server = place.server_target(arm)?;
        let target = Target { path: format!("{}/import", server.path), ..server };
        let sent = arm.write(&what, Method::POST, &target, Some(body), asked.request).await;
        let reply = sent.map_err(|error| ends.clean(error))?;
        Ok(Operation::announced(&reply))
    }
}
