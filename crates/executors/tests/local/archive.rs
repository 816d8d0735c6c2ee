//! The actions on archives through the kit, and what they refuse.

use crate::support::bench::Bench;
use crate::support::context::Known;
use crate::support::folder::{self, FolderSubject};
use serde_json::{Value, json};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use windlass_ports::Probed;
use windlass_testkit::action_conformance;

/// A build with a program, a page and a link.
fn bench() -> Bench {
    let bench = Bench::new(Known::of(&[]));
    std::fs::create_dir_all(bench.path("build/bin")).unwrap();
    std::fs::write(bench.path("build/bin/app"), b"\x7fELF\0").unwrap();
    let mode = PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(bench.path("build/bin/app"), mode).unwrap();
    std::fs::write(bench.path("build/page"), "hello\n".repeat(1_000)).unwrap();
    symlink("bin/app", bench.path("build/app")).unwrap();
    bench
}

fn at(bench: &Bench, input: Value) -> Value {
    let text = input.to_string().replace("{}", bench.folder.path().to_str().unwrap());
    serde_json::from_str(&text).unwrap()
}

async fn packing(name: &str) -> FolderSubject {
    let bench = bench();
    let input = at(&bench, json!({"from": "{}/build", "file": format!("{{}}/{name}")}));
    FolderSubject { bench, kind: "archive.create", input }
}

async fn unpacking(name: &str) -> FolderSubject {
    let FolderSubject { bench, input, .. } = packing(name).await;
    bench.done("archive.create", input).await;
    let input = at(&bench, json!({"file": format!("{{}}/{name}"), "to": "{}/out"}));
    FolderSubject { bench, kind: "archive.extract", input }
}

action_conformance!(pack_tar, packing("app.tar.gz"));
action_conformance!(pack_zip, packing("app.zip"));
action_conformance!(unpack_tar, unpacking("app.tar.gz"));
action_conformance!(unpack_zip, unpacking("app.zip"));

#[tokio::test]
async fn what_is_packed_comes_out_as_it_was_and_the_same_content_gives_the_same_bytes() {
    for name in ["app.tar.gz", "app.zip"] {
        let subject = unpacking(name).await;
        let output = subject.bench.done("archive.extract", subject.input.clone()).await;
        let of = |name: &str| folder::content(&subject.bench.path(name));
        assert_eq!(of("out"), of("build"), "{name}");
        assert_eq!(output["files"], 3);
        let again = at(&subject.bench, json!({"from": "{}/out", "file": format!("{{}}/2{name}")}));
        subject.bench.done("archive.create", again).await;
        let bytes = |name: &str| std::fs::read(subject.bench.path(name)).unwrap();
        assert_eq!(bytes(name), bytes(&format!("2{name}")), "{name}");
    }
}

#[tokio::test]
async fn an_archive_is_verified_to_its_last_byte() {
    for name in ["app.tar.gz", "app.zip"] {
        let FolderSubject { bench, input, .. } = packing(name).await;
        let made = bench.done("archive.create", input).await;
        let file = format!("{{}}/{name}");
        let good = json!({"file": file, "holds": ["bin/app"], "sha256": made["sha256"]});
        assert_eq!(bench.done("archive.verify", at(&bench, good)).await, made);
        let lacks = at(&bench, json!({"file": file, "holds": ["bin/other"]}));
        let why = bench.refused("archive.verify", lacks).await;
        assert!(why.contains("it lacks bin/other"), "{why}");
        let small = at(&bench, json!({"file": file, "max_bytes": 100}));
        let why = bench.refused("archive.verify", small).await;
        assert!(why.contains("more than 100 bytes"), "{why}");
        let bytes = std::fs::read(bench.path(name)).unwrap();
        for cut in [bytes.len() - 1, bytes.len() / 2] {
            std::fs::write(bench.path(name), &bytes[..cut]).unwrap();
            let input = at(&bench, json!({"file": file}));
            let why = bench.refused("archive.verify", input).await;
            assert!(why.starts_with("failed to read the archive"), "{name} {cut}: {why}");
        }
    }
}

fn evil(file: &Path, header: impl FnOnce(&mut tar::Header), name: &[u8]) {
    let out = std::fs::File::create(file).unwrap();
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(out, Default::default()));
    let mut one = tar::Header::new_gnu();
    one.as_old_mut().name[..name.len()].copy_from_slice(name);
    one.set_size(0);
    one.set_mode(0o644);
    header(&mut one);
    one.set_cksum();
    builder.append(&one, std::io::empty()).unwrap();
    builder.into_inner().unwrap().finish().unwrap();
}

/// What is wrong with an entry.
type Spoil = Box<dyn FnOnce(&mut tar::Header)>;

#[tokio::test]
async fn what_leads_out_of_the_folder_is_refused_and_nothing_is_left() {
    let bench = bench();
    let file = bench.path("evil.tar.gz");
    let link = |to: &'static str| {
        move |header: &mut tar::Header| {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_link_name(to).unwrap();
        }
    };
    let cases: [(Spoil, &[u8]); 6] = [
        (Box::new(|_| ()), b"../out-there"),
        (Box::new(|_| ()), b"/tmp/out-there"),
        (Box::new(|_| ()), b"a/../../b"),
        (Box::new(link("/etc/passwd")), b"a"),
        (Box::new(link("../../etc")), b"a/b"),
        (Box::new(|header| header.set_entry_type(tar::EntryType::Link)), b"a"),
    ];
    for (header, name) in cases {
        evil(&file, header, name);
        let input = at(&bench, json!({"file": "{}/evil.tar.gz", "to": "{}/out"}));
        let why = bench.refused("archive.extract", input).await;
        let known = why.contains("leads out of") || why.contains("of a kind that is not taken");
        assert!(known, "{}: {why}", String::from_utf8_lossy(name));
        assert!(!bench.path("out").exists());
    }
    let mut writer = zip::ZipWriter::new(std::fs::File::create(bench.path("evil.zip")).unwrap());
    writer.start_file("../out-there", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(b"x").unwrap();
    writer.finish().unwrap();
    let input = at(&bench, json!({"file": "{}/evil.zip", "to": "{}/out"}));
    let why = bench.refused("archive.extract", input).await;
    assert!(why.contains("leads out of"), "{why}");
    assert!(!bench.folder.path().join("../out-there").exists());
}

#[tokio::test]
async fn a_folder_that_somebody_worked_in_survives_the_undo() {
    let subject = unpacking("app.tar.gz").await;
    let step = subject.bench.step("archive.extract", subject.input.clone()).await.unwrap();
    let output = step.done().await;
    std::fs::write(subject.bench.path("out/page"), "theirs").unwrap();
    step.undo(Some(output)).await;
    assert_eq!(std::fs::read_to_string(subject.bench.path("out/page")).unwrap(), "theirs");
    assert!(matches!(step.probe().await, Probed::Unknown(_)));
}
