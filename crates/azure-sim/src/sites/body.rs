//! The settings in the body of a PUT: always the whole set. It must not know which set it is.

use crate::http::{Answer, Request, site_error};
use serde_json::{Map, Value};

/// App Service's code for a parameter that it cannot use.
pub const BAD_VALUE: &str = "51021";

/// The `properties` of the body, or what App Service says without.
pub fn properties(request: &Request) -> Result<Map<String, Value>, Answer> {
    match request.json().map(|mut body| body["properties"].take()) {
        Some(Value::Object(properties)) => Ok(properties),
        _ => Err(bad_value("The parameter properties has an invalid value.")),
    }
}

/// A 400 in App Service's shape.
pub fn bad_value(message: &str) -> Answer {
    site_error(400, BAD_VALUE, message)
}

/// Refuses a name that App Service does not take.
pub fn check_name(name: &str) -> Result<(), Answer> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-:".contains(c);
    if !name.is_empty() && name.chars().all(allowed) {
        return Ok(());
    }
    Err(bad_value(&format!("The name '{name}' is not allowed.")))
}
