//! What the page shows of the OpenAPI document: operations with their fields,
//! ready to be written down.

use serde_json::Value;

use super::words::ApiWords;

/// Objects within objects that are shown.
const DEEPEST: usize = 4;

/// Operations that belong together.
pub(super) struct Section {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) operations: Vec<Operation>,
}

/// One operation.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: Vec<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) success: Vec<Success>,
    pub(super) failures: Vec<Failure>,
    /// It may be tried on the page.
    pub(super) tryable: bool,
}

/// One parameter.
pub(super) struct Parameter {
    pub(super) place: String,
    pub(super) field: Field,
    pub(super) example: String,
}

/// What is sent.
pub(super) struct Body {
    pub(super) media: String,
    pub(super) groups: Vec<Vec<Field>>,
    pub(super) example: Option<String>,
}

/// What is answered.
pub(super) struct Success {
    pub(super) status: String,
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
}

/// What may go wrong.
pub(super) struct Failure {
    pub(super) status: String,
    /// The kind of problem; none of the token's own words.
    pub(super) slug: Option<String>,
    pub(super) description: String,
}

/// One field.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) description: String,
}

/// Reads a document for people.
pub(super) struct Reader<'document> {
    pub(super) document: &'document Value,
    pub(super) words: &'static ApiWords,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The entries of an object, or none.
fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

impl<'document> Reader<'document> {
    /// Everything, in the order of the document's tags.
    pub(super) fn sections(&self) -> Vec<Section> {
        items(&self.document["tags"])
            .map(|tag| {
                let name = text(&tag["name"]);
                Section {
                    id: name.to_lowercase().replace(' ', "-"),
                    operations: self.operations(&name),
                    // The name is what operations refer to; people read the title.
                    name: tag["x-title"].as_str().map_or(name, str::to_owned),
                    description: text(&tag["description"]),
                }
            })
            .collect()
    }

    /// The kinds of problems, by status.
    pub(super) fn problems(&self) -> Vec<Failure> {
        let mut problems: Vec<_> = entries(&self.document["components"]["responses"])
            .map(|(slug, response)| Failure {
                status: text(&response["x-status"]),
                slug: Some(slug.clone()),
                description: text(&response["description"]),
            })
            .collect();
        problems.sort_by(|one, other| one.status.cmp(&other.status));
        problems
    }

    fn operations(&self, tag: &str) -> Vec<Operation> {
        let all = entries(&self.document["paths"]).flat_map(|(path, operations)| {
            entries(operations).map(move |(method, operation)| (path, method, operation))
        });
        all.filter(|(_, _, operation)| operation["tags"][0] == tag)
            .map(|(path, method, operation)| self.operation(path, method, operation))
            .collect()
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Operation {
        let id = text(&operation["operationId"]);
        let description = text(&operation["description"]);
        let (mut success, mut failures) = (Vec::new(), Vec::new());
        for (status, response) in entries(&operation["responses"]) {
            if status.starts_with('2') {
                let (schema, _) = first_content(response);
                success.push(Success {
                    status: status.clone(),
                    description: text(&response["description"]),
                    // All of them are always there.
                    fields: self
                        .fields(schema, "", 0)
                        .into_iter()
                        .map(|field| Field {
                            required: false,
                            ..field
                        })
                        .collect(),
                });
            } else {
                let slug = response["$ref"]
                    .as_str()
                    .and_then(|it| it.rsplit('/').next());
                failures.push(Failure {
                    status: status.clone(),
                    slug: slug.map(str::to_owned),
                    description: text(&self.resolve(response)["description"]),
                });
            }
        }
        Operation {
            tryable: id != "getToken",
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]).trim_end_matches('.').to_owned(),
            description: description
                .split("\n\n")
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
            parameters: items(&operation["parameters"])
                .map(|it| self.parameter(it))
                .collect(),
            body: self.body(&operation["requestBody"]),
            success,
            failures,
            id,
        }
    }

    fn parameter(&self, parameter: &Value) -> Parameter {
        let schema = self.resolve(&parameter["schema"]);
        Parameter {
            place: text(&parameter["in"]),
            example: text(&parameter["example"]),
            field: Field {
                name: text(&parameter["name"]),
                kind: self.kind(schema),
                required: parameter["required"] == true,
                description: text(&parameter["description"]),
            },
        }
    }

    fn body(&self, body: &Value) -> Option<Body> {
        let (schema, content) = first_content(body);
        let media = entries(&body["content"]).next()?.0.clone();
        let resolved = self.resolve(schema);
        let choices: Vec<_> = items(&resolved["oneOf"]).collect();
        let groups = match choices.is_empty() {
            true => vec![self.fields(schema, "", 0)],
            false => choices
                .iter()
                .map(|choice| self.fields(choice, "", 0))
                .collect(),
        };
        let example = &content["example"];
        Some(Body {
            media,
            groups,
            example: (!example.is_null())
                .then(|| serde_json::to_string_pretty(example).unwrap_or_default()),
        })
    }

    /// Follows references.
    fn resolve(&self, mut schema: &'document Value) -> &'document Value {
        for _ in 0..DEEPEST {
            let Some(reference) = schema["$ref"].as_str() else {
                return schema;
            };
            let pointer = reference.trim_start_matches('#');
            schema = self.document.pointer(pointer).unwrap_or(&Value::Null);
        }
        schema
    }

    /// Of something that may be null, what it is otherwise.
    fn not_null(&self, schema: &'document Value) -> (&'document Value, bool) {
        let schema = self.resolve(schema);
        let choices: Vec<_> = items(&schema["oneOf"]).collect();
        match choices.as_slice() {
            [null, other] | [other, null] if null["type"] == "null" => (self.resolve(other), true),
            _ => {
                let null = items(&schema["type"]).any(|kind| kind == "null");
                (schema, null)
            }
        }
    }

    /// The fields of an object, those of objects within it after their own.
    fn fields(&self, schema: &'document Value, before: &str, depth: usize) -> Vec<Field> {
        let (schema, _) = self.not_null(schema);
        let required: Vec<_> = items(&schema["required"])
            .filter_map(Value::as_str)
            .collect();
        let mut fields = Vec::new();
        for (name, given) in entries(&schema["properties"]) {
            let (inner, null) = self.not_null(given);
            let list = inner["type"] == "array";
            let within = if list {
                self.resolve(&inner["items"])
            } else {
                inner
            };
            let full = format!("{before}{name}{}", if list { "[]" } else { "" });
            let mut kind = self.kind(inner);
            if null {
                kind = format!("{kind} {}", self.words.or_null);
            }
            let own = given["description"]
                .as_str()
                .or(inner["description"].as_str());
            fields.push(Field {
                name: full.clone(),
                kind,
                required: required.contains(&name.as_str()),
                description: own.unwrap_or_default().to_owned(),
            });
            if depth < DEEPEST {
                let below = format!("{full}.");
                let choices: Vec<_> = items(&within["oneOf"]).collect();
                if choices.is_empty() {
                    fields.extend(self.fields(within, &below, depth + 1));
                }
                // The last choice has the fields of the others too.
                if let Some(widest) = choices.last() {
                    fields.extend(self.fields(widest, &below, depth + 1));
                }
            }
        }
        fields
    }

    /// What a value is, in words.
    fn kind(&self, schema: &'document Value) -> String {
        let words = self.words;
        let (schema, _) = self.not_null(schema);
        let names = items(&schema["type"]).find(|kind| *kind != "null");
        let kind = names
            .unwrap_or(&schema["type"])
            .as_str()
            .unwrap_or("object");
        let name = match (kind, schema["format"].as_str()) {
            ("string", Some("date")) => words.kind_date,
            ("string", Some("date-time")) => words.kind_time,
            ("string", Some("uuid")) => words.kind_id,
            ("string", _) => words.kind_text,
            ("integer", _) => words.kind_whole,
            ("number", _) => words.kind_number,
            ("boolean", _) => words.kind_boolean,
            ("array", _) => words.kind_list,
            _ => words.kind_object,
        };
        let mut said = vec![name.to_owned()];
        let choices: Vec<_> = items(&schema["enum"]).filter_map(Value::as_str).collect();
        if !choices.is_empty() {
            said = vec![choices.join(" | ")];
        } else if let Some(only) = constant(schema) {
            said = vec![only.to_owned()];
        }
        if let Some(least) = plain(&schema["minimum"]) {
            said.push(format!("{} {least}", words.at_least));
        }
        if let Some(most) = plain(&schema["maximum"]) {
            said.push(format!("{} {most}", words.at_most));
        }
        if let Some(most) = schema["maxLength"].as_u64() {
            said.push(format!("{} {most} {}", words.at_most, words.characters));
        }
        said.join(" ")
    }
}

/// The one text that a pattern allows.
fn constant(schema: &Value) -> Option<&str> {
    let only = schema["pattern"]
        .as_str()?
        .strip_prefix('^')?
        .strip_suffix('$')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_:-".contains(c);
    only.chars().all(plain).then_some(only)
}

/// A number without decimals that say nothing.
fn plain(number: &Value) -> Option<String> {
    let text = number.is_number().then(|| number.to_string())?;
    Some(text.trim_end_matches(".0").to_owned())
}

fn first_content(of: &Value) -> (&Value, &Value) {
    let content = entries(&of["content"])
        .next()
        .map_or(&Value::Null, |(_, content)| content);
    (&content["schema"], content)
}
