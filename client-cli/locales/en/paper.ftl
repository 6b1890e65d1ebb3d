# What stands on paper. paper-child- and paper-task- are read to a child: words that an eight-year-old and a fourteen-year-old accept.

paper-protocol-title = Protocol of forensic interview { $interview }
paper-protocol-whole = The whole protocol.
paper-protocol-own = An extract: only lines of the one who read it.
paper-protocol-how = All times are in { $zone }. Time into the recording is written as hours:minutes:seconds, counted from the start. The number under Log, or in square brackets, is the record of the log that the line comes from.
paper-protocol-read = Read from the log as record { $log }.
paper-zone-unnamed = this machine's clock
paper-in-order = The interview in order
paper-in-and-out = When each came and went
paper-breaks-taken = Break by break
paper-began = Began
paper-acknowledged = Acknowledged
paper-went-on = Went on
paper-question = Question { $number } from { $who }: { $state }
paper-question-history = What happened to question { $number }
paper-wording = wording { $number }

paper-child-title = Who is listening today?
paper-child-we-talk = Today it is you and I who talk with each other. My job is to talk with children and young people.
paper-child-listening = Those who listen
paper-child-another-room = While we talk, some adults sit in another room. They see and hear us. These are the ones who listen:
paper-child-their-questions = They can send me a question. Then there may be a break, and after it I may ask you a little more.
paper-child-nobody = Right now nobody else is listening to us.
paper-child-more-come = If somebody more comes to listen, I will tell you.
paper-child-recorded = It is recorded
paper-child-why-recorded = What we say is recorded, with picture and sound. That is so that you should not have to tell the same thing many times.
paper-child-you = You may ask
paper-child-you-may = Ask me if there is anything that you wonder about. You may say that you do not know, or do not want to answer. Tell me if you need a break.

paper-task-represents = { $number ->
    [one] a person who is here only for you and helps you when the police ask
   *[many] { $count } people who are here only for you and help you when the police ask
}
paper-task-counsels = { $number ->
    [one] a lawyer who helps you and sees to it that you get what you have a right to
   *[many] { $count } lawyers who help you and see to it that you get what you have a right to
}
paper-task-helps-afterwards = { $number ->
    [one] a person who is going to help you with what you need afterwards
   *[many] { $count } people who are going to help you with what you need afterwards
}
paper-task-comforts = { $number ->
    [one] a person who can help you if something feels hard
   *[many] { $count } people who can help you if something feels hard
}
paper-task-heals = { $number ->
    [one] a doctor who can see to it that your body is well
   *[many] { $count } doctors who can see to it that your body is well
}
paper-task-leads = { $number ->
    [one] a person who decides what the police should find out
   *[many] { $count } people who decide what the police should find out
}
paper-task-stands-in = { $number ->
    [one] a person who helps the one who decides what the police should find out
   *[many] { $count } people who help the one who decides what the police should find out
}
paper-task-investigates = { $number ->
    [one] a person from the police who tries to find out what has happened
   *[many] { $count } people from the police who try to find out what has happened
}
paper-task-defends = { $number ->
    [one] a lawyer who helps the one who the police think may have done something wrong
   *[many] { $count } lawyers who help the one who the police think may have done something wrong
}
paper-task-interprets = { $number ->
    [one] a person who says what we say in another language, so that everybody understands
   *[many] { $count } people who say what we say in another language, so that everybody understands
}
paper-task-hosts = { $number ->
    [one] a person who works here in the house and sees to it that everything runs
   *[many] { $count } people who work here in the house and see to it that everything runs
}
paper-task-other = { $number ->
    [one] one more adult whose job it is to listen
   *[many] { $count } more adults whose job it is to listen
}

paper-sheet-title = Sheet by hand for forensic interview { $interview }
paper-sheet-when = For when computers or the network fail. Write only roles, posts and times here: no names, no identity number. What the child tells is not noted.
paper-sheet-how = All times are in { $zone }. Nobody signs: the sheet is a memory until everything is entered.
paper-roster-how = Tick, and write the time of day; add whoever comes late
paper-course = The interview
paper-interrupted = Interrupted
paper-because = because
paper-slips-delivered = Slips, in order
paper-end = End
paper-end-at = Ended at
paper-enter = When the house answers again
paper-enter-says-so = What is entered afterwards says so: with --at, the protocol holds both when it happened and when it was recorded. Each enters their own, with their own profile. Let the end come last: after it no question is taken. Keep the slips until the fates are confirmed.
paper-enter-in-order = In this order
paper-at = YYYY-MM-DD HH:MM
paper-number-word = NO
paper-code-word = CODE
paper-by = By whom
paper-by-each = each themselves
paper-by-interviewer = the interviewer
paper-by-leader = the leader
paper-by-asker = the asker
paper-by-noter = the investigator or the leader
paper-command = Command
paper-a-question = A question
paper-a-decision = Approved
paper-a-merge = Merged
paper-a-deferral = Deferred
paper-closing-check = Closing check
paper-a-refusal = Rejected
paper-a-fate = Fate
paper-slips = Question slips
paper-slips-how = One question on each slip. The slip goes to the leader, in the break to the interviewer, and then to whoever notes the fate.
paper-slip = Slip { $number } of { $slips }, { $interview }
paper-slip-role = Role
paper-slip-time = Time
paper-slip-urgent = urgent: a child may be in danger now
paper-slip-question = What I need to know:
paper-slip-decision = The leader's decision, at
paper-approved = approved
paper-deferred = deferred to the next interview
paper-merged = merged with slip
paper-rejected = rejected, because:
paper-slip-break = Delivered in break
paper-slip-order = as number
paper-slip-fate = What became of it:
paper-slip-offset = Asked this far into the recording (h:mm:ss)
paper-slip-not-asked = Not asked, because:
paper-slip-entered = Entered as question
