//! Parts of a pipeline in an order in which each comes behind those that it needs, else as they
//! stand in the file.

/// The parts, by what they are called and what they need; a need that is not there is no reason to
/// wait.
pub fn in_order<T>(
    parts: Vec<T>,
    name: impl Fn(&T) -> Option<String>,
    needs: impl Fn(&T) -> Vec<String>,
) -> Vec<T> {
    let names: Vec<String> = parts.iter().filter_map(&name).collect();
    let mut waiting = parts;
    let mut done: Vec<String> = Vec::new();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|part| {
            needs(part).iter().all(|need| done.contains(need) || !names.contains(need))
        });
        // In a circle the first goes first: the pipeline would not run there either.
        let part = waiting.remove(ready.unwrap_or_default());
        done.extend(name(&part));
        ordered.push(part);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first_and_nothing_is_lost() {
        let parts = vec![("c", vec!["b"]), ("a", vec![]), ("b", vec!["a", "gone"])];
        let name = |part: &(&str, Vec<&str>)| Some(part.0.to_owned());
        let needs = |part: &(&str, Vec<&str>)| part.1.iter().map(|n| (*n).to_owned()).collect();
        let names: Vec<&str> = in_order(parts, name, needs).iter().map(|part| part.0).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let circle = vec![("x", vec!["y"]), ("y", vec!["x"])];
        assert_eq!(in_order(circle, name, needs).len(), 2);
    }
}
