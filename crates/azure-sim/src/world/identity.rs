//! Who may come in: credentials, and the tokens given for them. It knows nothing of requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A bearer token that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The token itself.
    pub text: String,
    /// The resource it is good for.
    pub audience: String,
    /// When it runs out, in simulated time.
    pub expires: Timestamp,
}

/// The credentials that the simulated tenant knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// The application's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// A token that is good for everything and never runs out.
    pub static_token: String,
    /// A token of a Reader: it may look, but neither write nor list settings.
    pub reader_token: String,
    /// A personal access token for Azure DevOps.
    pub pat: String,
    /// The tokens issued and not yet run out.
    pub tokens: Vec<Token>,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            client_id: "rehearsal-client".into(),
            client_secret: "rehearsal-secret".into(),
            static_token: "rehearsal-token".into(),
            reader_token: "rehearsal-reader".into(),
            pat: "rehearsal-pat".into(),
            tokens: Vec::new(),
        }
    }
}
