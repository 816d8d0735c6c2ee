//! A10: the configuration of a site, as far as this simulator has one. It must not hold secrets.

use super::address::Target;
use crate::http::Answer;
use crate::turn::Turn;
use serde_json::json;

/// Reads it.
pub fn get(turn: &Turn<'_>, target: &Target) -> Answer {
    let site = &target.address.site;
    let properties = json!({
        "numberOfWorkers": 1,
        "defaultDocuments": ["Default.htm", "index.html", "hostingstart.html"],
        "netFrameworkVersion": "v8.0",
        "linuxFxVersion": "",
        "windowsFxVersion": null,
        "publishingUsername": format!("${site}"),
        "publishingPassword": null,
        "appSettings": null,
        "connectionStrings": null,
        "scmType": "VSTSRM",
        "use32BitWorkerProcess": false,
        "webSocketsEnabled": true,
        "alwaysOn": true,
        "managedPipelineMode": "Integrated",
        "loadBalancing": "LeastRequests",
        "routingRules": [],
        "experiments": {"rampUpRules": []},
        "autoSwapSlotName": null,
        "http20Enabled": true,
        "minTlsVersion": "1.2",
        "scmMinTlsVersion": "1.2",
        "ftpsState": "Disabled",
        "healthCheckPath": null,
        "publicNetworkAccess": null,
    });
    let location = target.site(turn).map(|site| site.location.clone());
    // The name is the site's, not the configuration's, as recorded.
    Answer::site(json!({
        "id": format!("{}/config/web", target.id(turn)),
        "name": site,
        "type": "Microsoft.Web/sites/config",
        "location": location,
        "properties": properties,
    }))
}
