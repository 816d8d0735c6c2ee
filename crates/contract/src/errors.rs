//! The shapes of error bodies that the services use, from the team's page of operations, C4. It
//! must not know which errors an operation can have.

use serde_json::Value;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Azure Resource Manager and the providers behind it.
    Arm,
    /// Azure DevOps.
    AzureDevOps,
    /// Blob storage.
    Blob,
}

/// What the table calls the host of blobs.
const BLOB_HOST: &str = "{url}";

/// The host of Azure Resource Manager; all others of the table are Azure DevOps.
const ARM_HOST: &str = "management.azure.com";

impl Service {
    /// Returns the service of a row's host.
    pub fn of(host: &str) -> Self {
        match host {
            ARM_HOST => Self::Arm,
            BLOB_HOST => Self::Blob,
            _ => Self::AzureDevOps,
        }
    }

    /// Says whether a status is an error of this service. Azure DevOps answers a bad token by 203
    /// with a page, or sends one elsewhere.
    pub fn is_error(self, status: u16) -> bool {
        status >= 400 || (self == Self::AzureDevOps && matches!(status, 203 | 302))
    }

    /// Says whether a body is one of an error of this service.
    pub fn is_error_body(self, status: u16, body: Option<&Value>) -> bool {
        let Some(body) = body else { return true };
        match self {
            Self::Blob => body.as_str().is_some_and(|text| text.contains("<Error><Code>")),
            // A page instead of JSON comes from what stands before the provider, never from it.
            Self::Arm if body.is_string() => status >= 500,
            Self::Arm => {
                let named = |value: &Value, code: &str, message: &str| {
                    value.get(code).is_some_and(Value::is_string) && value.get(message).is_some()
                };
                body.get("error").is_some_and(|error| named(error, "code", "message"))
                    || named(body, "Code", "Message")
                    || named(body, "code", "message")
            }
            Self::AzureDevOps if body.is_string() => matches!(status, 203 | 302 | 401 | 500..),
            // The recorder put a list where the service sent nothing.
            Self::AzureDevOps if status == 401 => true,
            Self::AzureDevOps => ["message", "typeKey"]
                .iter()
                .all(|name| body.get(*name).is_some_and(Value::is_string)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_service_has_its_own_shapes() {
        let arm = json!({"error": {"code": "X", "message": "y"}});
        let site = json!({"Code": "429", "Message": "y", "Details": []});
        let devops = json!({"$id": "1", "message": "y", "typeKey": "Z"});
        assert!(Service::Arm.is_error_body(404, Some(&arm)));
        assert!(Service::Arm.is_error_body(429, Some(&site)));
        assert!(!Service::Arm.is_error_body(404, Some(&devops)));
        assert!(Service::AzureDevOps.is_error_body(400, Some(&devops)));
        assert!(!Service::AzureDevOps.is_error_body(400, Some(&arm)));
    }

    #[test]
    fn a_page_comes_from_the_front_only() {
        let page = json!("<html>");
        assert!(Service::Arm.is_error_body(500, Some(&page)));
        assert!(!Service::Arm.is_error_body(404, Some(&page)));
        assert!(Service::AzureDevOps.is_error(203) && !Service::Arm.is_error(203));
        assert!(Service::AzureDevOps.is_error_body(203, Some(&page)));
        assert!(!Service::AzureDevOps.is_error_body(400, Some(&page)));
    }
}
