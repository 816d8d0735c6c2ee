//! `pg_dump` and `pg_restore`: the server's own programs, with its secret in their environment and
//! nowhere else.

use super::client::{Server, application};
use super::settings::Tls;
use crate::change::failing::permanent;
use crate::child::run::{Program, run};
use std::path::Path;
use windlass_model::RequestId;
use windlass_ports::{Context, Outcome};

/// Where Debian and its kin keep the public certificates.
const PUBLIC_CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Lines of a complaint that go into a failure.
const LINES_SHOWN: usize = 4;

impl Server {
    async fn program(
        &self,
        ctx: &Context,
        key: RequestId,
        name: &str,
        arguments: &[&str],
    ) -> Outcome<Program> {
        let mode = if self.settings.tls == Tls::Off { "disable" } else { "verify-full" };
        let roots = self.settings.ca_file.as_deref().unwrap_or(PUBLIC_CERTIFICATES);
        let pairs = [
            ("PGHOST", self.settings.host.clone()),
            ("PGPORT", self.settings.port.to_string()),
            ("PGUSER", self.settings.user.clone()),
            ("PGAPPNAME", application(key)),
            ("PGSSLMODE", mode.to_owned()),
            ("PGSSLROOTCERT", roots.to_owned()),
            ("LC_ALL", "C".to_owned()),
        ];
        let password = self.password(ctx).await?;
        Ok(Program {
            name: name.to_owned(),
            arguments: arguments.iter().map(Into::into).collect(),
            dir: None,
            secrets: password.into_iter().map(|p| ("PGPASSWORD".to_owned(), p)).collect(),
            hidden: Vec::new(),
            variables: pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            input: Vec::new(),
            key,
        })
    }

    async fn must(
        &self,
        ctx: &Context,
        key: RequestId,
        what: &str,
        line: (&str, &[&str]),
    ) -> Outcome<()> {
        let program = self.program(ctx, key, line.0, line.1).await?;
        let ran = run(ctx, program).await?;
        if ran.is_good() {
            return Ok(());
        }
        let lines: Vec<&str> = ran.stderr.lines().collect();
        let said = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("; ");
        permanent("program", format!("failed to {what}: {said}"))
    }

    /// Writes a database into a file, and looks whether the file can be read again.
    pub async fn dump_into(
        &self,
        ctx: &Context,
        key: RequestId,
        database: &str,
        file: &Path,
    ) -> Outcome<()> {
        let file = file.display().to_string();
        let arguments = ["--no-password", "--format=custom", "--file", &file, "--dbname", database];
        let what = format!("dump the database {database}");
        self.must(ctx, key, &what, ("pg_dump", &arguments)).await?;
        self.readable(ctx, key, &file).await
    }

    /// Looks whether a file is a dump from end to end.
    pub async fn readable(&self, ctx: &Context, key: RequestId, file: &str) -> Outcome<()> {
        let arguments = ["--file=/dev/null", file];
        let what = format!("read the dump {file} to its end");
        self.must(ctx, key, &what, ("pg_restore", &arguments)).await
    }

    /// Fills an empty database from a file, all or nothing.
    pub async fn restore_from(
        &self,
        ctx: &Context,
        key: RequestId,
        file: &Path,
        database: &str,
    ) -> Outcome<()> {
        let file = file.display().to_string();
        let arguments = [
            "--no-password",
            "--exit-on-error",
            "--single-transaction",
            "--dbname",
            database,
            &file,
        ];
        let what = format!("restore the dump {file}");
        self.must(ctx, key, &what, ("pg_restore", &arguments)).await
    }
}
