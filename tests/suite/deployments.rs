//! What `deploy/` sets is what the programs take.

use std::{collections::BTreeSet, fs, path::Path};

use e2e::Program;

const FILES: [&str; 5] = [
    "compose/compose.yaml",
    "kubernetes/auth.yaml",
    "kubernetes/posts.yaml",
    "systemd/auth.service",
    "systemd/posts.service",
];

#[test]
fn every_variable_that_a_deployment_sets_is_an_option_of_its_program() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (name, prefix) in [("auth", "AUTH_"), ("posts", "POSTS_")] {
        let mut help = Program::command(name, folder.path());
        let help = help.args(["serve", "--help"]).output().expect("it starts");
        let options = variables(&String::from_utf8_lossy(&help.stdout), prefix);
        let mut set: BTreeSet<_> = FILES
            .iter()
            .flat_map(|file| variables(&read(file), prefix))
            .collect();
        // It is read by the script that makes the databases, and is part of an address.
        assert!(set.remove(&format!("{prefix}DATABASE_PASSWORD")));
        assert!(set.len() > 3, "{name}: {set:?}");
        assert!(set.is_subset(&options), "{name}: {set:?} in {options:?}");
    }
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy")
        .join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn variables(text: &str, prefix: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    words
        .filter(|word| word.starts_with(prefix))
        .map(str::to_owned)
        .collect()
}
