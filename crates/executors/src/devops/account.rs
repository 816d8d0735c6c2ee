//! Whether Azure DevOps lets us in: one of the section's definitions is read.

use super::client::{DevOps, Host};
use super::definition_ref::{build_definition, release_definition};
use super::settings::KEY;
use windlass_ports::{Account, BoxFuture, Context, Outcome};

impl Account for DevOps {
    fn section(&self) -> &str {
        KEY
    }

    fn sign_in<'a>(&'a self, _ctx: &'a Context) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            let (organization, project) = (&self.settings().organization, &self.settings().project);
            let known = if self.settings().build_definition.is_some() {
                let id = build_definition(self, None).await?;
                let what = format!("read the build definition {id}");
                self.get(&what, Host::Builds, &format!("/build/definitions/{id}"), &[]).await?;
                format!("build definition {id}")
            } else if self.settings().release_definition.is_some() {
                let id = release_definition(self, None).await?;
                let what = format!("read the release definition {id}");
                let path = format!("/release/definitions/{id}");
                self.get(&what, Host::Releases, &path, &[]).await?;
                format!("release definition {id}")
            } else {
                "no definition is named that could be read".to_owned()
            };
            Ok(format!("to {organization}/{project} ({known})"))
        })
    }
}
