//! `barnahus listen`: the listening room on a full screen, or as lines.
//!
//! `state` is what the house says, `desk` what the person types and picks, `view` what is seen of both; `input` and `keys` turn keys into
//! what is wished, `plain` does the same with lines; `act` is the request that a wish becomes, `sitting` holds it all together and
//! `drive` moves it: terminal, stream, acts on their way, the clock. All but `drive` can be proved without a terminal. It holds no rule
//! of the house: which keys are offered is a courtesy, what may be done the house says.

mod act;
mod ban;
mod closing;
mod delivery;
mod desk;
mod drive;
mod edit;
mod input;
mod keys;
mod news;
mod pick;
mod plain;
#[cfg(test)]
mod scene;
mod sitting;
mod state;
mod view;

pub(crate) use self::drive::listen;
