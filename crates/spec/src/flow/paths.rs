//! Paths of this machine in the input of a step: they begin in the folder of the file that names
//! them, wherever windlass is started, resumed or asked to undo. It must not know any action: a
//! schema says which fields are paths (`format: path`).

use std::path::Path;
use windlass_model::Value;
use windlass_model::expr::Template;

/// An input with its paths written out. One that is computed is the engine's to place.
pub fn in_folder(mut with: Template, schema: &Value, folder: &Path) -> Template {
    let fields = schema["properties"].as_object().filter(|_| !folder.as_os_str().is_empty());
    let paths = fields.into_iter().flatten().filter(|(_, field)| field["format"] == "path");
    for (name, field) in paths {
        let default = field["default"].as_str();
        match &mut with {
            Template::Literal(Value::Object(map)) => {
                let given = map.get(name).and_then(Value::as_str);
                if let Some(path) = given.or(default) {
                    map.insert(name.clone(), full(folder, path).into());
                }
            }
            Template::Map(entries) => match entries.iter_mut().find(|(key, _)| key == name) {
                Some((_, Template::Literal(given))) => {
                    *given =
                        given.as_str().map_or_else(|| given.clone(), |it| full(folder, it).into());
                }
                Some(_) => {}
                None => {
                    let made = default.map(|path| Template::Literal(full(folder, path).into()));
                    entries.extend(made.map(|path| (name.clone(), path)));
                }
            },
            _ => {}
        }
    }
    with
}

/// A path that begins in a folder, written out.
pub fn full(folder: &Path, path: &str) -> String {
    let path = folder.join(path).components().collect::<std::path::PathBuf>();
    // Both parts came in as text.
    path.to_string_lossy().into_owned()
}
