use super::*;

#[test]
fn clocks_beyond_the_leeway_are_bad() {
    let answer = |date| Called {
        status: 200,
        date,
        head: String::new(),
        body: Vec::new(),
    };
    let now = Timestamp::from_unix_seconds(1_000);
    let leeway = Duration::from_secs(30);
    for (date, bad) in [(998, false), (1_029, false), (1_030, true), (900, true)] {
        assert_eq!(
            clocks(&answer(Some(date)), now, leeway).is_bad(),
            bad,
            "{date}"
        );
    }
    assert!(!clocks(&answer(None), now, leeway).is_bad());
}

#[test]
fn an_issuer_is_https_or_on_this_host() {
    for (issuer, bad) in [
        ("https://auth.example.com", false),
        ("http://127.0.0.1:4000", false),
        ("http://[::1]:4000", false),
        ("http://localhost", false),
        ("http://auth.example.com", true),
        ("http://10.0.0.1:4000", true),
        ("http://0.0.0.0:4000", true),
        ("https://[::]:4000", true),
        ("http://localhost.example.com", true),
    ] {
        assert_eq!(encrypted(issuer).is_bad(), bad, "{issuer}");
    }
}

#[test]
fn one_thing_is_not_told_as_many() {
    assert_eq!(count(1, "private key"), "1 private key");
    assert_eq!(count(0, "key"), "0 keys");
    assert_eq!(count(2, "key"), "2 keys");
}

#[tokio::test]
async fn an_address_that_something_else_has_is_bad() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let caller = Caller::trusting(None);
    let found = {
        let look = listener(address, &caller, "http");
        let answer = async {
            // What has it hangs up without a word.
            drop(taken.accept().await);
        };
        tokio::join!(look, answer).0
    };
    assert!(found.is_bad(), "{found:?}");
    drop(taken);
    assert!(!listener(address, &caller, "http").await.is_bad());
}
