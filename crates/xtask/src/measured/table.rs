//! Rows as tables of Markdown. It must not know where they are put.

use super::row::{Row, Spread};

/// The figures of rows that drive steps: heading, and how a row fills it.
const STEPS_HEADING: &str = "| | Reading | Raw append · in place, /s | Of raw append · in place \
     | fdatasync · sync_file_range · device flushes a step | Bytes a step: written · sent · kept \
     | CPU a step, µs | RSS peak · after, MiB |\n|---|---|---|---|---|---|---|---|";

/// Lays rows out: those that drive steps a line each, of the others a line a figure.
pub fn tables(rows: &[Row]) -> String {
    let (steps, others): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.figure("cpu_us_per_step").is_some());
    let mut parts = Vec::new();
    if !steps.is_empty() {
        let lines: Vec<String> = steps.into_iter().map(steps_line).collect();
        parts.push(format!("{STEPS_HEADING}\n{}", lines.join("\n")));
    }
    if !others.is_empty() {
        let heading = "| | Figure | Median | Smallest to largest |\n|---|---|---|---|";
        let lines: Vec<String> = others.into_iter().flat_map(figure_lines).collect();
        parts.push(format!("{heading}\n{}", lines.join("\n")));
    }
    parts.join("\n\n")
}

fn steps_line(row: &Row) -> String {
    let medians = |names: &[&str]| {
        let shown = names.iter().map(|name| median(row, name));
        shown.collect::<Vec<_>>().join(" · ")
    };
    let raw = medians(&["raw_append_per_s", "raw_in_place_per_s"]);
    let of_raw = match row.figure("p50_ms") {
        Some(_) => medians(&["p50_in_raw_appends", "p50_in_raw_in_place"]) + " times",
        None => medians(&["of_raw_append", "of_raw_in_place"]),
    };
    let flushes =
        medians(&["fdatasync_per_step", "sync_file_range_per_step", "device_flushes_per_step"]);
    let bytes = medians(&["written_bytes_per_step", "sent_bytes_per_step", "disk_bytes_per_step"]);
    let (cpu, rss) = (median(row, "cpu_us_per_step"), medians(&["rss_peak_mib", "rss_after_mib"]));
    let (what, reading) = (title(row), headline(row));
    format!("| {what} | {reading} | {raw} | {of_raw} | {flushes} | {bytes} | {cpu} | {rss} |")
}

fn figure_lines(row: &Row) -> Vec<String> {
    let mut title = title(row);
    let told = row.figures.keys().filter(|name| !name.starts_with("raw_"));
    let lines = told.filter_map(|name| {
        let spread = row.figure(name)?;
        let range = format!("{} to {}", number(spread.min), number(spread.max));
        let what = std::mem::take(&mut title);
        Some(format!("| {what} | {name} | {} | {range} |", number(spread.median)))
    });
    lines.collect()
}

fn title(row: &Row) -> String {
    format!("{}: {}", row.workload, row.what)
}

/// The figure that counts, with its unit and its range.
fn headline(row: &Row) -> String {
    let Some(Spread { median, min, max }) = row.figure(&row.headline) else {
        return "–".to_owned();
    };
    let unit = match row.headline.as_str() {
        "steps_per_s" => "steps/s",
        "p50_ms" => "ms p50",
        other => other,
    };
    let times = row.figure("times_the_smallest");
    let times = times
        .map_or_else(String::new, |t| format!(", {} × a step of the smallest", number(t.median)));
    format!("{} {unit} ({} to {}){times}", number(median), number(min), number(max))
}

fn median(row: &Row, name: &str) -> String {
    row.figure(name).map_or_else(|| "–".to_owned(), |spread| number(spread.median))
}

/// Thousands apart, and no more digits than the bench gave.
fn number(value: f64) -> String {
    if value.abs() < 1_000.0 {
        return value.to_string();
    }
    let whole = format!("{value:.0}");
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::w1;
    use super::*;

    #[test]
    fn a_row_of_figures_without_steps_takes_a_line_a_figure() {
        let table = tables(&[w1()]);
        assert!(table.contains("| w1: 1 run of 1000 steps in a row | steps_per_s | 2,000 |"));
        assert!(table.contains("|  | of_raw_append | 0.41 | 0.4 to 0.42 |"), "{table}");
        assert!(!table.contains("raw_append_per_s"), "{table}");
    }

    #[test]
    fn a_row_of_steps_takes_one_line() {
        let mut row = w1();
        let cpu = serde_json::json!({ "median": 90.5, "min": 90.0, "max": 91.0 });
        row.figures.insert("cpu_us_per_step".to_owned(), cpu);
        let table = tables(&[row]);
        let wanted = "| 2,000 steps/s (1,900 to 2,101) | 5,000 · – | 0.41 · – | 1.004 · 1 · – |";
        assert!(table.contains(wanted), "{table}");
        assert!(table.contains("| 90.5 |"), "{table}");
    }

    #[test]
    fn numbers_are_read_by_thousands() {
        assert_eq!(number(999.5), "999.5");
        assert_eq!(number(1_000.0), "1,000");
        assert_eq!(number(1_234_567.0), "1,234,567");
        assert_eq!(number(-1_234.0), "-1,234");
    }
}
