# Kontraktets koder på människors språk. Nyckeln är koden i gemener, med bindestreck.

recorded-act = en loggpost om åtgärden
recorded-read = en loggpost om det som visades
recorded-list = en loggpost för varje sida
recorded-stream = en loggpost vid starten och en för varje ändring där text visades

role-investigation-leader = förundersökningsledare
role-child-interviewer = barnförhörsledare
role-police-investigator = utredare
role-special-representative = särskild företrädare
role-injured-party-counsel = målsägandebiträde
role-defence-counsel = försvarare
role-child-welfare-officer = socialsekreterare
role-child-psychiatry = barn- och ungdomspsykiatri
role-paediatrician = barnläkare
role-counsellor = kurator
role-coordinator = samordnare
role-interpreter = tolk
role-auditor = granskare
role-administrator = administratör

part-none = ingen
part-invited = kallad
part-team = i teamet
part-admitted = insläppt
part-deputy = ersättare
part-leader = ledare

phase-before = före
phase-prepared = förberett
phase-live = pågår
phase-after = efter
phase-documented = dokumenterat
phase-closed = stängt
phase-erased = gallrat

protection-none = inget
protection-confidentiality-marked = sekretessmarkering
protection-protected-registration = skyddad folkbokföring
protection-fictitious-identity = fingerade personuppgifter

identity-mode-anonymous = anonymt
identity-mode-identified = identifierat

age-band-under-4 = under 4
age-band-4-to-6 = 4 till 6
age-band-7-to-14 = 7 till 14
age-band-over-14 = över 14

crime-type-assault = misshandel
crime-type-sexual-offence = sexualbrott
crime-type-child-peace-offence = barnfridsbrott
crime-type-genital-mutilation = könsstympning
crime-type-honour-related = hedersrelaterat våld
crime-type-neglect = försummelse
crime-type-other = annat

relation-legal-guardian = vårdnadshavare
relation-parent = förälder
relation-step-parent = styvförälder
relation-sibling = syskon
relation-relative = annan släkting
relation-known = känd av barnet
relation-outsider = utomstående
relation-unknown = okänd

absence-reason-no-capacity = resursbrist
absence-reason-illness = sjukdom
absence-reason-not-invited = inte kallad
absence-reason-no-show = uteblev
absence-reason-conflict-of-interest = jäv

reject-reason-leading = ledande
reject-reason-already-answered = redan besvarad
reject-reason-duplicate = samma som en annan
reject-reason-outside-scope = utanför förhörets ram
reject-reason-harmful-to-child = till skada för barnet
reject-reason-reveals-investigation = röjer utredningen
reject-reason-not-age-appropriate = passar inte barnets ålder
reject-reason-time = tiden räcker inte

not-asked-reason-child-tired = barnet var trött
not-asked-reason-answered-spontaneously = barnet berättade om det självmant
not-asked-reason-interview-ended = förhöret tog slut först
not-asked-reason-judged-unsuitable = bedömdes olämplig i rummet

end-reason-as-planned = som planerat
end-reason-child-tired = barnet var trött
end-reason-child-distressed = barnet mådde dåligt
end-reason-technical = tekniskt fel
end-reason-safety = säkerhet

representative-state-not-needed = behövs inte
representative-state-needed = behövs
representative-state-applied = ansökt
representative-state-interim-appointed = interimistiskt förordnad
representative-state-confirmed = förordnandet bekräftat
representative-state-discharged = entledigad

consultation-kind-consultative = konsultativt
consultation-kind-with-police-and-prosecutor = med polis och åklagare
consultation-kind-planning = planering
consultation-kind-treatment = behandling
consultation-kind-follow-up = uppföljning
consultation-kind-acute = akut
consultation-kind-after-meeting = eftermöte

consultation-state-requested = begärt
consultation-state-scheduled = kallat
consultation-state-held = hållet
consultation-state-held-inquorate = hållet utan en roll som behövdes

room-kind-interview = förhörsrum
room-kind-listening = medhörningsrum
room-kind-waiting = väntrum
room-kind-examination = undersökningsrum
room-kind-meeting = mötesrum

interview-kind-first = första
interview-kind-supplementary = kompletterande
interview-kind-concluding = avslutande

interview-state-tentative = bokat, inväntar svar
interview-state-confirmed = bekräftat
interview-state-ready = redo
interview-state-in-progress = pågår
interview-state-break = paus
interview-state-closing = slutkontroll
interview-state-interrupted = avbrutet
interview-state-ended = slut
interview-state-documented = dokumenterat

invitation-state-open = inget svar än
invitation-state-accepted = tackat ja
invitation-state-declined = tackat nej
invitation-state-waived = ledaren avstår

deviation-roster-not-frozen = deltagarlistan var inte låst
deviation-child-not-informed = barnet hade inte fått veta vilka som lyssnar
deviation-ban-not-acknowledged = en medhörande hade inte tagit del av yppandeförbudet
deviation-not-confirmed = ledaren hade inte bekräftat förhöret
deviation-late-arrival-not-told = barnet hade inte fått veta att någon kom in senare
deviation-not-as-booked = det var bokat till en annan dag

question-state-submitted = väntar på ledaren
question-state-approved = godkänd
question-state-rejected = avslagen
question-state-merged = sammanförd
question-state-withdrawn = återtagen
question-state-delivered = hos barnförhörsledaren
question-state-asked = ställd
question-state-answered = besvarad
question-state-no-answer = ställd, inget svar
question-state-child-declined = ställd, barnet ville inte svara
question-state-not-asked = inte ställd
question-state-deferred = uppskjuten till nästa förhör

fate-asked = ställd
fate-answered = ställd och besvarad
fate-no-answer = ställd, inget svar
fate-child-declined = ställd, barnet ville inte svara
fate-not-asked = inte ställd

hint-leading = den lägger svaret i munnen
hint-multiple = den frågar flera saker på en gång: dela upp den
hint-yes-no = den kan besvaras med ja eller nej: fråga hellre vad, hur eller när

revocation-reason-left = personen har slutat
revocation-reason-key-compromised = nyckeln kan vara i andra händer
revocation-reason-misuse = missbruk

outcome-done = gjort
outcome-shown = visat
outcome-refused = avvisat
outcome-denied = nekat

protocol-event-booked = bokat
protocol-event-removed = tillträdet togs tillbaka
protocol-event-confirmed = bekräftat av ledaren
protocol-event-disclosure-ban-ordered = yppandeförbud meddelat
protocol-event-roster-frozen = deltagarlistan låst
protocol-event-child-informed = barnet fick veta vilka som lyssnar
protocol-event-started = började
protocol-event-break-called = paus började
protocol-event-delivered = överlämnat till barnförhörsledaren
protocol-event-delivery-acknowledged = överlämningen kvitterad
protocol-event-resumed = fortsatte
protocol-event-interrupted = avbrutet
protocol-event-closing-begun = slutkontrollen började
protocol-event-ended = slut
protocol-event-fates-confirmed = barnförhörsledaren bekräftade utfallen
protocol-event-documented = dokumenterat
protocol-event-checked-in = in
protocol-event-checked-out = ut
protocol-event-signed-off = inget kvar att fråga
protocol-event-absent = frånvarande
protocol-event-admitted = insläppt av ledaren
protocol-event-question-submitted = inlämnad
protocol-event-question-withdrawn = återtagen
protocol-event-question-approved = godkänd
protocol-event-question-rejected = avslagen
protocol-event-question-merged = sammanförd
protocol-event-question-objected = invändning
protocol-event-question-delivered = överlämnad
protocol-event-question-fate-noted = utfall noterat
protocol-event-question-fate-corrected = utfall rättat av barnförhörsledaren
protocol-event-question-revised = omformulerad av den som frågade
protocol-event-question-reworded = omformulerad av ledaren
protocol-event-question-deferred = uppskjuten till nästa förhör
protocol-event-question-carried = överförd från förra förhöret
protocol-event-question-ranked = rangordnad av ledaren
protocol-event-question-urgency-unmarked = inte brådskande, enligt ledaren
protocol-event-question-acted-on = åtgärdad utanför rummet
protocol-event-break-requested = ledaren bad om paus
protocol-event-notes-allowed = enstaka lappar tilläts
protocol-event-notes-ended = enstaka lappar tilläts inte längre
protocol-event-closed = ledaren stängde protokollet
protocol-event-remarked = anmärkning på det stängda protokollet
protocol-event-further-decided = ledaren beslutade om ett förhör till
