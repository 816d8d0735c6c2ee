//! Words of messages: how expected types are called, what foreign keys and values should have been.

use crate::keys::DURATION_PATTERN;
use crate::keys::scalars::{ABSOLUTE_PATTERN, NAME_PATTERN};
use serde_json::Value;

/// A JSON Schema type as messages name it.
pub fn type_words(ty: &str) -> &'static str {
    match ty {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a map",
        "null" => "nothing",
        _ => "a value",
    }
}

/// What a pattern asks for, in words.
pub fn pattern_words(pattern: &str) -> String {
    match pattern {
        DURATION_PATTERN => {
            "a span of time with its unit, such as `30s`, `5m`, `2h` or `3d`".to_owned()
        }
        NAME_PATTERN => {
            "lower case letters, digits and `_`, at most 64, the first a letter".to_owned()
        }
        ABSOLUTE_PATTERN => "an absolute path, one that begins with `/`".to_owned(),
        other => format!("a text that matches `{other}`"),
    }
}

/// What a key of a neighbour's format is called here.
pub fn foreign_key(key: &str) -> Option<&'static str> {
    Some(match key {
        "dependsOn" | "depends_on" => "write `needs: [step, …]`",
        "condition" => "write `if: …`, an expression without `${{ }}`",
        "displayName" | "display_name" => "write `name: …`",
        "timeoutInMinutes" | "timeout-minutes" | "timeout_minutes" => {
            "write `timeout: 30m`, a number with its unit"
        }
        "retryCountOnTaskFailure" => "write `retry: { max_attempts: 3 }`",
        "task" | "action" | "template" => "write `uses: KIND`; `windlass actions` lists the kinds",
        "approve" | "input" | "wait" | "assert" | "fail" | "log" | "set" | "http" | "shell" => {
            "write `uses: KIND`, and what it is given as a map `with:`; `windlass actions KIND` \
                shows one"
        }
        "jobs" | "stages" | "job" | "stage" => {
            "write `steps:`; a step needs the one before it, and `needs: []` starts one at once"
        }
        "inputs" | "parameters" | "args" => "write `with:`, a map of the action's inputs",
        "script" | "bash" | "pwsh" | "powershell" | "command" => {
            "write `run: |` and the script below it"
        }
        "variables" | "vars" => "write `inputs:` here, or `values:` in the environment file",
        "continueOnError" | "continue-on-error" => {
            "a failed step stops the run; write `if:` on the steps after it, or `on_failure: \
                rollback`"
        }
        "working-directory" | "workingDirectory" | "working_directory" | "cwd" => "write `dir: …`",
        "strategy" | "matrix" | "foreach" | "forEach" | "for-each" => "write `for_each: [a, b]`",
        "on" | "true" | "trigger" | "triggers" | "schedule" => {
            "a run is started with `windlass start`; there are no triggers in the file"
        }
        "enabled" => "write `if: false`, or remove the step",
        "maxParallel" | "max-parallel" => "write `max_parallel: 2`",
        "pool" | "runs-on" | "container" => "remove it: a step runs where windlass runs",
        "concurrency" => "write `environment: NAME` on top: an exclusive lock",
        "<<" => {
            "write the keys out: merging of maps is not part of the format; `for_each` repeats a \
                step"
        }
        _ => return None,
    })
}

/// Words that other readers of YAML take for truth values.
pub fn truth_word(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" => Some(true),
        "no" | "off" | "n" => Some(false),
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// `one of a, b, c` for the constants of a schema.
pub fn one_of(values: &[&Value]) -> String {
    let words: Vec<String> = values.iter().map(|value| format!("`{}`", bare(value))).collect();
    match words.as_slice() {
        [one] => one.clone(),
        many => format!("one of {}", many.join(", ")),
    }
}

/// A constant as it is written in a file.
pub fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
