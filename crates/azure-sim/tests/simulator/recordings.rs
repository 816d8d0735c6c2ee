//! The simulator beside real exchanges: each recording of an operation that is simulated is sent
//! again, at the recorded intervals, and the answers must have the recorded shape. The recordings
//! are not in this repository: without them the facts in `facts.rs` are checked alone.

use crate::cloud::{Cloud, json};
use crate::shapes::differences;
use serde_json::Value;
use std::path::PathBuf;
use windlass_azure_sim::http::{Answer, Request};
use windlass_azure_sim::{Config, WorldSeed};

/// The headers that carry meaning: both have them, or neither.
const HEADERS: [&str; 6] = [
    "etag",
    "azure-asyncoperation",
    "location",
    "x-ms-failure-cause",
    "retry-after",
    "www-authenticate",
];

/// One recording and how its names are ours.
pub struct Script {
    pub file: &'static str,
    pub names: &'static [(&'static str, &'static str)],
    /// The exchanges to send again, by their place in the file.
    pub exchanges: &'static [usize],
}

/// Where the recordings are, if they are here.
#[expect(clippy::disallowed_methods, reason = "a test may be told where the recordings are")]
fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("WINDLASS_SHARED").map_or(beside, PathBuf::from);
    let folder = shared.join("azure/specs/recorded");
    folder.is_dir().then_some(folder)
}

/// The exchanges of a recording, with our names; nothing if there are no recordings here.
pub fn read(script: &Script) -> Option<Vec<Value>> {
    let Some(folder) = folder() else {
        println!("skipped: no recordings here, so {} is not sent again", script.file);
        return None;
    };
    let text = std::fs::read_to_string(folder.join(format!("{}.json", script.file))).unwrap();
    let mut text = text
        .replace("00000000-0000-0000-0000-000000000000", "a1b2c3d4-0000-4000-8000-000000000002");
    for (theirs, ours) in script.names {
        text = text.replace(theirs, ours);
    }
    let read: Value = serde_json::from_str(&text).unwrap();
    let all = read["exchanges"].as_array().unwrap();
    Some(script.exchanges.iter().map(|index| all[*index].clone()).collect())
}

/// The world that the recordings expect: nothing is set yet, and a copy takes what it took.
pub fn recorded_world() -> Cloud {
    let mut seed = WorldSeed::hotfix();
    for site in &mut seed.sites {
        site.connection_strings.clear();
        site.app_settings = [("WEBSITE_NODE_DEFAULT_VERSION".into(), "~14".into())].into();
        site.sticky_connection_strings = None;
        site.sticky_app_settings = None;
    }
    for database in &mut seed.servers[0].databases {
        database.copy_s = None;
        database.hours_ago = 0;
    }
    Cloud::with(Config { seed, ..Config::default() })
}

fn seconds(date: &Value) -> Option<i64> {
    let date = date.as_str()?;
    let parsed = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", date).ok()?;
    let at = parsed.to_datetime().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(at.timestamp().as_second())
}

/// Sends exchanges again and returns the answers. Poll URLs are those that the simulator gave.
pub fn replay(cloud: &mut Cloud, exchanges: &[Value]) -> Vec<Answer> {
    let mut clock = None;
    let (mut asynchronous, mut location) = (String::new(), String::new());
    let mut answers = Vec::new();
    for exchange in exchanges {
        let dates = exchange["repeated"].as_array().into_iter().flatten().map(|one| &one["date"]);
        for date in std::iter::once(&exchange["response"]["headers"]["date"]).chain(dates) {
            let at = seconds(date);
            if let (Some(from), Some(to)) = (clock, at) {
                cloud.wait((to - from) as f64);
            }
            clock = at.or(clock);
            let url = exchange["request"]["url"].as_str().unwrap();
            let answer = if url.contains("databaseAzureAsyncOperation") {
                cloud.follow(&asynchronous)
            } else if url.contains("databaseOperationResults") || url.contains("/operationresults/")
            {
                cloud.follow(&location)
            } else {
                cloud.send(&request(exchange))
            };
            if let Some(url) = answer.header("azure-asyncoperation") {
                asynchronous = url.to_owned();
            }
            if let Some(url) = answer.header("location") {
                location = url.to_owned();
            }
            compare(exchange, &answer);
            answers.push(answer);
        }
    }
    answers
}

/// A recorded request, sent with our credentials to our host.
pub fn request(exchange: &Value) -> Request {
    let url = exchange["request"]["url"].as_str().unwrap();
    let target = url.splitn(4, '/').nth(3).unwrap();
    let mut request =
        Request::new(exchange["request"]["method"].as_str().unwrap(), &format!("/{target}"))
            .with_header("host", "127.0.0.1:7");
    for (name, value) in exchange["request"]["headers"].as_object().unwrap() {
        request = request.with_header(name, value.as_str().unwrap());
    }
    if exchange["response"]["status"] != 401 {
        request = request.with_header("authorization", "Bearer rehearsal-token");
    }
    match &exchange["request"]["body"] {
        Value::Null => request,
        body => request.with_json(body),
    }
}

/// Status, headers that carry meaning, and keys with their types.
pub fn compare(exchange: &Value, answer: &Answer) {
    let (request, response) = (&exchange["request"], &exchange["response"]);
    let what = format!("{} {}", request["method"], request["url"]);
    assert_eq!(response["status"], answer.status, "{what}");
    for header in HEADERS {
        let theirs = response["headers"].get(header).is_some();
        assert_eq!(theirs, answer.header(header).is_some(), "{header} of {what}");
    }
    let theirs = response["headers"].get("content-length").map(|length| length != "0");
    if theirs == Some(false) {
        assert_eq!(answer.as_json(), None, "body of {what}");
        return;
    }
    // A site, its web configuration and a build have hundreds of keys that nobody here reads.
    let url = request["url"].as_str().unwrap();
    let wide = ["/config/web", "_apis/build", "/sites/"].iter().any(|part| url.contains(part));
    let config = url.contains("/config/") && !url.contains("/config/web");
    let whole = config || !wide || answer.status >= 400;
    let mut found = differences(&json(answer), &response["body"], whole);
    // The recorded build was queued by hand and had not started.
    found.retain(|one| !one.starts_with(".triggerInfo.") && !one.starts_with(".startTime "));
    assert!(found.is_empty(), "{what}: {found:#?}");
}

/// For each stamp of a conversation, which earlier one it equals: what moves it and what does not.
pub fn stamps<'a>(all: impl Iterator<Item = Option<&'a str>>) -> Vec<usize> {
    let mut seen: Vec<&str> = Vec::new();
    all.flatten()
        .map(|stamp| {
            seen.iter().position(|known| *known == stamp).unwrap_or_else(|| {
                seen.push(stamp);
                seen.len() - 1
            })
        })
        .collect()
}
