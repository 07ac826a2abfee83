"""More ways to state and ask the relations of relations.py (training only), and the loose words of edited templates.

A model that has met ten sentences per relation takes any word of an eleventh for the value. So there are more, with
the value before and behind its subject, and `loosen` edits them at random: what stays is that the value is the other
thing named in the sentence about the subject.
"""

MORE = {        # attribute: (statements, questions)
    "home": (("Letters to {o} go to {v}.", "{v} has been the town of {o} since spring.", "In {v} everybody knows {o}.",
              "{e} moved to {v} last year.", "Near the river in {v} lives {e}.", "{e} never left {v}.",
              "To visit {o}, take the road to {v}.", "From a window in {v} {e} watches the street.",
              "{e} rents two rooms in {v}.", "In a quiet street of {v} you meet {o}."),
             ("Where should letters to {o} go?", "In what place does {e} stay?", "Where did {e} move to?")),
    "job": (("A {v} is what {e} became.", "{e} is paid for being a {v}.", "They need a {v}, so they called {e}.",
             "The work of a {v} suits {o}.", "After school {e} became a {v}.", "Ask {o}, who is a good {v}.",
             "Being a {v}, {e} gets up early.", "The best {v} around here is {e}."),
            ("What did {e} become?", "What is the work of {o}?", "Which trade does {e} follow?")),
    "pet": (("With a {v} at the door, {e} feels safe.", "{e} walks with a {v} in the morning.",
             "A {v} follows {o} everywhere.", "{e} found a {v} and kept it.", "The {v} in the yard is the pet of {o}.",
             "{e} bought a small {v}.", "The {v} sleeps on the bed of {o}.", "Every evening {e} plays with a {v}."),
            ("Which animal follows {o}?", "What animal is at home with {o}?", "With which animal does {e} play?")),
    "favourite food": (("There is always {v} on the table of {o}.", "{v} makes {o} happy.", "{e} would walk far for {v}.",
                        "For dinner {e} wants {v}.", "{e} cannot live without {v}.", "No meal of {o} is without {v}.",
                        "Of all food, {v} is the one for {o}.", "When {v} is served, {e} smiles."),
                       ("What makes {o} happy at dinner?", "Which meal does {e} want?", "What would {e} choose to eat?")),
    "age": (("There are {v} candles on the cake of {o}.", "{e}, now {v}, is well.", "It is {v} years since {e} was born.",
             "With {v} years {e} is not old.", "{v} is the age that {e} gave.", "{e} has seen {v} winters.",
             "In the list, {o} is {v} years of age."),
            ("How many years has {e}?", "How many candles are for {o}?", "What age did {e} give?")),
    "teacher": (("{v} showed {o} how to read.", "Lessons for {o} are the work of {v}.", "{e} goes to {v} for lessons.",
                 "What {e} knows comes from {v}.", "{v} is proud to have {o} in class.", "In class, {e} listens to {v}.",
                 "All that {v} knows was passed on to {o}.", "{e} studied many years with {v}."),
                ("Who showed {o} how to read?", "To whom does {e} go for lessons?", "In whose class is {e}?")),
    "friend": (("{v} and {e} grew up together.", "{e} tells {v} everything.", "{v} would do anything for {o}.",
                "You rarely see {o} without {v}.", "For {o} there is no friend like {v}.",
                "{v} calls {o} every day, they are friends.", "Since childhood {e} has been close to {v}.",
                "A true friend of {o} is {v}.", "{e} likes to be with {v}.", "{e} likes {v} more than anybody.", "{e} talks to nobody but {v}."),
               ("With whom did {e} grow up?", "Whom does {e} trust as a friend?", "Who is always seen with {o}?")),
    "employer": (("{v} gave {o} a job.", "{e} signed a contract with {v}.", "Since May {v} has had {o} on its staff.",
                  "The money of {o} comes from {v}.", "{e} does all kinds of work at {v}.",
                  "Among the workers of {v} is {e}.", "{v} could not do without {o}, its best worker.",
                  "{e} joined {v} as a worker.", "{e} gets money from {v}.", "{e} is sent to work by {v}.", "{e} earns well at {v}."),
                 ("Who gave {o} a job?", "On whose staff is {e}?", "With whom did {e} sign a contract?")),
    "birth month": (("The birth of {o} was in {v}.", "{e} came into the world in {v}.", "It was {v} when {e} was born.",
                     "Each {v} {e} has a party for the birthday.", "{v} brings the birthday of {o}.",
                     "{e} blows out the candles in {v}."),
                    ("In what month did {e} come into the world?", "When does {e} have a birthday?",
                     "Which month brings the birthday of {o}?")),
    "capital": (("All roads of {o} lead to {v}, the capital.", "The king of {o} lives in the capital {v}.",
                 "{v} became the capital of {o} long ago.", "As capital, {o} chose {v}.",
                 "{v}, the capital, is the pride of {o}.", "Laws for {o} are made in {v}, the capital.",
                 "No town in {o} is as important as its capital {v}."),
                ("Which town did {o} choose as capital?", "Where are the laws for {o} made?",
                 "What town is capital of {o}?")),
    "mayor": (("{v} was elected mayor of {o}.", "The people of {o} voted for {v} as mayor.", "{v} runs {o} as mayor.",
               "The town hall of {o} is the office of {v}, the mayor.", "In the town hall of {o} sits {v}.",
               "Mayor {v} opened the market of {o}.", "For mayor, {o} has {v}.", "{v} is the one who governs {o}."),
              ("Who was elected in {o}?", "Who runs {o}?", "Who sits in the town hall of {o}?",
               "For whom did {o} vote as mayor?")),
    "population": (("{v} men, women and children live in {o}.", "In all, {e} counts {v} heads.",
                    "With {v} people, {e} is a small place.", "{e} grew to {v} people.", "{v} is how many people {e} has.",
                    "The houses of {o} hold {v} people.", "Some {v} people call {o} their home."),
                   ("How big is {o} in people?", "How many people call {o} home?", "To what number did {o} grow?")),
    "speciality": (("{v} from {o} is the best.", "The {v} of {o} is famous.", "Nobody leaves {o} without {v}.",
                    "Cooks in {o} are proud of the {v}.", "{e} is a good place to eat {v}.",
                    "If you want {v}, go to {o}.", "On the market of {o} there is {v}.", "{e} is famous for its {v}."),
                   ("What is {o} famous for?", "What do cooks in {o} make best?", "What does one eat in {o}?")),
    "price": (("{v} is what they want for {o}.", "At {v}, {e} is a bargain.", "Someone paid {v} for {o}.",
               "{v} coins buy {o}.", "You can buy {o} with {v} coins.", "The shop asks {v} for {o}.",
               "The label on {o} says {v} coins.", "{e} went for {v} at the market.", "{e} changed hands at {v} coins.", "{e} is offered at a sum of {v}."),
              ("How many coins buy {o}?", "What does the shop ask for {o}?", "For how much was {o} sold?")),
    "material": (("{v} is what {e} is made of.", "They built {o} out of {v}.", "{v} gives {o} its strength.",
                  "{e} consists of {v}.", "All of {o} is pure {v}.", "{e} feels like {v} because it is {v}.",
                  "Without {v} there would be no {o}.", "A worker turned {v} into {o}."),
                 ("What does {o} consist of?", "Out of what did they build {o}?", "What gives {o} its strength?")),
    "owner": (("{v} found {o} and took it home.", "{v} paid for {o}.", "If you want {o}, ask {v}, whose it is.",
               "{e} was a gift to {v}.", "{v} keeps {o} in a safe place.", "{v} inherited {o}.",
               "The name on {o} is that of {v}.", "Nobody but {v} may use {o}."),
              ("Who keeps {o}?", "Who paid for {o}?", "Whose is {e}?", "To whom was {o} given?")),
    "place": (("People in {v} are proud of {o}.", "They brought {o} to {v}.", "{v} has {o} on its market place.",
               "Visit {v} to see {o}.", "Since last year {e} has been in {v}.", "{e} was put up in {v}.",
               "Whoever comes to {v} sees {o}.", "On the main street of {v} there is {o}."),
              ("Which town is proud of {o}?", "Where did they bring {o}?", "Where was {o} put up?")),
    "leader": (("{v} is the head of {o}.", "{v} speaks for {o} and leads it.", "When {v} calls, {e} comes.",
                "What {v} says is done at {o}.", "The head of {o} is {v}.", "{e} does what {v} says.",
                "{v} has led {o} for years.", "Under {v}, {e} has grown."),
               ("Who is the head of {o}?", "Who tells {o} what to do?", "Under whom has {o} grown?")),
    "meeting day": (("Every {v} {e} meets.", "{v} is when {e} comes together.", "The members of {o} see each other on {v}.",
                     "On {v} the room is kept for {o}.", "{v} evening belongs to {o}.",
                     "{e} holds its meeting each {v}.", "All of {o} are there on {v}."),
                    ("Which day is kept for {o}?", "When do the members of {o} see each other?",
                     "On what day do all of {o} meet?")),
    "limit": (("{v} requests are the most that `{e}` takes.", "With {v} requests `{o}` is full.",
               "`{e}` accepts {v} requests and no more.", "More than {v} requests are too many for `{o}`.",
               "The most that `{e}` can take is {v} requests.", "{v} requests fit into `{o}`."),
              ("How many requests are the most for `{o}`?", "How many requests fit into `{o}`?",
               "With how many requests is `{o}` full?")),
    "port": (("Connect to `{o}` through port {v}.", "Port {v} leads to `{o}`.", "`{e}` opens port {v} when it starts.",
              "{v} is the port where `{e}` waits.", "Calls to port {v} go to `{o}`.", "`{e}` waits for calls on port {v}."),
             ("Which port leads to `{o}`?", "On what port does `{e}` wait?", "Which port does `{e}` open?")),
    "version": (("{v} is the latest version of `{o}`.", "`{e}` was updated to version {v}.",
                 "With version {v}, `{e}` became faster.", "You need version {v} of `{o}`.",
                 "Since {v} came out, `{e}` is faster.", "The latest of `{o}` is {v}."),
                ("What is the latest version of `{o}`?", "To which version was `{o}` updated?",
                 "Which version of `{o}` do you need?")),
}

# Further wordings, all with the subject first: {attribute: (statements, questions)}.
PLAIN = {
    "home": (("{e} settled in {v}.", "{es} address is in {v}.", "{e} stays in {v} most of the year.",
              "{e} is at home in {v}.", "{e} went home to {v}."),
             ("To which town did {e} go home?", "Where is {e} at home?",
              "In what town is the address of {o}?")),
    "job": (("{e} serves as a {v}.", "{e} was trained as a {v}.", "{e} took a post as {v}.",
             "{es} trade is that of a {v}.", "{e} gets by as a {v}."),
            ("As what was {e} trained?", "What post did {e} take?", "What is the trade of {o}?")),
    "pet": (("{e} came home with a {v}.", "{e} takes care of a {v}.", "{es} house has a {v} in it.",
             "{e} loves a {v} and feeds it."),
            ("Which animal does {e} take care of?", "What animal is in {es} house?",
             "What does {e} keep as a pet?")),
    "favourite food": (("{e} always asks for {v}.", "{e} prefers {v} to any other dish.",
                        "{e} finds {v} the most tasty of all.", "{es} plate is full of {v}."),
                       ("What does {e} always ask for?", "Which dish does {e} prefer?", "What is on {es} plate?")),
    "age": (("{e} has an age of {v}.", "{e} is now {v} years of age.", "{e} had a birthday and is {v}.",
             "{e} counts {v} years."),
            ("How many years does {e} count?", "What age has {o}?", "How many years of age is {e}?")),
    "teacher": (("{e} was in the class of {v}.", "{e} had lessons from {v}.",
                 "{e} learned to write from {v}.", "{es} school lessons come from {v}."),
                ("From whom did {e} have lessons?", "Whose student is {e}?",
                 "Who gave {o} lessons at school?")),
    "friend": (("{e} trusts {v} most of all.", "{e} has a good friend, {v}.",
                "{e} often visits a friend called {v}.", "{e} loves the company of {v}."),
               ("Whom does {e} trust most?", "What is the name of {es} friend?",
                "Which friend does {e} often visit?")),
    "employer": (("{e} is on the staff of {v}.", "{e} draws a wage from {v}.", "{e} is employed by {v}.",
                  "{es} boss is {v}.", "{e} began to work for {v}."),
                 ("Who is the boss of {o}?", "From whom does {e} draw a wage?", "Which employer hired {o}?")),
    "birth month": (("{es} birth was in {v}.", "{e} turns a year older in {v}.",
                     "{e} blows out candles each {v}.", "{e} was a child of {v}."),
                    ("In which month does {e} turn a year older?", "When was the birth of {o}?",
                     "What month is {es} birthday in?")),
    "capital": (("{e} calls {v} its capital.", "{e} moved its capital to {v}.",
                 "{e} takes its laws from {v}, the capital.", "{e} sends its taxes to the capital, {v}."),
                ("Which town does {e} call its capital?", "Where is the capital of {o}?",
                 "To what town did {e} move its capital?")),
    "mayor": (("{e} has a mayor called {v}.", "{e} voted {v} into the office of mayor.",
               "{e} got a new mayor, {v}.", "{e} is run by mayor {v}."),
              ("Which mayor runs {o}?", "What is {es} mayor called?", "Whom did {e} get as a new mayor?")),
    "population": (("{e} is home to {v} people.", "{e} counted its people and found {v}.",
                    "{e} has a total of {v} people.", "{e} houses {v} people."),
                   ("How many people did {e} count?", "To how many people is {e} home?",
                    "What is the total of people in {o}?")),
    "speciality": (("{e} is proud of its {v}.", "{e} makes the finest {v}.",
                    "{e} cooks {v} better than others.", "{e} draws people with its {v}."),
                   ("Of what food is {e} proud?", "What does {e} cook better than others?",
                    "With what does {e} draw people?")),
    "price": (("{e} is yours for {v}.", "{e} has a label that says {v} coins.", "{e} is worth {v} coins.",
               "{e} would cost you {v}."),
              ("How many coins is {e} worth?", "At what price is {e} to be had?",
               "What would {e} cost you?")),
    "material": (("{e} is mostly {v}.", "{e} has a body of {v}.", "{e} was built from {v}.",
                  "{e} contains nothing but {v}.", "{e} was cut out of {v}."),
                 ("From what was {e} built?", "What does {e} contain?", "Which material was {e} cut out of?")),
    "owner": (("{e} has {v} as its owner.", "{e} came into the hands of {v}.", "{e} was left to {v}.",
               "{e} went to {v}, who paid for it.", "{e} is kept by {v}."),
              ("In whose hands is {e}?", "To whom was {o} left?", "Which owner has {o}?")),
    "place": (("{e} can be visited in {v}.", "{e} was set up in {v}.", "{e} is kept in the town of {v}.",
               "{e} attracts visitors to {v}."),
              ("Where can {e} be visited?", "In what town was {e} set up?",
               "To which town does {e} attract visitors?")),
    "leader": (("{e} has {v} at its head.", "{e} is run by {v}.", "{e} takes orders from {v}.",
                "{e} chose {v} as leader.", "{e} obeys {v}."),
               ("From whom does {e} take orders?", "Who is at the head of {o}?",
                "Whom did {e} choose as leader?")),
    "meeting day": (("{e} gathers on {v}.", "{e} keeps {v} free for its meeting.",
                     "{e} sits together every {v}.", "{e} calls its meeting for {v}."),
                    ("On which day does {e} gather?", "What day does {e} keep free?",
                     "For which day does {e} call its meeting?")),
    "limit": (("`{e}` is limited to {v} requests.", "`{e}` turns away all beyond {v} requests.",
               "`{e}` handles up to {v} requests.", "`{e}` can bear {v} requests at once."),
              ("To how many requests is `{e}` limited?", "How many requests can `{e}` bear?",
               "Up to what number does `{e}` handle requests?")),
    "port": (("`{e}` runs on port {v}.", "`{e}` is open at port {v}.", "`{e}` answers on port {v}.",
              "`{e}` was moved to port {v}."),
             ("On which port does `{e}` run?", "At what port is `{e}` open?",
              "To which port was `{e}` moved?")),
    "version": (("`{e}` runs in version {v}.", "`{e}` comes as version {v}.",
                 "`{e}` is now {v}, the newest version.", "`{o}` was released as version {v}."),
                ("In what version does `{e}` run?", "As which version was `{o}` released?",
                 "What is the newest version of `{o}`?")),
}

# Everyday words that are no value of any kind.
EVERYDAY = """able about above across after again against almost alone along already also although among another answer
anything area around ask away back bad bag bank because become been before began begin behind best better between big
bird body both bring brother brought build built busy buy call came care case chance change check child children choose
city class clear close come common company cost could count country course cut decide decision dinner done drink drive
during each earn easy eat edge either end enough even evening ever every example eye face fact fall family famous far
fast father feel few field find fine first five floor fly follow forget four friend front full game gave get gift girl
give given glad go gone good got great group grow had half hall hand happen happy has head hear heart help here high
hold hour house however important include instead join just keep kind king knew know lady land last late later law lead
learn least leave led left less lesson let letter life like line list little live local long look lose lost lot love
low made main make man many market matter mean meet member men middle might mile mind minute miss moment money more
morning mother move much music must near need never next night nobody north nothing notice number offer office often
once open order other our over own paid part party pass pay people perhaps place plan play point present pretty proud
public pull put quite rain ran rather reach read ready real really reason receive recent remember rent rest return
rich ride right rise river road room rule run safe said same saw say school sea second see seem seen sell send serve
set several shall shop short should show side sign since sit sleep slow some soon sort sound south speak special spend
spoke stand start stay step still stop story street strong student study such summer sure take talk taste team tell
than thank thing think third though thought three through time today together told took town tree tried true try turn
two under until upon use usual very village visit visitor voice wait walk want warm was watch water way wear weather
week well went west whatever while whole whom wife win winter wish within without woman wonder word work worker world
worth would write year yesterday yet young""".split()


def loosen(rng, template, words, hard):
    """The template with loose words put in; if `hard`, some of its own words are also replaced."""
    parts, out = template.rstrip(".").split(" "), []
    for part in parts:
        if rng.random() < 0.15:
            out.append(rng.choice(words))
        if hard and "{" not in part and rng.random() < 0.3:
            if rng.random() < 0.7:
                out.append(rng.choice(words))
            continue
        out.append(part)
    if rng.random() < 0.15:
        out += [rng.choice(words) for _ in range(rng.randint(1, 3))]
    return " ".join(out) + ("." if template.endswith(".") else "")
