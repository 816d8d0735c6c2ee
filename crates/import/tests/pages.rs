//! Pages as people write them and as wikis export them: their steps are found, and nothing that a
//! page says is dropped.

#![expect(clippy::expect_used, reason = "a test may panic")]

use proptest::prelude::*;
use windlass_import::known::Known;
use windlass_import::page::block::Page;
use windlass_import::page::{html, markdown};
use windlass_import::{Written, wiki};

fn files(page: &Page) -> Vec<Written> {
    wiki::convert(page, &Known::default()).expect("a page with steps")
}

/// All that people can read in a file: its comments, and the texts of its values.
fn readable(text: &str) -> String {
    let mut all = String::new();
    for line in text.lines() {
        match line.trim_start().strip_prefix('#') {
            Some(comment) => all.push_str(comment),
            None => all.push('\n'),
        }
    }
    let value: serde_json::Value = serde_saphyr::from_str(text).expect("YAML");
    let mut open = vec![&value];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::String(text) => {
                all.push('\n');
                all.push_str(&text.replace("${{ '${{' }}", "${{"));
            }
            serde_json::Value::Array(elements) => open.extend(elements),
            serde_json::Value::Object(map) => open.extend(map.values()),
            _ => {}
        }
    }
    words_of(&all)
}

/// Words with one blank between them, so that line ends do not count.
fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A piece of a page in both languages, and the sentences that it holds.
#[derive(Clone, Debug)]
enum Piece {
    Paragraph(Vec<String>),
    List { numbered: bool, boxed: bool, items: Vec<(Vec<String>, Vec<Piece>)> },
    Table(Vec<Vec<String>>),
    Heading(String),
}

/// Words in which neither language sees a mark; some are verbs and names that phrases look for.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Zäß][a-z0-9é]{0,8}",
        2 => proptest::sample::select(vec![
            "Stop", "start", "deploy", "copy", "into", "to", "and", "then", "qa4", "prod2",
            "database", "if", "If", "After", "check", "(not", "now)", "2.7.1", "e.g.", "never",
            "Delete", "the", "merge", "main", "build", "run", "${{", "}}", "a:b", "it's", "100%",
            "wait", "5", "minutes", "backup", "of", "x,", "y;", "rename", "restart", "\"q\"",
        ]).prop_map(str::to_owned),
    ]
}

fn sentence() -> impl Strategy<Value = String> {
    let end = proptest::sample::select(vec![".", ".", "!", "?", ":", ""]);
    // A number with a full stop would begin a list.
    ("[a-zA-Z][a-z]{1,8}", proptest::collection::vec(word(), 0..9), end).prop_map(
        |(first, words, end)| {
            let text = format!("{first} {}", words.join(" "));
            format!("{}{end}", text.trim_end_matches(['.', ':', '!', '?', ' ']))
        },
    )
}

fn sentences() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(sentence(), 1..3)
}

fn piece() -> impl Strategy<Value = Piece> {
    let leaf = prop_oneof![
        sentences().prop_map(Piece::Paragraph),
        proptest::collection::vec(proptest::collection::vec(sentence(), 2..3), 1..3)
            .prop_map(Piece::Table),
        sentence().prop_map(Piece::Heading),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let inside = proptest::collection::vec(
            inner.prop_filter("a heading stands in no list", |piece| {
                !matches!(piece, Piece::Heading(_) | Piece::Table(_))
            }),
            0..2,
        );
        let items = proptest::collection::vec((sentences(), inside), 1..4);
        (any::<bool>(), any::<bool>(), items).prop_map(|(numbered, boxed, items)| Piece::List {
            numbered,
            boxed: boxed && !numbered,
            items,
        })
    })
}

/// The page, which has at least one numbered step.
fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    (proptest::collection::vec(piece(), 0..5), sentences()).prop_map(|(mut pieces, step)| {
        let items = vec![(step, Vec::new())];
        pieces.push(Piece::List { numbered: true, boxed: false, items });
        pieces
    })
}

fn in_markdown(pieces: &[Piece], indent: usize, out: &mut String) {
    let blanks = " ".repeat(indent);
    for piece in pieces {
        match piece {
            Piece::Paragraph(all) => out.push_str(&format!("{blanks}{}\n\n", all.join(" "))),
            Piece::Heading(text) => out.push_str(&format!("## {text}\n\n")),
            Piece::Table(rows) => {
                for (at, row) in rows.iter().enumerate() {
                    out.push_str(&format!("| {} |\n", row.join(" | ")));
                    if at == 0 {
                        out.push_str(&format!("|{}\n", "---|".repeat(row.len())));
                    }
                }
                out.push('\n');
            }
            Piece::List { numbered, boxed, items } => {
                for (at, (words, inner)) in items.iter().enumerate() {
                    let bullet = match (numbered, boxed) {
                        (true, _) => format!("{}. ", at + 1),
                        (false, true) => "- [ ] ".to_owned(),
                        (false, false) => "- ".to_owned(),
                    };
                    out.push_str(&format!("{blanks}{bullet}{}\n\n", words.join(" ")));
                    in_markdown(inner, indent + if *numbered { 3 } else { 2 }, out);
                }
                out.push_str(&format!("{blanks}<!-- -->\n\n"));
            }
        }
    }
}

fn in_html(pieces: &[Piece], out: &mut String) {
    let safe = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    for piece in pieces {
        match piece {
            Piece::Paragraph(all) => out.push_str(&format!("<p>{}</p>\n", safe(&all.join(" ")))),
            Piece::Heading(text) => out.push_str(&format!("<h2>{}</h2>\n", safe(text))),
            Piece::Table(rows) => {
                out.push_str("<table><tbody>");
                for row in rows {
                    let cells = row.iter().map(|cell| format!("<td><p>{}</p></td>", safe(cell)));
                    out.push_str(&format!("<tr>{}</tr>", cells.collect::<String>()));
                }
                out.push_str("</tbody></table>\n");
            }
            Piece::List { numbered, boxed, items } => {
                let list = if *numbered { "ol" } else { "ul" };
                out.push_str(&format!("<{list}>"));
                for (words, inner) in items {
                    let tick = if *boxed { "<input type=\"checkbox\"> " } else { "" };
                    out.push_str(&format!("<li>{tick}<span>{}</span>", safe(&words.join(" "))));
                    in_html(inner, out);
                    out.push_str("</li>");
                }
                out.push_str(&format!("</{list}>\n"));
            }
        }
    }
}

fn collect(pieces: &[Piece], all: &mut Vec<String>) {
    for piece in pieces {
        match piece {
            Piece::Paragraph(sentences) => all.extend(sentences.clone()),
            Piece::Heading(text) => all.push(text.clone()),
            Piece::Table(rows) => rows.iter().for_each(|row| all.extend(row.clone())),
            Piece::List { items, .. } => {
                for (words, inner) in items {
                    all.extend(words.clone());
                    collect(inner, all);
                }
            }
        }
    }
}

fn nothing_is_dropped(page: &Page, pieces: &[Piece], source: &str) -> Result<(), TestCaseError> {
    let files = files(page);
    let all: String = files.iter().map(|file| readable(&file.text) + "\n").collect();
    let mut sentences = Vec::new();
    collect(pieces, &mut sentences);
    for sentence in sentences {
        let sentence = words_of(&sentence);
        prop_assert!(all.contains(&sentence), "`{sentence}` of\n{source}\nis not in\n{all}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn nothing_of_a_markdown_page_is_dropped(pieces in pieces()) {
        let mut source = String::new();
        in_markdown(&pieces, 0, &mut source);
        nothing_is_dropped(&markdown::read(&source), &pieces, &source)?;
    }

    #[test]
    fn nothing_of_an_html_page_is_dropped(pieces in pieces()) {
        let mut source = String::from("<html><head><title>x</title></head><body>");
        in_html(&pieces, &mut source);
        nothing_is_dropped(&html::read(&source), &pieces, &source)?;
    }

    /// Whatever stands on a page, the files are YAML.
    #[test]
    fn any_text_gives_yaml(
        text in any::<String>(),
        more in "(\\PC|[\n\t:#{}\\[\\]&*!|>'\"%@`-]){0,60}",
    ) {
        let list = format!("1. {text}\n2. {more}\n");
        for source in [list, format!("{more}\n\n1. x {text}"), text, more] {
            for page in [markdown::read(&source), html::read(&source)] {
                for file in wiki::convert(&page, &Known::default()).unwrap_or_default() {
                    let read = serde_saphyr::from_str::<serde_json::Value>(&file.text);
                    prop_assert!(read.is_ok(), "{source:?}\n{}\n{read:?}", file.text);
                }
            }
        }
    }
}

fn names(file: &Written) -> Vec<&str> {
    let names = file.text.lines().filter_map(|line| line.trim().strip_prefix("name: "));
    names.skip(1).collect()
}

#[test]
fn lists_that_are_indented_by_two_blanks_are_nested() {
    let page = markdown::read("1. Edit it:\n  1. Stop qa4\n  2. Start qa4\n2. Restart qa5\n");
    let file = &files(&page)[0];
    assert_eq!(
        names(file),
        ["1.1 Stop qa4", "1.2 Start qa4", "2 Restart qa5"]
            .map(|name| format!("\"{name}\""))
            .each_ref()
            .map(String::as_str),
        "{}",
        file.text
    );
    assert!(file.text.contains("# 1 Edit it:"), "{}", file.text);
}

#[test]
fn marks_share_one_condition_and_their_legend_says_what_it_is() {
    let text = "## Release\n\n1. \\*\\* Stop prod2\n2. Restart qa4\n3. \\*\\* Start prod2\n\n\
        \\*\\* Steps marked so can be skipped if there were no migrations.\n";
    let file = &files(&markdown::read(text))[0];
    assert_eq!(file.text.matches("if: inputs.migrations\n").count(), 2, "{}", file.text);
    assert_eq!(file.text.matches("\n  migrations:\n").count(), 1, "{}", file.text);
    assert!(file.text.contains("description: \"** Steps marked so can be"), "{}", file.text);
}

#[test]
fn a_condition_of_a_list_holds_for_all_of_it_and_no_longer() {
    let text = "1. If it is broken:\n   1. Stop qa4\n   2. Start qa4\n2. Restart qa5\n";
    let file = &files(&markdown::read(text))[0];
    assert_eq!(file.text.matches("if: inputs.when_1\n").count(), 2, "{}", file.text);
}

#[test]
fn each_heading_with_steps_is_a_workflow_and_numbered_headings_are_one() {
    let text = "# Page\n\nRead this.\n\n## First\n\n1. Stop qa4\n\n## Notes\n\nMind it.\n\n\
        ## Second\n\n1. Start qa4\n";
    let all = files(&markdown::read(text));
    let titles: Vec<&str> = all.iter().map(|file| file.title.as_str()).collect();
    assert_eq!(titles, ["First", "Second"]);
    assert!(all[0].text.starts_with("# Page\n# Read this.\n"), "{}", all[0].text);
    assert!(all[1].text.contains("# Mind it."), "{}", all[1].text);
    let text = "# Release\n\n## Step 1: Prepare\n\n1. Stop qa4\n\n## Step 2: End\n\n1. Start qa4\n";
    let all = files(&markdown::read(text));
    assert_eq!(all.len(), 1, "{all:?}");
}

#[test]
fn pages_without_numbers_are_read_by_their_boxes_bullets_or_sentences() {
    for text in [
        "- [ ] Stop qa4\n- [x] Start qa4\n",
        "- Stop qa4\n- Start qa4\n",
        "Stop qa4.\n\nStart qa4.\n",
        "## 1. Down\n\nStop qa4.\n\n## 2. Up\n\nStart qa4.\n",
    ] {
        let file = &files(&markdown::read(text))[0];
        assert!(file.text.contains("uses: azure.app_service.stop"), "{text}\n{}", file.text);
        assert!(file.text.contains("uses: azure.app_service.start"), "{text}\n{}", file.text);
    }
    let none = wiki::convert(&markdown::read("Nothing here.\n"), &Known::default());
    assert!(none.is_err());
}

/// Headings with numbers are steps too, beside lists: their scripts are run, what stands below
/// "tell them" is what they are told, and a secret in a script comes by reference.
#[test]
fn headings_with_numbers_and_scripts_are_steps() {
    let text = "# Deploy\n\n## Before\n\n- [ ] Read the notes\n\n## Process\n\n\
        ### Phase 1: Begin\n\n#### 1. Tell\nPost in the #ops channel:\n\n```\nWe begin.\n```\n\n\
        #### 2. Copy it\n\n\
        ```bash\ncopy --to <target> --key <storage-key>\n```\n\n#### 3. Watch it\n\n\
        Never do it on a Friday.\n";
    let all = files(&markdown::read(text));
    assert_eq!(all.len(), 2, "{all:?}");
    let process = &all[1];
    assert_eq!(process.title, "Process");
    for part in [
        "text: We begin.",
        "name: \"2. Copy it\"",
        "run: |\n      copy --to ${TARGET} --key ${STORAGE_KEY}",
        "${{ inputs.target }}",
        "${{ env.secrets.storage_key }}",
        "# -- 3. Watch it --",
        "# Never do it on a Friday.\n  # not mapped: that is a rule",
    ] {
        assert!(process.text.contains(part), "{part}\n{}", process.text);
    }
}

#[test]
fn a_table_whose_rows_have_numbers_is_a_list_of_steps() {
    let text = "| # | What | Who |\n|---|---|---|\n| 1. | Stop qa4 | Ana |\n| 2. | Start qa4 | |\n";
    let file = &files(&markdown::read(text))[0];
    for part in
        ["# | # | What | Who |", "name: \"1 Stop qa4\"", "# | Ana |", "name: \"2 Start qa4\""]
    {
        assert!(file.text.contains(part), "{part}\n{}", file.text);
    }
    let html = "<table><tr><td>1</td><td><p>Stop qa4</p></td></tr>\
        <tr><td>2</td><td><p>Start qa4</p></td></tr></table>";
    assert_eq!(files(&html::read(html))[0].share.actions, 2);
}

#[test]
fn a_page_as_a_wiki_exports_it() {
    let text = "<!DOCTYPE html><html><head><title>t</title><style>li { x: y }</style></head><body>\
        <nav>Spaces</nav><div id=\"main-content\"><h1>Release <em>notes</em></h1>\
        <ol start=\"3\"><li><p>Stop <code>qa4</code>.</p><ul><li>It answers 403 then</li></ul></li>\
        <li><p>Check <a href=\"https://qa4.example.com/\">the page</a>.</p></li></ol>\
        <table><tr><th>Who</th><td><p>Ana</p></td></tr></table>\
        <script>alert(1)</script></div></body></html>";
    let file = &files(&html::read(text))[0];
    assert_eq!(file.title, "Release notes");
    for part in
        ["\"3 Stop qa4.\"", "# It answers 403 then", "https://qa4.example.com/", "| Who | Ana |"]
    {
        assert!(file.text.contains(part), "{part}\n{}", file.text);
    }
    assert!(!file.text.contains("alert") && !file.text.contains("Spaces"), "{}", file.text);
}

/// In the page all blocks are typed into one shell; a step has a shell of its own.
#[test]
fn a_variable_of_one_block_is_there_in_the_next() {
    let page = "# Release\n\n1. Set it:\n\n   ```sh\n   VERSION=1.2.3\n   TOKEN=abc\n   ```\n\n\
                2. Tag it:\n\n   ```sh\n   git tag \"v$VERSION\"\n   curl -u \"x:$TOKEN\" \
                $HOST\n   ```\n";
    let files = files(&markdown::read(page));
    let text = &files[0].text;
    let workflow: serde_json::Value = serde_saphyr::from_str(text).expect("YAML");
    let runs = workflow["steps"].as_array().expect("steps").iter();
    let runs: Vec<_> = runs.filter(|step| !step["run"].is_null()).collect();
    assert!(
        runs[0]["run"]
            .as_str()
            .expect("a script")
            .ends_with("echo \"VERSION=$VERSION\" >> \"$WINDLASS_OUTPUT\"\n")
    );
    let id = runs[0]["id"].as_str().expect("an id");
    let handed = format!("${{{{ steps.{id}.outputs.outputs.VERSION }}}}");
    assert_eq!(runs[1]["env"], serde_json::json!({ "VERSION": handed }));
    assert!(!runs[0]["run"].to_string().contains("TOKEN=$TOKEN"), "a secret is no output");
    assert!(text.contains("`TOKEN` of an earlier block sounds like a secret"), "{text}");
}
