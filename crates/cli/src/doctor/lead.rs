//! From the word with which a service refused to what a person does next. It must not know which
//! resource was asked for.

use windlass_ports::ActionError;

/// How to see who one is, and what for.
const TOKEN: &str = "`az account get-access-token --resource https://management.azure.com` shows \
                     for whom and for what a token is";

/// What to do next; nothing where the service's own sentence says it all.
pub fn lead(error: &ActionError) -> Vec<String> {
    let code = match error {
        ActionError::Transient(failure) | ActionError::Permanent(failure) => failure.code.as_str(),
        ActionError::InDoubt(_) => return Vec::new(),
    };
    let steps: &[&str] = match code {
        "ExpiredAuthenticationToken" => &[
            "the token ran out: a `static_token` lives for about an hour, so put a new one into \
             its secret, or use another kind, which renews itself",
            "a token that was just given ran out only for a clock that is wrong: compare `date -u` \
             here with the time of the service",
        ],
        "InvalidAuthenticationTokenAudience" => &[
            "the token is good for another service: `endpoint` and `login_endpoint` must be of the \
             same cloud (public, US government, China)",
            TOKEN,
        ],
        "InvalidAuthenticationTokenTenant" => {
            &["the token is of another tenant than the subscription: look at `tenant:` of the \
             credential and at `subscription:`; `az account list --all` shows both"]
        }
        "InvalidAuthenticationToken" => &[
            "what was sent is no token of Azure: look at what the secret of the credential holds; \
             it is sent as it is, without `Bearer` before it",
            TOKEN,
        ],
        "AuthenticationFailed" | "InvalidAuthenticationInfo" => &[
            "nothing that counts as a credential arrived: look at the secret of the credential, \
             and for files at `sas:`, which must begin with `sv=` or `?sv=` and not have run out",
            "a signature counts from its `st` to its `se` by the clock of the service: compare \
             `date -u` here with it",
        ],
        "AuthorizationFailed" | "LinkedAuthorizationFailed" | "http_403" => &[
            "signing in is well, the right is missing: whoever owns the resource group gives it \
             with `az role assignment create --assignee CLIENT_ID --role ROLE --scope ID`",
            "a role that was just given counts after some minutes",
        ],
        "AuthorizationPermissionMismatch" => &[
            "the role on the account is not enough for its files: give `Storage Blob Data Reader` \
             (to look) or `Storage Blob Data Contributor` on the container or the account",
            "a role that was just given counts after some minutes",
        ],
        "AuthorizationFailure" => &["the firewall of the storage account refuses this machine: \
                                     `az storage account network-rule list` shows whom it lets in"],
        "SubscriptionNotFound" => &["this identity sees no such subscription: look at \
                                     `subscription:`, and at `az account list --all`"],
        "invalid_client" => &[
            "Entra knows the application and not its secret: one that ran out is replaced in the \
             portal, App registrations, Certificates & secrets; put its *value* into the secret, \
             not its id",
        ],
        "unauthorized_client" | "invalid_request" | "invalid_resource" => {
            &["Entra does not know the application in this tenant: look at `tenant:` and \
             `client_id:` of the credential"]
        }
        "not_signed_in" | "http_401" => {
            &["the service wants somebody to sign in: a personal access token that ran out or was \
             revoked is made anew under User settings, Personal access tokens"]
        }
        "connect" => &[
            "try the same by hand: `psql -h HOST -p PORT -U USER MAINTENANCE_DATABASE` with what \
             the section `postgres` says",
            "if the password is wrong, look at what the secret of `password:` holds; if this \
             machine is refused, at `pg_hba.conf` of the server",
        ],
        _ => &[],
    };
    steps.iter().map(|step| (*step).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::lead;
    use windlass_model::Failure;
    use windlass_ports::ActionError;

    #[test]
    fn each_refusal_leads_to_a_next_step_and_an_unknown_one_to_none() {
        let leads = |code: &str| {
            let refused = ActionError::Permanent(Failure::permanent(code, "no"));
            lead(&refused).join(" ")
        };
        for (code, word) in [
            ("ExpiredAuthenticationToken", "ran out"),
            ("InvalidAuthenticationTokenAudience", "login_endpoint"),
            ("AuthenticationFailed", "sas:"),
            ("AuthorizationFailed", "az role assignment create"),
            ("AuthorizationPermissionMismatch", "Storage Blob Data Reader"),
            ("invalid_client", "Certificates"),
            ("connect", "psql"),
        ] {
            assert!(leads(code).contains(word), "{code}: {}", leads(code));
        }
        assert_eq!(leads("ResourceNotFound"), "");
        assert!(lead(&ActionError::InDoubt("late".to_owned())).is_empty());
    }
}
