//! The permissions: what may be asked of the policies, one name per act.
//!
//! Does not say who has them; `policies/` does. INVARIANT: [`Permission::ALL`] and the schema's actions are the same names.

use std::fmt;
use std::str::FromStr;

use crate::facts::UnknownWord;

/// The name of an act, like `question.submit`: noun, full stop, verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission(&'static str);

macro_rules! permissions {
    ($($name:literal)+) => {
        /// Every permission, by noun.
        pub const ALL: &[Self] = &[$(Self($name)),+];
    };
}

impl Permission {
    permissions! {
        "directory.self" "directory.house" "directory.posts"
        "case.know" "case.read" "case.list" "case.openInvestigation" "case.nameDeputy" "case.setEmbargo" "case.liftEmbargo"
        "case.recordRepresentative" "case.recordGuardiansInformed"
        "consultation.request" "consultation.schedule" "consultation.hold" "consultation.holdAfterMeeting"
        "consultation.read" "consultation.list"
        "interview.book" "interview.invite" "interview.remove" "interview.decideFurther" "interview.document" "interview.accept" "interview.decline"
        "interview.confirm" "interview.orderBan" "interview.admit" "interview.read" "interview.list"
        "room.checkIn" "room.checkOut" "room.signOff" "room.freeze" "room.childInformed" "room.start" "room.break"
        "room.resume" "room.requestBreak" "room.allowNotes" "room.acknowledge" "room.confirmFates" "room.beginClosing"
        "room.recordAbsence" "room.interrupt" "room.end" "room.watch" "room.acknowledgeShown"
        "question.submit" "question.withdraw" "question.object" "question.approve" "question.reject" "question.merge"
        "question.revise" "question.reword" "question.defer" "question.rank" "question.unmarkUrgency" "question.markActedOn"
        "question.deliverNote" "question.noteFate" "question.list" "question.read" "question.readText"
        "protocol.read" "protocol.readLine" "protocol.close" "protocol.remark"
        "audit.list" "audit.export" "audit.sample" "audit.checkpoint"
        "admin.enroll" "admin.revoke" "admin.grantMandate" "admin.endMandate" "admin.list"
    }

    /// The permission of this name, if there is one. For names known when the program is built: `const`.
    #[must_use]
    pub const fn new(name: &str) -> Option<Self> {
        let mut rest = Self::ALL;
        while let [known, others @ ..] = rest {
            if same(known.0, name) {
                return Some(*known);
            }
            rest = others;
        }
        None
    }

    /// The permission of this name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::new(name)
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Equality of strings, which the standard library does not offer in `const`.
const fn same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a, b) {
            ([], []) => return true,
            ([x, a_rest @ ..], [y, b_rest @ ..]) if *x == *y => (a, b) = (a_rest, b_rest),
            _ => return false,
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl FromStr for Permission {
    type Err = UnknownWord;

    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        Self::new(name).ok_or_else(|| UnknownWord::new("Permission", name))
    }
}
