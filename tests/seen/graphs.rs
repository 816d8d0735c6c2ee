//! Pictures of all shipped workflows in the browser: no box touches another, no word leaves its
//! box, no arrow goes through a box or a label, and each is of a shape that fits a screen or a
//! wall.

use crate::browser::look;
use crate::home::{Home, repository};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Width by height of a picture that is taller than a screen.
const SHAPES: std::ops::Range<f64> = 0.75..2.4;

/// A picture that is not taller is left as it comes: a short chain.
const TALL: f64 = 1_300.0;

/// Every shipped workflow, with the environment that it is drawn for.
fn shipped() -> Vec<(PathBuf, &'static str)> {
    let of = |folder: &str, environment| {
        let files = std::fs::read_dir(repository(folder)).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
        files.sort();
        files.into_iter().map(move |path| (path, environment))
    };
    of("workflows", "rehearsal").chain(of("workflows/local", "local")).collect()
}

fn draw(home: &Home, file: &Path, environment: &str) -> PathBuf {
    let (words, name) = (file.display().to_string(), file.file_stem().unwrap().to_str().unwrap());
    let words = ["graph", &words, "--env", environment, "--format", "svg"];
    home.file(&format!("{name}.svg"), &home.windlass(&words).expect(0).stdout)
}

#[test]
fn no_picture_of_a_shipped_workflow_has_anything_in_its_way() {
    let home = Home::new();
    let shipped = shipped();
    assert!(shipped.len() >= 15, "{shipped:?}");
    let files: Vec<PathBuf> =
        shipped.iter().map(|(file, environment)| draw(&home, file, environment)).collect();
    let looks = look(&files);
    assert_eq!(looks.len(), files.len());
    for one in &looks {
        let file = &one.seen["file"];
        for key in ["spilled", "touching", "crossed", "over", "strange", "said"] {
            assert!(one.list(key).is_empty(), "{file} {key}: {}", one.seen[key]);
        }
        let (nodes, width) = (one.number("nodes"), one.number("own"));
        assert!(nodes >= 3.0 && one.number("arrows") >= nodes - 1.0, "{file}");
        let svg = std::fs::read_to_string(home.path().join(file.as_str().unwrap())).unwrap();
        let height = svg.split("height=\"").nth(1).unwrap().split('"').next().unwrap();
        let height: f64 = height.parse().unwrap();
        assert!(height < TALL || SHAPES.contains(&(width / height)), "{file}: {width}x{height}");
    }
}

/// What finds nothing anywhere would find nothing here either.
#[test]
fn what_is_in_the_way_is_found() {
    let home = Home::new();
    let node = |x: u32, text: &str| {
        format!(
            "<g class=\"node\"><title>t</title><rect x=\"{x}\" y=\"10\" width=\"50\" \
             height=\"30\"/><text x=\"{x}\" y=\"30\">{text}</text></g>"
        )
    };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" width=\"400\" \
         height=\"100\">{}{}{}<path class=\"arrow\" d=\"M0 25H400\"/></svg>",
        node(20, "far too long for this box"),
        node(60, "b"),
        node(300, "c")
    );
    let looks = look(&[home.file("bad.svg", &svg)]);
    let one = &looks[0];
    for key in ["spilled", "touching", "crossed"] {
        assert!(!one.list(key).is_empty(), "{key} is not found: {}", one.seen);
    }
    let list = |key: &str| one.list(key).iter().filter_map(Value::as_str).collect::<Vec<_>>();
    assert_eq!(list("spilled"), ["far too long for this box"]);
}
