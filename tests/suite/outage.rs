//! The issuer goes away; posts goes on.

use e2e::Pair;

#[tokio::test]
async fn posts_goes_on_while_auth_is_dead() {
    let mut pair = Pair::start().await;
    let list = format!("{}/api/posts", pair.posts_url());
    let jack = pair.client.login(&pair.auth_url(), "jack").await;
    let lina = pair.client.login(&pair.auth_url(), "lina").await;
    assert_eq!(pair.client.get(&list, Some(&jack)).await.status, 200);

    pair.kill_auth().await;
    for token in [&jack, &lina, &jack] {
        let answer = pair.client.get(&list, Some(token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn posts_restarted_while_auth_is_dead_serves_from_its_disk_copy() {
    let mut pair = Pair::start().await;
    let jack = pair.client.login(&pair.auth_url(), "jack").await;
    pair.kill_auth().await;
    pair.posts.take().expect("posts is running").kill();

    pair.start_posts();
    let list = format!("{}/api/posts", pair.posts_url());
    let answer = pair.client.get(&list, Some(&jack)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn tokens_of_before_a_restart_of_auth_stay_good_and_new_ones_are_good_at_once() {
    let mut pair = Pair::start().await;
    let list = format!("{}/api/posts", pair.posts_url());
    let before = pair.client.login(&pair.auth_url(), "jack").await;
    pair.kill_auth().await;
    pair.start_auth().await;
    let after = pair.client.login(&pair.auth_url(), "jack").await;
    for token in [before, after] {
        assert_eq!(pair.client.get(&list, Some(&token)).await.status, 200);
    }
}
