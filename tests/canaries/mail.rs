//! A mail server of this machine, which wants a password and, when it refuses one, repeats it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The server.
pub struct MailServer {
    /// Its port.
    pub port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    /// One that takes the first mail and refuses whoever signs in after that.
    pub fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                drop(converse(&stream, number == 0, &hears));
            }
        });
        Self { port, heard }
    }

    /// All that was said to it.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }
}

fn converse(
    mut stream: &TcpStream,
    takes: bool,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    stream.write_all(b"220 here\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        heard.lock().unwrap().push(line.clone());
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-here\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n".to_owned(),
            "AUTH" if takes => "235 welcome\r\n".to_owned(),
            "AUTH" => format!("535 not with {line}\r\n"),
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").for_each(drop);
                "250 taken\r\n".to_owned()
            }
            _ => "250 well\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes())?;
    }
    Ok(())
}
