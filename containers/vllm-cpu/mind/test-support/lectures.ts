/** Three short lectures with questions in other words than theirs, and questions that they do not answer. */

export interface TestLecture {
  title: string;
  segments: string[];
  /** Question, then the numbers of the segments that answer it. */
  answerable: [string, ...number[]][];
  unanswerable: string[];
}

export const TIDES: TestLecture = {
  title: 'Why the sea breathes',
  segments: `Good morning everyone, and welcome to the third lecture on the ocean.
Today we will talk about tides, the slow rise and fall of the sea.
The first person to explain tides correctly was Isaac Newton, in his Principia of 1687.
He showed that the gravity of the Moon pulls the water on the near side of the Earth a little more strongly than the Earth itself.
On the far side the pull is weaker than average, so the water there is left behind and forms a second bulge.
That is why most coasts see two high tides every day, roughly twelve hours and twenty five minutes apart.
The extra twenty five minutes come from the Moon moving along its orbit while the Earth turns.
The Sun also raises tides, but although it is far heavier than the Moon, it is so distant that its effect is less than half as strong.
When the Sun and the Moon line up, at new moon and at full moon, their effects add and we get spring tides.
The name has nothing to do with the season; it comes from an old word for leaping up.
When they stand at right angles, a week later, we get the gentler neap tides.
The shape of the coast matters even more than the sky.
In the Bay of Fundy in Canada the water can rise sixteen metres, because the bay is a funnel whose natural rhythm is close to that of the tide.
In the Mediterranean you hardly notice any tide, since the sea is almost closed and the Strait of Gibraltar is too narrow to let enough water through.
Sailors have kept tide tables since the thirteenth century, when a monk at Saint Albans wrote down high water at London Bridge.
In 1872 William Thomson, who became Lord Kelvin, built a machine of brass wheels and pulleys that predicted the tides.
Each wheel stood for one cycle of the Sun or the Moon, and a pen drew the sum of them all on paper.
A year of tides for one harbour took the machine about four hours.
During the Second World War these machines chose the date of the landings in Normandy.
The planners wanted low water at dawn, so that the obstacles on the beaches could be seen.
Tides also slow the Earth down.
The bulges rub against the sea floor, and this friction makes each day longer by about two milliseconds per century.
We know this from ancient Babylonian records of eclipses, which would otherwise have been seen in the wrong place.
Fossil corals tell the same story, because they lay down a thin ring for every day.
Four hundred million years ago a year had about four hundred days.
The energy that the Earth loses pushes the Moon outwards by nearly four centimetres a year.
Astronauts left mirrors on the Moon, and with laser light we measure that distance to within a few millimetres.
Life on the shore has learned to live with the tide.
Barnacles shut their shells when the water leaves, to keep from drying out.
The grunion, a small silvery fish of California, comes onto the beach to lay its eggs on the nights after the highest tides.
The young hatch two weeks later, when the next spring tide wets the sand again.
Shore crabs kept in a dark tank stay active at the hours of high water for days, so they must carry a clock inside.
Finally, tides can give us power.
The station on the Rance in France has done so since 1966, with twenty four turbines inside a dam.
It makes enough electricity for a town of two hundred thousand people.
The main drawback is cost, and mud that settles behind the dam.
Newer designs stand on the sea bed like windmills and need no dam at all.
Next week we will look at waves, which are made by the wind and not by the Moon.
Please read chapter four before then.`.split('\n'),
  answerable: [
    ['who first gave the right explanation of the tides', 3],
    ['what makes the ocean swell on the side facing the moon', 4],
    ['why is there also a bulge on the opposite side of the planet', 5],
    ['how much time passes between two high tides', 6],
    ['how often does the water come up each day on most shores', 6],
    ['why are the tides a bit later each time', 7],
    ['is the influence of the sun stronger than that of the moon', 8],
    ['when do spring tides happen', 9],
    ['where does the name spring tide come from', 10],
    ['what is a neap tide', 11],
    ['how high does the sea get in the bay of Fundy', 13],
    ['what is special about the shape of the bay of Fundy', 13],
    ['why does the Mediterranean have almost no tides', 14],
    ['who wrote the earliest tide table', 15],
    ['what did Lord Kelvin invent', 16],
    ['when was the tide predicting machine made', 16],
    ['how long did the device need to compute one year for a port', 18],
    ['what role did tide machines play in the war', 19],
    ['why did the planners of the invasion want the sea to be low in the morning', 20],
    ['by how much do the days get longer', 22],
    ['what is it that brakes the rotation of the earth', 22],
    ['what ancient evidence do we have that the earth is slowing', 23],
    ['what do corals reveal about the length of the year', 24, 25],
    ['how many days did a year have four hundred million years ago', 25],
    ['how fast is the moon moving away from us', 26],
    ['how do we measure how far away the moon is', 27],
    ['what did astronauts leave behind', 27],
    ['how do barnacles survive when the sea is out', 29],
    ['which fish spawns on the sand', 30],
    ['when do the eggs of the grunion hatch', 31],
    ['how do we know that crabs have an internal clock', 32],
    ['since when has the tidal power plant in France been running', 34],
    ['how many turbines are there in the dam', 34],
    ['how many people get electricity from it', 35],
    ['what is the biggest disadvantage of tidal power', 36],
    ['which new kind of tidal power works without a dam', 37],
    ['what causes waves', 38],
    ['what should we read for next time', 39],
    ['what will the next lecture be about', 38],
    ['what did the pen of the machine draw', 17],
  ],
  unanswerable: [
    'what is the capital of Australia',
    'how deep is the Mariana trench',
    'who discovered penicillin',
    'what causes tsunamis',
    'how many moons does Jupiter have',
    'what is the salt content of sea water',
    'how much does the power station cost to visit',
    'who is the president of France',
    'what colour are the shells of barnacles',
    'how does photosynthesis work',
    'when did Isaac Newton die',
    'what is the speed of light',
    'how do I bake sourdough bread',
    'why is the sky blue',
  ],
};

export const PRINTING: TestLecture = {
  title: 'How books became cheap',
  segments: `So last time we ended with the monks who copied books by hand.
A careful scribe could finish about three pages in a day,
and a Bible kept one man busy for more than a year.
That is the reason why a library of a hundred volumes was a treasure that only kings and bishops could afford.
In China people had been printing from carved wooden blocks since the ninth century.
Around 1040 a man named Bi Sheng made movable letters out of baked clay.
But Chinese needs thousands of different characters, and so the idea never really paid off there.
In Korea they went one step further and cast their type in bronze.
In Europe the decisive step was taken by Johannes Gutenberg, a goldsmith from Mainz.
As a goldsmith he knew how to cut steel punches and how to handle hot metal.
His real invention was a hand held mould with which one worker could cast four hundred letters in an hour.
The alloy was lead with some tin and antimony, because it melts easily and does not shrink when it cools.
He also needed a new ink, since the watery ink of the scribes ran off the metal.
He mixed soot with boiled linseed oil, much like the paint that artists used.
For the press itself he borrowed the screw from the wine makers of the Rhine valley.
The forty two line Bible was ready in 1455, and about a hundred and eighty copies were made.
Forty nine of them still exist, although some are not complete.
Gutenberg himself earned nothing from it.
He had borrowed money from a lawyer called Johann Fust, and when he could not pay it back, he lost his workshop.
Fust went on printing together with Peter Schoeffer, who had been Gutenberg's best assistant.
From Mainz the craft spread with astonishing speed.
By 1500 there were presses in more than two hundred and fifty towns, and some twenty million books had been printed.
The centre of the trade was Venice, where paper was cheap and merchants knew the roads to every market.
There Aldus Manutius brought out small books that fitted into a saddle bag.
To save space he had a slanted letter cut, which we now call italic.
The first book printed in English came from William Caxton, who had learned printing in Cologne.
He complained that he did not know which dialect to choose, because people in Kent said eggs in a different way than people in London.
Printing in the end settled the matter, and spelling slowly became fixed.
What did all this change?
Prices fell by two thirds within fifty years.
A student could now own his textbooks instead of writing down every word in the lecture hall.
Errors were found and listed, and the next edition was better than the last, while hand copies had only got worse.
Scholars in different countries could for the first time look at exactly the same map or diagram.
Astronomers like Copernicus grew up with two complete editions of Ptolemy on the table, and they noticed where the tables disagreed.
The church at first welcomed the press, because it could print letters of indulgence by the thousand.
Then came Martin Luther, whose pamphlets sold three hundred thousand copies between 1517 and 1520.
No one had planned for an argument that moved faster than the messengers of the pope.
Rulers answered with censorship, and in 1559 Rome published its first index of forbidden books.
The effect was often the opposite, for printers in Amsterdam advertised with the list.
The Ottoman empire allowed no printing in Arabic letters until 1727.
One reason was that thousands of calligraphers lived from copying.
The wooden press hardly changed for three hundred and fifty years.
In 1814 the Times of London was the first newspaper printed by steam.
The machine, built by Friedrich Koenig, threw off eleven hundred sheets an hour, five times as many as before.
The workers feared for their jobs, and so the owner had it set up in secret at night.`.split('\n'),
  answerable: [
    ['how many pages did a copyist manage daily', 2],
    ['how long did it take to write out a Bible by hand', 3],
    ['why were books so expensive before printing', 4, 3],
    ['when did printing with wood blocks begin in China', 5],
    ['who made type from clay', 6],
    ['why did movable type fail in China', 7],
    ['what material was type made of in Korea', 8],
    ['what was the profession of Gutenberg', 9, 10],
    ['what was Gutenbergs actual invention', 11],
    ['how many letters could be cast per hour', 11],
    ['which metals were in the alloy', 12],
    ['why did they use lead for the letters', 12],
    ['why could he not use ordinary ink', 13],
    ['what was the new ink made from', 14],
    ['where did the idea of the press come from', 15],
    ['when was the Gutenberg Bible finished', 16],
    ['how many copies of that Bible survive today', 17],
    ['why did Gutenberg lose his business', 19],
    ['who lent Gutenberg money', 19],
    ['who worked with Fust afterwards', 20],
    ['how many books had been printed by the end of the fifteenth century', 22],
    ['why did Venice become the capital of printing', 23],
    ['what kind of books did Aldus Manutius publish', 24],
    ['why was italic type introduced', 25],
    ['who printed the first English book', 26],
    ['what problem did Caxton have with the language', 27],
    ['how did printing affect spelling', 28],
    ['by how much did books get cheaper', 30],
    ['what difference did it make for students', 31],
    ['why did printed books improve over time', 32],
    ['what could scientists from various nations compare', 33],
    ['how did Copernicus benefit from print', 34],
    ['why was the church happy about the press in the beginning', 35],
    ['how many pamphlets did Luther sell', 36],
    ['when did the pope ban books', 38],
    ['what did Dutch printers do with the banned book list', 39],
    ['when did the Ottomans permit printing', 40],
    ['why was printing not allowed in the Ottoman empire', 41, 40],
    ['what was the first newspaper to use a steam press', 43],
    ['how many sheets did Koenigs machine produce each hour', 44],
    ['why was the steam press installed at night', 45],
  ],
  unanswerable: [
    'how much did a Gutenberg Bible cost',
    'what is the boiling point of mercury',
    'who invented the telephone',
    'when was Martin Luther born',
    'how do e-book readers work',
    'what was the population of Venice',
    'what language did the Aztecs speak',
    'how many children did Caxton have',
    'who won the world cup in 2014',
    'what is the chemical formula of water',
    'how do vaccines protect us',
    'what did Newton discover about gravity',
    'which university did Gutenberg attend',
    'how tall is the Eiffel tower',
  ],
};

export const BEES: TestLecture = {
  title: 'The colony as an animal',
  segments: `A honey bee colony in summer has about fifty thousand workers, a few hundred drones and a single queen.
All the workers are sisters, and they live for only six weeks in the busy season.
The queen can live for five years and lays up to two thousand eggs a day.
Whether an egg becomes a worker or a queen depends only on the food.
Every larva gets royal jelly for three days, but a future queen gets it all her life.
A young worker begins as a cleaner of cells, then becomes a nurse, then a builder of wax comb.
The wax comes from eight small glands on the underside of her belly.
Only in the last two weeks does she fly out to forage.
The cells of the comb are hexagons, because this shape holds the most honey for the least wax.
Karl von Frisch, an Austrian zoologist, decoded the dance of the bees in the nineteen forties.
A forager that has found a rich meadow runs in a figure of eight on the vertical comb.
The angle of the run against gravity shows the direction of the food relative to the Sun.
The length of the run tells how far it is: one second stands for about a kilometre.
For this work he received the Nobel Prize in 1973.
Bees see colours, but their range is shifted: they are blind to red and can see ultraviolet.
Many flowers carry lines in ultraviolet that lead to the nectar like the lamps of a runway.
Nectar is mostly water, so the bees fan it with their wings until only eighteen percent of water is left.
Then it cannot spoil, and the cell is closed with a lid of wax.
In winter the colony does not sleep.
The bees form a ball and shiver with their flight muscles to keep the centre at thirty degrees.
To do this they burn about twenty kilograms of honey.
When a colony grows too large it divides: the old queen leaves with half of the workers, and this is called a swarm.
Scouts look for a hollow tree and vote by dancing until they all agree.
A third of what we eat depends on pollination by insects.
In California two million hives are carried on trucks to the almond trees every February.
Since 2006 beekeepers have reported that whole colonies vanish.
The worst enemy is the varroa mite, which came from Asia and sucks the fat of the larvae.
Pesticides of the neonicotinoid family make the foragers forget the way home.
The European Union banned three of them in the open field in 2018.
You can help by letting a corner of your garden grow wild.`.split('\n'),
  answerable: [
    ['how many worker bees are in a hive', 1],
    ['how old do workers get in summer', 2],
    ['what is the life span of a queen', 3],
    ['how many eggs does the queen produce daily', 3],
    ['what decides if an egg turns into a queen', 4, 5],
    ['for how long do normal larvae get royal jelly', 5],
    ['what is the first job of a young bee', 6],
    ['where is wax made in the body', 7],
    ['why are the cells six sided', 9],
    ['who figured out the bee dance', 10],
    ['how does the dance show the direction', 12],
    ['how does a dancing bee tell the distance', 13],
    ['which prize did von Frisch win', 14],
    ['which colour can bees not see', 15],
    ['how do flowers guide bees to the nectar', 16],
    ['how do bees turn nectar into honey', 17],
    ['how do bees stay warm in winter', 20],
    ['how much honey do they need for the cold season', 21],
    ['what is a swarm', 22],
    ['how do the bees choose a new home', 23],
    ['how much of our food relies on pollination', 24],
    ['why are hives brought to California', 25],
    ['since when have colonies been disappearing', 26],
    ['where did the varroa mite come from', 27],
    ['how do pesticides harm bees', 28],
    ['what did the European Union forbid', 29],
    ['what can we do to help the bees', 30],
  ],
  unanswerable: [
    'how much does a jar of honey cost',
    'what do wasps eat',
    'how fast can a bee fly',
    'when was Karl von Frisch born',
    'how many eyes does a bee have',
    'what is the capital of Austria',
    'how do ants communicate',
    'why do bees die after stinging',
    'what is the price of gold',
    'how do you make mead',
  ],
};
