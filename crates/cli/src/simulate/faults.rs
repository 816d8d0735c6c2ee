//! Faults from the words of a command line. The simulator's own type says what is right.

use serde_json::{Map, Value, json};
use windlass_azure_sim::Fault;

/// A fault as a user names it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// Its parameters with values that work.
    pub params: &'static str,
    /// What goes wrong.
    pub summary: &'static str,
}

/// Every fault, in the order of a list.
pub const KNOWN: [Known; 14] = [
    Known {
        name: "delay",
        params: "ms=500 when=before",
        summary: "the work (before) or the answer (after) takes longer",
    },
    Known {
        name: "lost_reply",
        params: "",
        summary: "the work is done, and the connection breaks",
    },
    Known {
        name: "lost_request",
        params: "",
        summary: "the connection breaks, and nothing was done",
    },
    Known { name: "duplicate", params: "", summary: "the same request arrives twice" },
    Known {
        name: "throttle",
        params: "retry_after=5",
        summary: "429 with Retry-After; nothing was done",
    },
    Known {
        name: "slow_down",
        params: "retry_after=5 ms=0",
        summary: "a good answer that asks for patience",
    },
    Known {
        name: "gateway_timeout",
        params: "applied=true after_seconds=30 lock_seconds=0",
        summary: "504; the work is done all the same, or not",
    },
    Known { name: "html500", params: "applied=false", summary: "a web page with status 500" },
    Known {
        name: "failed_operation",
        params: "code=InternalServerError message=failed",
        summary: "the long operation that the request begins fails",
    },
    Known {
        name: "stale_revision",
        params: "",
        summary: "somebody else changed the thing just before",
    },
    Known {
        name: "somebody_else",
        params: r#"does={"change":"delete_database","server":"sql-qa","name":"x"} when=before"#,
        summary: "somebody else changes something just before, or after",
    },
    Known {
        name: "slow_copy",
        params: "factor=10",
        summary: "the copy, or the deployment, that the request begins takes longer",
    },
    Known {
        name: "lagging_etag",
        params: "",
        summary: "an app is shown with its stamp of before the last change",
    },
    Known {
        name: "kill_client",
        params: "pid=12345 when=after",
        summary: "a process is killed with SIGKILL",
    },
];

/// A fault as the command line gives it.
#[derive(Clone, Debug, Default)]
pub struct Words<'a> {
    /// Its name.
    pub name: &'a str,
    /// `METHOD`, `/part/of/path`, or both with a blank between.
    pub matches: Option<&'a str>,
    /// From which fitting request on.
    pub nth: u64,
    /// For how many; 0 is all.
    pub count: u64,
    /// Its parameters, `KEY=VALUE`.
    pub params: &'a [String],
}

/// Reads a fault. The error is a sentence that ends in what to write.
pub fn read(words: &Words) -> Result<Fault, String> {
    let Some(known) = KNOWN.iter().find(|known| known.name == words.name) else {
        let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
        let near = windlass_spec::nearest::nearest(words.name, names.iter().copied());
        let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        return Err(format!(
            "there is no fault `{}`; {near}the faults are {}",
            words.name,
            names.join(", ")
        ));
    };
    let mut fault = Map::new();
    fault.insert("fault".to_owned(), json!(words.name));
    fault.insert("nth".to_owned(), json!(words.nth));
    fault.insert("count".to_owned(), json!(words.count));
    fault.insert("match".to_owned(), matcher(words.matches)?);
    for pair in words.params {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| format!("`{pair}` is no parameter: write KEY=VALUE"))?;
        let takes = known.params.split(' ').any(|param| param.split('=').next() == Some(key));
        if !takes {
            return Err(format!(
                "the fault `{}` takes no `{key}`: {}",
                known.name,
                takes_words(known)
            ));
        }
        fault.insert(key.to_owned(), typed(value));
    }
    serde_json::from_value(Value::Object(fault)).map_err(|error| {
        format!("`{}` is not complete ({error}): {}", known.name, takes_words(known))
    })
}

fn takes_words(known: &Known) -> String {
    match known.params {
        "" => "it takes no parameters".to_owned(),
        params => {
            format!("it takes, for example, `--param {}`", params.replace(' ', "` and `--param "))
        }
    }
}

fn matcher(text: Option<&str>) -> Result<Value, String> {
    let mut matcher = Map::new();
    for word in text.unwrap_or_default().split_whitespace() {
        let key = if word.starts_with('/') { "path" } else { "method" };
        if key == "method" && !word.chars().all(|c| c.is_ascii_alphabetic()) {
            return Err(format!(
                "`{word}` is neither a method nor a path: a part of a path begins with `/`"
            ));
        }
        if matcher.insert(key.to_owned(), json!(word)).is_some() {
            return Err(format!(
                "`{word}` is one {key} too many: write for example `PUT /databases/`"
            ));
        }
    }
    Ok(Value::Object(matcher))
}

/// A number, a truth value or an object where it reads as one, else a text.
fn typed(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))) => value,
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_azure_sim::FaultKind;

    #[test]
    fn every_fault_reads_with_the_parameters_that_its_line_shows() {
        for known in KNOWN {
            let params: Vec<String> =
                known.params.split(' ').filter(|p| !p.is_empty()).map(str::to_owned).collect();
            let words =
                Words { name: known.name, nth: 1, count: 1, params: &params, matches: None };
            let fault = read(&words).unwrap();
            let told = serde_json::to_value(&fault).unwrap();
            assert_eq!(told["fault"], known.name);
            for param in &params {
                let key = param.split('=').next().unwrap();
                assert!(told.get(key).is_some(), "{} has no {key}: {told}", known.name);
            }
        }
    }

    #[test]
    fn a_match_is_a_method_and_a_part_of_a_path() {
        let words = Words {
            name: "throttle",
            matches: Some("PUT /databases/"),
            nth: 2,
            count: 0,
            params: &["retry_after=7".to_owned()],
        };
        let fault = read(&words).unwrap();
        assert_eq!(fault.kind, FaultKind::Throttle { retry_after: 7 });
        assert!(
            fault.matcher.fits("PUT", "/x/databases/y")
                && !fault.matcher.fits("GET", "/x/databases/y")
        );
        assert_eq!((fault.nth, fault.count), (2, 0));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_write() {
        let said = |name, matches, params: &[&str]| {
            let params: Vec<String> = params.iter().map(|p| (*p).to_owned()).collect();
            read(&Words { name, matches, nth: 1, count: 1, params: &params }).unwrap_err()
        };
        assert!(said("lost_replies", None, &[]).contains("did you mean `lost_reply`?"));
        assert!(said("throttle", None, &[]).contains("--param retry_after=5"));
        assert!(said("throttle", None, &["retry=5"]).contains("takes no `retry`"));
        assert!(said("lost_reply", Some("databases/"), &[]).contains("begins with `/`"));
        assert!(said("lost_reply", None, &["x"]).contains("KEY=VALUE"));
    }
}
