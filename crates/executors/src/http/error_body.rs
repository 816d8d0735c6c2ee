//! The many shapes in which Azure and Azure DevOps say no, read into one. It must not know what
//! follows from it.

use super::reply::Reply;
use windlass_model::Value;

/// Characters of a service's sentence that are kept: enough for any real one, too few for a page.
const MESSAGE_CHARS_MAX: usize = 400;

/// What the service said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceError {
    /// The word to branch on: ARM's code, Azure DevOps' `typeKey`, the blob header.
    pub code: Option<String>,
    /// App Service's number, which says more than its code does.
    pub extended: Option<String>,
    /// Its sentence, bounded, on one line.
    pub message: String,
    /// Whether ARM's front end itself refused, rather than the provider behind it.
    pub by_gateway: bool,
}

impl ServiceError {
    /// Whether the code is this one, in any letter case.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(code))
    }
}

/// Reads an answer that is no success.
pub fn service_error(reply: &Reply) -> ServiceError {
    let mut read = if reply.is_page() { page() } else { shaped(reply) };
    read.by_gateway = reply.header("x-ms-failure-cause") == Some("gateway");
    read.message = bounded(&read.message);
    if read.message.is_empty() {
        read.message = match &read.code {
            Some(code) => code.clone(),
            None => format!("HTTP status {} without a word", reply.status),
        };
    }
    read
}

fn page() -> ServiceError {
    let message = "it answered with a web page instead of data".to_owned();
    ServiceError { message, ..ServiceError::default() }
}

/// The shapes in the order of the contract: ARM's, App Service's, the activity log's, Azure
/// DevOps', the token
/// endpoint's, blob storage's, S3's, and any text.
fn shaped(reply: &Reply) -> ServiceError {
    let json = reply.json().unwrap_or(Value::Null);
    if json["error"].is_object() {
        return arm(&json["error"]);
    }
    if json["Code"].is_string() || json["Details"].is_array() {
        return app_service(&json);
    }
    if json["code"].is_string() {
        return said(&json["code"], &json["message"]);
    }
    if json["typeKey"].is_string() {
        return said(&json["typeKey"], &json["message"]);
    }
    if json["error"].is_string() {
        return said(&json["error"], &json["error_description"]);
    }
    if json["Message"].is_string() || json["message"].is_string() {
        let message = if json["Message"].is_string() { &json["Message"] } else { &json["message"] };
        return said(&Value::Null, message);
    }
    if let Some(code) = reply.header("x-ms-error-code") {
        let text = String::from_utf8_lossy(&reply.body);
        let message = between(&text, "<Message>", "</Message>").unwrap_or_default().to_owned();
        return ServiceError { code: Some(code.to_owned()), message, ..ServiceError::default() };
    }
    let text = String::from_utf8_lossy(&reply.body);
    if let Some(code) = between(&text, "<Code>", "</Code>") {
        let message = between(&text, "<Message>", "</Message>").unwrap_or_default().to_owned();
        return ServiceError { code: Some(code.to_owned()), message, ..ServiceError::default() };
    }
    ServiceError { message: text.into_owned(), ..ServiceError::default() }
}

fn said(code: &Value, message: &Value) -> ServiceError {
    ServiceError {
        code: code.as_str().map(str::to_owned),
        message: message.as_str().unwrap_or_default().to_owned(),
        ..ServiceError::default()
    }
}

/// The details say what the outer sentence often leaves out.
fn arm(error: &Value) -> ServiceError {
    let mut read = said(&error["code"], &error["message"]);
    let details = error["details"].as_array().into_iter().flatten();
    for detail in details.filter_map(|detail| detail["message"].as_str()) {
        if !read.message.contains(detail) {
            read.message = format!("{} {detail}", read.message);
        }
    }
    read
}

/// `Code` can be a number in a string; `ExtendedCode` hides in one of the details.
fn app_service(json: &Value) -> ServiceError {
    let mut read = said(&json["Code"], &json["Message"]);
    let mut details = json["Details"].as_array().into_iter().flatten();
    let extended = details.find_map(|detail| match &detail["ErrorEntity"]["ExtendedCode"] {
        Value::String(code) => Some(code.clone()),
        Value::Number(code) => Some(code.to_string()),
        _ => None,
    });
    read.extended = extended;
    read
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let start = text.find(from)? + from.len();
    let length = text[start..].find(to)?;
    Some(&text[start..start + length])
}

/// One line of bounded length, without control characters and byte order marks.
pub fn bounded(text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_control() || c == '\u{feff}' { ' ' } else { c }).collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
