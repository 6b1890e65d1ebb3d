//! Our own bytes v1: every event as records keep it. A line here is never changed and never taken away: logs hold it.

use std::collections::BTreeSet;

use super::Event;

/// One example of every event, and of every shape that its fields can have.
const EXAMPLES: &[&str] = &[
    r#"{"house":{"founded":{"definition":{"id":"varmland","name":"Barnahus","alias_prefix":"VRM","time_zone":"Europe/Stockholm","buffer_minutes":15,"role_ranks":[["INVESTIGATION_LEADER",1]],"host":"Karlstad","authorities":[{"id":"Karlstad","name":"Karlstad","independent":false}],"rooms":[{"id":"interview-1","kind":"INTERVIEW","paired_with":"listening-1","seats":null,"suits":["UNDER_4","4_TO_6","7_TO_14","OVER_14"]},{"id":"listening-1","kind":"LISTENING","paired_with":null,"seats":8,"suits":[]}],"posts":[{"id":"interviewer-1","authority":"police","roles":["CHILD_INTERVIEWER"],"qualified":["7_TO_14"],"languages":["sv"],"on_call":false}]}}}}"#,
    r#"{"house":{"started":{"version":"0.1.0","policy_set":"00ff"}}}"#,
    r#"{"house":{"throttled":{"session":"00ff","method":"/barnahus.v1.CaseService/GetCase","count":3,"first":1,"last":2}}}"#,
    r#"{"directory":{"enrolled":{"certificate":{"fingerprint":"00ff","ends_at":2,"pem":"PEM"},"mandates":[{"post":"prosecutor-1","from":0,"until":2}]}}}"#,
    r#"{"directory":{"revoked":{"reason":"KEY_COMPROMISED"}}}"#,
    r#"{"directory":{"mandate_granted":{"mandate":{"post":"prosecutor-1","from":0,"until":2}}}}"#,
    r#"{"directory":{"mandate_ended":{"post":"prosecutor-1"}}}"#,
    r#"{"case":{"investigation_opened":{"police_reference":"5000-K1-26","identity_mode":"IDENTIFIED"}}}"#,
    r#"{"case":{"deputy_named":{"post":"prosecutor-2"}}}"#,
    r#"{"case":"embargo_set"}"#,
    r#"{"case":"embargo_lifted"}"#,
    r#"{"case":{"representative_recorded":{"state":"INTERIM_APPOINTED","post":"representative-1","court_reference":"T 1-26"}}}"#,
    r#"{"case":{"representative_recorded":{"state":"NEEDED","post":null,"court_reference":null}}}"#,
    r#"{"case":"guardians_informed"}"#,
    r#"{"consultation":{"requested":{"opening":{"kind":"WITH_POLICE_AND_PROSECUTOR","identity_mode":"ANONYMOUS","home_board":"Kil","protection":"CONFIDENTIALITY_MARKED","child_age_band":"7_TO_14","crime_type":"ASSAULT","relation_to_child":"LEGAL_GUARDIAN","language":"sv","coordinator":"coordinator-1"}}}}"#,
    r#"{"consultation":{"scheduled":{"starts_at":1,"invited":["prosecutor-1"]}}}"#,
    r#"{"consultation":{"held":{"inquorate":true,"absences":[{"post":"prosecutor-1","reason":"NO_SHOW"}],"actions":[{"owner":"welfare-kil-1","due_at":2}],"joined":[{"person":"p-1","post":"welfare-kil-1","role":"CHILD_WELFARE_OFFICER","part":"TEAM"}]}}}"#,
    r#"{"consultation":{"after_meeting_held":{"interview":1,"actions":[]}}}"#,
    r#"{"interview":{"booked":{"kind":"FIRST","rooms":["interview-1","listening-1"],"starts_at":1,"ends_at":2,"buffer_us":900000000,"invited":[{"post":"prosecutor-1","role":"INVESTIGATION_LEADER","required":true}]}}}"#,
    r#"{"interview":{"booked":{"kind":"SUPPLEMENTARY","rooms":[],"starts_at":1,"ends_at":2,"buffer_us":0,"invited":[],"follows":1}}}"#,
    r#"{"interview":{"further_decided":{"kind":"CONCLUDING"}}}"#,
    r#"{"interview":{"accepted":{"post":"prosecutor-1"}}}"#,
    r#"{"interview":{"declined":{"post":"prosecutor-1","reason":"CONFLICT_OF_INTEREST"}}}"#,
    r#"{"interview":{"confirmed":{"waived":["paediatrician-1"],"by_right":[{"person":"p-1","post":"prosecutor-1","role":"INVESTIGATION_LEADER"}]}}}"#,
    r#"{"interview":{"confirmed":{"waived":[],"by_right":[],"defence_noted":true}}}"#,
    r#"{"interview":{"disclosure_ban_ordered":{"until":2}}}"#,
    r#"{"interview":{"invited":{"instead_of":"interviewer-1","invited":{"post":"interviewer-2","role":"CHILD_INTERVIEWER","required":true},"from":1767225600000000,"until":1767232800000000}}}"#,
    r#"{"interview":{"observer_removed":{"person":"p-1"}}}"#,
    r#"{"interview":{"observers_admitted":{"observers":[{"person":"p-1","post":"defence-1","role":"DEFENCE_COUNSEL"}]}}}"#,
    r#"{"interview":"documented"}"#,
    r#"{"interview":{"protocol_closed":{"digest":"00ff"}}}"#,
    r#"{"interview":"protocol_remarked"}"#,
    r#"{"room":{"checked_in":{"ban_acknowledged":true}}}"#,
    r#"{"room":"checked_out"}"#,
    r#"{"room":"roster_frozen"}"#,
    r#"{"room":"child_informed"}"#,
    r#"{"room":{"started":{"recording_reference":"REC-1","deviations":["ROSTER_NOT_FROZEN","CHILD_NOT_INFORMED","BAN_NOT_ACKNOWLEDGED","NOT_CONFIRMED"]}}}"#,
    r#"{"room":{"started":{"recording_reference":null,"deviations":[]}}}"#,
    r#"{"room":{"break_called":{"number":1,"delivered":[2,1]}}}"#,
    r#"{"room":{"delivery_acknowledged":{"break_number":1,"batch_number":2}}}"#,
    r#"{"room":"break_requested"}"#,
    r#"{"room":{"notes_allowed":{"allowed":true}}}"#,
    r#"{"room":"resumed"}"#,
    r#"{"room":{"interrupted":{"reason":"CHILD_DISTRESSED"}}}"#,
    r#"{"room":"closing_begun"}"#,
    r#"{"room":{"signed_off":{"covers":3}}}"#,
    r#"{"room":{"absence_recorded":{"person":"p-1","reason":"ILLNESS"}}}"#,
    r#"{"room":{"connections":{"stand":["p-1"],"lost":["p-2"]}}}"#,
    r#"{"room":{"ended":{"reason":"SAFETY","not_asked":[],"deviations":["LATE_ARRIVAL_NOT_TOLD"]}}}"#,
    r#"{"room":{"ended":{"reason":"AS_PLANNED","not_asked":[[1,"INTERVIEW_ENDED"],[2,"CHILD_TIRED"]]}}}"#,
    r#"{"room":{"fates_confirmed":{"corrections":[[1,{"not_asked":{"reason":"ANSWERED_SPONTANEOUSLY"}}]]}}}"#,
    r#"{"question":{"submitted":{"urgent":true,"hints":["LEADING"]}}}"#,
    r#"{"question":"withdrawn"}"#,
    r#"{"question":{"approved":{"delivered":null}}}"#,
    r#"{"question":{"approved":{"delivered":[1,2]}}}"#,
    r#"{"question":{"rejected":{"reason":"HARMFUL_TO_CHILD"}}}"#,
    r#"{"question":{"merged":{"into":1}}}"#,
    r#"{"question":"objected"}"#,
    r#"{"question":{"revised":{"hints":["YES_NO"]}}}"#,
    r#"{"question":"reworded"}"#,
    r#"{"question":"deferred"}"#,
    r#"{"question":{"ranked":{"rank":1}}}"#,
    r#"{"question":{"ranked":{"rank":null}}}"#,
    r#"{"question":"urgency_unmarked"}"#,
    r#"{"question":"acted_on"}"#,
    r#"{"question":{"note_delivered":{"number":1}}}"#,
    r#"{"question":{"fate_noted":{"fate":{"asked":{"outcome":"open","offset_us":1}}}}}"#,
    r#"{"question":{"fate_noted":{"fate":{"asked":{"outcome":"answered","offset_us":1}}}}}"#,
    r#"{"question":{"fate_noted":{"fate":{"asked":{"outcome":"no_answer","offset_us":1}}}}}"#,
    r#"{"question":{"fate_noted":{"fate":{"asked":{"outcome":"child_declined","offset_us":1}}}}}"#,
    r#"{"question":{"fate_noted":{"fate":{"not_asked":{"reason":"JUDGED_UNSUITABLE"}}}}}"#,
];

/// How many kinds of events there are; one more needs an example.
const KINDS: usize = 60;

#[test]
fn every_event_ever_written_is_read_and_written_as_it_was() {
    let mut kinds = BTreeSet::new();
    for example in EXAMPLES {
        let event: Event = serde_json::from_str(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(serde_json::to_string(&event).expect("JSON"), *example);
        kinds.insert(event.kind());
    }
    assert_eq!(kinds.len(), KINDS, "{kinds:?}");
}

#[test]
fn what_no_version_wrote_is_not_read() {
    for strange in [
        r#"{"question":"postponed"}"#,
        r#"{"question":{"rejected":{}}}"#,
        r#"{"question":{"rejected":{"reason":"BORING"}}}"#,
        r#"{"question":{"fate_noted":{"fate":{"asked":{"outcome":"answered"}}}}}"#,
        r#"{"question":{"fate_noted":{"fate":{"not_asked":{}}}}}"#,
    ] {
        assert!(serde_json::from_str::<Event>(strange).is_err(), "{strange}");
    }
}

#[test]
fn a_kind_is_a_noun_and_what_happened_to_it() {
    for example in EXAMPLES {
        let event: Event = serde_json::from_str(example).expect("an event");
        let (noun, happened) = event.kind().split_once('.').expect("a full stop");
        assert!(!noun.is_empty() && example.contains(&format!("\"{happened}\"")), "{}", event.kind());
    }
}
