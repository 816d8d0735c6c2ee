//! GitHub's workflow commands: `::error file=…,line=…,col=…,title=…::…`, one line a finding. In a
//! message `%`, carriage return and line feed are escaped, in a property `:` and `,` too
//! (docs.github.com, "Workflow commands for GitHub Actions").

use super::finding::Finding;

/// One line a finding.
pub fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(line).collect()
}

fn line(finding: &Finding) -> String {
    let level = if finding.error { "error" } else { "warning" };
    let (line, column) = finding.at;
    let mut properties = Vec::new();
    if !finding.file.is_empty() {
        properties.push(format!("file={}", property(&finding.file)));
    }
    properties.extend((line > 0).then(|| format!("line={line}")));
    properties.extend((column > 0).then(|| format!("col={column}")));
    properties.push(format!("title={}", property(&format!("windlass {}", finding.code))));
    format!("::{level} {}::{}", properties.join(","), message(&finding.message))
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_or_a_property_is_escaped() {
        let finding = Finding {
            error: true,
            code: "never".to_owned(),
            message: "100 % of it:\nall, of it".to_owned(),
            file: "a,b:c.yaml".to_owned(),
            at: (7, 3),
        };
        assert_eq!(
            lines(std::slice::from_ref(&finding)),
            ["::error file=a%2Cb%3Ac.yaml,line=7,col=3,title=windlass never::\
              100 %25 of it:%0Aall, of it"]
        );
        let unplaced = Finding { error: false, file: String::new(), at: (0, 0), ..finding };
        assert!(lines(&[unplaced])[0].starts_with("::warning title=windlass never::"));
    }
}
