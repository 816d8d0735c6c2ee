//! `graph` and `plan`: pictures of files and of runs.

use crate::home::{Home, repository};
use serde_json::Value;

const DIAMOND: &str = "name: diamond
steps:
  - id: top
    run: echo top
  - id: left
    needs: [top]
    run: echo left
  - id: right
    needs: [top]
    if: 1 == 2
    run: echo right
  - id: bottom
    needs: [left, right]
    uses: approve
    with: { prompt: \"Go \\\"on\\\" <now>?\" }
";

#[test]
fn the_text_lists_layers_with_what_each_step_needs() {
    let home = Home::new();
    home.file("diamond.yaml", DIAMOND);
    let said = home.windlass(&["graph", "diamond.yaml"]).expect(0);
    let expected = "diamond

   1  [ ] top     shell    at once; a rollback leaves it
   2  [ ] left    shell    after top; a rollback leaves it
      [ ] right   shell    after top; if 1 == 2; a rollback leaves it
   3  [ ] bottom  approve  after left, right; a human answers
";
    assert_eq!(said.stdout, expected);
}

#[test]
fn every_format_has_every_step_and_every_arrow() {
    let home = Home::new();
    let file = repository("workflows/hotfix_qa4_setup.yaml").display().to_string();
    let words = ["graph", &file, "--env", "rehearsal"];
    let plan = home.windlass(&[&words[..], &["--json"]].concat()).expect(0).json();
    let steps = plan["steps"].as_array().unwrap();
    let arrows: usize = steps.iter().map(|step| step["needs"].as_array().unwrap().len()).sum();
    assert!(steps.len() > 10 && arrows >= steps.len() - 1);
    for (format, arrow) in [("mermaid", " --> "), ("dot", " -> "), ("svg", "marker-end")] {
        let said = home.windlass(&[&words[..], &["--format", format]].concat()).expect(0).stdout;
        for step in steps {
            assert!(said.contains(step["step"].as_str().unwrap()), "{format}: {step}");
        }
        assert_eq!(said.matches(arrow).count(), arrows, "{format}");
    }
}

#[test]
fn an_svg_is_well_formed_whatever_names_hold() {
    let home = Home::new();
    let steps =
        "  - id: say\n    for_each: ['<b>&\"', \"'\"]\n    if: 1 < 2 && 2 > 1\n    run: echo\n";
    let odd = &format!("name: odd\nsteps:\n{steps}");
    home.file("odd.yaml", odd);
    let svg = home.windlass(&["graph", "odd.yaml", "--format", "svg"]).expect(0).stdout;
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for tag in ["svg", "g", "text", "title", "defs", "marker"] {
        let opened =
            svg.matches(&format!("<{tag}>")).count() + svg.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, svg.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert!(svg.contains("&lt;b&gt;&amp;&quot;") && !svg.contains("<b>"));
}

#[test]
fn a_run_is_marked_with_where_its_steps_stand() {
    let home = Home::new();
    home.file("diamond.yaml", DIAMOND);
    let waiting = home.windlass(&["start", "diamond.yaml", "--json"]).expect(4).json();
    let run = waiting["run"].as_str().unwrap();
    let text = home.windlass(&["graph", run]).expect(0).stdout;
    for line in ["[x] top", "[x] left", "[-] right", "[h] bottom", "is waiting"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let mermaid = home.windlass(&["graph", run, "--format", "mermaid"]).expect(0).stdout;
    assert!(mermaid.contains("class s0,s1 done"), "{mermaid}");
    home.windlass(&["graph", "run_ffff"]).expect(2);
}

#[test]
fn a_plan_says_what_each_step_does_and_starts_nothing() {
    let home = Home::new();
    let file = repository("workflows/hotfix_qa4_setup.yaml").display().to_string();
    let text = home.windlass(&["plan", &file, "--env", "rehearsal"]).expect(0).stdout;
    for said in [
        "azure.sql.copy_database",
        "dispatcherqa4prod7",
        "release=${{ steps.release.outputs }}",
        "qa4.running: true -> false  [probed]",
        "qa4.running: false -> true  [computed]",
        "qa4.version: 7.2.0.41 -> ?  [unknown]",
        "main_build_never_on_prod_database",
        "rehearsal/qa4",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let words = ["plan", &file, "--env", "rehearsal", "--json", "--input", "n=9"];
    let plan: Value = home.windlass(&words).expect(0).json();
    assert_eq!(plan["lock"], "rehearsal/qa4");
    assert_eq!(plan["inputs"]["n"], 9);
    let tested =
        plan["steps"].as_array().unwrap().iter().find(|step| step["step"] == "tested").unwrap();
    assert_eq!(tested["asks_a_human"], true);
    home.windlass(&["plan", &file, "--env", "rehearsal", "--input", "n=nine"]).expect(3);
    home.windlass(&["plan", &file]).expect(3);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_workflow_that_is_called_stands_in_a_box() {
    let home = Home::new();
    let inner =
        "name: inner\ninputs: { what: { type: string } }\nsteps:\n  - id: say\n    run: echo\n";
    home.file("lib/inner.yaml", inner);
    let outer = "name: outer\nsteps:\n  - id: before\n    run: echo\n  - id: check\n    uses: \
                 ./lib/inner.yaml\n    with: { what: x }\n  - id: after\n    run: echo\n";
    home.file("outer.yaml", outer);
    let drawn =
        |format: &str| home.windlass(&["graph", "outer.yaml", "--format", format]).expect(0).stdout;
    let expected = "  subgraph call_2[\"check: lib/inner.yaml\"]\n    s2\n    s1\n  end\n";
    assert!(drawn("mermaid").contains(expected), "{}", drawn("mermaid"));
    let dot = drawn("dot");
    assert!(dot.contains("subgraph cluster_2 {") && dot.contains("check: lib/inner.yaml"), "{dot}");
    assert!(dot.contains("    s2;\n    s1;\n  }\n"), "{dot}");
    let svg = drawn("svg");
    assert!(
        svg.contains("<title>check: lib/inner.yaml</title>") && svg.contains("stroke-dasharray")
    );
    let boxes = home.windlass(&["graph", "outer.yaml", "--json"]).expect(0).json();
    let within: Vec<_> = boxes["steps"].as_array().unwrap().iter().map(|s| &s["within"]).collect();
    assert_eq!(within, [&Value::Null, &"check".into(), &"check".into(), &Value::Null]);
}

const ROUNDS: &str = "name: rounds
steps:
  - id: look
    run: echo ${ROUND}
    env: { ROUND: \"${{ item }}\" }
    repeat: { until: \"outputs.outputs.state == '3'\", max: 9, every: 1s }
  - id: after
    run: echo
";

#[test]
fn rounds_are_drawn_once_with_how_many_there_may_be() {
    let home = Home::new();
    home.file("rounds.yaml", ROUNDS);
    for (format, steps) in [("text", "[ ] "), ("mermaid", "<br/>shell"), ("dot", "\\nshell")] {
        let said = home.windlass(&["graph", "rounds.yaml", "--format", format]).expect(0).stdout;
        assert!(said.contains("up to 9 times"), "{format}: {said}");
        assert!(said.matches(steps).count() <= 4, "{format}: {said}");
        assert!(!said.contains("look[2]"), "{format}: {said}");
    }
    let svg = home.windlass(&["graph", "rounds.yaml", "--format", "svg"]).expect(0).stdout;
    assert!(svg.contains(">up to 9 times</text>") && !svg.contains("look[2]"), "{svg}");
}
