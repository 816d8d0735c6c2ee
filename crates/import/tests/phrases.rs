//! One sentence for each phrase of the table, and sentences that must not become actions.

#![expect(clippy::expect_used, reason = "a test may panic")]

use windlass_import::known::{Known, Thing};
use windlass_import::page::markdown;
use windlass_import::{Written, wiki};

fn imported(sentence: &str, known: &Known) -> Written {
    let page = markdown::read(&format!("# Page\n\n1. {sentence}\n"));
    let mut files = wiki::convert(&page, known).expect("a numbered step");
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// Each sentence gives this action, and its file holds these texts.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("Stop prod2, prod2api and prod2web.", "azure.app_service.stop", &["for_each: [prod2, "]),
    ("Start the `orders` app service again.", "azure.app_service.start", &["app: orders"]),
    ("Restart web-01", "azure.app_service.restart", &["app: web_01"]),
    ("Swap the `shop-staging` slot with production", "azure.app_service.swap_slots", &[]),
    ("Route 20% of the traffic to shop-new", "azure.app_service.set_traffic", &["percent: 20"]),
    ("Delete the `shop-staging` slot", "azure.app_service.delete_slot", &["confirm_by_name"]),
    (
        "Update connection strings of qa4 to point to dispatcherqa4prod{n}",
        "azure.app_service.set_connection_string",
        &["database: \"dispatcherqa4prod${{ inputs.n }}\"", "# fill in: the name of"],
    ),
    ("Set `Flag__New` to `true` on qa4", "azure.app_service.set_app_settings", &["Flag__New"]),
    ("Update environment variables on qa4", "azure.app_service.set_app_settings", &["# fill in:"]),
    (
        "Make a backup of OrdersOld into azure storage.",
        "azure.sql.export_bacpac",
        &["OrdersOld-${{ run.date }}.bacpac", "# fill in:"],
    ),
    ("Export OrdersOld to a bacpac file", "azure.sql.export_bacpac", &[]),
    ("Take a backup of the orders database", "azure.sql.copy_database", &["orders-${{ run.date"]),
    ("Take a full qa4 database backup", "azure.sql.copy_database", &["from: qa4"]),
    ("Back up OrdersDb to OrdersDbOld", "azure.sql.copy_database", &["to: OrdersDbOld"]),
    ("Copy DispatcherProd2 into DispatcherProd2old", "azure.sql.copy_database", &["to: Dispa"]),
    ("Restore qa4-old backup into qa4prod{n} database", "azure.sql.copy_database", &["inputs.n"]),
    ("Rename OrdersDb to OrdersDbOld", "azure.sql.rename_database", &["to: OrdersDbOld"]),
    ("Delete the OrdersOld database", "azure.sql.delete_database", &["requires:"]),
    ("Disable azure access to the OrdersDb database", "azure.sql.set_azure_access", &["false"]),
    ("Allow Azure services access to OrdersDb", "azure.sql.set_azure_access", &["true"]),
    (
        "Deploy the last `prod` based build to qa4.",
        "azure_devops.release.deploy",
        &["branch: prod"],
    ),
    ("Deploy (2.7.1.213) to rnapi", "azure_devops.release.deploy", &["inputs.version"]),
    ("Deploy hotfix to `prod`", "azure_devops.release.deploy", &["stage: prod"]),
    (
        "Copy NextVersion and overwrite Prod_NextVersion with its value",
        "azure_devops.build.set_variables",
        &["from: NextVersion"],
    ),
    (
        "Increment NextBuildVersion, e.g. from 7.1 to 7.2",
        "azure_devops.build.set_variables",
        &["minor"],
    ),
    ("Merge `main` into `prod` with [skip ci]", "azure_devops.git.merge", &["skip_ci: true"]),
    ("Check out the `release` branch", "git.clone_or_update", &["branch: release"]),
    (
        "Create a branch called release/1.2 from `main`",
        "azure_devops.git.create_branch",
        &["from: main"],
    ),
    (
        "Create a feature branch based on `prod`",
        "azure_devops.git.create_branch",
        &["inputs.branch"],
    ),
    (
        "Open a PR into `prod` (not into `main`)",
        "azure_devops.pull_request.create",
        &["not_into: [main]"],
    ),
    ("Queue a build of `main`", "azure_devops.build.queue", &["branch: main"]),
    ("Run the `nightly-load` pipeline", "azure_devops.pipeline.run", &["nightly-load"]),
    ("Verify that https://shop.example.com/health is green", "http.check", &["shop.example.com"]),
    ("Wait for about 10 minutes", "wait", &["for: 10m"]),
    ("Tell the team in the #releases channel", "notify.slack", &["# fill in:"]),
    ("Post it to the Teams channel", "notify.teams", &["# fill in:"]),
    ("Send a mail to team@example.com", "notify.email", &["team@example.com"]),
];

#[test]
fn each_phrase_becomes_its_action() {
    for (sentence, action, texts) in KNOWN {
        let file = imported(sentence, &Known::default());
        assert!(file.text.contains(&format!("uses: {action}\n")), "{sentence}\n{}", file.text);
        assert_eq!(file.share.actions, 1, "{sentence}\n{}", file.text);
        for text in *texts {
            assert!(file.text.contains(text), "{sentence}: {text}\n{}", file.text);
        }
    }
}

#[test]
fn a_command_is_run_and_its_places_are_variables() {
    let file = imported("Run `./migrate.sh up <version>`", &Known::default());
    assert!(file.text.contains("run: \"./migrate.sh up ${VERSION}\""), "{}", file.text);
    assert!(file.text.contains("VERSION: \"${{ inputs.version }}\""), "{}", file.text);
}

/// What only looks like a phrase stays with people, word for word.
#[test]
fn what_is_no_name_is_no_action() {
    let all = [
        "Stop the meeting",
        "Start the process",
        "Copy the changes into the document",
        "Deploy to production",
        "Delete the old files",
        "Merge the PR into the release",
        "Check the dashboard",
        "Notify the team",
        "Run the tests",
        "Restart everything",
        "Create a release branch",
        "Restore the backup",
    ];
    for sentence in all {
        let file = imported(sentence, &Known::default());
        assert!(file.text.contains("uses: checklist"), "{sentence}\n{}", file.text);
        assert!(file.text.contains(&format!("done: {sentence}")), "{sentence}\n{}", file.text);
        assert_eq!(file.share.actions, 0, "{sentence}\n{}", file.text);
    }
}

/// An environment tells which thing a word means, and where it is deployed from.
#[test]
fn an_environment_gives_its_own_names() {
    let thing = |name: &str, kind: &str, keys: &[(&str, &str)]| Thing {
        name: name.to_owned(),
        kind: kind.to_owned(),
        keys: keys.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect(),
    };
    let known = Known {
        things: vec![
            thing("orders_db", "azure.sql_database", &[("database", "OrdersDb"), ("server", "s")]),
            thing("sql", "azure.sql_server", &[("server", "s")]),
            thing(
                "shop",
                "azure.app_service",
                &[
                    ("site", "shop-prod"),
                    ("stage", "Shop PROD"),
                    ("release_definition", "17"),
                    ("health_url", "https://shop.example.com/"),
                ],
            ),
        ],
        simulated: false,
    };
    for (sentence, texts) in [
        ("Copy ordersdb to OrdersOld", &["from: orders_db", "orders_db: azure.sql_database"][..]),
        ("Stop shop-prod", &["with: { app: shop }"]),
        ("Disable azure access to OrdersDb", &["server: sql"]),
        ("Deploy 1.2.3 to shop prod", &["stage: Shop PROD", "definition: 17"]),
        ("Deploy 1.2.3 to moon", &["stage:    # fill in: the stage that `moon` means"]),
        ("Check https://shop.example.com", &["apps: [shop]"]),
    ] {
        let file = imported(sentence, &known);
        for text in texts {
            assert!(file.text.contains(text), "{sentence}: {text}\n{}", file.text);
        }
    }
}
