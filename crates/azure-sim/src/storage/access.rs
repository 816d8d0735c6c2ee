//! Who may come to a blob: whoever has a token for storage, or the shared access signature of the
//! account. It must not know what is asked.

use crate::http::{Answer, blob_error};
use crate::identity::{Caller, storage_caller};
use crate::turn::Turn;
use crate::world::StorageAccount;

/// Admits a caller, or turns it away as blob storage does.
pub fn admit(turn: &Turn<'_>, account: &StorageAccount) -> Result<(), Answer> {
    let method = turn.request.method.as_str();
    if let Some(signature) = turn.request.query("sig") {
        if account.sas_signature.as_deref() == Some(signature) {
            return Ok(());
        }
        let message = "Server failed to authenticate the request. Signature did not match.";
        return Err(blob_error(403, "AuthenticationFailed", message, method));
    }
    let is_look = matches!(method, "GET" | "HEAD");
    match storage_caller(turn) {
        Ok(Caller::Reader) if !is_look => {
            let message = "This request is not authorized to perform this operation using this \
                           permission.";
            Err(blob_error(403, "AuthorizationPermissionMismatch", message, method))
        }
        Ok(_) => Ok(()),
        Err(why) => Err(blob_error(401, "InvalidAuthenticationInfo", why, method)
            .with_header("www-authenticate", "Bearer authorization_uri=https://login")),
    }
}
