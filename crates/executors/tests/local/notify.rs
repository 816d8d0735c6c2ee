//! Messages: to receivers of this machine, which take, refuse, are away or never answer.

use crate::support::bench::Bench;
use crate::support::context::Known;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use windlass_executors::change::key::key;
use windlass_executors::notify::signature::sign;
use windlass_ports::{Probed, Secret};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "CANARY-key";

async fn receiver(status: u16) -> (MockServer, Bench) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
    let address = format!("{}/CANARY-address", server.uri());
    let bench = Bench::new(Known::of(&[
        ("channel", &address),
        ("away", "http://127.0.0.1:1/CANARY-address"),
        ("clear", "http://example.com/CANARY-address"),
        ("key", KEY),
    ]));
    (server, bench)
}

async fn bodies(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

fn sent() -> Value {
    json!({"sent": true, "why": null})
}

#[tokio::test]
async fn a_message_reaches_a_channel_of_each_chat() {
    let (server, bench) = receiver(200).await;
    let input = json!({"webhook": "channel", "title": "Release", "text": "1.1 is live"});
    assert_eq!(bench.done("notify.slack", input.clone()).await, sent());
    let input = json!({"webhook": {"$secret": "channel"}, "text": "1.1 is live"});
    let step = bench.step("notify.teams", input).await.unwrap();
    std::fs::remove_dir_all(bench.path("state/notify")).unwrap();
    assert_eq!(step.done().await, sent());
    let bodies = bodies(&server).await;
    assert_eq!(bodies[0], json!({"text": "*Release*\n1.1 is live"}));
    let card = &bodies[1]["attachments"][0]["content"];
    assert_eq!(card["body"][0]["text"], "1.1 is live");
}

#[tokio::test]
async fn a_program_gets_a_signed_message_with_one_id_for_all_tries() {
    let (server, bench) = receiver(503).await;
    let input = json!({
        "webhook": "channel", "signing_key": "key", "text": "live", "data": {"version": "1.1"},
    });
    let step = bench.step("notify.webhook", input).await.unwrap();
    assert_eq!(step.done().await["sent"], false);
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2);
    let header = |index: usize, name: &str| {
        requests[index].headers.get(name).unwrap().to_str().unwrap().to_owned()
    };
    let id = key(&bench.parts.context(), &step.attempt).to_string();
    for index in [0, 1] {
        let body = String::from_utf8(requests[index].body.clone()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["data"]["version"], "1.1");
        assert_eq!(header(index, "webhook-id"), id);
        let seconds = header(index, "webhook-timestamp").parse().unwrap();
        let signed = sign(&Secret::new(KEY), &id, seconds, &body).unwrap();
        assert_eq!(header(index, "webhook-signature"), signed);
    }
}

#[tokio::test]
async fn it_is_sent_once_and_again_only_where_it_is_not_known_to_be_sent() {
    let (server, bench) = receiver(200).await;
    let step = bench.step("notify.slack", json!({"webhook": "channel", "text": "x"})).await;
    let step = step.unwrap();
    assert_eq!(step.probe().await, Probed::Absent);
    step.done().await;
    assert_eq!(step.probe().await, Probed::Done(sent()));
    assert_eq!(step.done().await, sent());
    assert_eq!(bodies(&server).await.len(), 1);
    // As a crash leaves it between the answer and the note.
    std::fs::remove_dir_all(bench.path("state/notify")).unwrap();
    assert_eq!(step.probe().await, Probed::Absent);
    step.done().await;
    assert_eq!(bodies(&server).await.len(), 2);
}

#[tokio::test]
async fn nothing_that_goes_wrong_fails_the_run_or_tells_the_address() {
    let (_server, bench) = receiver(404).await;
    let cases = [
        ("channel", "the receiver answers 404"),
        ("away", "failed to reach 127.0.0.1"),
        ("clear", "is not https"),
        ("unknown", "cannot be read"),
    ];
    for (webhook, says) in cases {
        let input = json!({"webhook": webhook, "text": "x"});
        let output = bench.done("notify.slack", input).await;
        let why = output["why"].as_str().unwrap();
        assert!(output["sent"] == false && why.contains(says), "{output}");
        assert!(!why.contains("CANARY"), "{why}");
    }
    let lines = bench.parts.printed.lines().join("\n");
    assert!(lines.contains("nobody was told") && !lines.contains("CANARY"), "{lines}");
}

/// Takes one mail as a server of this machine does, or refuses it; gives all that was said to it.
fn take_mail(listener: &TcpListener, takes: bool) -> Vec<String> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut said = Vec::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    stream.write_all(b"220 here\r\n").unwrap();
    while let Some(Ok(line)) = lines.next() {
        said.push(line.clone());
        let answer = match line.split(' ').next().unwrap() {
            "EHLO" => "250-here\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
            "AUTH" => "235 welcome\r\n",
            "RCPT" if !takes => "550 nobody of that name\r\n",
            "DATA" => {
                stream.write_all(b"354 go on\r\n").unwrap();
                said.extend(lines.by_ref().map(Result::unwrap).take_while(|line| line != "."));
                "250 taken\r\n"
            }
            "QUIT" => break,
            _ => "250 well\r\n",
        };
        stream.write_all(answer.as_bytes()).unwrap();
    }
    said
}

async fn mail(takes: bool) -> (Vec<String>, Value, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut bench = Bench::new(Known::of(&[("password", "CANARY-mail")]));
    let section = json!({
        "host": "127.0.0.1", "port": listener.local_addr().unwrap().port(), "tls": "off",
        "from": "Releases <releases@example.com>", "user": "releases", "password": "password",
    });
    bench.environment.providers.insert("smtp".to_owned(), section);
    let server = std::thread::spawn(move || take_mail(&listener, takes));
    let input = json!({"to": ["ann@example.com"], "subject": "Live", "text": "1.1 is live"});
    let step = bench.step("notify.email", input).await.unwrap();
    let output = step.done().await;
    let id = key(&bench.parts.context(), &step.attempt).to_string();
    drop(step);
    drop(bench);
    (server.join().unwrap(), output, id)
}

#[tokio::test]
async fn a_mail_is_taken_by_a_server_with_an_id_of_its_own() {
    let (said, output, id) = mail(true).await;
    assert_eq!(output, sent());
    let credentials = STANDARD.encode("\0releases\0CANARY-mail");
    let all = said.join("\n");
    for part in [
        &format!("AUTH PLAIN {credentials}"),
        "MAIL FROM:<releases@example.com>",
        "RCPT TO:<ann@example.com>",
        "Subject: Live",
        &format!("Message-ID: <{id}@example.com>"),
        "1.1 is live",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_is_told_and_fails_nothing() {
    let (_, output, _) = mail(false).await;
    assert_eq!(output["sent"], false);
    assert!(output["why"].as_str().unwrap().contains("nobody of that name"), "{output}");
}

#[tokio::test]
async fn mail_in_clear_leaves_this_machine_never() {
    let mut bench = Bench::new(Known::of(&[]));
    let section = json!({"host": "mail.example.com", "tls": "off", "from": "a@example.com"});
    bench.environment.providers.insert("smtp".to_owned(), section);
    let Err(error) = windlass_executors::registry(&bench.environment, bench.deps()) else {
        panic!("it was taken")
    };
    assert!(error.to_string().contains("for a server on this machine"), "{error}");
}
