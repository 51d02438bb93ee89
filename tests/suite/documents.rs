//! Every relative link in the documents leads to something that is there.

use std::{
    collections::HashMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// Folders that hold nobody's documents, or those of others.
const NOT_OURS: [&str; 3] = ["target", "var", "node_modules"];

/// Becomes docs/performance.md, and its links are meant from there.
const TEMPLATE: &str = "bench/performance.md";

#[test]
fn every_relative_link_in_the_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut documents = Vec::new();
    collect(&root, &mut documents);
    documents.retain(|document| !document.ends_with(TEMPLATE));
    assert!(
        documents
            .iter()
            .any(|document| document.ends_with("README.md"))
    );
    let dead: String = documents
        .iter()
        .map(|document| dead_links(document))
        .collect();
    assert!(dead.is_empty(), "these lead nowhere:\n{dead}");
}

#[test]
fn a_link_to_a_missing_file_or_heading_is_found() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let other = "# Once\n\n```\n# Not a heading\n```\n## `auth` keys: why?\n### Once\n";
    fs::write(folder.path().join("other.md"), other).expect("it is writable");
    for (text, is_dead) in [
        ("[a](other.md)", false),
        ("[a](other.md \"with a title\")", false),
        ("[a](other.md#auth-keys-why)", false),
        ("[a](other.md#once-1)", false),
        ("# Here\n[a](#here)", false),
        ("[a](https://example.com/x)", false),
        ("`[a](none.md)`", false),
        ("```\n[a](none.md)\n```", false),
        ("[a]: other.md", false),
        ("[a](none.md)", true),
        ("![a](none.svg)", true),
        ("[a](other.md), [b](none.md)", true),
        ("[a](other.md#not-a-heading)", true),
        ("[a](other.md#once-2)", true),
        ("[a](#here)", true),
        ("[a]: none.md", true),
    ] {
        let document = folder.path().join("document.md");
        fs::write(&document, text).expect("it is writable");
        assert_eq!(!dead_links(&document).is_empty(), is_dead, "{text}");
    }
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !NOT_OURS.contains(&&*name) {
                collect(&path, documents);
            }
        } else if name.ends_with(".md") {
            documents.push(path);
        }
    }
}

/// A line for each.
fn dead_links(document: &Path) -> String {
    let folder = document.parent().expect("a file is in a folder");
    let mut dead = String::new();
    for target in links(&prose(document)) {
        let (path, heading) = target.split_once('#').unwrap_or((&target, ""));
        let leads_to = match path {
            "" => document.to_owned(),
            path => folder.join(path),
        };
        let is_document = leads_to.extension().is_some_and(|it| it == "md");
        let has_heading = |document| headings(&prose(document)).any(|name| name == heading);
        if !leads_to.exists() || is_document && !heading.is_empty() && !has_heading(&leads_to) {
            let _to_a_string = writeln!(dead, "{}: {target}", document.display());
        }
    }
    dead
}

/// The lines that are not code.
fn prose(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).expect("a document is text");
    let mut in_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        if !in_code && !is_fence {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// `[…](target)` and `[…]: target`, but for those that leave this repository.
fn links(prose: &[String]) -> Vec<String> {
    let mut targets = Vec::new();
    for line in prose {
        let text: String = line.split('`').step_by(2).collect();
        let inline = text.split("](").skip(1);
        targets.extend(inline.filter_map(|rest| rest.split([')', ' ']).next().map(str::to_owned)));
        let definition = line.split_once("]: ").filter(|_| line.starts_with('['));
        targets.extend(definition.map(|(_, target)| target.to_owned()));
    }
    targets.retain(|target| !target.contains("://") && !target.starts_with("mailto:"));
    targets
}

/// As GitHub names them: in lower case, without punctuation, the second of a name with a number.
fn headings(prose: &[String]) -> impl Iterator<Item = String> {
    let mut seen = HashMap::new();
    prose.iter().filter_map(move |line| {
        let heading = line.trim_start_matches('#').strip_prefix(' ')?;
        if !line.starts_with('#') {
            return None;
        }
        let letters = heading.trim().to_lowercase();
        let letters = letters
            .chars()
            .map(|letter| if letter == ' ' { '-' } else { letter });
        let name: String = letters
            .filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter))
            .collect();
        let before = seen.entry(name.clone()).or_insert(0);
        *before += 1;
        Some(if *before == 1 {
            name
        } else {
            format!("{name}-{}", *before - 1)
        })
    })
}
