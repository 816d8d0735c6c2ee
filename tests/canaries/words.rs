//! The canaries: secrets that stand nowhere else, and what they look like under way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// One secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Canary {
    /// The name that the environment file gives it.
    pub name: &'static str,
    /// The secret.
    pub word: &'static str,
    /// Where windlass finds it.
    pub from: From,
}

/// Where windlass finds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum From {
    /// In a variable of its environment.
    Variable(&'static str),
    /// In a file.
    File,
    /// Printed by a command.
    Command,
}

const fn canary(name: &'static str, word: &'static str, from: From) -> Canary {
    Canary { name, word, from }
}

/// Opens the git remote.
pub const PAT: Canary = canary("pat", "CANARY-pat-q7Zr2LmX9", From::Variable("DEVOPS_PAT"));

/// Opens the database.
pub const DATABASE: Canary = canary("database", "CANARY-database-k4Wt8", From::File);

/// A password that the database does not take.
pub const WRONG: Canary = canary("wrong", "CANARY-wrong-p3Hd6", From::File);

/// The path of the webhook's address.
pub const HOOK: Canary = canary("hook", "CANARY-hook-b9Vn5Cs1", From::Command);

/// Signs what the webhook gets.
pub const SIGNING: Canary = canary("signing", "CANARY-signing-u2Jf7", From::File);

/// Signs in to the mail server.
pub const MAIL: Canary = canary("mail", "CANARY-mail-x6Gy3Pa8", From::Variable("MAIL_PASSWORD"));

/// A header of a request.
pub const HEADER: Canary = canary("header", "CANARY-header-e5Tk1", From::Variable("API_KEY"));

/// A variable of a script.
pub const SCRIPT: Canary = canary("script", "CANARY-script-n8Db4Rw", From::File);

/// A plug-in's.
pub const PLUGIN: Canary = canary("plugin", "CANARY-plugin-z1Mq6Hc", From::Command);

/// All of them.
pub const ALL: [Canary; 9] = [PAT, DATABASE, WRONG, HOOK, SIGNING, MAIL, HEADER, SCRIPT, PLUGIN];

impl Canary {
    /// As it stands in texts: as it is, and in base64 whatever stands before and behind it.
    pub fn forms(self) -> Vec<String> {
        let encoded = (0..3).map(|before| {
            let bytes = [vec![0; before], self.word.as_bytes().to_vec()].concat();
            let whole = bytes.len() * 8 / 6;
            STANDARD_NO_PAD.encode(bytes)[if before == 0 { 0 } else { before + 1 }..whole]
                .to_owned()
        });
        encoded.chain([self.word.to_owned()]).collect()
    }
}

/// The canaries that a text sings.
pub fn sung(text: &str) -> Vec<Canary> {
    let sings = |canary: &Canary| canary.forms().iter().any(|form| text.contains(form));
    ALL.into_iter().filter(sings).collect()
}

#[test]
fn a_canary_is_heard_in_clear_and_in_base64() {
    let encoded = STANDARD_NO_PAD.encode(format!("windlass:{}\r\n", PAT.word));
    assert_eq!(sung(&encoded), [PAT]);
    assert_eq!(sung(&format!("{} and {}", HOOK.word, MAIL.word)), [HOOK, MAIL]);
    assert_eq!(sung("CANARY"), []);
}
