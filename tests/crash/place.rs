//! A house to kill: founded and brought to a running interview in-process, then handed over to servers of their own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_audit::Trust;
use barnahus_server::serve::CHECKPOINT_FILE;
use barnahus_tests::{
    harness::{
        Client, HOUSE, Harness, Log, Options, Papers,
        day::{Case, Point},
    },
    postgres::Cluster,
};

/// Who watches and decides.
pub(crate) const LEADER: &str = "prosecutor-1";
/// Who asks: all who are in the room.
pub(crate) const LISTENERS: [&str; 4] = [LEADER, "investigator-1", "welfare-kil-1", "paediatrician-1"];
/// Who exports the log.
pub(crate) const AUDITORS: [&str; 2] = ["auditor-police-1", "auditor-karlstad-1"];

/// The engine that a test runs on.
pub(crate) enum Engine {
    Sqlite,
    /// Addresses of fresh databases for the log and for the keys.
    Postgres(String, String),
}

impl Engine {
    pub(crate) fn postgres(cluster: &Cluster) -> Result<Self> {
        Ok(Self::Postgres(cluster.database()?, cluster.database()?))
    }
}

/// A person of the house.
#[derive(Clone)]
pub(crate) struct Person {
    /// The post.
    pub(crate) post: &'static str,
    /// As records name the person.
    pub(crate) pseudonym: String,
    /// Key and certificate.
    pub(crate) papers: Papers,
}

impl Person {
    fn of(post: &'static str, client: &Client) -> Self {
        Self { post, pseudonym: client.pseudonym().to_owned(), papers: client.papers.clone() }
    }
}

/// A house that nobody serves, with an interview that runs.
pub(crate) struct Place {
    harness: Harness,
    people: BTreeMap<&'static str, Person>,
    crowd: Vec<Person>,
    /// `houses/{house}/cases/{case}/interviews/1`.
    pub(crate) interview: String,
    /// Whom to believe about its log.
    pub(crate) trust: Trust,
    /// The trial authority's certificate, PEM.
    pub(crate) authority: String,
}

impl Place {
    /// A house whose interview runs and whose listeners are checked in.
    pub(crate) async fn live(engine: Engine) -> Result<Self> {
        Self::crowded(engine, &[]).await
    }

    /// The same with so many more from these posts, whom the leader has admitted, and who are checked in too.
    pub(crate) async fn crowded(engine: Engine, crowd: &[(&'static str, usize)]) -> Result<Self> {
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres(log, keys) => Some((log, keys)),
        };
        // A listening room with a seat for each.
        let house = HOUSE.replacen("seats = 8", &format!("seats = {}", 8 + crowd.iter().map(|(_, more)| more).sum::<usize>()), 1);
        let mut harness = Harness::start_with(Options { postgres, house, ..Options::default() }).await?;
        let mut case = Case::at(&harness, Point::Confirmed).await?;
        let mut others = Vec::new();
        for post in crowd.iter().flat_map(|(post, more)| std::iter::repeat_n(*post, *more)) {
            let client = harness.another(post).await?;
            case.admit(&client).await?;
            others.push(Person::of(post, &client));
        }
        case.to(Point::Live).await?;
        let interview = case.interview;
        let mut people = BTreeMap::new();
        for post in LISTENERS.into_iter().chain(AUDITORS) {
            let client = harness.client(post).await?;
            people.insert(post, Person::of(post, &client));
        }
        harness.stop().await;
        let trust = harness.founded().trust.parse()?;
        let authority = fs::read_to_string(harness.dir().join("authority.pem"))?;
        Ok(Self { harness, people, crowd: others, interview, trust, authority })
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.harness.dir()
    }

    /// A folder beside the house's.
    pub(crate) fn beside(&self) -> &Path {
        self.harness.beside()
    }

    /// `houses/{house}`.
    pub(crate) fn name(&self) -> String {
        self.harness.name()
    }

    /// Everyone who listens.
    pub(crate) fn listeners(&self) -> impl Iterator<Item = &Person> {
        LISTENERS.iter().filter_map(|post| self.people.get(post)).chain(&self.crowd)
    }

    pub(crate) fn person(&self, post: &str) -> Result<Person> {
        self.people.get(post).cloned().with_context(|| format!("nobody is `{post}`"))
    }

    /// The file that holds the newest checkpoint outside the database.
    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.dir().join(CHECKPOINT_FILE)
    }

    /// A file of the house's.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// What is durable, read past the server.
    pub(crate) async fn log(&self) -> Result<Log> {
        self.harness.log().await
    }

    /// A killed server has left nothing outside the database that the database does not hold.
    pub(crate) async fn holds_what_its_checkpoint_says(&self) -> Result<()> {
        let note = fs::read_to_string(self.checkpoint())?;
        let seen = self.trust.open_unwitnessed(&note).context("the killed server left a checkpoint that is none")?.checkpoint;
        let log = self.log().await?;
        let kept = log.checkpoints.iter().find(|kept| kept.size == seen.size);
        ensure!(
            kept.is_some_and(|kept| kept.note == note),
            "the checkpoint of size {} is ahead of {} records",
            seen.size,
            log.records.len()
        );
        Ok(())
    }
}
