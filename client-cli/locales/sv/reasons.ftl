# Varför huset sade nej, och vad man gör nu. Nyckeln är ErrorReason i gemener, med bindestreck.

error-reason-not-found = det finns inte, eller är inte ditt att känna till: kontrollera namnet, och fråga samordnaren om du borde ha en del i ärendet
error-reason-permission-denied = det får du inte göra, eller inte nu: kommandots hjälp säger vem som får, `interview show` hur långt det har kommit
error-reason-certificate-unknown = ditt certifikat hör inte till någon i det här huset: be administratören skriva in dig
error-reason-certificate-revoked = ditt certifikat är spärrat: tala med administratören
error-reason-quota-exceeded = för många anrop på kort tid: vänta, fortsätt sedan
error-reason-unavailable = huset kunde inte skriva just nu: försök igen
error-reason-disk-full = husets disk är full, så huset antecknar och visar inget mer; att avsluta förhöret fungerar ändå: säg genast till administratören, som måste skaffa plats
error-reason-internal = huset gjorde ett eget fel: ge administratören anropets id
error-reason-clock-behind = husets klocka visar en tid före den senaste loggposten, så huset skriver ingenting: säg till administratören genast
error-reason-policy-error = huset kunde inte bedöma om du får, så svaret är nej, och någon har larmats: säg till administratören

error-reason-invalid-field = något du angav stämmer inte: rätta det och skicka igen
error-reason-identity-number-in-text = texten innehåller ett personnummer: ta bort det och skicka igen
error-reason-text-empty = en text saknas: skriv den och skicka igen
error-reason-text-too-long = en text är för lång: korta den och skicka igen
error-reason-control-character = en text innehåller styrtecken: ta bort dem och skicka igen
error-reason-unknown-code = en kod saknas, eller är okänd för huset: kommandots hjälp räknar upp koderna
error-reason-malformed-name = ett namn finns inte här eller har fel form: `house show` och `house posts` räknar upp dem, ärenden skrivs som VRM-2026-0142, VRM-2026-0142/1 eller VRM-2026-0142/1/7
error-reason-malformed-request-id = anropets id är inte ett UUID: utelämna --request-id, eller ge det som skrevs ut
error-reason-request-id-reused = samma anrops-id har kommit förut med annat innehåll: upprepa det tidigare kommandot exakt, eller utelämna --request-id
error-reason-time-before-case = tiden ligger före ärendet, eller före det den följer på (frågan, pausen, incheckningen, starten): kontrollera tiden
error-reason-time-after-end = tiden ligger framåt, eller efter slutet på det den gäller: kontrollera datumet
error-reason-token-invalid = sidmärket är inte från det här kommandot: börja om utan det
error-reason-token-expired = det har gått för lång tid för att fortsätta: börja om
error-reason-time-unsuitable = tiden går inte: den ska ligga framåt; ett förhör varar 15 minuter till 8 timmar, och en åtgärd förfaller inte innan den beslutades
error-reason-message-too-large = allt du skickade är tillsammans större än huset tar emot (64 KiB): korta texterna

error-reason-stale-etag = någon har ändrat sedan du läste: läs igen, besluta sedan
error-reason-wrong-state = det går inte i det läge det är i: visa det för att se hur det står
error-reason-leader-exists = ärendet har redan en ledare: visa ärendet
error-reason-no-leader = ärendet har ingen ledare än: en åklagare måste först inleda förundersökningen
error-reason-identity-goes-forward = identitetsläget går bara från anonymt till identifierat, med en rättslig grund
error-reason-embargo-on = underrättelsespärren är på: innan ledaren har hävt den får vårdnadshavarna inte underrättas, och den sätts inte en gång till
error-reason-embargo-off = det finns ingen underrättelsespärr att häva
error-reason-representative-state = förordnandet går bakåt, eller saknar post eller rättens referens: ange --post och --court-reference, och visa ärendet för att se hur det står

error-reason-resource-taken = ett rum eller en person är upptagen då, marginaler inräknade, eller inget rum som passar är ledigt: välj en annan tid, ett annat rum eller en annan post
error-reason-nobody-fits = ingen passar, eller inte den som du namngav: jämför roll, ålderskompetens och språk med `house posts`; en ersättare innehar en annan post, med samma roll
error-reason-rooms-unsuitable = rummen är inte ett förhörsrum med det medhörningsrum som hör till: se `house show`
error-reason-interview-exists = ärendet har redan ett första förhör: ett till kräver ledarens beslut
error-reason-acceptance-missing = en post som krävs har inte tackat ja: vänta, låt samordnaren kalla en annan med `interview invite`, eller avstå från den med --waive och ett skäl (aldrig från barnförhörsledaren)
error-reason-defence-note-missing = anteckna med --defence-note att underlaget har lämnats ut till försvaret (RB 23:18 c), eller varför inte; vid ett avslutande förhör utan försvaret, varför det inte är med
error-reason-representative-missing = under en underrättelsespärr måste en särskild företrädare först vara förordnad: anteckna det med `case representative`
error-reason-no-open-invitation = du har ingen öppen kallelse här: du är inte tillfrågad, eller har redan svarat; samordnaren kan kalla dig på nytt med `interview invite`
error-reason-no-seat = medhörningsrummet är fullt: boka det större, eller släpp in färre

error-reason-not-checked-in = du är inte incheckad: gör `interview check-in` först, det krävs också för att följa rummet när förhöret pågår; efter slutet kan bara den som var kvar säga att inget är kvar
error-reason-checked-in-already = du är redan incheckad
error-reason-disclosure-ban-not-acknowledged = ett yppandeförbud gäller: läs det med `interview show`, och checka in med --acknowledge-ban
error-reason-roster-frozen = deltagarlistan är låst: gå till ledaren, som släpper in den som kommer senare (A i `listen`); barnet informeras då på nytt
error-reason-formality-missing = något formellt saknas: se `interview show`; börja ändå med --reason, så står det som en avvikelse
error-reason-no-such-break = det finns ingen sådan paus eller överlämning: se `interview show`
error-reason-sign-off-missing = någon som var med har inte sagt att inget är kvar, eller sade det före den sista frågan: be dem göra `interview sign-off`, eller anteckna frånvaron med `interview absent`
error-reason-question-without-fate = en fråga saknar utfall: före slutet noteras det med `question fate`, efter slutet rättar barnförhörsledaren det med `interview confirm-fates --correct`
error-reason-fates-unconfirmed = barnförhörsledaren har inte bekräftat utfallen: be henne göra `interview confirm-fates`
error-reason-urgency-not-yours = bara socialtjänst, vård och ledaren märker en fråga som brådskande: skicka den utan --urgent
error-reason-question-state = det går inte med frågan som den står: se `question show`
error-reason-merge-target = en fråga kan bara föras samman med en annan som är öppen: se `question list`
error-reason-nothing-to-object-to = bara mot ett avslag kan man invända, och bara en gång
error-reason-offset-needed = säg när den ställdes: --offset MINUTER:SEKUNDER in i inspelningen (i en rättelse `4=ANSWERED@48:30`), efter starten och inte senare än nu
error-reason-reason-needed = säg varför den inte ställdes: --reason KOD (i en rättelse `4=NOT_ASKED:KOD`)
error-reason-notes-not-allowed = enstaka lappar är inte tillåtna: ledaren tillåter dem med `interview notes`, eller vänta till pausen
error-reason-note-unread = förra lappen är inte kvitterad än: en i taget
error-reason-not-urgent = frågan är inte märkt som brådskande för skyddet
error-reason-decision-missing = ett förhör till av det slaget kräver ledarens beslut med skäl: `interview further`
error-reason-signed-off-already = inget ska antecknas: någon i den rollen har sagt att inget är kvar
error-reason-was-not-there = personen var inte i medhörningsrummet, så inget besked saknas därifrån
error-reason-too-many-questions = förhöret, frågan eller du har så många texter som en får ha: säg det till ledaren

error-reason-signing-request-invalid = certifikatbegäran kan inte undertecknas: gör en ny, eller låt det här kommandot göra den
error-reason-mandate-times = förordnandets tider är inte i ordning, eller överlappar ett annat för samma post: se `admin persons`
error-reason-revoked-already = personen är redan spärrad
error-reason-last-administrator = huset skulle stå utan administratör: skriv in en till först
error-reason-mandate-conflict = administration och granskning är ingens andra roll, och ingen ger sig själv en rätt: välj en annan person eller post
