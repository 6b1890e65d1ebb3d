//! Bad lines: between each client and whichever server there is stands a TCP proxy that is cut now and then.
//!
//! Understands nothing of what passes, and changes none of it. INVARIANT: what a cut line has not passed on yet is lost, and nobody gets
//! through before it is up again. INVARIANT: which tick cuts which line follows from the seed alone.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch::{self as signals, Receiver, Sender},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval_at},
};

use crate::callers::Whereabouts;

/// How often it is drawn whether a line is down.
const TICK: Duration = Duration::from_millis(250);
/// A line is down in one of so many ticks: 10 % of the time.
const DOWN: u64 = 10;

/// Numbers that come again with their seed (SplitMix64).
pub(crate) struct Luck(u64);

impl Luck {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Numbers of its own for somebody else.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// All lines. Dropping this cuts them for good.
pub(crate) struct Lines {
    tasks: JoinSet<()>,
    storm: Sender<bool>,
    cuts: Arc<AtomicU32>,
}

impl Lines {
    /// None yet, in a storm that cuts them.
    pub(crate) fn in_a_storm() -> Self {
        Self { tasks: JoinSet::new(), storm: Sender::new(true), cuts: Arc::default() }
    }

    /// Lays one more to the house, and says where to call and when.
    pub(crate) async fn lay(&mut self, house: Receiver<Whereabouts>, luck: Luck) -> Result<Receiver<Whereabouts>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (told, whereabouts) = signals::channel(Whereabouts::default());
        let line = Line { listener, house, told, storm: self.storm.subscribe(), cuts: Arc::clone(&self.cuts), luck };
        self.tasks.spawn(line.carry());
        Ok(whereabouts)
    }

    /// From now on no line is cut, and those that are down come up.
    pub(crate) fn calm(&self) {
        self.storm.send_replace(false);
    }

    /// How often lines that were up were cut.
    pub(crate) fn cuts(&self) -> u32 {
        self.cuts.load(Ordering::Relaxed)
    }
}

struct Line {
    listener: TcpListener,
    house: Receiver<Whereabouts>,
    told: Sender<Whereabouts>,
    storm: Receiver<bool>,
    cuts: Arc<AtomicU32>,
    luck: Luck,
}

impl Line {
    /// Carries connections, until nobody keeps the line any more.
    async fn carry(mut self) {
        let Ok(here) = self.listener.local_addr() else { return };
        let offset = TICK.mul_f64(self.luck.below(1000) as f64 / 1000.0);
        let mut ticks = interval_at(Instant::now() + offset, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut down, mut to, mut carried) = (false, None, JoinSet::new());
        loop {
            let server = self.house.borrow_and_update().address.filter(|_| !down);
            if server != to {
                // Dropping what it carries breaks the connections at both ends.
                (to, carried) = (server, JoinSet::new());
                self.told.send_modify(|told| {
                    told.address = server.map(|_| here);
                    told.starts += u32::from(server.is_some());
                });
            }
            tokio::select! {
                changed = self.house.changed() => if changed.is_err() { return },
                _ = ticks.tick() => {
                    let was_up = to.is_some();
                    down = self.luck.below(DOWN) == 0 && *self.storm.borrow();
                    self.cuts.fetch_add(u32::from(down && was_up), Ordering::Relaxed);
                }
                // The server broke it off: whoever waits for a next start may call again.
                Some(_) = carried.join_next() => self.told.send_modify(|told| told.starts += 1),
                Ok((client, _)) = self.listener.accept(), if to.is_some() => {
                    carried.spawn(pass(client, to));
                }
            }
        }
    }
}

async fn pass(mut client: TcpStream, server: Option<SocketAddr>) {
    let Some(server) = server else { return };
    if let Ok(mut server) = TcpStream::connect(server).await {
        // However it ends, both ends notice.
        drop(copy_bidirectional(&mut client, &mut server).await);
    }
}
