//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::chat::{Chat, Post};
use super::email::{self, Email};
use super::smtp::SmtpSettings;
use super::telling::telling;
use super::webhook::{self, Webhook};
use crate::http::HttpClient;
use std::path::Path;
use windlass_model::ActionSpec;
use windlass_ports::Registry;

/// The chats.
const CHATS: [Chat; 2] = [Chat::Slack, Chat::Teams];

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    let chats = CHATS.map(Chat::spec);
    chats.into_iter().chain([webhook::spec(), email::spec()]).collect()
}

/// Adds the actions that need nothing but an address.
pub fn add(registry: &mut Registry, http: &HttpClient, state: &Path) {
    for chat in CHATS {
        let post = Post { chat, http: http.clone(), spec: chat.spec() };
        registry.add_action(telling(post, state));
    }
    let webhook = Webhook { http: http.clone(), spec: webhook::spec() };
    registry.add_action(telling(webhook, state));
}

/// Adds mail.
pub fn add_email(registry: &mut Registry, settings: SmtpSettings, state: &Path) {
    registry.add_action(telling(Email { settings, spec: email::spec() }, state));
}
