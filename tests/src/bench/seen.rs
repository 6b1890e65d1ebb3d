//! One sender at a steady pace, and eight who see it: from submitting a question until all of them have its text.
//!
//! Beside it, in the same rounds: the *limit*, which nobody who shows only what is durable comes below by much, and a Redis stream, bare
//! and over mutual TLS. The limit is what it takes a bare stream to bring the same message to eight, and a commit of one row after it. The
//! ratios are taken within a round. INVARIANT: all who see have a connection of their own, on each side; the next is sent only when all
//! have seen the one before.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{
    SubmitQuestionRequest, WatchListeningRoomRequest, listening_room_service_client::ListeningRoomServiceClient,
    question_service_client::QuestionServiceClient, watch_listening_room_response::Message,
};
use barnahus_store::{Key, KeyStore, Location};
use hdrhistogram::Histogram;
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tonic::transport::Channel;

use super::{
    echo::{self, Echo},
    ground::TEXT,
    load::milliseconds,
    median,
    redis::{self, Over, Redis},
    rounds::Plan,
};
use crate::harness::{
    Client, HOUSE, Harness, Log, Options, client,
    day::{Case, Point},
    request_id,
};

/// Who see: the leader and investigators.
const SEEING: usize = 8;
/// From one question to the next, at least.
const PACE: Duration = Duration::from_millis(5);
/// Bytes of the row that a limit commits: as long as the record of a question.
const ROW: usize = 1024;
/// Questions of one sender, since a person may write 1,000 in one interview.
const EACH: usize = 900;
/// Questions of each side before anything is measured.
const WARM_UP: u32 = 20;

/// What was measured.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Milliseconds until all had seen half of the questions, the median round.
    pub p50_ms: f64,
    /// Milliseconds until all had seen 99 of 100 questions, the median round.
    pub p99_ms: f64,
    /// The median of the rounds' ratios of the first, to the limit.
    pub p50_vs_limit: f64,
    /// The median of the rounds' ratios of the second, to the limit.
    pub p99_vs_limit: f64,
    /// The median of the rounds' ratios of the first, to a Redis stream over bare TCP; absent where there is no Redis.
    pub p50_vs_redis: Option<f64>,
    /// The same, to a Redis stream over mutual TLS, as the house's own is.
    pub p50_vs_redis_tls: Option<f64>,
    /// Commits for each question. Exactly 1 if what is shown is recorded in the group that commits it.
    pub commits_per_act: f64,
}

/// A house and what it is compared with.
struct Sides {
    house: Harness,
    /// The interview that runs.
    room: String,
    /// One after the other, since nobody may write on for ever.
    senders: Vec<Client>,
    asked: usize,
    audience: Audience,
    limit: Limit,
    /// Bare, and over mutual TLS.
    redis: Option<(Beside, Beside)>,
}

/// A bare stream, and a store to commit a row to.
struct Limit {
    _echo: Echo,
    sender: Channel,
    audience: Audience,
    store: KeyStore,
    _folder: tempfile::TempDir,
}

/// A Redis stream.
struct Beside {
    _redis: Arc<Redis>,
    over: Over,
    sender: ::redis::aio::MultiplexedConnection,
    audience: Audience,
}

/// Plays the rounds: the house, the limit, Redis, and again.
///
/// # Errors
/// If a call fails, a stream ends, or an acknowledged question is not in the log.
pub async fn play(plan: Plan, told: &mut dyn FnMut(String)) -> Result<Figures> {
    let mut sides = Sides::prepare().await?;
    let before = sides.house.log().await?;
    let mut asked = sides.warm_up().await?;
    let mut rounds = Vec::with_capacity(plan.rounds);
    for number in 1..=plan.rounds {
        let house = paced(plan.half, async || sides.submit().await).await.context("the house")?;
        let limit = paced(plan.half, async || sides.limit.reach().await).await.context("the limit")?;
        let redis = match &mut sides.redis {
            Some((bare, tls)) => {
                let bare = paced(plan.half, async || bare.append().await).await.context("Redis")?;
                Some((bare, paced(plan.half, async || tls.append().await).await.context("Redis over TLS")?))
            }
            None => None,
        };
        asked += house.len();
        let say = |latency: &Histogram<u64>| format!("p50 {:.2} p99 {:.2} ms", milliseconds(latency, 0.5), milliseconds(latency, 0.99));
        let redis_says = redis.as_ref().map_or_else(|| "absent".to_owned(), |(bare, tls)| format!("{}, over TLS {}", say(bare), say(tls)));
        told(format!("round {number}: seen {}, limit {}, Redis {redis_says}", say(&house), say(&limit)));
        rounds.push((house, limit, redis));
    }
    let after = sides.house.log().await?;
    let submitted = after.since(before.len()).iter().filter(|record| record.kind == "question.submitted").count();
    ensure!(submitted as u64 == asked, "{submitted} questions are in the log, {asked} were acknowledged");
    let commits = commits(&after, before.len());
    sides.house.stop().await;

    let at = |latency: &Histogram<u64>, share| milliseconds(latency, share);
    let of = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure)).context("no round was played");
    let ratio = |share| of(&|(house, limit, _)| at(house, share) / at(limit, share));
    let to_redis = |way: fn(&Ways) -> &Histogram<u64>| {
        median(rounds.iter().filter_map(|(house, _, redis)| Some(at(house, 0.5) / at(way(redis.as_ref()?), 0.5))))
    };
    Ok(Figures {
        p50_ms: of(&|(house, ..)| at(house, 0.5))?,
        p99_ms: of(&|(house, ..)| at(house, 0.99))?,
        p50_vs_limit: ratio(0.5)?,
        p99_vs_limit: ratio(0.99)?,
        p50_vs_redis: to_redis(|(bare, _)| bare),
        p50_vs_redis_tls: to_redis(|(_, tls)| tls),
        commits_per_act: commits as f64 / asked as f64,
    })
}

/// Checkpoints since this size of the log, each a commit; but for those of the house's own, that somebody began to watch.
fn commits(log: &Log, size: usize) -> usize {
    let mut from = size;
    let mut commits = 0;
    for checkpoint in log.checkpoints.iter().filter(|checkpoint| checkpoint.size > size as u64) {
        let until = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
        let mut group = log.since(from).iter().take(until.saturating_sub(from));
        commits += usize::from(group.any(|record| !["room.connections", "room.shown"].contains(&record.kind.as_str())));
        from = until;
    }
    commits
}

/// Microseconds of Redis, bare and over TLS.
type Ways = (Histogram<u64>, Histogram<u64>);
/// Microseconds of the house, the limit and Redis.
type Round = (Histogram<u64>, Histogram<u64>, Option<Ways>);

/// Does this at a steady pace, for so long, and keeps how long each took.
async fn paced(duration: Duration, mut once: impl AsyncFnMut() -> Result<Duration>) -> Result<Histogram<u64>> {
    let mut latency = Histogram::new(3)?;
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let begun = Instant::now();
    while begun.elapsed() < duration {
        ticks.tick().await;
        latency.record(u64::try_from(once().await?.as_micros())?)?;
    }
    Ok(latency)
}

/// Those who see, and say when.
struct Audience {
    saw: Vec<UnboundedReceiver<Instant>>,
    tasks: JoinSet<Result<()>>,
}

impl Audience {
    fn none() -> Self {
        Self { saw: Vec::with_capacity(SEEING), tasks: JoinSet::new() }
    }

    /// One more.
    fn seat<F: Future<Output = Result<()>> + Send + 'static>(&mut self, sees: impl FnOnce(UnboundedSender<Instant>) -> F) {
        let (says, saw) = mpsc::unbounded_channel();
        self.saw.push(saw);
        self.tasks.spawn(sees(says));
    }

    /// How long after this the last of them saw the next one.
    async fn all_saw(&mut self, since: Instant) -> Result<Duration> {
        let mut last = Duration::ZERO;
        for saw in &mut self.saw {
            let Some(saw) = saw.recv().await else { return self.why_it_ended().await };
            last = last.max(saw.duration_since(since));
        }
        Ok(last)
    }

    async fn why_it_ended(&mut self) -> Result<Duration> {
        self.tasks.join_next().await.context("nobody sees")??.context("a stream ended")?;
        anyhow::bail!("a stream ended")
    }
}

impl Sides {
    async fn prepare() -> Result<Self> {
        // A seat for each of them, beside the three who listen anyway.
        let options = Options { house: HOUSE.replacen("seats = 8", "seats = 12", 1), ..Options::default() };
        let house = Harness::start_with(options).await.context("the house")?;
        let mut case = Case::at(&house, Point::Confirmed).await?;
        let mut people = vec![case.leader().await?];
        while people.len() < SEEING {
            let investigator = house.another("investigator-1").await?;
            case.admit(&investigator).await?;
            people.push(investigator);
        }
        case.to(Point::Live).await.context("the interview day")?;
        let room = case.interview;
        // The leader is not among them.
        let senders: Vec<_> = people.iter().skip(1).cloned().collect();
        let sender = senders.first().context("nobody asks")?;
        let mut audience = Audience::none();
        for person in &people {
            let request = WatchListeningRoomRequest { name: room.clone(), ..Default::default() };
            let mut stream = ListeningRoomServiceClient::new(person.channel()).watch_listening_room(request).await?.into_inner();
            audience.seat(async move |saw| {
                while let Some(message) = stream.message().await? {
                    // A question comes once, with its text; the counts that follow it are not waited for.
                    if matches!(message.message, Some(Message::Question(_))) && saw.send(Instant::now()).is_err() {
                        break;
                    }
                }
                Ok(())
            });
        }
        let limit = Limit::prepare(&house, &people, sender).await.context("the limit")?;
        let redis = if redis::absent().is_none() { Some(Beside::both(&house, &people, sender).await.context("Redis")?) } else { None };
        Ok(Self { house, room, senders, asked: 0, audience, limit, redis })
    }

    /// Submits a question, and gives how long it took until all had seen it.
    async fn submit(&mut self) -> Result<Duration> {
        let sender = self.senders.get(self.asked / EACH).context("nobody is left to ask: give fewer rounds or seconds")?;
        self.asked += 1;
        let mut sender = QuestionServiceClient::new(sender.channel());
        let begun = Instant::now();
        sender.submit_question(question(&self.room)).await?;
        self.audience.all_saw(begun).await
    }

    /// Some of each, to be forgotten. Gives how many questions were asked.
    async fn warm_up(&mut self) -> Result<u64> {
        for _ in 0..WARM_UP {
            self.submit().await?;
            self.limit.reach().await?;
            if let Some((bare, tls)) = &mut self.redis {
                bare.append().await?;
                tls.append().await?;
            }
        }
        Ok(WARM_UP.into())
    }
}

impl Limit {
    async fn prepare(house: &Harness, people: &[Client], sender: &Client) -> Result<Self> {
        let echo = Echo::serve(&house.dir()).await?;
        let connect = async |who: &Client| anyhow::Ok(client::endpoint_at(house, echo.address, Some(&who.papers))?.connect().await?);
        let mut audience = Audience::none();
        for person in people {
            let mut stream = echo::watch(&connect(person).await?).await?;
            audience.seat(async move |saw| {
                while stream.message().await?.is_some() && saw.send(Instant::now()).is_ok() {}
                Ok(())
            });
        }
        let sender = connect(sender).await?;
        let folder = tempfile::tempdir()?;
        let store = KeyStore::open(&Location::Sqlite(folder.path().join("limit.db"))).await?;
        Ok(Self { _echo: echo, sender, audience, store, _folder: folder })
    }

    /// Tells it to all, then commits a row. Gives how long both took together.
    async fn reach(&mut self) -> Result<Duration> {
        let message = question("");
        let begun = Instant::now();
        echo::ask(&self.sender, echo::TELL, message).await?;
        let seen = self.audience.all_saw(begun).await?;
        // The house's own settings of SQLite; one row, one commit.
        let wrapped = vec![0; ROW];
        let key =
            Key { key_id: request_id(), case_alias: None, authority: String::new(), wrapped, created_at_us: 0, destroyed_at_us: None };
        let begun = Instant::now();
        self.store.insert(&[key]).await?;
        Ok(seen + begun.elapsed())
    }
}

impl Beside {
    /// One server, reached both ways by the same people.
    async fn both(house: &Harness, people: &[Client], sender: &Client) -> Result<(Self, Self)> {
        let redis = Arc::new(Redis::start(&house.dir()).await?);
        let bare = Self::prepare(redis.clone(), Over::Tcp, people, sender).await?;
        Ok((bare, Self::prepare(redis, Over::Tls, people, sender).await?))
    }

    async fn prepare(redis: Arc<Redis>, over: Over, people: &[Client], sender: &Client) -> Result<Self> {
        let connect = async |who: &Client| redis.connect(matches!(over, Over::Tls).then_some(&who.papers)).await;
        let mut audience = Audience::none();
        for person in people {
            let connection = connect(person).await?;
            audience.seat(move |saw| redis::follow(connection, over, saw));
        }
        let sender = connect(sender).await?;
        Ok(Self { _redis: redis, over, sender, audience })
    }

    async fn append(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        redis::append(&mut self.sender, self.over, TEXT).await?;
        self.audience.all_saw(begun).await
    }
}

fn question(room: &str) -> SubmitQuestionRequest {
    SubmitQuestionRequest {
        parent: room.to_owned(),
        request_id: request_id(),
        text: TEXT.to_owned(),
        urgent_protection: false,
        happened_at: None,
    }
}
