//! `notify.email`: a mail to people.

use super::chat::spec_of;
use super::smtp::{SmtpSettings, Tls};
use super::telling::{Telling, Untold};
use crate::redact::Redactor;
use crate::schema;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls as Encryption, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::Deserialize;
use std::time::Duration;
use windlass_model::{ActionSpec, RequestId};
use windlass_ports::Context;

/// The action's kind.
pub const KIND: &str = "notify.email";

/// Real time for one answer of the server.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// The action.
pub struct Email {
    /// The server.
    pub settings: SmtpSettings,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Who is told.
    pub to: Vec<String>,
    /// What stands above it.
    pub subject: String,
    /// What is said.
    pub text: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let input = schema::object(
        [
            ("to", schema::list(schema::text("an address"), "who is told")),
            ("subject", schema::text("what stands above it")),
            ("text", schema::text("what is said")),
        ],
        &["to", "subject", "text"],
    );
    let example = format!(
        "- id: tell\n  uses: {KIND}\n  with: {{ to: [team@example.com], subject: \"Live\", text: \
         \"${{{{ inputs.version }}}} is live\" }}\n"
    );
    let summary = "Sends a mail by the server of the section `smtp`. All tries have one \
                   Message-ID. It never fails the run.";
    spec_of(KIND, summary, input, &example)
}

fn refused(error: impl std::fmt::Display) -> Untold {
    Untold::Refused(error.to_string())
}

impl Email {
    fn message(&self, input: &Input, id: RequestId) -> Result<Message, Untold> {
        let from: Mailbox = self
            .settings
            .from
            .parse()
            .map_err(|error| Untold::Refused(format!("`smtp.from` is no address: {error}")))?;
        let id = format!("<{id}@{}>", from.email.domain());
        let mut builder = Message::builder().from(from).subject(&input.subject);
        builder = builder.message_id(Some(id)).header(ContentType::TEXT_PLAIN);
        for to in &input.to {
            let to: Mailbox = to
                .parse()
                .map_err(|error| Untold::Refused(format!("`{to}` is no address: {error}")))?;
            builder = builder.to(to);
        }
        builder.body(input.text.clone()).map_err(refused)
    }

    fn encryption(&self) -> Result<Encryption, Untold> {
        if self.settings.tls == Tls::Off {
            return Ok(Encryption::None);
        }
        let mut parameters = TlsParameters::builder(self.settings.host.clone());
        if let Some(path) = &self.settings.ca_file {
            let pem = std::fs::read(path)
                .map_err(|error| Untold::Refused(format!("{path} cannot be read: {error}")))?;
            let certificate = Certificate::from_pem(&pem).map_err(refused)?;
            parameters = parameters.add_root_certificate(certificate);
        }
        let parameters = parameters.build_rustls().map_err(refused)?;
        Ok(match self.settings.tls {
            Tls::Implicit => Encryption::Wrapper(parameters),
            Tls::Starttls | Tls::Off => Encryption::Required(parameters),
        })
    }
}

impl Telling for Email {
    type Input = Input;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let bad = input.to.iter().filter(|to| to.parse::<Mailbox>().is_err());
        let mut wrong: Vec<String> = bad.map(|to| format!("`{to}` is no address")).collect();
        if input.to.is_empty() {
            wrong.push("`to` is empty".to_owned());
        }
        wrong
    }

    async fn send(&self, ctx: &Context, input: &Input, id: RequestId) -> Result<(), Untold> {
        let message = self.message(input, id)?;
        let settings = &self.settings;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port())
            .tls(self.encryption()?)
            .timeout(Some(ANSWER_TIMEOUT));
        let mut redactor = Redactor::default();
        if let (Some(user), Some(name)) = (&settings.user, &settings.password) {
            let password = crate::secret_ref::resolve(name, ctx.secrets.as_ref()).await;
            let password = password.map_err(|_| {
                Untold::Refused(format!("the secret `{name}`, which signs in, cannot be read"))
            })?;
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            builder = builder.credentials(credentials);
            redactor = Redactor::new(&[password]);
        }
        let Err(error) = builder.build().send(message).await else { return Ok(()) };
        // A server's answer can repeat what it was given.
        let why = redactor.clean(&error.to_string());
        Err(match error {
            error if error.is_permanent() => Untold::Refused(why),
            error if error.is_transient() => Untold::Away(why),
            error if error.is_timeout() => Untold::Unclear(why),
            _ => Untold::Away(why),
        })
    }
}
