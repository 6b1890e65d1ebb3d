//! The key store.

use barnahus_store::{Error, Key, KeyStore, Store};

use crate::place::Place;

fn key(number: i64) -> Key {
    Key {
        key_id: format!("key-{number}"),
        case_alias: (number % 2 == 0).then(|| "VRM-2026-0142".to_owned()),
        authority: "authority-1".to_owned(),
        wrapped: vec![number as u8; 60],
        created_at_us: 1_772_000_000_000_000 - number,
        destroyed_at_us: (number % 3 == 0).then_some(1_773_000_000_000_000),
    }
}

pub(crate) async fn keys_come_back_oldest_first_and_survive_reopening(place: Place) {
    let keys = place.key_store().await;
    assert_eq!(keys.all().await, Ok(Vec::new()));
    assert_eq!(keys.insert(&[key(3), key(1)]).await, Ok(()));
    assert_eq!(keys.insert(&[]).await, Ok(()));
    assert_eq!(keys.insert(&[key(2)]).await, Ok(()));
    keys.close().await;
    drop(keys);
    assert_eq!(place.key_store().await.all().await, Ok(vec![key(3), key(2), key(1)]));
}

pub(crate) async fn keys_are_kept_all_or_none(place: Place) {
    let keys = place.key_store().await;
    assert_eq!(keys.insert(&[key(1)]).await, Ok(()));
    for refused in [key(1), Key { wrapped: Vec::new(), ..key(3) }] {
        assert!(matches!(keys.insert(&[key(2), refused]).await, Err(Error::Engine(_))));
    }
    assert_eq!(keys.all().await, Ok(vec![key(1)]));
    assert_eq!(keys.insert(&[key(2)]).await, Ok(()));
}

pub(crate) async fn a_key_does_not_show_its_bytes(place: Place) {
    assert_eq!(format!("{:?}", key(1)), "Key { key_id: \"key-1\", .. }");
    let address = format!("{:?}", place.keys());
    assert!(address == "Postgres(…)" || address.starts_with("Sqlite("));
}

pub(crate) async fn house_and_keys_are_not_opened_for_each_other(place: Place) {
    let (store, keys) = (place.store().await, place.key_store().await);
    if matches!(place.house(), barnahus_store::Location::Postgres(_)) {
        // One address serves both: the keys have a schema of their own.
        assert_eq!(keys.insert(&[key(1)]).await, Ok(()));
        let raw = place.raw().await.texts("SELECT key_id FROM keys.content_key").await;
        assert_eq!(raw, ["key-1"]);
        return;
    }
    store.close().await;
    keys.close().await;
    drop((store, keys));
    assert!(matches!(Store::open(&place.keys()).await.err(), Some(Error::Schema(_))));
    assert!(matches!(KeyStore::open(&place.house()).await.err(), Some(Error::Schema(_))));
}
