//! A flipped byte of a closed journal is told with its place, or harmless. Never a panic, never
//! another content.

use crate::story::{Story, all, open};
use windlass_journal::JournalError;
use windlass_testkit::Prng;

/// Bytes of each file of the larger journal that are flipped.
const SAMPLES: u64 = 150;

#[test]
fn each_byte_of_a_small_journal() {
    let mut story = Story::begin(9);
    for length in [0, 1, 300, 448, 449, 600] {
        story.commit(length);
    }
    let (told, harmless) = flip_all(story, |_, length| (0..length).collect());
    println!("{told} told, {harmless} harmless");
    assert!(told > 1000 && harmless > 1000);
}

#[test]
fn many_bytes_of_a_larger_one() {
    let mut story = Story::begin(9);
    (0..300).for_each(|_| story.go_on());
    let (told, harmless) = flip_all(story, |prng, length| {
        (0..SAMPLES).map(|_| prng.below(length as u64) as usize).collect()
    });
    println!("{told} told, {harmless} harmless");
    assert!(told > 100 && harmless > 10);
}

fn flip_all(mut story: Story, places: impl Fn(&mut Prng, usize) -> Vec<usize>) -> (u64, u64) {
    story.close();
    let before = all(&open(&story.disk).unwrap());
    let (mut told, mut harmless) = (0, 0);
    let mut prng = Prng::new(10);
    for (name, length) in story.disk.files() {
        for at in places(&mut prng, length) {
            let disk = story.disk.copy();
            disk.flip(&name, at, 1 + prng.below(255) as u8);
            match open(&disk) {
                Ok(journal) => {
                    assert_eq!(all(&journal), before, "byte {at} of {name}");
                    harmless += 1;
                }
                Err(JournalError::Damaged { file, offset, .. }) => {
                    let near = file == name && offset <= at as u64;
                    assert!(near, "byte {at} of {name} was told as {file} {offset}");
                    told += 1;
                }
                Err(other) => panic!("byte {at} of {name}: {other}"),
            }
        }
    }
    (told, harmless)
}

#[test]
fn a_missing_segment_is_told() {
    let mut story = Story::begin(11);
    (0..30).for_each(|_| story.commit(3000));
    story.close();
    let names = story.disk.files().into_iter().map(|(name, _)| name);
    let segments: Vec<_> = names.filter(|name| name.starts_with("segment")).collect();
    assert!(segments.len() > 2);
    for name in &segments[..segments.len() - 1] {
        let disk = story.disk.copy();
        windlass_journal::Disk::remove(&disk, name).unwrap();
        let error = open(&disk).map(|_| ()).unwrap_err();
        let is_it = matches!(&error, JournalError::Damaged { file, .. } if file == name);
        assert!(is_it, "{name}: {error}");
    }
}
