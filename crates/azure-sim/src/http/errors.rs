//! The shapes in which the services say no: ARM's, App Service's, Azure DevOps', a web page. It
//! must not know when they say it.

use super::answer::{Answer, Body};
use serde_json::{Value, json};

/// ARM's shape, from the provider behind ARM.
pub fn arm_error(status: u16, code: &str, message: impl Into<String>) -> Answer {
    let message: String = message.into();
    Answer::json(status, json!({"error": {"code": code, "message": message}}))
}

/// ARM's shape, from ARM itself.
pub fn arm_gateway_error(status: u16, code: &str, message: impl Into<String>) -> Answer {
    arm_error(status, code, message).with_header("x-ms-failure-cause", "gateway")
}

/// App Service's shape, with the extended code that says more than the status.
pub fn site_error(status: u16, extended_code: &str, message: &str) -> Answer {
    let code = match status {
        400 => "BadRequest".to_owned(),
        404 => "NotFound".to_owned(),
        409 => "Conflict".to_owned(),
        other => other.to_string(),
    };
    let body = json!({
        "Code": code,
        "Message": message,
        "Target": null,
        "Details": [
            {"Message": message},
            {"Code": code},
            {"ErrorEntity": {
                "ExtendedCode": extended_code,
                "MessageTemplate": message,
                "Parameters": [],
                "Code": code,
                "Message": message,
            }},
        ],
        "Innererror": null,
    });
    Answer::json(status, body)
}

/// Azure DevOps' shape.
pub fn devops_error(status: u16, type_key: &str, message: impl Into<String>) -> Answer {
    let message: String = message.into();
    let type_name = format!("Microsoft.VisualStudio.Services.{type_key}, Microsoft.TeamFoundation");
    let body = json!({
        "$id": "1",
        "innerException": null,
        "message": message,
        "typeName": type_name,
        "typeKey": type_key,
        "errorCode": 0,
        "eventId": 3000,
    });
    Answer::devops(status, body)
}

/// Blob storage's shape: a header, and XML that begins with a byte order mark. HEAD has no body.
pub fn blob_error(status: u16, code: &str, message: &str, method: &str) -> Answer {
    let answer = match method {
        "HEAD" => Answer::empty(status),
        _ => {
            let text = format!(
                "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code>\
                 <Message>{message}</Message></Error>"
            );
            Answer { body: Body::Text(text, "application/xml"), ..Answer::empty(status) }
        }
    };
    answer.with_header("x-ms-error-code", code)
}

/// The shape of the token endpoint.
pub fn oauth_error(status: u16, error: &str, description: &str) -> Answer {
    let body: Value = json!({
        "error": error,
        "error_description": description,
        "error_codes": description
            .strip_prefix("AADSTS")
            .and_then(|rest| rest.split(':').next())
            .and_then(|code| code.parse::<u64>().ok())
            .into_iter()
            .collect::<Vec<_>>(),
    });
    Answer::json(status, body)
}

/// A web page with a title.
pub fn html_error(status: u16, title: &str, text: &str) -> Answer {
    let page = format!(
        "<!DOCTYPE html><html><head><title>{title}</title></head>\
         <body><h1>{title}</h1><p>{text}</p></body></html>"
    );
    Answer::html(status, page)
}
