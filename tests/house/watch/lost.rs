//! A lost connection is shown and recorded, checks nobody out, and coming back needs nobody's leave (L2).

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{Observer, WatchListeningRoomResponse, watch_listening_room_response::Message};
use barnahus_tests::harness::{
    Harness,
    day::{Case, Point},
};
use tonic::Streaming;

use super::Watcher;

/// Three heartbeats: it is found at the next one.
const FOUND: Duration = Duration::from_secs(45);
const KIND: &str = "room.connections";

/// The seat of this person in the next change of the interview that the leader is shown in which it is so.
async fn seat_when(
    stream: &mut Streaming<WatchListeningRoomResponse>,
    person: &str,
    is_so: impl Fn(&Observer) -> bool,
) -> Result<Observer> {
    let found = async {
        loop {
            let message = stream.message().await?.context("the stream ended")?;
            let Some(Message::Interview(interview)) = message.message else { continue };
            let seat = interview.observers.into_iter().find(|seat| seat.person == person).context("no seat")?;
            if is_so(&seat) {
                return Ok(seat);
            }
        }
    };
    tokio::time::timeout(FOUND, found).await.context("the leader is not shown it")?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_shown_and_recorded_and_checks_nobody_out_l2() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let welfare = house.client("welfare-kil-1").await?;
    let person = house.of("persons", welfare.pseudonym());
    let (watcher, _) = Watcher::begin(&case, &welfare, "").await?;
    let (mut leader, _) = Watcher::begin(&case, &case.leader().await?, "").await?;
    seat_when(&mut leader.stream, &person, |seat| seat.connection_lost_at.is_none()).await.context("both are found to watch")?;

    let token = watcher.token.clone();
    drop(watcher);
    let seat = seat_when(&mut leader.stream, &person, |seat| seat.connection_lost_at.is_some()).await?;
    ensure!(seat.checked_in_at.is_some() && seat.checked_out_at.is_none(), "{seat:?}");
    case.ask("welfare-kil-1", "från rummet, utan förbindelse").await.context("who is in the room asks")?;

    let (_watcher, _) = Watcher::begin(&case, &welfare, &token).await?;
    seat_when(&mut leader.stream, &person, |seat| seat.connection_lost_at.is_none()).await?;
    let log = house.log().await?;
    let found: Vec<_> = log.iter().filter(|record| record.kind == KIND).map(|record| record.event.clone()).collect();
    let pseudonym = welfare.pseudonym();
    ensure!(found.len() == 3 && found[1].contains(&format!("\"lost\":[\"{pseudonym}\"]")), "{found:?}");
    ensure!(log.iter().filter(|record| record.kind == KIND).all(|record| record.person.is_empty() && !record.case_alias.is_empty()));
    Ok(())
}
