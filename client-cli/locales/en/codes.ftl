# The contract's codes in people's words. The key is the code in lower case, with hyphens.

recorded-act = one record of the act
recorded-read = one record of what was shown
recorded-list = one record for each page
recorded-stream = one record at the start, and one for each change in which text was shown

role-investigation-leader = investigation leader
role-child-interviewer = interviewer
role-police-investigator = investigator
role-special-representative = special representative
role-injured-party-counsel = injured-party counsel
role-defence-counsel = defence counsel
role-child-welfare-officer = child welfare officer
role-child-psychiatry = child psychiatry
role-paediatrician = paediatrician
role-counsellor = counsellor
role-coordinator = coordinator
role-interpreter = interpreter
role-auditor = auditor
role-administrator = administrator

part-none = none
part-invited = invited
part-team = on the team
part-admitted = admitted
part-deputy = deputy
part-leader = leader

phase-before = before
phase-prepared = prepared
phase-live = live
phase-after = after
phase-documented = documented
phase-closed = closed
phase-erased = erased

protection-none = none
protection-confidentiality-marked = confidentiality marked
protection-protected-registration = protected registration
protection-fictitious-identity = fictitious identity

identity-mode-anonymous = anonymous
identity-mode-identified = identified

age-band-under-4 = under 4
age-band-4-to-6 = 4 to 6
age-band-7-to-14 = 7 to 14
age-band-over-14 = over 14

crime-type-assault = assault
crime-type-sexual-offence = sexual offence
crime-type-child-peace-offence = witnessing violence
crime-type-genital-mutilation = genital mutilation
crime-type-honour-related = honour-related violence
crime-type-neglect = neglect
crime-type-other = other

relation-legal-guardian = legal guardian
relation-parent = parent
relation-step-parent = step-parent
relation-sibling = sibling
relation-relative = other relative
relation-known = known to the child
relation-outsider = stranger
relation-unknown = not known

absence-reason-no-capacity = no capacity
absence-reason-illness = illness
absence-reason-not-invited = not invited
absence-reason-no-show = did not come
absence-reason-conflict-of-interest = conflict of interest

reject-reason-leading = leading
reject-reason-already-answered = already answered
reject-reason-duplicate = the same as another
reject-reason-outside-scope = outside the scope
reject-reason-harmful-to-child = harmful to the child
reject-reason-reveals-investigation = would reveal the investigation
reject-reason-not-age-appropriate = not for the child's age
reject-reason-time = no time

not-asked-reason-child-tired = the child was tired
not-asked-reason-answered-spontaneously = the child told of it unasked
not-asked-reason-interview-ended = the interview ended first
not-asked-reason-judged-unsuitable = judged unsuitable in the room

end-reason-as-planned = as planned
end-reason-child-tired = the child was tired
end-reason-child-distressed = the child was distressed
end-reason-technical = technical fault
end-reason-safety = safety

representative-state-not-needed = not needed
representative-state-needed = needed
representative-state-applied = applied for
representative-state-interim-appointed = appointed in the interim
representative-state-confirmed = appointment confirmed
representative-state-discharged = discharged

consultation-kind-consultative = advice
consultation-kind-with-police-and-prosecutor = with police and prosecutor
consultation-kind-planning = planning
consultation-kind-treatment = treatment
consultation-kind-follow-up = follow-up
consultation-kind-acute = acute
consultation-kind-after-meeting = after-meeting

consultation-state-requested = requested
consultation-state-scheduled = scheduled
consultation-state-held = held
consultation-state-held-inquorate = held without a role that was needed

room-kind-interview = interview room
room-kind-listening = listening room
room-kind-waiting = waiting room
room-kind-examination = examination room
room-kind-meeting = meeting room

interview-kind-supplementary = supplementary
interview-kind-concluding = concluding
interview-kind-first = first

interview-state-tentative = booked, waiting for answers
interview-state-confirmed = confirmed
interview-state-ready = ready
interview-state-in-progress = in progress
interview-state-break = break
interview-state-closing = closing
interview-state-interrupted = interrupted
interview-state-ended = ended
interview-state-documented = documented

invitation-state-open = no answer yet
invitation-state-accepted = accepted
invitation-state-declined = declined
invitation-state-waived = waived by the leader

deviation-roster-not-frozen = the roster was not frozen
deviation-child-not-informed = the child had not been told who listens
deviation-ban-not-acknowledged = a listener had not acknowledged the disclosure ban
deviation-not-confirmed = the leader had not confirmed the interview
deviation-late-arrival-not-told = the child had not been told of somebody who came in later
deviation-not-as-booked = it was booked for another day

question-state-submitted = waits for the leader
question-state-approved = approved
question-state-rejected = rejected
question-state-merged = merged
question-state-withdrawn = withdrawn
question-state-delivered = with the interviewer
question-state-asked = asked
question-state-answered = answered
question-state-no-answer = asked, no answer
question-state-child-declined = asked, the child declined
question-state-deferred = deferred to the next interview
question-state-not-asked = not asked

fate-asked = asked
fate-answered = asked and answered
fate-no-answer = asked, no answer
fate-child-declined = asked, the child declined
fate-not-asked = not asked

hint-leading = it suggests its answer
hint-multiple = it asks several things at once: split it
hint-yes-no = yes or no answers it: better ask what, how or when

revocation-reason-left = the person left
revocation-reason-key-compromised = the key may be in other hands
revocation-reason-misuse = misuse

outcome-done = done
outcome-shown = shown
outcome-refused = refused
outcome-denied = denied

protocol-event-removed = the admission was taken back
protocol-event-booked = booked
protocol-event-confirmed = confirmed by the leader
protocol-event-disclosure-ban-ordered = disclosure ban ordered
protocol-event-roster-frozen = roster frozen
protocol-event-child-informed = the child was told who listens
protocol-event-started = started
protocol-event-break-called = break began
protocol-event-delivered = delivered to the interviewer
protocol-event-delivery-acknowledged = delivery acknowledged
protocol-event-resumed = went on
protocol-event-interrupted = interrupted
protocol-event-closing-begun = closing check began
protocol-event-ended = ended
protocol-event-fates-confirmed = the interviewer confirmed the fates
protocol-event-documented = documented
protocol-event-checked-in = in
protocol-event-checked-out = out
protocol-event-signed-off = signed off
protocol-event-absent = absent
protocol-event-admitted = admitted
protocol-event-question-submitted = submitted
protocol-event-question-withdrawn = withdrawn
protocol-event-question-approved = approved
protocol-event-question-rejected = rejected
protocol-event-question-merged = merged
protocol-event-question-objected = objected to
protocol-event-question-delivered = delivered
protocol-event-question-fate-noted = fate noted
protocol-event-question-revised = reworded by its asker
protocol-event-question-reworded = reworded by the leader
protocol-event-question-deferred = deferred to the next interview
protocol-event-question-carried = carried over from the interview before
protocol-event-question-ranked = ranked by the leader
protocol-event-question-urgency-unmarked = not urgent, says the leader
protocol-event-question-acted-on = acted on outside the room
protocol-event-break-requested = the leader asked for a break
protocol-event-notes-allowed = single notes were allowed
protocol-event-notes-ended = single notes were allowed no longer
protocol-event-closed = the leader closed the protocol
protocol-event-remarked = a remark on the closed protocol
protocol-event-further-decided = the leader decided on another interview
protocol-event-question-fate-corrected = fate corrected by the interviewer
