//! Requests and answers as values, and the shapes of errors. It knows nothing of sockets.

mod request;
mod answer;
mod errors;

pub use answer::{Answer, Body};
pub use errors::{
    arm_error, arm_gateway_error, blob_error, devops_error, html_error, oauth_error, site_error,
};
pub use request::Request;
