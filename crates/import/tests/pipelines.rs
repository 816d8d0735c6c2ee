//! Pipelines of other systems: order, conditions, values and secrets come over as they were, and
//! whatever a file holds, the result is YAML.

#![expect(clippy::expect_used, reason = "a test may panic")]

use proptest::prelude::*;
use serde_json::{Value, json};
use windlass_import::pipeline::{azure, definition, github};
use windlass_import::{NoteKind, Written};

fn steps(file: &Written) -> Vec<Value> {
    let all: Value = serde_saphyr::from_str(&file.text).expect("YAML");
    all["steps"].as_array().expect("steps").clone()
}

fn step(file: &Written, id: &str) -> Value {
    let all = steps(file);
    let found = all.iter().find(|step| step["id"] == id);
    found.unwrap_or_else(|| panic!("no step `{id}` in\n{}", file.text)).clone()
}

fn of_azure(text: &str) -> Written {
    azure::convert(text, "p").expect("YAML")
}

fn of_github(text: &str) -> Written {
    github::convert(text, "p").expect("YAML")
}

#[test]
fn stages_follow_each_other_and_units_of_a_stage_stand_beside_each_other() {
    let text = "stages:\n- stage: A\n  jobs:\n  - job: a\n    steps: [{script: x}]\n  - job: b\n\
        \x20   steps: [{script: y}]\n- stage: B\n  jobs:\n  - job: c\n    steps: [{script: z}]\n\
        - stage: C\n  dependsOn: []\n  jobs:\n  - job: d\n    steps: [{script: w}]\n\
        - stage: D\n  dependsOn: [B, C]\n  jobs:\n  - job: e\n    steps: [{script: v}]\n\
        \x20 - job: f\n    dependsOn: e\n    steps: [{script: u}]\n";
    let file = of_azure(text);
    let needs = |id: &str| step(&file, id).get("needs").cloned();
    assert_eq!(needs("a_script"), None, "the first needs nothing");
    assert_eq!(needs("b_script"), Some(json!([])));
    assert_eq!(needs("c_script"), Some(json!(["a_script", "b_script"])));
    assert_eq!(needs("d_script"), Some(json!([])));
    assert_eq!(needs("e_script"), Some(json!(["c_script", "d_script"])));
    assert_eq!(needs("f_script"), None, "it needs the step above");
}

#[test]
fn conditions_are_said_in_the_language_of_workflows() {
    let cases = [
        ("and(succeeded(), eq(parameters.on, true))", json!("inputs.on == true")),
        ("eq('${{ parameters.on }}', 'True')", json!("inputs.on == true")),
        ("not(parameters.on)", json!("!(inputs.on)")),
        (
            "or(startsWith(variables['Build.Branch'], 'refs/tags/'), eq(variables.kind, 'x'))",
            json!("(inputs.build_branch.startsWith('refs/tags/') || 'release' == 'x')"),
        ),
        ("in(parameters.where, 'a', 'b')", json!("inputs.where in ['a', 'b']")),
        ("ne(variables['Build.Reason'], 'It''s')", json!(r"inputs.build_reason != 'It\'s'")),
        ("succeeded()", Value::Null),
    ];
    const HEAD: &str = "parameters:\n- {name: on, type: boolean, default: true}\n\
        - {name: where, default: a}\nvariables: {kind: release}\n";
    for (condition, expected) in cases {
        let text = format!(
            "{HEAD}steps:\n- script: x\n  condition: {}\n",
            serde_json::to_string(condition).expect("a text")
        );
        let file = of_azure(&text);
        assert_eq!(step(&file, "script").get("if").cloned().unwrap_or_default(), expected);
    }
}

#[test]
fn what_no_expression_says_is_decided_by_whoever_starts_the_run() {
    for condition in ["eq(dependencies.A.result, coalesce('x', 'y'))", "eq(1,", "variables.token"] {
        let text = format!("steps:\n- script: x\n  condition: \"{condition}\"\n");
        let file = of_azure(&text);
        assert_eq!(step(&file, "script")["if"], "inputs.when_script", "{}", file.text);
        let note = file.notes.iter().find(|note| note.kind == NoteKind::NotMapped);
        let note = note.expect("a note");
        assert!(note.text.contains(condition), "{note:?}");
        assert_eq!(note.source_line, 3, "{note:?}");
    }
}

/// Where a unit does not run, those that need it do not either, as it was there.
#[test]
fn a_condition_goes_on_to_those_that_need_the_unit() {
    let text = "on: {workflow_dispatch: {inputs: {go: {type: boolean}}}}\njobs:\n  a:\n\
        \x20   if: inputs.go\n    steps: [{run: x}]\n  b:\n    needs: a\n    steps: [{run: y}]\n\
        \x20 c:\n    needs: a\n    if: always()\n    steps: [{run: z}]\n";
    let file = of_github(text);
    assert_eq!(step(&file, "a_run")["if"], "inputs.go");
    assert_eq!(step(&file, "b_run")["if"], "inputs.go");
    assert_eq!(step(&file, "c_run").get("if"), None);
}

#[test]
fn values_reach_scripts_as_variables_and_commands_of_a_shell_stay() {
    let text = "variables: {app: shop, url: 'https://$(app).example.com'}\nsteps:\n\
        - script: curl $(url) --at $(date) $(Build.BuildNumber) $(pipelineOnly)\n";
    let file = of_azure(text);
    let step = step(&file, "script");
    assert_eq!(step["run"], "curl ${URL} --at $(date) ${BUILD_BUILDNUMBER} ${PIPELINEONLY}");
    assert_eq!(step["env"]["URL"], "https://shop.example.com");
    assert_eq!(step["env"]["PIPELINEONLY"], "${{ inputs.pipelineonly }}");
    let text =
        "jobs:\n  a:\n    env: {MODE: fast}\n    steps:\n    - run: go $MODE ${{ github.sha }}\n";
    let step = steps(&of_github(text)).remove(0);
    assert_eq!(step["run"], "go $MODE ${GITHUB_SHA}");
    assert_eq!(step["env"], json!({ "MODE": "fast", "GITHUB_SHA": "${{ inputs.github_sha }}" }));
}

#[test]
fn no_secret_is_copied_from_any_dialect() {
    let azure = "variables: {dbPassword: canary-one}\nsteps:\n- script: x $(dbPassword)\n\
        \x20 env:\n    API_KEY: canary-two\n- task: Unknown@1\n\
        \x20 inputs: {clientSecret: canary-three}\n";
    let github = "env: {TOKEN: canary-one}\njobs:\n  a:\n    env: {PASSWORD: canary-two}\n\
        \x20   steps:\n\
        \x20   - run: x $TOKEN $PASSWORD\n    - uses: a/b@v1\n\
        \x20     with: {api-key: canary-three}\n";
    let release = r#"{"variables":{"X":{"isSecret":true,"value":"canary-one"},
        "AccessKey":{"value":"canary-two"}},"environments":[{"name":"e","deployPhases":[{
        "workflowTasks":[{"name":"t","inputs":{"password":"canary-three"}}]}]}]}"#;
    for file in
        [of_azure(azure), of_github(github), definition::convert(release, "r").expect("JSON")]
    {
        let notes = format!("{:?}", file.notes);
        assert!(!file.text.contains("canary"), "{}", file.text);
        assert!(!notes.contains("canary"), "{notes}");
    }
    assert!(of_azure(azure).text.contains("${{ env.secrets.dbpassword }}"));
    assert!(of_github(github).text.contains("${{ env.secrets.password }}"));
}

#[test]
fn units_of_github_come_behind_those_that_they_need_wherever_they_stand() {
    let text = "jobs:\n  last:\n    needs: [first]\n    steps: [{run: y}]\n  first:\n\
        \x20   steps: [{run: x}]\n";
    let ids: Vec<Value> = steps(&of_github(text)).iter().map(|step| step["id"].clone()).collect();
    assert_eq!(ids, ["first_run", "last_run"]);
}

#[test]
fn parts_come_behind_what_they_need_wherever_they_stand() {
    let text = "stages:\n- stage: Last\n  dependsOn: First\n  jobs:\n  - job: b\n    dependsOn: a\n\
        \x20   steps: [{script: x}]\n  - job: a\n    steps: [{script: y}]\n\
        - stage: First\n  dependsOn: []\n  jobs: [{job: c, steps: [{script: z}]}]\n";
    let ids: Vec<Value> = steps(&of_azure(text)).iter().map(|step| step["id"].clone()).collect();
    assert_eq!(ids, ["c_script", "a_script", "b_script"]);
}

/// What stands behind a template, or behind a stage that does not run, waits as it did.
#[test]
fn templates_and_skipped_stages_hold_back_what_follows_them() {
    let text = "parameters: [{name: go, type: boolean, default: true}]\nstages:\n\
        - template: build.yml\n- stage: B\n  condition: and(succeeded(), eq(parameters.go, true))\n\
        \x20 jobs: [{job: b, steps: [{script: x}]}]\n\
        - stage: C\n  jobs: [{job: c, steps: [{script: y}]}]\n\
        - stage: D\n  dependsOn: Nowhere\n  jobs: [{job: d, steps: [{script: z}]}]\n";
    let file = of_azure(text);
    let ids: Vec<Value> = steps(&file).iter().map(|step| step["id"].clone()).collect();
    assert_eq!(ids, ["template_build_yml", "b_script", "c_script", "d_script"]);
    assert_eq!(step(&file, "b_script").get("needs"), None, "it needs the step above");
    assert_eq!(step(&file, "c_script")["if"], "inputs.go == true");
    let missing = file.notes.iter().find(|note| note.text.contains("stage Nowhere"));
    assert_eq!(missing.expect("a note").source_line, 9, "{:?}", file.notes);
}

#[test]
fn variables_of_a_part_end_with_it() {
    let text = "variables: {app: all}\nstages:\n\
        - {stage: A, variables: {app: one}, jobs: [{job: a, steps: [{script: x $(app)}]}]}\n\
        - {stage: B, jobs: [{job: b, steps: [{script: x $(app)}]}]}\n";
    let file = of_azure(text);
    assert_eq!(step(&file, "a_script")["env"]["APP"], "one");
    assert_eq!(step(&file, "b_script")["env"]["APP"], "all");
}

/// What is known only while the pipeline runs is never guessed: a condition is decided, a value is
/// asked for, and a variable that is set for later steps is told.
#[test]
fn what_comes_of_earlier_parts_is_told_where_the_file_does_not_show_it() {
    let text = "jobs:\n  a:\n    steps:\n    - {id: x, run: echo A=1 >> $GITHUB_ENV}\n\
        \x20   - {id: y, run: go, if: steps.x.outcome == 'failure'}\n";
    let file = of_github(text);
    assert_eq!(step(&file, "y")["if"], "inputs.when_y");
    let notes: Vec<&str> = file.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(notes.iter().any(|text| text.starts_with("`GITHUB_ENV`")), "{notes:?}");
    let text = "jobs: {a: {steps: [{run: 'go $GITHUB_REF_NAME ${RUNNER_OS}'}]}}\n";
    let step_env = steps(&of_github(text))[0]["env"].clone();
    assert_eq!(step_env["GITHUB_REF_NAME"], "${{ inputs.github_ref_name }}");
    assert_eq!(step_env["RUNNER_OS"], "${{ inputs.runner_os }}");
    let text = "variables: {tag: '$[ dependencies.A.outputs[x] ]'}\nsteps: [{script: go $(tag)}]\n";
    let file = of_azure(text);
    assert_eq!(step(&file, "script")["env"]["TAG"], "${{ inputs.tag }}");
    assert!(file.notes.iter().any(|note| note.text.starts_with("`tag` is worked out")));
}

#[test]
fn outputs_of_a_step_are_found_by_their_names_there() {
    let text = "jobs:\n  a:\n    outputs: {tag: '${{ steps.t.outputs.name }}'}\n    steps:\n\
        \x20   - {id: t, run: 'echo \"name=x\" >> $GITHUB_OUTPUT'}\n  b:\n    needs: a\n\
        \x20   if: needs.a.outputs.tag != ''\n    steps: [{run: 'x ${{ needs.a.outputs.tag }}'}]\n";
    let file = of_github(text);
    let b = step(&file, "b_run");
    assert_eq!(b["if"], "steps.t.outputs.outputs.name != ''");
    assert_eq!(b["env"]["NEEDS_A_OUTPUTS_TAG"], "${{ steps.t.outputs.outputs.name }}");
    assert!(step(&file, "t")["run"].as_str().expect("a text").contains("$WINDLASS_OUTPUT"));
}

#[test]
fn tasks_that_are_a_command_are_that_command_in_the_folder_of_the_file() {
    let text = "steps:\n- task: DotNetCoreCLI@2\n  inputs:\n    command: build\n\
        \x20   projects: '**/*.csproj'\n    arguments: -c $(kind)\n\
        - task: Npm@1\n  inputs: {command: custom, customCommand: run x, verbose: 'false'}\n\
        - script: terraform plan\n  workingDirectory: $(System.DefaultWorkingDirectory)/infra\n\
        - task: SomeToolInstaller@0\n\
        - task: ArchiveFiles@2\n  inputs:\n    includeRootFolder: 'false'\n\
        \x20   rootFolderOrFile: $(System.DefaultWorkingDirectory)/out\n\
        \x20   archiveFile: shop-$(Build.BuildId).zip\n\
        - task: AzureAppServiceManage@0\n\
        \x20 inputs: {Action: Restart Azure App Service, WebAppName: $(OurShop)}\n";
    let all = steps(&of_azure(text));
    assert_eq!(all.len(), 5, "{all:?}");
    assert_eq!(
        all[3]["with"],
        json!({ "from": "out", "file": "shop-${{ inputs.build_buildid }}.zip" })
    );
    assert_eq!(all[4]["with"]["app"], "ourshop");
    assert_eq!(all[0]["with"]["shell"], "bash");
    let script = all[0]["with"]["run"].as_str().expect("a text");
    assert!(
        script.contains("for project in **/*.csproj; do\n  dotnet build \"$project\" -c ${KIND}")
    );
    assert_eq!(all[1]["run"], "npm run x");
    assert_eq!(all[2]["dir"], "infra");
}

#[test]
fn a_file_that_is_none_is_told_with_its_line_and_an_empty_one_asks() {
    assert_eq!(github::convert("a: [", "p").expect_err("no YAML").line, 1);
    let file = of_azure("steps: []\n");
    assert_eq!(steps(&file)[0]["uses"], "approve");
}

fn nasty() -> impl Strategy<Value = String> {
    "(\\PC|[\n\t:#{}\\[\\]&*!|>'\"%@`$()-]|\\$\\{\\{|\\}\\}|\\$\\(a\\)){0,40}"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_texts_in_a_pipeline_give_yaml(
        name in nasty(), script in nasty(), condition in nasty(), key in nasty(), value in nasty(),
    ) {
        let azure = json!({
            "name": name, "variables": { &key: value },
            "stages": [{ "stage": name, "condition": condition, "jobs": [{ "job": key,
                "steps": [{ "script": script, "displayName": name, "env": { &key: value } },
                    { "task": name, "inputs": { &key: value }, "condition": condition },
                    { "template": value }] }] }],
        });
        let github = json!({
            "name": name, "on": { &key: null }, "env": { &key: value }, "concurrency": value,
            "jobs": { &key: { "if": condition, "environment": name, "strategy":
                { "matrix": { &name: [value, script] } }, "steps": [
                    { "run": script, "name": name, "env": { &key: value }, "if": condition },
                    { "uses": value, "with": { &key: script } }] } },
        });
        let release = json!({
            "name": name, "variables": { &key: { "value": value } },
            "environments": [{ "name": name, "conditions": [{ "name": key }], "deployPhases": [
                { "workflowTasks": [{ "name": script, "inputs": { "script": script, &key: value },
                    "taskId": "6c731c3c-3c68-459a-a5c9-bde6e6595b5b" }] }] }],
        });
        for file in [
            azure::convert(&azure.to_string(), &name),
            github::convert(&github.to_string(), &name),
            definition::convert(&release.to_string(), &name),
        ].into_iter().flatten() {
            let read = serde_saphyr::from_str::<Value>(&file.text);
            prop_assert!(read.is_ok(), "{}\n{read:?}", file.text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        for convert in [azure::convert, github::convert, definition::convert] {
            drop(convert(&text, "x"));
        }
    }
}
