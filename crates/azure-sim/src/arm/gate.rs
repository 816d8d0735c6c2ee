//! What ARM itself refuses, before a provider is asked. It must not know any resource type.

use super::path::ArmPath;
use crate::http::{Answer, Request, arm_error, arm_gateway_error};
use crate::world::World;

/// Refuses a missing or malformed api-version.
pub fn check_version(request: &Request) -> Result<(), Answer> {
    let Some(version) = request.query("api-version") else {
        let message =
            "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(arm_gateway_error(400, "MissingApiVersionParameter", message));
    };
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = date.split('-').collect();
    match parts[..] {
        [year, month, day]
            if year.len() == 4 && [year, month, day].iter().all(|part| digits(part)) =>
        {
            Ok(())
        }
        _ => {
            let message = format!("The api-version '{version}' is invalid.");
            Err(arm_gateway_error(400, "InvalidApiVersionParameter", message))
        }
    }
}

/// Refuses another subscription, and a resource group that does not exist.
pub fn check_group(world: &World, path: &ArmPath) -> Result<(), Answer> {
    if !path.subscription.eq_ignore_ascii_case(&world.subscription) {
        let message = format!("The subscription '{}' could not be found.", path.subscription);
        return Err(arm_gateway_error(404, "SubscriptionNotFound", message));
    }
    let Some(group) = &path.group else { return Ok(()) };
    if world.groups.iter().any(|known| known.eq_ignore_ascii_case(group)) {
        return Ok(());
    }
    let message = format!("Resource group '{group}' could not be found.");
    Err(arm_gateway_error(404, "ResourceGroupNotFound", message))
}

/// Says whether a Reader may do it: reads, but not the listing of settings, which is a POST.
pub fn is_look(request: &Request) -> bool {
    request.method == "GET" || request.method == "HEAD"
}

/// What a Reader is told who wants more.
pub fn refuse_reader(request: &Request) -> Answer {
    let message = format!(
        "The client 'reader' with object id 'reader' does not have authorization to perform \
         action '{}' over scope '{}' or the scope is invalid. If access was recently granted, \
         please refresh your credentials.",
        request.method, request.path
    );
    arm_gateway_error(403, "AuthorizationFailed", message)
}

/// ARM's own form of 404 for a resource.
pub fn resource_not_found(kind: &str, name: &str, group: &str) -> Answer {
    let message = format!(
        "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more \
         details please go to https://aka.ms/ARMResourceNotFoundFix"
    );
    arm_gateway_error(404, "ResourceNotFound", message)
}

/// What is in the contract but not in this simulator.
pub fn not_simulated(request: &Request) -> Answer {
    let message = format!("The simulator has no operation {} {}.", request.method, request.path);
    arm_error(501, "NotSimulated", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_wanted_and_looked_at() {
        let status = |target| check_version(&Request::new("GET", target)).err().map(|no| no.status);
        assert_eq!(status("/x"), Some(400));
        assert_eq!(status("/x?api-version=latest"), Some(400));
        assert_eq!(status("/x?api-version=2023-12-01"), None);
        assert_eq!(status("/x?api-version=2022-08-01-preview"), None);
    }
}
