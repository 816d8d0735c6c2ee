//! Tokens: how one gets them, what they open, when they run out.

use crate::cloud::{Cloud, GROUP, json};
use windlass_azure_sim::http::{Answer, Request};

const TENANT: &str = "a1b2c3d4-0000-4000-8000-000000000001";

fn ask(cloud: &mut Cloud, form: &str) -> Answer {
    let mut request = Request::new("POST", &format!("/{TENANT}/oauth2/v2.0/token"));
    request.body = form.to_owned();
    cloud.send(&request)
}

fn look(cloud: &mut Cloud, token: &str) -> Answer {
    let target = format!("{GROUP}/Microsoft.Web/sites/qa4?api-version=2023-12-01");
    let request = Request::new("GET", &target);
    cloud.send(&request.with_header("authorization", &format!("Bearer {token}")))
}

const ARM: &str = "scope=https%3A%2F%2Fmanagement.azure.com%2F.default";

#[test]
fn a_token_opens_its_own_audience_for_an_hour() {
    let mut cloud = Cloud::new();
    let form = format!(
        "grant_type=client_credentials&client_id=rehearsal-client\
         &client_secret=rehearsal-secret&{ARM}"
    );
    let given = json(&ask(&mut cloud, &form));
    assert_eq!(
        (&given["token_type"], given["expires_in"].as_i64()),
        (&"Bearer".into(), Some(3599))
    );
    let token = given["access_token"].as_str().unwrap().to_owned();
    assert!(token.contains("CANARY"));
    assert_eq!(look(&mut cloud, &token).status, 200);
    let devops = Request::new("GET", "/dispatcher/Dispatcher/_apis/build/builds")
        .with_header("authorization", &format!("Bearer {token}"));
    assert_eq!(cloud.send(&devops).status, 203);
    cloud.wait(3601.0);
    let expired = look(&mut cloud, &token);
    assert_eq!(
        (expired.status, &json(&expired)["error"]["code"]),
        (401, &"ExpiredAuthenticationToken".into())
    );
}

#[test]
fn an_assertion_will_do_and_a_wrong_secret_will_not() {
    let mut cloud = Cloud::new();
    let client = "grant_type=client_credentials&client_id=rehearsal-client";
    let kind = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A\
                client-assertion-type%3Ajwt-bearer";
    let good = format!("{client}&{kind}&client_assertion=aa.bb.cc&{ARM}");
    assert_eq!(ask(&mut cloud, &good).status, 200);
    let wrong = ask(&mut cloud, &format!("{client}&client_secret=wrong&{ARM}"));
    assert_eq!((wrong.status, &json(&wrong)["error"]), (401, &"invalid_client".into()));
    assert_eq!(json(&wrong)["error_codes"][0], 7_000_215);
    let unknown = ask(&mut cloud, &format!("grant_type=client_credentials&client_id=x&{ARM}"));
    assert_eq!(json(&unknown)["error"], "unauthorized_client");
}

#[test]
fn the_machine_gives_a_token_to_whoever_knows_the_header() {
    let mut cloud = Cloud::new();
    let target = "/metadata/identity/oauth2/token?api-version=2018-02-01\
                  &resource=https%3A%2F%2Fmanagement.azure.com%2F";
    assert_eq!(cloud.send(&Request::new("GET", target)).status, 400);
    let given = cloud.send(&Request::new("GET", target).with_header("Metadata", "true"));
    let given = json(&given);
    assert!(given["expires_on"].as_str().unwrap().parse::<i64>().is_ok());
    assert_eq!(look(&mut cloud, given["access_token"].as_str().unwrap()).status, 200);
}

#[test]
fn arm_says_why_it_does_not_let_one_in() {
    let mut cloud = Cloud::new();
    let refused = look(&mut cloud, "made-up");
    assert_eq!(
        (refused.status, &json(&refused)["error"]["code"]),
        (401, &"InvalidAuthenticationToken".into())
    );
    let devops = "scope=499b84ac-1321-427f-aa17-267ca6975798%2F.default";
    let form = format!(
        "grant_type=client_credentials&client_id=rehearsal-client\
         &client_secret=rehearsal-secret&{devops}"
    );
    let token = json(&ask(&mut cloud, &form))["access_token"].as_str().unwrap().to_owned();
    let refused = look(&mut cloud, &token);
    assert_eq!(json(&refused)["error"]["code"], "InvalidAuthenticationTokenAudience");
}
