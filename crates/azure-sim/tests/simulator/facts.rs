//! What executors read of each answer, written by hand from the recordings and examples, so that
//! it is checked where those are not. It must not need anything outside this repository.

use crate::cloud::{Cloud, json};
use crate::shapes::{Facts, missing_facts};
use serde_json::{Value, json};
use windlass_azure_sim::http::Answer;

fn hold(what: &str, answer: &Answer, status: u16, headers: &[&str], facts: Facts) {
    assert_eq!(answer.status, status, "{what}");
    for header in headers {
        assert!(answer.header(header).is_some(), "{what} has no {header}");
    }
    let missing = missing_facts(&json(answer), facts);
    assert!(missing.is_empty(), "{what}: {missing:#?}");
}

const SITE: Facts = &[
    ("/id", "string"),
    ("/location", "string"),
    ("/properties/state", "string"),
    ("/properties/lastModifiedTimeUtc", "string"),
    ("/properties/defaultHostName", "string"),
    ("/properties/hostNames/0", "string"),
    ("/properties/hostNameSslStates/1/hostType", "string"),
    ("/properties/serverFarmId", "string"),
];

const DATABASE: Facts = &[
    ("/id", "string"),
    ("/name", "string"),
    ("/location", "string"),
    ("/sku/name", "string"),
    ("/sku/capacity", "number"),
    ("/properties/status", "string"),
    ("/properties/databaseId", "string"),
    ("/properties/creationDate", "string"),
    ("/properties/currentServiceObjectiveName", "string"),
];

#[test]
fn arm_answers_have_what_executors_read() {
    let mut cloud = Cloud::new();
    hold("A1", &cloud.site("GET", "qa4"), 200, &["etag", "date"], SITE);
    hold("A2", &cloud.site("POST", "qa4/stop"), 200, &["etag", "date"], &[]);
    hold("A3", &cloud.site("POST", "qa4/start"), 200, &["etag", "date"], &[]);
    let settings: Facts = &[("/properties/ASPNETCORE_ENVIRONMENT", "string")];
    hold("A5", &cloud.site("POST", "qa4/config/appsettings/list"), 200, &[], settings);
    let strings: Facts =
        &[("/properties/Default/value", "string"), ("/properties/Default/type", "string")];
    hold("A7", &cloud.site("POST", "qa4/config/connectionstrings/list"), 200, &[], strings);
    let sticky: Facts = &[
        ("/id", "null"),
        ("/properties/connectionStringNames", "array"),
        ("/properties/appSettingNames", "array"),
    ];
    hold("A9", &cloud.site("GET", "qa4/config/slotConfigNames"), 200, &[], sticky);
    hold(
        "A10",
        &cloud.site("GET", "qa4/config/web"),
        200,
        &[],
        &[("/properties/alwaysOn", "bool")],
    );

    hold("S1", &cloud.database("GET", "dispatcherqa4"), 200, &["date"], DATABASE);
    let list = cloud.arm("GET", "/Microsoft.Sql/servers/sql-qa/databases", None);
    hold("S2", &list, 200, &[], &[("/value/0/name", "string"), ("/value/2/name", "string")]);
    assert_eq!(json(&list)["value"][0]["name"], "master");
    let accepted: Facts = &[("/operation", "string"), ("/startTime", "string")];
    let polls = &["azure-asyncoperation", "location", "date"];
    let copy = cloud.copy("qa4-old-version", "new");
    hold("S3", &copy, 202, polls, accepted);
    let poll = cloud.follow(copy.header("azure-asyncoperation").unwrap());
    let status: Facts = &[("/name", "string"), ("/status", "string"), ("/startTime", "string")];
    hold("poll", &poll, 200, &["date"], status);
    let running: Facts = &[
        ("/value/0/name", "string"),
        ("/value/0/properties/operation", "string"),
        ("/value/0/properties/percentComplete", "number"),
        ("/value/0/properties/state", "string"),
        ("/value/0/properties/startTime", "string"),
    ];
    hold("S11", &cloud.database("GET", "new/operations"), 200, &[], running);
    hold("S6", &cloud.database("DELETE", "new"), 202, polls, accepted);
    let server: Facts = &[
        ("/location", "string"),
        ("/properties/state", "string"),
        ("/properties/publicNetworkAccess", "string"),
        ("/properties/fullyQualifiedDomainName", "string"),
    ];
    hold("S14", &cloud.arm("GET", "/Microsoft.Sql/servers/sql-qa", None), 200, &[], server);
}

#[test]
fn devops_answers_have_what_executors_read() {
    let mut cloud = Cloud::new();
    let get = |cloud: &mut Cloud, rest: &str| cloud.devops("GET", rest, None);
    let builds: Facts = &[
        ("/count", "number"),
        ("/value/0/id", "number"),
        ("/value/0/buildNumber", "string"),
        ("/value/0/status", "string"),
        ("/value/0/result", "string"),
        ("/value/0/sourceBranch", "string"),
        ("/value/0/sourceVersion", "string"),
        ("/value/0/finishTime", "string"),
        ("/value/0/definition/id", "number"),
    ];
    let last = get(&mut cloud, "build/builds?resultFilter=succeeded&$top=1");
    hold("D4", &last, 200, &["activityid", "date"], builds);
    let definition: Facts = &[
        ("/id", "number"),
        ("/revision", "number"),
        ("/triggers", "array"),
        ("/environments/0/id", "number"),
        ("/environments/0/name", "string"),
        ("/environments/0/conditions", "array"),
        ("/artifacts/0/alias", "string"),
        ("/artifacts/0/definitionReference/definition/id", "string"),
    ];
    hold("D10", &get(&mut cloud, "release/definitions/7"), 200, &[], definition);
    let release: Facts = &[
        ("/id", "number"),
        ("/name", "string"),
        ("/description", "string"),
        ("/artifacts/0/definitionReference/version/id", "string"),
        ("/artifacts/0/definitionReference/branch/name", "string"),
        ("/environments/0/id", "number"),
        ("/environments/0/definitionEnvironmentId", "number"),
        ("/environments/0/status", "string"),
        ("/environments/0/deploySteps", "array"),
        ("/releaseDefinition/id", "number"),
    ];
    let artifact = json!([{"alias": "_Dispatcher-CI", "instanceReference": {"id": "4119"}}]);
    let body = json!({"definitionId": 7, "description": "x", "artifacts": artifact});
    let made = cloud.devops("POST", "release/releases", Some(body));
    hold("D12", &made, 200, &[], release);
    let id = json(&made)["id"].clone();
    hold("D13", &get(&mut cloud, &format!("release/releases/{id}")), 200, &[], release);
    let path =
        format!("release/releases/{id}/environments/{}", json(&made)["environments"][0]["id"]);
    let stage: Facts = &[
        ("/status", "string"),
        ("/deploySteps/0/attempt", "number"),
        ("/deploySteps/0/status", "string"),
        ("/deploySteps/0/operationStatus", "string"),
        ("/deploySteps/0/queuedOn", "string"),
        ("/release/id", "number"),
    ];
    let deploy: Value = json!({"status": "inProgress", "comment": "x"});
    hold("D14", &cloud.devops("PATCH", &path, Some(deploy)), 200, &[], stage);
    hold("D15", &get(&mut cloud, &path), 200, &[], stage);
    let deployments: Facts = &[
        ("/value/1/id", "number"),
        ("/value/1/release/id", "number"),
        ("/value/1/release/artifacts/0/definitionReference/version/name", "string"),
        ("/value/1/releaseEnvironment/name", "string"),
        ("/value/1/definitionEnvironmentId", "number"),
        ("/value/1/deploymentStatus", "string"),
        ("/value/1/completedOn", "string"),
    ];
    hold("D16", &get(&mut cloud, "release/deployments?definitionId=7"), 200, &[], deployments);
}
