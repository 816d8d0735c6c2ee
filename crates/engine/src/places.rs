//! Paths in inputs: one that is computed and not absolute begins in the folder of the workflow's
//! file, wherever one goes on with the run. An action's schema says which fields are paths
//! (`format: path`). It must not know any action.

use std::path::{Path, PathBuf};
use windlass_model::Value;

/// Makes the paths of an input absolute.
pub fn place(folder: &str, schema: &Value, input: &mut Value) {
    let (Some(fields), Some(input)) = (schema["properties"].as_object(), input.as_object_mut())
    else {
        return;
    };
    for (name, _) in fields.iter().filter(|(_, field)| field["format"] == "path") {
        let Some(Value::String(path)) = input.get_mut(name) else { continue };
        let full = Path::new(folder).join(&*path).components().collect::<PathBuf>();
        // Both parts came in as text.
        *path = full.to_string_lossy().into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_computed_path_begins_where_the_file_lies() {
        let path = json!({"type": "string", "format": "path"});
        let properties = json!({"file": path, "to": {"type": "string"}});
        let schema = json!({"type": "object", "properties": properties});
        let placed = |mut input: Value| {
            place("/srv/shop", &schema, &mut input);
            input
        };
        for (given, becomes) in [
            ("notes/7.2.md", "/srv/shop/notes/7.2.md"),
            ("./notes", "/srv/shop/notes"),
            (".", "/srv/shop"),
            ("../other", "/srv/shop/../other"),
            ("/srv/app", "/srv/app"),
        ] {
            let becomes = json!({"file": becomes, "to": given});
            let once = placed(json!({"file": given, "to": given}));
            assert_eq!(once, becomes);
            assert_eq!(placed(once), becomes, "once is as often as one likes");
        }
        assert_eq!(placed(json!({})), json!({}));
        assert_eq!(placed(json!({"file": 7})), json!({"file": 7}));
    }
}
