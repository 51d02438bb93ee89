use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn written(folder: &TempDir, contents: impl AsRef<[u8]>, mode: u32) -> SealingKeyFile {
    let path = folder.path().join("sealing.key");
    fs::write(&path, contents).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    SealingKeyFile::created_when_missing(path)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_missing_file_is_created_for_its_owner_alone_with_its_folder() {
    let folder = folder();
    let file = SealingKeyFile::created_when_missing(folder.path().join("var/auth/sealing.key"));
    let created = file.load_or_create().unwrap();
    assert_eq!(
        (mode(file.path()), mode(file.path().parent().unwrap())),
        (0o600, 0o700)
    );
    assert_eq!(file.load().unwrap().id(), created.id());
    assert_eq!(file.load_or_create().unwrap().id(), created.id());
    let names = fs::read_dir(file.path().parent().unwrap()).unwrap().count();
    assert_eq!(names, 1, "no draft is left behind");
}

#[test]
fn two_new_keys_are_two_keys() {
    let (one, other) = (folder(), folder());
    let create = |folder: &TempDir| {
        let path = folder.path().join("sealing.key");
        SealingKeyFile::created_when_missing(path)
            .load_or_create()
            .unwrap()
    };
    assert_ne!(create(&one).id(), create(&other).id());
}

#[test]
fn of_many_that_create_it_at_once_all_get_the_same_key() {
    let folder = folder();
    let file = SealingKeyFile::created_when_missing(folder.path().join("sealing.key"));
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| file.load_or_create().unwrap().id().clone()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn a_file_that_must_exist_is_not_created() {
    let folder = folder();
    let file = SealingKeyFile::existing(folder.path().join("sealing.key"));
    assert!(matches!(
        file.load_or_create(),
        Err(SealingKeyError::Missing { .. })
    ));
    assert!(!file.path().exists());
}

#[test]
fn a_key_is_read_raw_as_base64_and_as_hexadecimal() {
    let folder = folder();
    let raw = [0xa5; 32];
    let hexadecimal: String = "a5".repeat(32);
    let base64 = STANDARD.encode(raw) + "\n";
    let ids = [&raw[..], hexadecimal.as_bytes(), base64.as_bytes()].map(|contents| {
        written(&folder, contents, 0o600)
            .load()
            .unwrap()
            .id()
            .clone()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn of_several_keys_the_first_seals_and_each_is_found() {
    let folder = folder();
    let [one, other] = [[0xa5; 32], [0x5a; 32]].map(|raw| STANDARD.encode(raw));
    let ids = [&one, &other].map(|text| {
        let file = written(&folder, text, 0o600);
        file.load().unwrap().id().clone()
    });
    let file = written(&folder, format!("{one}\n\n{other}\r\n"), 0o600);
    assert_eq!(*file.load().unwrap().id(), ids[0]);
    for id in &ids {
        assert_eq!(file.find(id).unwrap().id(), id);
    }
    let file = written(&folder, &one, 0o600);
    assert!(matches!(
        file.find(&ids[1]),
        Err(SealingKeyProblem::Other { .. })
    ));
    let broken = written(&folder, format!("{one}\nand something else"), 0o600);
    assert!(matches!(
        broken.load(),
        Err(SealingKeyError::Malformed { .. })
    ));
}

#[test]
fn what_a_crash_left_of_a_draft_is_removed_once_the_file_is_there() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let drafts = [
        "sealing.key.0123456789abcdef.new",
        "old.key.00000000000000ff.new",
    ];
    fs::write(path(drafts[0]), "half a key").unwrap();
    let file = SealingKeyFile::created_when_missing(path("sealing.key"));
    let created = file.load_or_create().unwrap();
    // The file was moved, with a second name of its own left behind.
    fs::hard_link(file.path(), path(drafts[1])).unwrap();
    let others = [
        "other.key.0123456789abcdef.new",
        "sealing.key.new",
        "new.key",
    ];
    for other in others {
        fs::write(path(other), "of somebody else").unwrap();
    }
    assert_eq!(file.load_or_create().unwrap().id(), created.id());
    for draft in drafts {
        assert!(!path(draft).exists(), "{draft}");
    }
    for other in others {
        assert!(path(other).exists(), "{other}");
    }
}

#[test]
fn what_is_no_key_is_refused_and_left_as_it_is() {
    let folder = folder();
    for contents in [
        "",
        "short",
        &"=".repeat(44),
        &"g".repeat(64),
        &"A".repeat(2000),
    ] {
        let file = written(&folder, contents, 0o600);
        assert!(
            matches!(
                file.load_or_create(),
                Err(SealingKeyError::Malformed { .. })
            ),
            "{contents}"
        );
        assert_eq!(fs::read_to_string(file.path()).unwrap(), contents);
    }
}

#[test]
fn a_file_that_others_can_read_is_refused_in_words() {
    let folder = folder();
    for mode in [0o644, 0o640, 0o604, 0o620] {
        let error = written(&folder, [7; 32], mode).load().err().unwrap();
        assert!(matches!(error, SealingKeyError::Exposed { .. }), "{error}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    assert!(written(&folder, [7; 32], 0o400).load().is_ok());
}

#[test]
fn a_folder_that_others_can_write_is_refused() {
    let folder = folder();
    let file = written(&folder, [7; 32], 0o600);
    for (mode, taken) in [
        (0o777, false),
        (0o770, false),
        (0o1777, true),
        (0o755, true),
    ] {
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        assert_eq!(file.load().is_ok(), taken, "{mode:o}");
    }
}

#[test]
fn a_folder_is_no_sealing_key() {
    let folder = folder();
    let file = SealingKeyFile::created_when_missing(folder.path());
    assert!(matches!(
        file.load_or_create(),
        Err(SealingKeyError::Malformed { .. })
    ));
}

#[test]
fn a_file_of_too_many_keys_is_refused_and_not_cut_short() {
    let folder = folder();
    let lines = |count: usize| format!("{:064x}\n", 7).repeat(count);
    assert!(written(&folder, lines(15), 0o600).load().is_ok());
    // Cut at 1024 octets, this one would end in a whole line.
    let many = lines(15) + &"\n".repeat(49) + &lines(1);
    let error = written(&folder, many, 0o600).load().err();
    assert!(matches!(error, Some(SealingKeyError::Malformed { .. })));
}
