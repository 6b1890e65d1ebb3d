//! Reading: in order, by key, by filter.

use barnahus_store::{Error, Filter, Leaf, Record};

use crate::place::Place;
use crate::sample::{at, checkpoint, content, filled, group, record, request, request_id, tile};

pub(crate) async fn the_log_is_loaded_in_pages_and_in_order(place: Place) {
    let store = filled(place.store().await, &[10, 100, 1, 14]).await;
    let mut loaded = Vec::new();
    loop {
        let page = store.load_since(loaded.len() as u64, 40).await.unwrap();
        let full = page.len() == 40;
        loaded.extend(page);
        if !full {
            break;
        }
    }
    let expected = (0..125).map(|index| Leaf { index, leaf: record(index).leaf });
    assert_eq!(loaded, expected.collect::<Vec<_>>());
    assert_eq!(store.load_since(125, 40).await, Ok(Vec::new()));
    assert_eq!(store.load_since(0, 0).await, Ok(Vec::new()));
}

pub(crate) async fn records_are_found_by_each_filter_and_by_all_together(place: Place) {
    let store = filled(place.store().await, &[200, 200, 12]).await;
    let authority = [None, Some("authority-1"), Some("authority-2"), Some("authority-9")];
    let case_alias = [None, Some("VRM-2026-0002"), Some("VRM-2026-9999")];
    let person = [None, Some("person-4")];
    let kind = [None, Some("case_read")];
    let mut tried = 0;
    for (authority, case_alias) in authority.iter().flat_map(|a| case_alias.iter().map(move |c| (a, c))) {
        for (person, kind) in person.iter().flat_map(|p| kind.iter().map(move |k| (p, k))) {
            for (indexes, limit) in [(0..412, 1000), (0..412, 5), (100..300, 7), (0..u64::MAX >> 1, 0), (300..300, 5)] {
                for newest_first in [false, true] {
                    let filter = Filter {
                        authority: authority.map(str::to_owned),
                        case_alias: case_alias.map(str::to_owned),
                        person: person.map(str::to_owned),
                        kind: kind.map(str::to_owned),
                        indexes: indexes.clone(),
                        newest_first,
                        limit,
                    };
                    assert_eq!(store.records(&filter).await, Ok(expected(&filter)), "{filter:?}");
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 480);
    let beyond = Filter { indexes: 0..u64::MAX, ..Filter::all(1) };
    assert!(matches!(store.records(&beyond).await, Err(Error::Malformed(_))));
}

/// The filter's meaning, over the same 412 records in memory.
fn expected(filter: &Filter) -> Vec<Record> {
    let is = |wanted: &Option<String>, found: &String| wanted.as_ref().is_none_or(|wanted| wanted == found);
    let may_be = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    let mut matching: Vec<Record> = (0..412)
        .map(record)
        .filter(|record| filter.indexes.contains(&record.index))
        .filter(|record| is(&filter.authority, &record.authority) || may_be(&filter.authority, &record.owner_authority))
        .filter(|record| may_be(&filter.case_alias, &record.case_alias))
        .filter(|record| is(&filter.person, &record.person) && is(&filter.kind, &record.kind))
        .collect();
    if filter.newest_first {
        matching.reverse();
    }
    matching.truncate(filter.limit as usize);
    matching
}

pub(crate) async fn contents_requests_and_tiles_are_found_by_their_keys(place: Place) {
    let store = filled(place.store().await, &[300, 300]).await;
    for keys in [0, 1, 2, 8, 9, 64, 65, 200] {
        // Every key twice as far as the last, so that a third of them is not there.
        let indexes: Vec<u64> = (0..keys).map(|n| n * 900 / keys).collect();
        let there = indexes.iter().copied().filter(|index| *index < 600);

        let wanted: Vec<_> = indexes.iter().map(|index| (*index, "question.text")).collect();
        let mut contents = store.contents(&wanted).await.unwrap();
        contents.sort_by_key(|content| content.index);
        assert_eq!(contents, there.clone().map(|index| content(index, "question.text")).collect::<Vec<_>>(), "{keys} keys");

        let people: Vec<_> = indexes.iter().map(|index| request(*index).person).collect();
        let wanted: Vec<_> = people.iter().zip(&indexes).map(|(person, index)| (person.as_str(), request_id(*index))).collect();
        let mut requests = store.requests(&wanted).await.unwrap();
        requests.sort_by_key(|request| request.index);
        assert_eq!(requests, there.map(request).collect::<Vec<_>>(), "{keys} keys");
    }
    assert_eq!(store.contents(&[(0, "answer")]).await, Ok(Vec::new()));
    assert_eq!(store.requests(&[("person-6", request_id(0))]).await, Ok(Vec::new()));
    assert_eq!(store.tiles(&[(0, 2), (0, 1), (1, 1)]).await, Ok(vec![tile(0, 1)]));
}

pub(crate) async fn checkpoints_are_listed_from_a_size_on(place: Place) {
    let store = filled(place.store().await, &[3, 2, 4]).await;
    assert_eq!(store.checkpoints(0, 10).await, Ok(vec![checkpoint(3), checkpoint(5), checkpoint(9)]));
    assert_eq!(store.checkpoints(4, 1).await, Ok(vec![checkpoint(5)]));
    assert_eq!(store.checkpoints(5, 10).await, Ok(vec![checkpoint(5), checkpoint(9)]));
    assert_eq!(store.checkpoints(10, 10).await, Ok(Vec::new()));
}

pub(crate) async fn old_requests_are_pruned_and_young_ones_stay(place: Place) {
    let store = filled(place.store().await, &[1000, 1000, 1000]).await;
    assert_eq!(store.prune_requests(at(2500)).await, Ok(2500));
    assert_eq!(store.prune_requests(at(2500)).await, Ok(0));
    let around = [0, 2499, 2500].map(request);
    let wanted = around.each_ref().map(|request| (request.person.as_str(), request.request_id));
    assert_eq!(store.requests(&wanted).await, Ok(vec![request(2500)]));
    // What was pruned is forgotten: the id may come again. The records stay.
    let mut again = group(3000, 1);
    again.requests = vec![barnahus_store::Request { index: 3000, ..request(0) }];
    assert_eq!(store.append(&again).await, Ok(()));
    assert_eq!(store.records(&Filter::all(u32::MAX)).await.unwrap().len(), 3001);
}
