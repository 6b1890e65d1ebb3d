//! Appending: all of a group or none of it, one order per house.

use barnahus_store::{Error, Group, HEAD_CHANNEL, Store};
use sqlx::postgres::PgListener;

use crate::place::Place;
use crate::sample::{self, content, filled, group, record, request, tile};

pub(crate) async fn a_group_comes_back_as_it_went_in(place: Place) {
    let store = filled(place.store().await, &[256]).await;
    let kept = group(0, 256);
    assert_eq!(store.head().await, Ok(256));
    assert_eq!(all(&store).await, kept);
}

pub(crate) async fn a_group_of_any_size_is_kept_whole(place: Place) {
    let store = place.store().await;
    let mut head = 0;
    for records in 1..=200 {
        // As many contents as are missing from 201, several to a record; every third record has a request; up to 4 tiles.
        let contents = (0..201 - records).map(|n| content(head + n % records, &format!("field-{}", n / records)));
        let requests = (head..head + records).step_by(3).map(request);
        let tiles = (0..records % 5).map(|level| tile(level as u8, head));
        let kept = Group { contents: contents.collect(), requests: requests.collect(), tiles: tiles.collect(), ..group(head, records) };
        assert_eq!(store.append(&kept).await, Ok(()), "{records} records");
        head += records;
        let mut found = store.contents(&keys(&kept)).await.unwrap();
        found.sort_by_key(|content| (content.field.len(), content.field.clone(), content.index));
        assert_eq!(found, kept.contents, "{records} records");
    }
    assert_eq!(store.head().await, Ok(head));
    let counts = ["checkpoint 200", "content 20100", "record 20100", "request 6767", "tile 400"];
    assert_eq!(place.raw().await.counts().await, counts);
}

pub(crate) async fn a_head_that_moved_refuses_the_group_and_keeps_nothing(place: Place) {
    let store = filled(place.store().await, &[5]).await;
    for expected in [0, 4, 6, 1000] {
        assert_eq!(store.append(&group(expected, 3)).await, Err(Error::HeadMoved), "expected {expected}");
    }
    assert_eq!(all(&store).await, group(0, 5));
    filled(store, &[3]).await;
}

pub(crate) async fn a_request_id_used_before_refuses_the_group_and_keeps_nothing(place: Place) {
    let store = filled(place.store().await, &[5]).await;
    let mut twice = group(5, 5);
    twice.requests.last_mut().unwrap().request_id = request(4).request_id;
    twice.requests.last_mut().unwrap().person = request(4).person;
    assert_eq!(store.append(&twice).await, Err(Error::RequestExists));

    let mut within = group(5, 2);
    within.requests.push(request(6));
    assert_eq!(store.append(&within).await, Err(Error::RequestExists));

    assert_eq!(all(&store).await, group(0, 5));
    filled(store, &[3]).await;
}

pub(crate) async fn two_persons_may_draw_the_same_request_id(place: Place) {
    let store = filled(place.store().await, &[1]).await;
    let mut other = group(1, 1);
    other.requests.iter_mut().for_each(|request| request.request_id = sample::request_id(0));
    assert_eq!(store.append(&other).await, Ok(()));
}

pub(crate) async fn a_row_that_the_database_refuses_takes_its_whole_group_with_it(place: Place) {
    let store = filled(place.store().await, &[5]).await;
    let refused: [fn(&mut Group); 4] = [
        |group| group.records.last_mut().unwrap().leaf.clear(),
        |group| group.contents.push(content(5, "question.text")),
        |group| group.tiles.push(barnahus_store::Tile { level: 0, index: 0, bytes: vec![0; 32] }),
        |group| group.tiles.extend([tile(0, 7), tile(0, 7)]),
    ];
    for (number, spoil) in refused.iter().enumerate() {
        let mut group = group(5, 90);
        spoil(&mut group);
        let outcome = store.append(&group).await;
        assert!(matches!(outcome, Err(Error::Engine(_))), "case {number}: {outcome:?}");
        assert!(!outcome.unwrap_err().to_string().contains("VRM"), "case {number}");
    }
    assert_eq!(all(&store).await, group(0, 5));
    filled(store, &[90]).await;
}

pub(crate) async fn a_group_that_contradicts_itself_is_refused(place: Place) {
    let store = filled(place.store().await, &[5]).await;
    let contradictions: [fn(&mut Group); 6] = [
        |group| group.records.clear(),
        |group| group.records.swap(0, 1),
        |group| group.records.last_mut().unwrap().index += 1,
        |group| group.checkpoint.size += 1,
        |group| group.contents.push(content(4, "question.text")),
        |group| group.requests.push(request(8)),
    ];
    for (number, spoil) in contradictions.iter().enumerate() {
        let mut group = group(5, 3);
        spoil(&mut group);
        assert!(matches!(store.append(&group).await, Err(Error::Malformed(_))), "case {number}");
    }
    assert!(matches!(store.append(&group(i64::MAX as u64, 1)).await, Err(Error::Malformed(_))));
    assert_eq!(all(&store).await, group(0, 5));
}

pub(crate) async fn of_two_appends_at_one_head_exactly_one_wins(place: Place) {
    let store = place.store().await;
    for head in 0..50 {
        let group = group(head, 1);
        let (one, other) = tokio::join!(store.append(&group), store.append(&group));
        assert!(matches!((&one, &other), (Ok(()), Err(Error::HeadMoved)) | (Err(Error::HeadMoved), Ok(()))), "{one:?}, {other:?}");
    }
    assert_eq!(all(&store).await.records, group(0, 50).records);
}

pub(crate) async fn servers_that_race_append_one_log_without_gaps(place: Place) {
    let server = |store: Store| async move {
        let mut won = 0;
        loop {
            let head = store.head().await.unwrap();
            if head >= 300 {
                return won;
            }
            match store.append(&group(head, 1 + head % 7)).await {
                Ok(()) => won += 1,
                Err(error) => assert_eq!(error, Error::HeadMoved),
            }
        }
    };
    let (one, other) = (place.store().await, place.store().await);
    let mut servers = tokio::task::JoinSet::new();
    servers.spawn(server(one.clone()));
    servers.spawn(server(other));
    let won: usize = servers.join_all().await.iter().sum();
    let head = one.head().await.unwrap();
    assert_eq!(one.checkpoints(0, 1000).await.unwrap().len(), won);
    assert_eq!(all(&one).await.records, group(0, head).records);
}

pub(crate) async fn each_append_is_announced_once_with_the_new_size(place: Place) {
    let store = place.store().await;
    let barnahus_store::Location::Postgres(address) = place.house() else { panic!("this is about PostgreSQL") };
    let mut listener = PgListener::connect(&address).await.unwrap();
    listener.listen(HEAD_CHANNEL).await.unwrap();
    let store = filled(store, &[3]).await;
    assert_eq!(store.append(&group(0, 3)).await, Err(Error::HeadMoved));
    filled(store, &[4]).await;
    for size in ["3", "7"] {
        assert_eq!(listener.recv().await.unwrap().payload(), size);
    }
}

pub(crate) async fn what_was_appended_is_there_after_reopening(place: Place) {
    let store = filled(place.store().await, &[3, 70]).await;
    store.close().await;
    drop(store);
    let store = place.store().await;
    assert_eq!(store.head().await, Ok(73));
    assert_eq!(store.records(&barnahus_store::Filter::all(100)).await.unwrap(), (0..73).map(record).collect::<Vec<_>>());
    filled(store, &[1]).await;
}

/// Everything kept, as if it had been appended as one group.
async fn all(store: &Store) -> Group {
    let size = store.head().await.unwrap();
    let whole = group(0, size);
    let mut contents = store.contents(&keys(&whole)).await.unwrap();
    contents.sort_by_key(|content| content.index);
    let ids: Vec<_> = whole.requests.iter().map(|request| (request.person.as_str(), request.request_id)).collect();
    let mut requests = store.requests(&ids).await.unwrap();
    requests.sort_by_key(|request| request.index);
    let mut tiles = store.tiles(&[(0, 0), (0, 1), (0, 2), (0, 7)]).await.unwrap();
    tiles.sort_by_key(|tile| tile.index);
    let records = store.records(&barnahus_store::Filter::all(u32::MAX)).await.unwrap();
    let checkpoint = store.checkpoints(size, 10).await.unwrap().remove(0);
    assert_eq!(store.load_since(0, u32::MAX).await.unwrap().len(), records.len());
    Group { expected_size: 0, records, contents, requests, tiles, checkpoint }
}

fn keys(group: &Group) -> Vec<(u64, &str)> {
    group.contents.iter().map(|content| (content.index, content.field.as_str())).collect()
}
