//! Signing in to the server of the section `postgres`, for whoever wants to know whether it works.

use super::client::{Server, told};
use super::settings::KEY;
use crate::change::failing::permanent;
use crate::change::key::looking;
use windlass_ports::{Account, BoxFuture, Context, Outcome};

/// Who one is, and whether one may make databases.
const WHO: &str = "select current_user::text, r.rolcreatedb or r.rolsuper,
    current_setting('server_version') from pg_roles r where r.rolname = current_user";

impl Account for Server {
    fn section(&self) -> &str {
        KEY
    }

    fn sign_in<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            let client = self.maintenance(ctx, looking(ctx)).await?;
            let row = match client.query_one(WHO, &[]).await {
                Ok(row) => row,
                Err(error) => {
                    let why = format!("failed to ask who one is: {}", told(&error));
                    return permanent("connect", why);
                }
            };
            let (user, makes, version): (String, bool, String) =
                (row.get(0), row.get(1), row.get(2));
            let makes = if makes { "may" } else { "may not" };
            Ok(format!("as {user}, who {makes} make databases, to PostgreSQL {version}"))
        })
    }
}
