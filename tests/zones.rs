//! Times in the zone that a file names, and what the other clocks show on that date (D9): before a
//! run, while it waits, and afterwards; and which of two orders a plan has.

use crate::home::{Home, repository};
use crate::spoken::keep;

/// A day before New York changes its clocks, three weeks before Paris does.
const ENVIRONMENT: &str = "zone: America/New_York\nshow_zones: [Europe/Paris]\n\
    clock_start: 2026-03-07T20:00:00Z\n";

const NIGHT: &str = r#"name: night
inputs:
  safer_order: { type: bool, default: false, description: check before the old one is dropped }
steps:
  - { id: night, needs: [], uses: wait, with: { until: "03:00" } }
  - { id: exact, needs: [], uses: wait, with: { until: "2026-11-01T03:00" } }
  - { id: opens, needs: [], uses: wait,
      with: { window: { days: [mon], from: "03:00", to: "05:00", zone: Europe/Paris } } }
  - { id: early, needs: [], run: "true", not_before: "04:00" }
  - { id: asked, needs: [], uses: approve, with: { prompt: "Go?" }, timeout: 3d }
  - { id: drop, needs: [night], if: "!inputs.safer_order", run: "true" }
  - { id: check, run: "true" }
  - { id: drop_last, if: inputs.safer_order, run: "true" }
"#;

fn home() -> Home {
    let home = Home::new();
    home.file("environments/prod.yaml", ENVIRONMENT);
    home.file("night.yaml", NIGHT);
    home
}

#[test]
fn d09_a_plan_tells_times_in_the_zone_that_decides_and_in_the_others() {
    let home = home();
    let plan = |more: &[&str]| {
        let words = [&["plan", "night.yaml", "--env", "prod"], more].concat();
        home.windlass(&words).expect(0)
    };
    keep("zones_plan", &plan(&[]).stdout);
    let safer = plan(&["--input", "safer_order=true", "--json"]).json();
    let of = |id: &str| safer["steps"].as_array().unwrap().iter().find(|one| one["step"] == id);
    assert_eq!(of("drop").unwrap()["never_runs"], true);
    assert_eq!(of("drop_last").unwrap()["never_runs"], false);
    let told = "safer_order=true: with drop_last, without drop \
                (check before the old one is dropped)";
    assert_eq!(safer["switches"], serde_json::json!([told]));
}

#[test]
fn d09_a_run_that_waits_tells_its_times_in_the_same_zones() {
    let home = home();
    let words = ["start", "night.yaml", "--env", "prod", "--exit-when-waiting"];
    let said = home.windlass(&words).expect(4).stderr;
    let night = "until 2026-03-08 03:00 America/New_York (08:00 Europe/Paris, 07:00 UTC)";
    let heard = said.lines().any(|line| line.contains("night: waits") && line.ends_with(night));
    assert!(heard, "{said}");
    let shown = home.windlass(&["show", "run_"]).expect(0).stdout;
    let asked = shown.lines().find(|line| line.contains("waits for a human")).unwrap();
    assert!(
        asked.contains("until 2026-03-10 ") && asked.contains("America/New_York (2"),
        "{asked}"
    );
    let shown: Vec<&str> = shown.lines().filter(|line| *line != asked).collect();
    keep("zones_show", &shown.join("\n"));
    let listed = home.windlass(&["list"]).expect(0).stdout;
    assert!(listed.contains("night at 2026-03-08 03:00 America/New_York"), "{listed}");
    let history = home.windlass(&["history", "run_"]).expect(0).stdout;
    assert!(history.contains(night), "{history}");
}

#[test]
fn the_plan_of_the_release_says_when_the_night_is_and_which_order_it_has() {
    let home = Home::new();
    let [file, env] = ["workflows/release.yaml", "workflows/environments/rehearsal.yaml"]
        .map(|path| repository(path).display().to_string());
    let plan = home.windlass(&["plan", &file, "--env", &env]).expect(0).stdout;
    let line = |start: &str| plan.lines().find(|line| line.trim().starts_with(start)).unwrap();
    let order = line("safer_order=false: ");
    assert!(order.contains("with confirm_delete, delete_old, without"), "{order}");
    assert!(order.contains("without confirm_delete_last, delete_old_last"), "{order}");
    let night = plan.lines().find(|line| line.contains("waits until 03:00, next ")).unwrap();
    for zone in ["Europe/Berlin (", "America/New_York", "UTC"] {
        assert!(night.contains(zone), "{night}");
    }
}
