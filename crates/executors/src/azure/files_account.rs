//! Signing in to the files of storage accounts, which take another token than the Resource
//! Manager. It must not know any file.

use super::settings::KEY;
use super::tokens::Tokens;
use windlass_ports::{Account, BoxFuture, Context, Outcome};

/// What a token for files is for.
const SCOPE: &str = "https://storage.azure.com/.default";

/// The account.
pub struct FilesAccount(pub Tokens);

/// A token alone: what may be read is another matter for each container.
impl Account for FilesAccount {
    fn section(&self) -> &str {
        KEY
    }

    fn sign_in<'a>(&'a self, _ctx: &'a Context) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            self.0.authorization(SCOPE).await?;
            Ok(format!("with a token for {SCOPE}"))
        })
    }
}
