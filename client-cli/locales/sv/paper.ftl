# Vad som står på papper. paper-child- och paper-task- läses för ett barn: ord som både en åttaåring och en fjortonåring godtar.

paper-protocol-title = Protokoll över barnförhör { $interview }
paper-protocol-whole = Hela protokollet.
paper-protocol-own = Ett utdrag: bara rader som gäller den som har läst det.
paper-protocol-how = Alla tider gäller { $zone }. Tid in i inspelningen skrivs som timmar:minuter:sekunder, räknade från början. Talet under Logg, eller inom hakparentes, är den post i loggen som raden är hämtad ur.
paper-protocol-read = Läst ur loggen som loggpost { $log }.
paper-zone-unnamed = den här datorns klocka
paper-in-order = Förhöret i ordning
paper-in-and-out = När var och en kom och gick
paper-breaks-taken = Paus för paus
paper-began = Började
paper-acknowledged = Kvitterad
paper-went-on = Fortsatte
paper-question = Fråga { $number } från { $who }: { $state }
paper-question-history = Vad som hände med fråga { $number }
paper-wording = ordalydelse { $number }

paper-child-title = Vilka lyssnar i dag?
paper-child-we-talk = I dag är det du och jag som pratar med varandra. Mitt jobb är att prata med barn och ungdomar.
paper-child-listening = De som lyssnar
paper-child-another-room = Medan vi pratar sitter det vuxna i ett annat rum. De ser och hör oss. Det här är de som lyssnar:
paper-child-their-questions = De kan skicka en fråga till mig. Då kan det bli en paus, och sedan frågar jag dig kanske lite till.
paper-child-nobody = Just nu är det ingen annan som lyssnar på oss.
paper-child-more-come = Om det kommer någon mer som ska lyssna, så säger jag det till dig.
paper-child-recorded = Det spelas in
paper-child-why-recorded = Det vi säger spelas in, med bild och ljud. Det är för att du ska slippa berätta samma sak många gånger.
paper-child-you = Du får fråga
paper-child-you-may = Fråga mig om det är något du undrar över. Du får säga att du inte vet eller inte vill svara. Säg till om du behöver en paus.

paper-task-represents = { $number ->
    [one] en person som är här bara för din skull och hjälper dig när polisen frågar
   *[many] { $count } personer som är här bara för din skull och hjälper dig när polisen frågar
}
paper-task-counsels = { $number ->
    [one] en advokat som hjälper dig och ser till att du får det som du har rätt till
   *[many] { $count } advokater som hjälper dig och ser till att du får det som du har rätt till
}
paper-task-helps-afterwards = { $number ->
    [one] en person som ska hjälpa dig med det som du behöver efteråt
   *[many] { $count } personer som ska hjälpa dig med det som du behöver efteråt
}
paper-task-comforts = { $number ->
    [one] en person som kan hjälpa dig om något känns jobbigt
   *[many] { $count } personer som kan hjälpa dig om något känns jobbigt
}
paper-task-heals = { $number ->
    [one] en läkare som kan se till att din kropp mår bra
   *[many] { $count } läkare som kan se till att din kropp mår bra
}
paper-task-leads = { $number ->
    [one] en person som bestämmer vad polisen ska ta reda på
   *[many] { $count } personer som bestämmer vad polisen ska ta reda på
}
paper-task-stands-in = { $number ->
    [one] en person som hjälper den som bestämmer vad polisen ska ta reda på
   *[many] { $count } personer som hjälper den som bestämmer vad polisen ska ta reda på
}
paper-task-investigates = { $number ->
    [one] en person från polisen som försöker ta reda på vad som har hänt
   *[many] { $count } personer från polisen som försöker ta reda på vad som har hänt
}
paper-task-defends = { $number ->
    [one] en advokat som hjälper den som polisen tror kan ha gjort något fel
   *[many] { $count } advokater som hjälper den som polisen tror kan ha gjort något fel
}
paper-task-interprets = { $number ->
    [one] en person som säger det vi säger på ett annat språk, så att alla förstår
   *[many] { $count } personer som säger det vi säger på ett annat språk, så att alla förstår
}
paper-task-hosts = { $number ->
    [one] en person som arbetar här i huset och ser till att allt fungerar
   *[many] { $count } personer som arbetar här i huset och ser till att allt fungerar
}
paper-task-other = { $number ->
    [one] en vuxen till, som det hör till jobbet för att lyssna
   *[many] { $count } vuxna till, som det hör till jobbet för att lyssna
}

paper-sheet-title = Blad för hand till barnförhör { $interview }
paper-sheet-when = För när datorer eller nät inte fungerar. Skriv bara roller, poster och tider här: inga namn, inget personnummer. Det barnet berättar antecknas inte.
paper-sheet-how = Alla tider gäller { $zone }. Ingen skriver under: bladet är ett minne tills allt är infört.
paper-roster-how = Kryssa, och skriv klockslag; skriv till den som kommer sent
paper-course = Förhöret
paper-interrupted = Avbrutet
paper-because = därför att
paper-slips-delivered = Lappar, i ordning
paper-end = Slut
paper-end-at = Slut klockan
paper-enter = När huset svarar igen
paper-enter-says-so = Det som förs in efteråt säger så: med --at står både när det hände och när det infördes i protokollet. Var och en för in sitt eget, med sin egen profil. Låt slutet komma sist: därefter tas ingen fråga emot. Spara lapparna tills utfallen är bekräftade.
paper-enter-in-order = I den här ordningen
paper-at = ÅÅÅÅ-MM-DD TT:MM
paper-number-word = NR
paper-code-word = KOD
paper-by = Av vem
paper-by-each = var och en själv
paper-by-interviewer = barnförhörsledaren
paper-by-leader = ledaren
paper-by-asker = den som frågade
paper-by-noter = utredaren eller ledaren
paper-command = Kommando
paper-a-question = En fråga
paper-a-decision = Godkänd
paper-a-merge = Sammanförd
paper-a-deferral = Uppskjuten
paper-closing-check = Slutkontroll
paper-a-refusal = Avslagen
paper-a-fate = Utfall
paper-slips = Frågelappar
paper-slips-how = En fråga på varje lapp. Lappen går till ledaren, i pausen till barnförhörsledaren, och sedan till den som noterar utfallet.
paper-slip = Lapp { $number } av { $slips }, { $interview }
paper-slip-role = Roll
paper-slip-time = Klockan
paper-slip-urgent = brådskande: ett barn kan vara i fara nu
paper-slip-question = Vad jag behöver veta:
paper-slip-decision = Ledarens beslut, klockan
paper-approved = godkänd
paper-deferred = uppskjuten till nästa förhör
paper-merged = sammanförd med lapp
paper-rejected = avslagen, därför att:
paper-slip-break = Överlämnad i paus
paper-slip-order = som nummer
paper-slip-fate = Vad det blev av den:
paper-slip-offset = Ställd så långt in i inspelningen (t:mm:ss)
paper-slip-not-asked = Inte ställd, därför att:
paper-slip-entered = Införd som fråga
