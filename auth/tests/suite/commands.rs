//! The commands, run as a person or a script runs them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

struct Operator(TempDir);

impl Operator {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// Runs `auth` in a folder of its own, with something to read from a pipe.
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut auth = Command::new(env!("CARGO_BIN_EXE_auth"))
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks for nothing may have closed the pipe.
        let _ = auth.stdin.take().unwrap().write_all(input.as_bytes());
        auth.wait_with_output().unwrap()
    }

    #[track_caller]
    fn good(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn bad(&self, arguments: &[&str], input: &str, status: i32) -> String {
        let output = self.run(arguments, input);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
        told
    }

    fn users(&self) -> Value {
        serde_json::from_str(&self.good(&["users", "list", "--json"], "")).unwrap()
    }
}

#[test]
fn a_user_is_added_disabled_enabled_and_deleted() {
    let operator = Operator::new();
    let state = |expected: &str| {
        let users = operator.users();
        assert_eq!(
            (&users[0]["name"], &users[0]["state"]),
            (&"ada".into(), &expected.into())
        );
    };
    operator.good(&["users", "add", "Ada"], "analytical engine\n");
    state("enabled");
    operator.good(&["users", "disable", "ada"], "");
    state("disabled");
    operator.good(&["users", "enable", "ADA"], "");
    state("enabled");
    operator.good(&["users", "passwd", "ada"], "difference engine");
    let told = operator.bad(&["users", "delete", "ada"], "y\n", 1);
    assert!(told.contains("--yes"), "a pipe cannot agree: {told}");
    operator.good(&["users", "delete", "ada", "--yes"], "");
    assert_eq!(operator.users(), serde_json::json!([]));
    let told = operator.bad(&["users", "add", "ada"], "analytical engine", 1);
    assert!(told.contains("not used again"), "{told}");
}

#[test]
fn what_a_user_may_ask_for_is_an_option() {
    let operator = Operator::new();
    operator.good(
        &[
            "users",
            "add",
            "ada",
            "--scopes",
            "posts:read, reports:read",
        ],
        "difference engine",
    );
    assert_eq!(operator.users()[0]["scope"], "posts:read reports:read");
    assert!(
        operator
            .good(&["users", "list"], "")
            .contains("posts:read reports:read")
    );
}

#[test]
fn what_cannot_be_done_is_told_and_changes_nothing() {
    let operator = Operator::new();
    operator.bad(&["users", "add", "-ada"], "analytical engine", 2);
    operator.bad(&["users", "add", "a da"], "analytical engine", 2);
    for password in ["", "short", "password", "\n"] {
        let told = operator.bad(&["users", "add", "ada"], password, 1);
        assert!(told.contains("password"), "{told}");
    }
    for command in ["passwd", "disable", "enable"] {
        let told = operator.bad(&["users", command, "ada"], "analytical engine", 1);
        assert!(told.contains("no user ada"), "{told}");
    }
    assert_eq!(operator.users(), serde_json::json!([]));
}

#[test]
fn no_password_is_taken_from_the_command_line_or_shown() {
    let operator = Operator::new();
    operator.bad(&["users", "add", "ada", "analytical engine"], "", 2);
    let output = operator.run(&["users", "add", "ada"], "analytical engine\n");
    let shown = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8_lossy(&shown).contains("analytical engine"));
}

#[test]
fn a_client_is_added_listed_and_disabled_and_its_secret_shown_once() {
    let operator = Operator::new();
    let added: Value =
        serde_json::from_str(&operator.good(&["clients", "add", "reports", "--json"], "")).unwrap();
    assert_eq!(added["client_id"], "reports@clients");
    let secret = added["client_secret"].as_str().unwrap();
    assert!(secret.len() >= 43, "256 bits");
    assert_eq!(added.as_object().unwrap().len(), 2);
    operator.bad(&["clients", "add", "reports"], "", 1);
    operator.good(&["clients", "disable", "reports@clients"], "");
    let listed = operator.good(&["clients", "list", "--json"], "");
    assert!(
        listed.contains("\"disabled\"") && !listed.contains(secret),
        "{listed}"
    );
    operator.bad(&["clients", "disable", "nobody"], "", 1);
}

#[test]
fn sessions_are_listed_and_revoked_by_user() {
    let operator = Operator::new();
    operator.good(&["users", "add", "ada"], "analytical engine");
    assert_eq!(operator.good(&["sessions", "list", "--json"], ""), "[]\n");
    assert_eq!(
        operator.good(&["sessions", "revoke", "ada"], ""),
        "0 ended\n"
    );
    operator.bad(&["sessions", "revoke", "nobody"], "", 1);
    operator.bad(&["sessions", "revoke", "ada", "--session", "x"], "", 1);
}

#[test]
fn bad_settings_end_with_status_2_before_anything_is_made() {
    let operator = Operator::new();
    let told = operator.bad(&["serve", "--listen=x", "--token-ttl=y"], "", 2);
    assert!(
        told.contains("--listen") && told.contains("--token-ttl"),
        "{told}"
    );
    operator.bad(&["users", "list", "--database-url=postgres:///x"], "", 2);
    assert_eq!(std::fs::read_dir(operator.0.path()).unwrap().count(), 0);
}

#[test]
fn where_there_is_no_database_only_what_adds_something_makes_one() {
    let operator = Operator::new();
    for line in [
        &["users", "list"][..],
        &["users", "list", "--json"],
        &["users", "passwd", "ada"],
        &["users", "disable", "ada"],
        &["users", "delete", "ada", "--yes"],
        &["clients", "list"],
        &["clients", "disable", "reports"],
        &["sessions", "list"],
        &["sessions", "revoke", "ada"],
        &["keys", "list"],
        &["keys", "revoke", "x"],
        &["keys", "export-public"],
        &["keys", "reseal", "--new-sealing-key-file=new.key"],
        &["backup", "copy.db"],
    ] {
        let told = operator.bad(line, "analytical engine", 1);
        assert!(
            told.contains("no database at var/auth/auth.db") && told.contains("--database-url"),
            "{line:?}: {told}"
        );
        let made = std::fs::read_dir(operator.0.path()).unwrap().count();
        assert_eq!(made, 0, "{line:?}");
    }
    operator.good(&["clients", "add", "reports"], "");
    operator.good(&["users", "list"], "");
    assert!(operator.good(&["keys", "list"], "").contains("no keys yet"));
}

/// The listener is nobody's, so that no start succeeds.
#[test]
fn nobody_else_is_let_in_with_a_password_of_the_demo() {
    let operator = Operator::new();
    let start = || {
        let line = [
            "serve",
            "--listen=192.0.2.1:4000",
            "--ops-listen=127.0.0.1:0",
        ];
        operator.bad(&line, "", 1)
    };
    operator.good(&["users", "add", "robert"], "another password");
    assert!(start().contains("cannot listen on 192.0.2.1"));
    operator.good(&["users", "add", "jack"], "jack_password");
    operator.good(&["users", "add", "lina"], "lina_password");
    assert!(start().contains("`auth users passwd jack`"));
    operator.good(&["users", "disable", "jack"], "");
    assert!(start().contains("`auth users delete lina`"));
    operator.good(&["users", "passwd", "lina"], "another password");
    assert!(start().contains("cannot listen on 192.0.2.1"));
}

#[test]
fn where_there_is_no_key_the_next_one_is_the_first() {
    let operator = Operator::new();
    let told = operator.good(&["keys", "rotate"], "");
    assert!(
        told.contains("is the first key") && told.contains("signs since"),
        "{told}"
    );
    let told = operator.good(&["keys", "rotate"], "");
    assert!(told.contains("is announced.\nIt signs from"), "{told}");
}

#[test]
fn a_misspelt_variable_is_told_by_every_command() {
    let operator = Operator::new();
    for line in [
        &["migrate"][..],
        &["users", "list"],
        &["keys", "list"],
        &["serve", "--listen=nowhere"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_auth"))
            .args(line)
            .current_dir(operator.0.path())
            .env("AUTH_DATABASE_ULR", "postgres://x")
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            told.contains("warning: AUTH_DATABASE_ULR "),
            "{line:?}: {told}"
        );
    }
}

#[test]
fn a_listener_that_cannot_be_had_is_told_by_its_option() {
    let operator = Operator::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    for (option, other) in [("--listen", "--ops-listen"), ("--ops-listen", "--listen")] {
        let given = [format!("{option}={taken}"), format!("{other}=127.0.0.1:0")];
        let output = operator.run(&["serve", "--no-sandbox", &given[0], &given[1]], "");
        assert_eq!(output.status.code(), Some(1));
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        let expected = format!("{option}: cannot listen on {taken}");
        assert!(told.contains(&expected), "{told}");
    }
}

#[test]
fn migrating_makes_the_database_in_a_private_folder() {
    use std::os::unix::fs::PermissionsExt;
    let operator = Operator::new();
    operator.good(&["migrate"], "");
    operator.good(&["migrate"], "");
    let folder = operator.0.path().join("var/auth");
    assert_eq!(
        std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert!(folder.join("auth.db").exists());
}

#[test]
fn the_doctor_changes_nothing_and_finds_an_open_key_file() {
    use std::os::unix::fs::PermissionsExt;
    let operator = Operator::new();
    let addresses = ["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
    operator.good(&["doctor", addresses[0], addresses[1]], "");
    assert_eq!(std::fs::read_dir(operator.0.path()).unwrap().count(), 0);
    let key = operator.0.path().join("open.key");
    std::fs::write(&key, "x").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let line = [
        "doctor",
        addresses[0],
        addresses[1],
        "--sealing-key-file=open.key",
    ];
    let output = operator.run(&line, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("open to other users"));
}

#[test]
fn the_doctor_refuses_the_database_of_a_newer_program_as_the_start_does() {
    let operator = Operator::new();
    operator.good(&["migrate"], "");
    let newer = "UPDATE refinery_schema_history SET version = 1000000 WHERE version = 1";
    rusqlite::Connection::open(operator.0.path().join("var/auth/auth.db"))
        .unwrap()
        .execute(newer, [])
        .unwrap();
    for command in ["serve", "doctor"] {
        let line = [command, "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
        let output = operator.run(&line, "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert!(told.contains("schema version 1000000"), "{told}");
    }
}

#[test]
fn the_doctor_finds_a_sealing_key_that_the_start_would_refuse() {
    use std::os::unix::fs::PermissionsExt;
    let operator = Operator::new();
    operator.good(&["keys", "rotate"], "");
    let key = operator.0.path().join("var/auth/sealing.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    for command in ["serve", "doctor"] {
        let line = [command, "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
        let output = operator.run(&line, "");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert!(
            told.contains("mode 0644") && told.contains("chmod 600"),
            "{told}"
        );
    }
}

#[test]
fn the_doctor_looks_at_the_issuer_and_at_times() {
    let operator = Operator::new();
    let look = |option: &str| {
        let ports = ["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
        let line = ["doctor", "--json", ports[0], ports[1], option];
        let output = operator.run(&line, "");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.success(), report["sound"].as_bool().unwrap());
        report
    };
    let verdict = |report: &Value, subject: &str| {
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|entry| entry["subject"] == subject);
        found.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    for (option, subject, expected) in [
        ("--leeway=30s", "issuer", "good"),
        ("--issuer=http://192.0.2.1", "issuer", "bad"),
        ("--issuer=http://0.0.0.0:4000", "issuer", "bad"),
        ("--token-ttl=1h", "times", "good"),
        ("--token-ttl=61m", "times", "note"),
    ] {
        let report = look(option);
        assert_eq!(verdict(&report, subject), expected, "{option}: {report}");
        assert_eq!(report["sound"], expected != "bad", "{option}: {report}");
    }
}

#[test]
fn the_doctor_misses_the_sealing_key_and_knows_a_damaged_database() {
    let operator = Operator::new();
    operator.good(&["keys", "rotate"], "");
    let line = ["doctor", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
    assert!(
        operator
            .good(&line, "")
            .contains("var/auth/sealing.key opens 1 private key\n")
    );
    let var = operator.0.path().join("var/auth");
    std::fs::rename(var.join("sealing.key"), var.join("mislaid.key")).unwrap();
    let output = operator.run(&line, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("which opens 1 private key, is not there")
    );
    std::fs::write(
        var.join("auth.db"),
        "this is no database, however long it may be",
    )
    .unwrap();
    assert_eq!(operator.run(&line, "").status.code(), Some(1));
}
