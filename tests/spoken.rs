//! What windlass says, with what differs from run to run replaced by words, so that it can be kept.

use insta::Settings;

/// Keeps what is said under the test's own name.
pub fn keep(name: &str, said: &str) {
    let mut settings = Settings::clone_current();
    settings.add_filter(r"run_[0-9a-f]{32}", "RUN");
    settings.add_filter(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?", "MOMENT");
    settings.add_filter(r"\b\d\d:\d\d:\d\dZ?", "TIME");
    settings.add_filter(r"/tmp/\.tmp\w+", "HOME");
    settings.add_filter(r"process \d+", "process PID");
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID");
    settings.add_filter(r"\b[0-9a-f]{64}\b", "SHA256");
    settings.add_filter(r#""sealed":"[^"]+""#, r#""sealed":"SEALED""#);
    settings.add_filter(r"(since|after) \d+m?s", "$1 SPAN");
    // Columns are as wide as what stands in them.
    settings.add_filter(r" {2,}", "  ");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, said));
}
