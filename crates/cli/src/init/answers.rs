//! The five questions of `init`: what each takes, and how it is asked. It must not know what
//! becomes of the answers.

use crate::command_error::{CommandError, Outcome};
use crate::follow::stdin_lines;
use crate::talk;
use windlass_spec::flow::local_time::is_zone;

/// Wrong answers to one question before it is given up: whoever types that many means something
/// else.
const TRIES_MAX: usize = 5;

/// What the workflow works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Works {
    /// Scripts on this machine
    Scripts,
    /// An app of Azure
    Azure,
}

/// All answers.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The workflow's name.
    pub name: String,
    /// What it works with.
    pub works: Works,
    /// The environment's name.
    pub environment: String,
    /// The zone of its clock.
    pub zone: String,
    /// Who may say go.
    pub approver: String,
}

/// Answers that were given beforehand, and whether the rest takes its default.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Given {
    /// What the workflow is called
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What it works with
    #[arg(long, value_enum, value_name = "WHAT")]
    with: Option<Works>,
    /// What the environment is called that it runs in first
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The IANA zone of its clock, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Who may say go
    #[arg(long, value_name = "PERSON")]
    approver: Option<String>,
    /// Asks nothing: what is not given takes its default
    #[arg(long)]
    yes: bool,
}

/// A question: its words, its default, and what is wrong with an answer.
struct Question<'a> {
    words: &'a str,
    flag: &'a str,
    default: &'a str,
    wrong: fn(&str) -> Option<&'static str>,
}

impl Given {
    /// All answers: those given, and the others from whoever sits at the terminal.
    pub async fn complete(&self, user: &str) -> Outcome<Answers> {
        let name = Question {
            words: "What is the workflow called?",
            flag: "--name",
            default: "release",
            wrong: not_a_name,
        };
        let works = Question {
            words: "What does it work with, `scripts` or `azure`?",
            flag: "--with",
            default: "scripts",
            wrong: not_a_kind,
        };
        let environment = Question {
            words: "What is its first environment called?",
            flag: "--environment",
            default: "rehearsal",
            wrong: not_a_name,
        };
        let zone = Question {
            words: "In which time zone is it, such as Europe/Berlin?",
            flag: "--zone",
            default: "UTC",
            wrong: not_a_zone,
        };
        let approver =
            Question { words: "Who may say go?", flag: "--approver", default: user, wrong: nobody };
        let with = self.with.map(|works| match works {
            Works::Scripts => "scripts".to_owned(),
            Works::Azure => "azure".to_owned(),
        });
        Ok(Answers {
            name: self.answer(&name, self.name.clone()).await?,
            works: match self.answer(&works, with).await?.as_str() {
                "azure" => Works::Azure,
                _ => Works::Scripts,
            },
            environment: self.answer(&environment, self.environment.clone()).await?,
            zone: self.answer(&zone, self.zone.clone()).await?,
            approver: self.answer(&approver, self.approver.clone()).await?,
        })
    }

    async fn answer(&self, question: &Question<'_>, given: Option<String>) -> Outcome<String> {
        let Question { words, flag, default, wrong } = question;
        if let Some(given) = given {
            return match wrong(&given) {
                None => Ok(given),
                Some(why) => Err(CommandError::usage(format!("`{flag} {given}`: {why}"))),
            };
        }
        if self.yes {
            return Ok((*default).to_owned());
        }
        if !talk::can_ask() {
            let message = format!("nobody can be asked here: {words}");
            return Err(CommandError::usage(message)
                .hint(format!("add {flag}, or --yes, which takes `{default}`")));
        }
        for _ in 0..TRIES_MAX {
            talk::ask(&format!("{words} [{default}] "));
            let Some(line) = stdin_lines::next().await else { break };
            let answer = if line.trim().is_empty() { default } else { line.trim() };
            match wrong(answer) {
                None => return Ok(answer.to_owned()),
                Some(why) => talk::say(&format!("  {why}")),
            }
        }
        Err(CommandError::usage(format!("no answer to: {words}")).hint(format!("add {flag}")))
    }
}

fn not_a_name(text: &str) -> Option<&'static str> {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let good = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(inside)
        && text.len() <= 64;
    (!good).then_some("a name has lower case letters, digits and `_`, and begins with a letter")
}

fn not_a_kind(text: &str) -> Option<&'static str> {
    (!matches!(text, "scripts" | "azure")).then_some("answer `scripts` or `azure`")
}

fn not_a_zone(text: &str) -> Option<&'static str> {
    (!is_zone(text)).then_some("that is no zone; write one such as Europe/Berlin or UTC")
}

fn nobody(text: &str) -> Option<&'static str> {
    (text.trim().is_empty()).then_some("somebody must be named")
}
