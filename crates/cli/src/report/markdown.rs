//! The report as Markdown, for the ticket. Text of others is escaped: it is shown, never obeyed.

use super::facts::Report;
use super::people::Said;
use super::words;
use crate::graph::mermaid::mermaid;
use crate::graph::picture::Picture;
use crate::render::duration::{date_time, span};
use std::fmt::{Result, Write};

/// The report.
pub fn markdown(report: &Report, picture: &Picture) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write(&mut out, report, picture);
    out
}

fn write(out: &mut String, report: &Report, picture: &Picture) -> Result {
    let phase = report.phase;
    let phase_words = phase.as_str().replace('_', " ");
    writeln!(out, "# {}: {phase_words}\n", escaped(&report.workflow))?;
    writeln!(
        out,
        "{} **{}**: {}.",
        words::sign(phase),
        phase_words.to_uppercase(),
        words::verdict(phase)
    )?;
    if let Some(why) = &report.why {
        writeln!(out, "Why: {}", escaped(why))?;
    }
    table(out, &["", ""], words::head(report).iter().map(|(name, text)| [*name, text.as_str()]))?;
    section(out, "In the world now")?;
    if report.world.is_empty() {
        writeln!(out, "As far as its steps declare, this run has left nothing changed.")?;
    }
    for sentence in &report.world {
        writeln!(out, "- {}", escaped(sentence))?;
    }
    if !report.inputs.is_empty() {
        section(out, "Inputs")?;
        let rows = report.inputs.iter().map(|(name, value)| [name.clone(), words::value(value)]);
        table(out, &["Input", "Value"], rows)?;
    }
    people(out, report)?;
    changes(out, report)?;
    back(out, report)?;
    section(out, "Steps")?;
    writeln!(out, "```mermaid\n{}```", mermaid(picture))?;
    steps(out, report)?;
    section(out, "History")?;
    if report.progress_events > 0 {
        let left = report.progress_events;
        writeln!(out, "{left} events that only tell how far a remote operation is are left out.")?;
    }
    let rows = report.events.iter().map(|event| {
        let step = event.step.as_ref().map(ToString::to_string).unwrap_or_default();
        [event.seq.to_string(), date_time(event.at), step, event.says.clone()]
    });
    table(out, &["Event", "UTC", "Step", "What happened"], rows)?;
    section(out, "What it rests on")?;
    for sentence in words::chain(report) {
        writeln!(out, "{}\n", escaped(&sentence))?;
    }
    writeln!(out, "- head of the chain: `{}`", report.chain.head)?;
    writeln!(out, "- the workflow's SHA-256: `{}`", report.chain.workflow_sha256)?;
    writeln!(out, "- to check: `{}`", words::check_command(report))
}

fn section(out: &mut String, title: &str) -> Result {
    writeln!(out, "\n## {title}\n")
}

fn people(out: &mut String, report: &Report) -> Result {
    section(out, "Who said what")?;
    let row = |said: &Said| {
        let question = said.question.clone().unwrap_or_default();
        let bounds = words::bounds(said).map(|bounds| format!(" ({bounds})")).unwrap_or_default();
        let files: Vec<String> = said.evidence.iter().map(words::file).collect();
        let note = said.note.iter().cloned().chain(files).collect::<Vec<_>>().join("; ");
        let step = said.step.as_ref().map(ToString::to_string).unwrap_or_default();
        [date_time(said.at), said.by.clone(), words::did(said), step, question + &bounds, note]
    };
    let columns = ["UTC", "Who", "Did", "Step", "Asked", "Reason and evidence"];
    table(out, &columns, report.people.iter().map(row))?;
    for open in &report.open_questions {
        let question = open.question.as_deref().unwrap_or_default();
        let step = open.step.as_ref().map(ToString::to_string).unwrap_or_default();
        writeln!(out, "\n**Not answered**: {} asks: {}", escaped(&step), escaped(question))?;
    }
    Ok(())
}

fn changes(out: &mut String, report: &Report) -> Result {
    section(out, "What it changed")?;
    if report.changes.is_empty() {
        return writeln!(out, "No step declares a field of the world that it sets.");
    }
    let rows = report.changes.iter().map(|change| {
        let (before, after) = (words::before(&change.before), words::value(&change.after));
        let field = format!("{} · {}", change.resource, change.field);
        [field, before, after, change.step.to_string(), change.stands.words().to_owned()]
    });
    table(out, &["What", "From", "To", "Step", "Now"], rows)
}

fn back(out: &mut String, report: &Report) -> Result {
    let Some(back) = &report.rollback else { return Ok(()) };
    section(out, "The way back")?;
    let to = back.to.as_ref().map(|to| format!(", back to {to}")).unwrap_or_default();
    let said = format!("Begun by {} at {}{to}: {}", back.by, date_time(back.at), back.reason);
    writeln!(out, "{}\n", escaped(&said))?;
    let rows = back.steps.iter().map(|step| {
        let times = [step.from, step.to].map(|at| at.map(date_time).unwrap_or_default());
        let [from, to] = times;
        let back = step.back.iter().chain(&step.kept).cloned().collect::<Vec<_>>().join("; ");
        [step.step.to_string(), step.outcome.clone(), back, from, to]
    });
    table(out, &["Step", "Outcome", "What came back", "From (UTC)", "To (UTC)"], rows)
}

fn steps(out: &mut String, report: &Report) -> Result {
    let rows = report.steps.iter().map(|row| {
        let says = row.says.as_ref().map(|says| format!(": {says}")).unwrap_or_default();
        [
            row.step.to_string(),
            row.does.clone(),
            row.outcome.clone() + &says,
            row.attempts.to_string(),
            row.from.map(date_time).unwrap_or_default(),
            row.took_ms.map(span).unwrap_or_default(),
            if row.waited_ms > 0 { span(row.waited_ms) } else { String::new() },
        ]
    });
    let columns = ["Step", "Does", "Outcome", "Attempts", "Began (UTC)", "Took", "of it waiting"];
    table(out, &columns, rows)
}

fn table<const N: usize, T: AsRef<str>>(
    out: &mut String,
    columns: &[&str; N],
    rows: impl Iterator<Item = [T; N]>,
) -> Result {
    // A table begins a paragraph.
    if !out.ends_with("\n\n") {
        writeln!(out)?;
    }
    writeln!(out, "| {} |\n|{}", columns.join(" | "), "---|".repeat(N))?;
    for row in rows {
        writeln!(out, "| {} |", row.map(|cell| escaped(cell.as_ref())).join(" | "))?;
    }
    Ok(())
}

/// Text in which nothing is a mark of Markdown or of HTML, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in words::shown(text).chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '!' | '~' => out.extend(['\\', c]),
            // Inside a word it is no mark, and names are easier to read without.
            '_' if !out.ends_with(char::is_alphanumeric) => out.push_str("\\_"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_of_others_is_a_mark() {
        assert_eq!(
            escaped("a|b\n<b> [x](y) `c` step_one"),
            "a\\|b &lt;b&gt; \\[x\\](y) \\`c\\` step_one"
        );
        assert_eq!(escaped("_it_ ![x]"), "\\_it_ \\!\\[x\\]");
    }
}
