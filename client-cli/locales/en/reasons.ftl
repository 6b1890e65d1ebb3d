# Why the house refused, and what to do next. The key is the ErrorReason in lower case, with hyphens.

error-reason-not-found = there is no such thing, or it is not yours to know of: check the name, and ask the coordinator if you should have a part
error-reason-permission-denied = you may not do this, or not now: the help of the command says who may, `interview show` how far it has come
error-reason-certificate-unknown = your certificate belongs to nobody in this house: ask the administrator to enrol you
error-reason-certificate-revoked = your certificate was revoked: ask the administrator
error-reason-quota-exceeded = too many calls in a short time: wait, then go on
error-reason-unavailable = the house could not write just now: try again
error-reason-disk-full = the house's disk is full, so it records and shows nothing more; END still works: tell the administrator at once, who must make room
error-reason-internal = the house failed by its own fault: give the administrator the request id
error-reason-clock-behind = the house's clock is behind its newest record, so it writes nothing: tell the administrator at once
error-reason-policy-error = the house could not judge whether you may, so the answer is no, and somebody was alarmed: tell the administrator

error-reason-invalid-field = something you gave is not right: correct it and send again
error-reason-identity-number-in-text = the text holds a personal identity number: take it out and send again
error-reason-text-empty = a text is missing: write it and send again
error-reason-text-too-long = a text is too long: shorten it and send again
error-reason-control-character = a text holds control characters: take them out and send again
error-reason-unknown-code = a code is missing, or unknown to this house: see the command's help for the codes
error-reason-malformed-name = a name is not known here or has a wrong form: `house show` and `house posts` list them, cases are written as VRM-2026-0142, VRM-2026-0142/1 or VRM-2026-0142/1/7
error-reason-malformed-request-id = the request id is not a UUID: leave --request-id out, or give the one that was printed
error-reason-request-id-reused = this request id came before with other content: repeat exactly the earlier command, or leave --request-id out
error-reason-time-before-case = the time is before the case, or before what it follows (the question, the break, the check-in, the start): check the time
error-reason-time-after-end = the time lies ahead, or after the end of what it is about: check the date
error-reason-token-invalid = the page token is not from this command: start again without it
error-reason-token-expired = too long has passed to continue: start again
error-reason-time-unsuitable = the time does not do: it must lie ahead; an interview lasts 15 minutes to 8 hours, and an action is not due before it was decided
error-reason-message-too-large = all that you sent together is larger than the house takes (64 KiB): shorten the texts

error-reason-stale-etag = somebody changed it since you read it: read it again, then decide
error-reason-wrong-state = this cannot be done in the state it is in: show it to see where it stands
error-reason-leader-exists = the case has a leader already: show the case
error-reason-no-leader = the case has no leader yet: a prosecutor must open the investigation first
error-reason-identity-goes-forward = the identity mode only goes from anonymous to identified, with a legal ground
error-reason-embargo-on = the guardian embargo is on: before the leader lifts it the guardians may not be informed, and it is not set twice
error-reason-embargo-off = the guardian embargo is not on: there is nothing to lift
error-reason-representative-state = the appointment goes backwards, or lacks its post or the court’s reference: give --post and --court-reference, and show the case to see where it stands

error-reason-resource-taken = a room or a person is taken then, buffers included, or no room that suits is free: choose another time, room or post
error-reason-nobody-fits = nobody fits, or not whom you named: check role, age qualification and language against `house posts`; a deputy holds another post, in the same role
error-reason-rooms-unsuitable = the rooms are not an interview room with the listening room that belongs to it: see `house show`
error-reason-interview-exists = the case has a first interview already: another one needs the leader's decision
error-reason-acceptance-missing = a required post has not accepted: wait, have the coordinator ask another with `interview invite`, or waive it with --waive and a reason (never the interviewer)
error-reason-defence-note-missing = note with --defence-note that the material was disclosed to the defence (RB 23:18 c), or why not; at a concluding interview without them, why they are not there
error-reason-representative-missing = under an embargo a special representative must be appointed first: record it with `case representative`
error-reason-no-open-invitation = you have no open invitation here: you are not asked, or have answered already; the coordinator can ask you again with `interview invite`
error-reason-no-seat = the listening room has no seat left: book the larger one, or admit fewer

error-reason-not-checked-in = you are not checked in: do `interview check-in` first, which also opens the room to you once the interview runs; after the end only who stayed for it signs off
error-reason-checked-in-already = you are checked in already
error-reason-disclosure-ban-not-acknowledged = a disclosure ban is ordered: read it with `interview show`, then check in with --acknowledge-ban
error-reason-roster-frozen = the roster is frozen: go to the leader, who lets in whoever comes later (A in `listen`); the child is then told again
error-reason-formality-missing = something formal is missing: see `interview show`; to start all the same, give --reason, and it stands as a deviation
error-reason-no-such-break = there is no such break or batch: see `interview show`
error-reason-sign-off-missing = somebody who was there has not said that nothing is left, or said so before the last question: have them do `interview sign-off`, or record their absence with `interview absent`
error-reason-question-without-fate = a question has no fate: before the end it is noted with `question fate`, after it the interviewer corrects it with `interview confirm-fates --correct`
error-reason-fates-unconfirmed = the interviewer has not confirmed the fates: ask her to do `interview confirm-fates`
error-reason-urgency-not-yours = only child welfare, care and the leader mark a question urgent: send it without --urgent
error-reason-question-state = this cannot be done with the question as it stands: see `question show`
error-reason-merge-target = a question can only be merged into another that is open: see `question list`
error-reason-nothing-to-object-to = only a rejection can be objected to, and only once
error-reason-offset-needed = say when it was asked: --offset MINUTES:SECONDS into the recording (in a correction `4=ANSWERED@48:30`), after the start and not later than now
error-reason-reason-needed = say why it was not asked: --reason CODE (in a correction `4=NOT_ASKED:CODE`)
error-reason-notes-not-allowed = single notes are not allowed: the leader allows them with `interview notes`, or wait for the break
error-reason-note-unread = the note before is not acknowledged yet: one at a time
error-reason-not-urgent = the question is not marked protection-urgent
error-reason-decision-missing = another interview of that kind needs the leader's decision, with a reason: `interview further`
error-reason-signed-off-already = nothing is to be recorded: somebody of this role has signed off
error-reason-was-not-there = this person was not in the listening room, so no sign-off of theirs is missing
error-reason-too-many-questions = the interview, the question or you have as many texts as one may: tell the leader

error-reason-signing-request-invalid = the signing request cannot be signed: make a new one, or let this command make it
error-reason-mandate-times = the mandate's times are not in order, or overlap another for the same post: see `admin persons`
error-reason-revoked-already = the person is revoked already
error-reason-last-administrator = the house would be left without an administrator: enrol another first
error-reason-mandate-conflict = administration and review are nobody's second role, and nobody gives a right to themself: choose another person or post
