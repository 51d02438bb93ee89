//! The six sample posts of `--demo`.
use crate::post::{Author, Body, Draft, Title};

const SAMPLES: [(&str, &str); 6] = [
    ("jack", "jack post"),
    ("robert", "robert Post"),
    ("lina", "lina Post"),
    ("jack", "jack Second post"),
    ("robert", "robert Second Post"),
    ("lina", "lina Second Post"),
];

/// The samples, oldest first.
pub(crate) fn samples() -> Vec<(Author, Draft)> {
    let sample = |(author, title): (&str, &str)| {
        let draft = Draft {
            title: Title::stored(title),
            body: Body::default(),
        };
        (Author::known(author), draft)
    };
    SAMPLES.into_iter().map(sample).collect()
}
