//! Right exchanges pass; each deliberately wrong one fails with exactly the fault that it holds.

#![expect(clippy::expect_used, reason = "a test may panic")]

use serde_json::{Value, json};
use windlass_contract::{Exchange, Fault, check};

const ARM: &str = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers";
const RELEASE: &str = "https://vsrm.dev.azure.com/o/p/_apis/release";

fn exchange(method: &str, url: String, sent: Value, status: u16, got: Value) -> Exchange {
    let body = |value: Value| (!value.is_null()).then_some(value);
    Exchange {
        method: method.to_owned(),
        url,
        request_body: body(sent),
        status,
        response_body: body(got),
        ..Exchange::default()
    }
}

fn site_url(tail: &str) -> String {
    format!("{ARM}/Microsoft.Web/sites/qa4{tail}?api-version=2023-12-01")
}

fn stop() -> Exchange {
    exchange("POST", site_url("/stop"), Value::Null, 200, Value::Null)
}

fn site() -> Exchange {
    let properties = json!({"state": "Running", "lastModifiedTimeUtc": "2023-04-11T22:19:44.4"});
    let body = json!({"id": "/x", "location": "West Europe", "properties": properties});
    exchange("GET", site_url(""), Value::Null, 200, body)
}

fn connections() -> Exchange {
    let set = json!({"properties": {"Main": {"value": "Server=x", "type": "SQLAzure"}}});
    exchange("PUT", site_url("/config/connectionstrings"), set.clone(), 200, set)
}

fn copy() -> Exchange {
    let url = format!("{ARM}/Microsoft.Sql/servers/a/databases/b?api-version=2021-11-01");
    let properties = json!({"createMode": "Copy", "sourceDatabaseId": "/x"});
    let sent = json!({"location": "westeurope", "properties": properties});
    let got = json!({"operation": "CreateDatabaseAsCopy", "startTime": "2023-04-12T02:23:35.943Z"});
    let mut copy = exchange("PUT", url, sent, 202, got);
    copy.response_headers = ["Azure-AsyncOperation", "Location"]
        .map(|name| (name.to_owned(), "https://management.azure.com/x".to_owned()))
        .to_vec();
    copy
}

fn poll() -> Exchange {
    let operation = "Microsoft.Sql/locations/westeurope/databaseAzureAsyncOperation/7";
    let url = format!("{ARM}/{operation}?api-version=2021-11-01");
    let body = json!({"name": "7", "status": "InProgress", "startTime": "2023-04-12T02:23:35Z"});
    exchange("GET", url, Value::Null, 200, body)
}

fn builds() -> Exchange {
    let query = "definitions=5&branchName=refs/heads/prod&statusFilter=completed&$top=1";
    let url = format!("https://dev.azure.com/o/p/_apis/build/builds?{query}&api-version=7.1");
    let build = json!({"id": 638, "buildNumber": "2.7.1.213", "status": "completed"});
    exchange("GET", url, Value::Null, 200, json!({"count": 1, "value": [build]}))
}

fn create_release() -> Exchange {
    let artifacts = json!([{"alias": "_a", "instanceReference": {"id": "638", "name": "x"}}]);
    let sent = json!({"definitionId": 3, "description": "ours", "artifacts": artifacts,
        "manualEnvironments": ["qa4"], "isDraft": false, "reason": "none"});
    let got = json!({"id": 9, "name": "Release-9", "environments": [{"id": 1, "name": "qa4"}]});
    exchange("POST", format!("{RELEASE}/releases?api-version=7.1"), sent, 200, got)
}

fn deploy() -> Exchange {
    let url = format!("{RELEASE}/releases/9/environments/1?api-version=7.1");
    let sent = json!({"status": "inProgress", "comment": "ours"});
    exchange("PATCH", url, sent, 200, json!({"id": 1, "status": "queued"}))
}

fn renewal() -> Exchange {
    let url = "https://a.blob.core.windows.net/locks/qa4?comp=lease".to_owned();
    let mut renewal = exchange("PUT", url, Value::Null, 200, Value::Null);
    let headers =
        [("x-ms-version", "2021-12-02"), ("x-ms-lease-action", "renew"), ("x-ms-lease-id", "7")];
    renewal.request_headers =
        headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    renewal
}

#[test]
fn right_exchanges_pass() {
    let mut on_loopback = copy();
    on_loopback.url =
        on_loopback.url.replace("https://management.azure.com", "http://[::1]:80/arm");
    let mut gone = site();
    gone.status = 404;
    gone.response_body = Some(json!({"error": {"code": "ResourceNotFound", "message": "x"}}));
    let all = [stop(), site(), connections(), copy(), poll(), builds(), create_release(), deploy()];
    let all = all.into_iter().chain([renewal()]);
    for right in all.chain([on_loopback, gone]) {
        assert_eq!(check(&right), [], "{} {}", right.method, right.url);
    }
}

/// A right exchange, what is done to it, and the fault as the checker tells it.
struct Wrong {
    of: fn() -> Exchange,
    spoil: fn(&mut Exchange),
    said: &'static str,
}

fn body(body: &mut Option<Value>) -> &mut Value {
    body.as_mut().expect("the exchange has a body")
}

const WRONG: [Wrong; 22] = [
    Wrong {
        of: renewal,
        spoil: |e| e.request_headers.truncate(2),
        said: "B9 renew: the request lacks the header `x-ms-lease-id`",
    },
    Wrong {
        of: renewal,
        spoil: |e| e.request_headers[1].1 = "keep".to_owned(),
        said: "no operation PUT /locks/qa4; add it to xtask's contract/scope.rs if it is meant",
    },
    Wrong {
        of: stop,
        spoil: |e| e.url = e.url.replace("/stop", "/halt"),
        said: "no operation POST /subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites\
               /qa4/halt; add it to xtask's contract/scope.rs if it is meant",
    },
    Wrong {
        of: stop,
        spoil: |e| e.url = e.url.replace("management", "vsrm"),
        said: "A2: host `vsrm.azure.com` where the service is `management.azure.com`",
    },
    Wrong {
        of: stop,
        spoil: |e| e.url = e.url.replace("2023-12-01", "2022-03-01"),
        said: "A2: api-version `2022-03-01` where the table has `2023-12-01`",
    },
    Wrong {
        of: builds,
        spoil: |e| e.url = e.url.replace("&api-version=7.1", ""),
        said: "D4: api-version `` where the table has `7.1`",
    },
    Wrong {
        of: builds,
        spoil: |e| e.url = e.url.replace("branchName", "branch"),
        said: "D4: the operation has no query parameter `branch`",
    },
    Wrong {
        of: builds,
        spoil: |e| e.url = e.url.replace("$top=1", "$top=one"),
        said: "D4: the query's `$top` is `one`, not integer",
    },
    Wrong {
        of: stop,
        spoil: |e| e.request_body = Some(json!({})),
        said: "A2: the operation takes no body",
    },
    Wrong {
        of: connections,
        spoil: |e| e.request_body = None,
        said: "A8: the operation needs a JSON body",
    },
    Wrong {
        of: connections,
        spoil: |e| *body(&mut e.request_body) = json!({}),
        said: "A8: the request lacks `properties`",
    },
    Wrong {
        of: connections,
        spoil: |e| body(&mut e.request_body)["properties"]["Main"]["type"] = json!("Postgres"),
        said: "A8: the request's `properties.Main.type` is a string of another form, not string \
               of MySql|SQLServer|SQLAzure|Custom|NotificationHub|ServiceBus|EventHub|ApiHub|DocDb\
               |RedisCache|PostgreSQL",
    },
    Wrong {
        of: copy,
        spoil: |e| body(&mut e.request_body)["properties"] = json!({"createMode": "Copy"}),
        said: "S3: the request lacks `properties.sourceDatabaseId`",
    },
    Wrong {
        of: copy,
        spoil: |e| body(&mut e.request_body)["properties"]["status"] = json!("Online"),
        said: "S3: the request may not hold `properties.status`",
    },
    Wrong {
        of: create_release,
        spoil: |e| body(&mut e.request_body)["definitionId"] = json!("3"),
        said: "D12: the request's `definitionId` is a string of another form, not integer",
    },
    Wrong {
        of: deploy,
        spoil: |e| *body(&mut e.request_body) = json!({"comment": "ours"}),
        said: "D14: the request lacks `status`",
    },
    Wrong { of: stop, spoil: |e| e.status = 204, said: "A2: status 204 where the table has 200" },
    Wrong {
        of: copy,
        spoil: |e| e.response_headers.truncate(1),
        said: "S3: the 202 lacks the header `location`",
    },
    Wrong {
        of: stop,
        spoil: |e| e.response_body = Some(json!({"state": "Stopped"})),
        said: "A2: the 200 has a body and should have none",
    },
    Wrong {
        of: builds,
        spoil: |e| *body(&mut e.response_body) = json!([{"id": 638}]),
        said: "D4: the 200 has no JSON body",
    },
    Wrong {
        of: poll,
        spoil: |e| *body(&mut e.response_body) = json!({"name": "7", "startTime": "now"}),
        said: "P1: the answer lacks `status`",
    },
    Wrong {
        of: site,
        spoil: |e| body(&mut e.response_body)["properties"]["lastModifiedTimeUtc"] = json!(7),
        said: "A1: the answer's `properties.lastModifiedTimeUtc` is an integer, not \
               string(date-time)",
    },
];

#[test]
fn each_wrong_exchange_fails_with_its_fault_alone() {
    for wrong in WRONG {
        let mut exchange = (wrong.of)();
        (wrong.spoil)(&mut exchange);
        let said: Vec<String> = check(&exchange).iter().map(Fault::to_string).collect();
        assert_eq!(said, [wrong.said]);
    }
}

#[test]
fn an_error_of_the_wrong_service_is_found() {
    let mut exchange = deploy();
    exchange.status = 400;
    exchange.response_body = Some(json!({"error": {"code": "X", "message": "y"}}));
    let found = check(&exchange);
    assert!(matches!(found[..], [Fault::ErrorBody { status: 400, .. }]), "{found:?}");
}

#[test]
fn no_value_of_a_body_is_told() {
    let mut exchange = connections();
    let canary = "canary-5f1d";
    body(&mut exchange.request_body)["properties"]["Main"]["type"] = json!(canary);
    body(&mut exchange.response_body)["properties"]["Main"]["value"] = json!([canary]);
    let found = check(&exchange);
    assert_eq!(found.len(), 2);
    assert!(!format!("{found:?}").contains(canary));
}
