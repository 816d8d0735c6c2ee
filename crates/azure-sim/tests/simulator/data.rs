//! Files, exports, imports, restores and the activity log as a client sees them, the nasty parts
//! included. It must not know who reads them.

use crate::cloud::{Cloud, GROUP, json};
use serde_json::{Value, json};
use windlass_azure_sim::http::{Answer, Request};
use windlass_azure_sim::{Effect, Fault, FaultKind, ForeignChange};

const PROD: &str = "/subscriptions/a1b2c3d4-0000-4000-8000-000000000002/resourceGroups/rg-prod\
                    /providers/Microsoft.Sql/servers/sql-prod";
const FILE: &str = "/blob/dispatcherbackups/bacpacs/a.bacpac";

/// A request to production's SQL server.
fn sql(cloud: &mut Cloud, method: &str, rest: &str, body: Option<Value>) -> Answer {
    let request = Request::new(method, &format!("{PROD}{rest}?api-version=2021-11-01"))
        .with_header("authorization", "Bearer rehearsal-token")
        .with_header("host", "127.0.0.1:7")
        .with_header("x-ms-client-request-id", "11111111-0000-4000-8000-000000000001")
        .with_header("x-ms-correlation-request-id", "11111111-0000-4000-8000-000000000001");
    let request = match body {
        Some(body) => request.with_json(&body),
        None => request,
    };
    cloud.send(&request)
}

fn ends() -> Value {
    json!({
        "storageKeyType": "StorageAccessKey", "storageKey": "CANARY-7f3a9-storage-key-1",
        "storageUri": "https://dispatcherbackups.blob.core.windows.net/bacpacs/a.bacpac",
        "administratorLogin": "prodadmin",
        "administratorLoginPassword": "CANARY-7f3a9-sql-prod-admin",
    })
}

fn export(cloud: &mut Cloud, body: Value) -> Answer {
    sql(cloud, "POST", "/databases/DispatcherProd2/export", Some(body))
}

fn blob(cloud: &mut Cloud, method: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::new(method, FILE)
        .with_header("authorization", "Bearer rehearsal-token")
        .with_header("x-ms-version", "2021-12-02");
    for (name, value) in headers {
        request = request.with_header(name, value);
    }
    cloud.send(&request)
}

/// What the state of a long operation says, and why it failed.
fn state(cloud: &mut Cloud, accepted: &Answer) -> (String, String) {
    let url = accepted.header("azure-asyncoperation").unwrap().to_owned();
    let said = json(&cloud.follow(&url));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&said["status"]), text(&said["error"]["message"]))
}

#[test]
fn an_export_writes_a_real_file_and_moves_its_start() {
    let mut cloud = Cloud::new();
    assert_eq!(blob(&mut cloud, "HEAD", &[]).status, 404);
    let accepted = export(&mut cloud, ends());
    assert_eq!((accepted.status, &json(&accepted)["operation"]), (202, &json!("Export")));
    let second = export(&mut cloud, ends());
    assert_eq!(json(&second)["error"]["code"], "ImportExportOperationInProgress");
    let url = accepted.header("azure-asyncoperation").unwrap().to_owned();
    let first = json(&cloud.follow(&url))["startTime"].clone();
    cloud.wait(61.0);
    assert_ne!(json(&cloud.follow(&url))["startTime"], first, "it is no identity");
    assert_eq!(blob(&mut cloud, "HEAD", &[]).status, 404, "nothing is there before the end");
    cloud.wait(10.0);
    assert_eq!(state(&mut cloud, &accepted).0, "Succeeded");
    let result = accepted.header("location").unwrap().to_owned();
    assert_eq!(json(&cloud.follow(&result))["properties"]["status"], "Completed");
    let there = blob(&mut cloud, "HEAD", &[]);
    assert_eq!(there.status, 200);
    let etag = there.header("etag").unwrap().to_owned();
    assert_eq!(blob(&mut cloud, "DELETE", &[("if-match", "\"0x1\"")]).status, 412);
    assert_eq!(blob(&mut cloud, "DELETE", &[("if-match", &etag)]).status, 202);
    assert_eq!(blob(&mut cloud, "DELETE", &[]).status, 404);
}

/// All that the request itself is not refused for fails in the queue, and leaves no file.
#[test]
fn an_export_fails_in_its_queue() {
    let with = |key: &str, value: &str| {
        let mut body = ends();
        body[key] = json!(value);
        body
    };
    let cases = [
        (with("administratorLoginPassword", "wrong"), "Login failed"),
        (with("storageKey", "wrong"), "storage key"),
        (with("storageUri", "https://nobody.blob.core.windows.net/x/a.bacpac"), "account"),
    ];
    for (body, word) in cases {
        let mut cloud = Cloud::new();
        let accepted = export(&mut cloud, body);
        assert_eq!(accepted.status, 202, "{word}");
        cloud.wait(71.0);
        let (status, why) = state(&mut cloud, &accepted);
        assert!(status == "Failed" && why.contains(word), "{status} {why}");
        assert!(!why.contains("CANARY"), "{why}");
    }
    let closed = ForeignChange::FirewallRule {
        server: "sql-prod".into(),
        name: "AllowAllWindowsAzureIps".into(),
        range: None,
    };
    let taken = ForeignChange::Blob {
        account: "dispatcherbackups".into(),
        container: "bacpacs".into(),
        name: "a.bacpac".into(),
        text: "theirs".into(),
    };
    for (change, word) in [(closed, "Allow Azure services"), (taken, "already exists")] {
        let mut cloud = Cloud::new();
        let accepted = export(&mut cloud, ends());
        cloud.change(&change);
        cloud.wait(71.0);
        let (status, why) = state(&mut cloud, &accepted);
        assert!(status == "Failed" && why.contains(word), "{status} {why}");
    }
    let missing = json!({"storageKeyType": "StorageAccessKey"});
    let refused = export(&mut Cloud::new(), missing);
    assert_eq!(json(&refused)["error"]["code"], "MissingImportExportInputParameters");
}

#[test]
fn a_slow_export_ends_late() {
    let mut cloud = Cloud::new();
    let slow = Fault::new(FaultKind::SlowCopy { factor: 10.0 }).on("POST", "/export");
    cloud.simulator.arm(slow).unwrap();
    let accepted = export(&mut cloud, ends());
    cloud.wait(600.0);
    assert_eq!(state(&mut cloud, &accepted).0, "InProgress");
    cloud.wait(101.0);
    assert_eq!(state(&mut cloud, &accepted).0, "Succeeded");
}

#[test]
fn an_import_brings_the_content_back_and_a_cut_file_does_not() {
    let import = |cloud: &mut Cloud, name: &str| {
        let mut body = ends();
        body["databaseName"] = json!(name);
        body["edition"] = json!("GeneralPurpose");
        body["serviceObjectiveName"] = json!("GP_Gen5_2");
        sql(cloud, "POST", "/import", Some(body))
    };
    let mut cloud = Cloud::new();
    export(&mut cloud, ends());
    cloud.wait(71.0);
    let accepted = import(&mut cloud, "Back");
    cloud.wait(60.0);
    let status = json(&sql(&mut cloud, "GET", "/databases/Back", None))["properties"].clone();
    assert_eq!(status["status"], "Creating");
    cloud.wait(61.0);
    assert_eq!(state(&mut cloud, &accepted).0, "Succeeded");
    let imported = cloud
        .effects()
        .into_iter()
        .any(|(effect, target)| effect == Effect::DatabaseImported && target == "sql-prod/Back");
    assert!(imported);
    let taken = import(&mut cloud, "Back");
    assert_eq!(json(&taken)["error"]["code"], "InvalidImportExportParameter");
    cloud.change(&ForeignChange::Blob {
        account: "dispatcherbackups".into(),
        container: "bacpacs".into(),
        name: "a.bacpac".into(),
        text: "PK cut".into(),
    });
    let failed = import(&mut cloud, "Cut");
    cloud.wait(121.0);
    assert_eq!(state(&mut cloud, &failed).0, "Failed");
    assert_eq!(sql(&mut cloud, "GET", "/databases/Cut", None).status, 404, "nothing is left");
}

/// The list of deleted databases stays empty for minutes; then a restore makes a new database.
#[test]
fn a_deleted_database_is_offered_late_and_restored_as_another_one() {
    let mut cloud = Cloud::new();
    let was = json(&sql(&mut cloud, "GET", "/databases/DispatcherProd2", None));
    sql(&mut cloud, "DELETE", "/databases/DispatcherProd2", None);
    cloud.wait(20.0);
    let list = |cloud: &mut Cloud| {
        json(&sql(cloud, "GET", "/restorableDroppedDatabases", None))["value"].clone()
    };
    assert_eq!(list(&mut cloud), json!([]));
    cloud.wait(310.0);
    let offered = list(&mut cloud);
    let id = offered[0]["id"].as_str().unwrap().to_owned();
    assert!(id.contains("/restorableDroppedDatabases/DispatcherProd2,"), "{id}");
    let body = |id: &str| {
        json!({"location": "eastus", "properties": {
            "createMode": "Restore", "sourceDatabaseId": id,
        }})
    };
    let unknown = sql(&mut cloud, "PUT", "/databases/Back", Some(body("x,1")));
    assert_eq!(json(&unknown)["error"]["code"], "InvalidDroppedDatabase");
    let accepted = sql(&mut cloud, "PUT", "/databases/Back", Some(body(&id)));
    assert_eq!(json(&accepted)["operation"], "CreateRestoreRequest");
    cloud.wait(350.0);
    let back = json(&sql(&mut cloud, "GET", "/databases/Back", None));
    assert_eq!(back["properties"]["status"], "Online");
    assert_ne!(back["properties"]["databaseId"], was["properties"]["databaseId"]);
}

/// The log is late, takes few filters, and keeps the end of a long operation beside its beginning.
#[test]
fn the_activity_log_tells_late_what_became_of_a_request() {
    let mut cloud = Cloud::new();
    let ask = |cloud: &mut Cloud, filter: &str| {
        let filter = filter.replace(' ', "%20").replace('\'', "%27");
        let path = format!(
            "{}/Microsoft.Insights/eventtypes/management/values?$filter={filter}&api-version=\
             2015-04-01",
            GROUP.replace("/resourceGroups/rg-qa", "")
        );
        let request = Request::new("GET", &path)
            .with_header("authorization", "Bearer rehearsal-token")
            .with_header("host", "127.0.0.1:7");
        cloud.send(&request)
    };
    let ours = "eventTimestamp ge '2026-03-02T07:00:00Z' and correlationId eq \
                '11111111-0000-4000-8000-000000000001'";
    export(&mut cloud, ends());
    export(&mut cloud, ends());
    let words = |answer: &Answer| -> Vec<(Value, Value)> {
        let said = json(answer);
        let lines = said["value"].as_array().unwrap().iter();
        lines
            .map(|line| (line["status"]["value"].clone(), line["subStatus"]["value"].clone()))
            .collect()
    };
    assert!(words(&ask(&mut cloud, ours)).is_empty(), "not yet");
    cloud.wait(181.0);
    let (accepted, refused) =
        ((json!("Accepted"), json!("Accepted")), (json!("Failed"), json!("Conflict")));
    assert_eq!(words(&ask(&mut cloud, ours)), [refused.clone(), accepted.clone()]);
    cloud.wait(71.0);
    let all = words(&ask(&mut cloud, ours));
    assert!(all.contains(&(json!("Succeeded"), json!("Accepted"))), "{all:?}");
    assert_eq!(ask(&mut cloud, "caller eq 'me'").status, 400);
    assert_eq!(ask(&mut cloud, "eventTimestamp ge '2025-01-01T00:00:00Z'").status, 400);
}
