//! Every shape of the contract's C4, and what is no shape at all.

use super::error_body::{ServiceError, service_error};
use super::reply::Reply;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Reply {
    let pairs = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    Reply { status, headers: HeaderMap::from_iter(pairs), body: body.as_bytes().to_vec() }
}

fn read(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ServiceError {
    service_error(&reply(status, headers, body))
}

#[test]
fn arm_says_who_refused_and_the_details_are_not_lost() {
    let body = r#"{"error":{"code":"GatewayTimeout","message":"The gateway did not answer.",
                   "details":[{"code":"X","message":"Inner reason."}]}}"#;
    let error = read(504, &[("x-ms-failure-cause", "gateway")], body);
    assert!(error.is("gatewaytimeout") && error.by_gateway);
    assert_eq!(error.message, "The gateway did not answer. Inner reason.");
    assert!(!read(504, &[("x-ms-failure-cause", "service")], body).by_gateway);
}

#[test]
fn app_service_hides_its_number_in_the_details() {
    let body = r#"{"Code":"429","Message":"Cannot acquire exclusive lock.","Target":null,
        "Details":[{"Message":"m"},{"Code":"429"},{"ErrorEntity":{"ExtendedCode":"59206"}}]}"#;
    let error = read(429, &[], body);
    assert_eq!((error.code.as_deref(), error.extended.as_deref()), (Some("429"), Some("59206")));
    assert_eq!(error.message, "Cannot acquire exclusive lock.");
}

#[test]
fn the_other_shapes_give_their_code_and_sentence() {
    let cases = [
        (r#"{"code":"BadRequest","message":"Too long ago."}"#, Some("BadRequest"), "Too long ago."),
        (
            r#"{"$id":"1","innerException":null,"message":"VS402964: no.","typeName":"T",
                "typeKey":"InvalidRequestException","errorCode":0,"eventId":3000}"#,
            Some("InvalidRequestException"),
            "VS402964: no.",
        ),
        (
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid."}"#,
            Some("invalid_client"),
            "AADSTS7000215: Invalid.",
        ),
        (r#"{"Message":"Kudu says no."}"#, None, "Kudu says no."),
        ("plain\r\n text", None, "plain text"),
        ("", None, "HTTP status 418 without a word"),
        (r#"{"count":0,"value":[]}"#, None, r#"{"count":0,"value":[]}"#),
    ];
    for (body, code, message) in cases {
        let error = read(418, &[], body);
        assert_eq!((error.code.as_deref(), error.message.as_str()), (code, message), "{body}");
    }
}

#[test]
fn blob_storage_speaks_by_header_and_xml_with_a_byte_order_mark() {
    let body = "\u{feff}<?xml version=\"1.0\"?><Error><Message>Not there.</Message></Error>";
    let error = read(404, &[("x-ms-error-code", "BlobNotFound")], body);
    assert_eq!(
        (error.code.as_deref(), error.message.as_str()),
        (Some("BlobNotFound"), "Not there.")
    );
    assert_eq!(read(404, &[("x-ms-error-code", "BlobNotFound")], "").message, "BlobNotFound");
}

#[test]
fn a_page_is_called_a_page_and_not_quoted() {
    for page in ["<!DOCTYPE html><title>Sign in</title>", "  <HTML>x</HTML>"] {
        let error = read(500, &[], page);
        assert!(error.message.contains("web page") && !error.message.contains('<'), "{page}");
    }
}

#[test]
fn a_long_sentence_is_cut_between_characters() {
    let error = read(400, &[], &"é".repeat(5000));
    assert_eq!(error.message.chars().count(), 401);
}
