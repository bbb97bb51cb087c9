/** Words that lecturers and askers use for one another. Each line is one meaning; a word may stand in several. */

const GROUPS = `
start begin commence outset origin originate first initial initially beginning earliest
end finish conclude final finally last stop complete completed ready done
cause reason why because make lead result responsible due trigger produce create consequence
effect affect influence impact consequence result change role
big large huge great enormous giant vast size
small little tiny minute short
high tall height
deep depth
long length duration last time
far distance distant away remote
heavy weigh weight mass heavier
fast quick quickly rapid rapidly speed velocity rate pace swift faster
slow slowly gradual gradually brake
strong strength powerful power force intense stronger
weak gentle mild faint
near close nearby neighbour neighbouring
increase rise grow growth raise climb swell
decrease fall drop decline reduce shrink lower diminish
discover find found detect identify discovery
invent invention create devise develop build design inventor machine
device machine apparatus instrument tool
build construct make made produce manufacture assemble set install erect
write wrote author record note
show prove demonstrate reveal evidence tell know
explain explanation describe account interpretation
name call called term known word
mean meaning define definition describe
use apply employ utilize usage purpose serve function
need require necessary requirement must want
get obtain receive gain acquire earn take
give provide supply deliver offer lend borrow
allow permit let enable
forbid ban prohibit forbidden banned censorship
prevent avoid stop block keep protect
move motion travel shift movement
turn rotate rotation spin revolve
earth planet world globe
sea ocean water marine
shore coast beach coastline sand
sun solar sunlight
moon lunar
star stellar
country nation state land
city town
ship boat vessel sail sailor
harbour port dock
food eat feed nutrition diet nourishment
sick ill illness disease infection disorder
doctor physician medic
die death dead kill deadly mortality
born birth
live life survive alive living
live exist survive remain still today
animal creature beast
plant vegetation crop
egg spawn lay
child young offspring baby hatch
person people human man woman men individual worker
scientist researcher scholar expert
student pupil learner
teacher lecturer professor instructor
lecture class lesson course
book volume text textbook bible
copy scribe copyist duplicate
print printing press publish printed publisher
money cost price expensive pay cheap afford fee
rich wealth wealthy profit earn
problem difficulty trouble drawback disadvantage downside challenge issue complain obstacle
advantage benefit good gain profit welcome help
important matter significant main key crucial essential major central decisive
different difference vary various differ distinct
same similar equal alike identical like
part piece component portion section consist
kind type sort form class variety
shape form structure
hot heat warm temperature warmth
cold cool freeze frozen chill
wet moist damp water
dry drought drying
light bright illuminate
dark darkness night
energy power electricity
electricity electric electrical power current
begin introduce introduction establish
year annual annually yearly
day daily
hour hourly
week weekly
century hundred
million many number amount
often frequent frequently frequency
measure determine gauge calculate compute estimate
predict forecast prediction foresee
calculate compute count sum
draw sketch picture plot
material substance matter made metal
mix blend combine combination mixture
split divide separate break
join connect link attach unite
rule govern ruler king control
war battle fight conflict military invasion landing
attack strike assault invade
choose select pick decide choice
happen occur take place event
change alter transform shift modify
keep hold retain store preserve
store save reserve
lose loss lost
win victory gain
learn study teach understand
think believe idea view opinion thought
see observe notice watch spot
look appear seem
hear listen sound
say speak talk tell mention
send transmit carry transport
spread expand extend diffuse
job work profession occupation trade career goldsmith
company firm business workshop enterprise
owner own possess
law rule legal regulation
morning dawn sunrise
night evening dark
new modern recent novel
old ancient early aged
true correct right accurate real actual
wrong error mistake incorrect false
top peak highest maximum
bottom floor bed lowest
middle centre center central capital
side edge border
sleep rest dormant
answer respond reply react response
absorb capture trap take soak
release emit give off discharge
contain include hold comprise
surround around enclose
air atmosphere gas
rock stone mineral
river stream
mountain hill peak
rain rainfall precipitation
wind breeze
earthquake quake seismic
body organism
brain mind mental
blood bloodstream
cell cellular
bone skeleton
computer machine
half double twice
third thirds
percent percentage proportion fraction share
improve better improvement enhance progress
fail failure unsuccessful never
succeed success successful
ordinary normal usual common standard typical
popular famous widespread
permit allow legal
hate dislike fear afraid worry
secret hidden night
opposite far reverse contrary
swell bulge rise
survive keep protect
later after afterwards next then
earlier before previous
together with jointly
run operate work function
brake slow friction
france french paris
china chinese
korea korean
japan japanese
india indian
england english britain british london uk
germany german
netherlands dutch holland amsterdam
italy italian rome roman
spain spanish
greece greek
egypt egyptian
russia russian
turkey turkish ottoman
arab arabic islamic muslim
america american usa
africa african
europe european
language dialect tongue speech
station plant facility
old age lifespan lifetime span live year
disappear vanish lost extinct missing
appear arrive emerge
harm damage hurt injure destroy ruin poison toxic enemy
danger dangerous risk threat hazard unsafe enemy
safe safety secure protect
home house dwelling nest shelter hive residence
road path route way street
field farm meadow land garden
tree wood forest
honey nectar sugar sweet
award prize medal honour
win receive get award earn
direct direction point angle way
communicate communication language signal tell dance
warm heat temperature degree
fly flight wing
six hexagon hexagonal
five pentagon
three triangle triangular triple
four square quarter
eight octagon
decide decision determine choose depend vote
depend rely reliance
divide split half share
agree agreement consent accept
disagree oppose object reject refuse
mother father parent queen
family relative sister brother
female woman she
male man he
work labour job task duty
first begin start initial
rest remainder left
hollow hole cavity opening gap
close shut seal lid cover
open unlock
fill full
empty hollow vacant
clean pure wash
dirty pollute pollution contaminate
hard difficult tough
easy simple simply easily
soft gentle
sharp pointed
round circle circular sphere ball
flat plane level
line row stripe
colour red green blue yellow black white
red colour
blue colour
taste flavour sweet bitter sour
smell odour scent
noise sound loud
quiet silent silence
fire burn flame combustion
smoke fume
ice snow frozen glacier freeze
vapour steam evaporate gas
liquid fluid water
solid hard rigid
metal iron copper steel gold silver lead tin
money coin currency
bank loan lend credit debt
tax duty levy
trade commerce merchant market business exchange
import export trade
sell buy purchase sale
poor poverty
hunger famine starve
peace treaty truce
army soldier troop military
weapon gun sword bomb
enemy rival opponent
friend ally partner
leader ruler chief head king queen emperor president
government state authority parliament
vote election elect
freedom liberty free independence
slave slavery
crime criminal guilty
prison jail captive
court judge trial
rule govern reign
revolt revolution rebellion uprising
found establish create set
destroy demolish ruin wreck
repair fix mend
hunt chase
catch trap capture
gather collect harvest forage
cut slice carve
dig excavate mine
push press thrust
pull drag draw tow
throw cast launch
hit strike collide impact
fall collapse crash drop
shake tremble vibrate quake shiver
flow stream run current
boil cook heat
melt thaw
burn fire combust
explode explosion blast burst erupt
rub friction scrape
touch contact
feel sense sensation
hot temperature heat
smart clever intelligent
memory remember recall memorize
forget oblivion
dream sleep
emotion feeling mood
fear afraid scare anxiety
anger angry rage
happy joy pleasure glad
sad unhappy grief
pain ache hurt
heal cure treat treatment therapy remedy recover
medicine drug pill pharmaceutical
vaccine vaccination immunize immune
virus bacteria germ microbe pathogen
organ heart liver kidney lung
breathe breath respiration lung
muscle strength
skin surface
eye see vision sight blind
ear hear hearing
hand finger arm
leg foot walk
walk step march
run race
swim float
eat consume feed diet digest
drink thirst
sugar glucose carbohydrate
fat oil grease
protein enzyme
gene genetic dna heredity inherit
species kind breed
evolve evolution adapt adaptation
reproduce breed reproduction mate offspring
egg larva hatch
seed sow
flower blossom bloom petal
leaf foliage
root origin
crop wheat corn grain cereal
insect bug bee ant
bird feather
fish salmon herring
mammal
oxygen air
carbon coal
acid sour
salt saline
atom particle molecule
electron charge
magnet magnetic
wave oscillation
frequency rhythm pitch
orbit path circle
gravity attraction pull weight
space universe cosmos
galaxy star
telescope observe
rocket launch
volcano eruption lava magma
island isle
desert arid
lake pond
flood inundation
storm hurricane typhoon
climate weather
season summer winter autumn
month february march april
date day year when
period era age epoch
ago past former previously history historical
future later tomorrow
now today present currently
early soon
late delay
always forever constant permanent
rare seldom unusual
exact precise accurate accuracy
error mistake inaccuracy
guess estimate assume
test experiment trial try
method technique procedure process way
theory hypothesis idea
law principle rule
proof evidence demonstrate confirm
fact truth
reason motive cause
aim goal purpose intention
plan scheme design project
begin launch introduce
increase double triple multiply
add plus sum
subtract minus
equal same
total whole entire all
part half third quarter
few little scarce
enough sufficient
extra additional
main chief principal primary
secret hidden conceal
public common open
private personal
foreign abroad
native local indigenous
travel journey trip voyage tour
arrive come reach
leave depart exit
stay remain
return back
cross traverse
carry transport bring truck
vehicle car truck wagon
train railway rail
plane aircraft aeroplane airplane flight
engine motor
wheel rotate
tool instrument utensil
machine mechanism device
computer processor calculate
program software code
data information
network internet web
letter character symbol sign
read reader
draw paint picture image
paint painter art artist
music song melody
play game sport
story tale narrative
poem poet verse
theatre stage play drama
news newspaper press media
message letter mail note
school university college academy education
exam test
science scientific
god deity divine
temple shrine
pray prayer worship
law court
marry marriage wife husband wed
birth born baby
death die grave
christian church pope religion religious bishop
`;

let index: Map<string, number[]> | undefined;

/** The meanings a word may have, as numbers; `keyOf` brings its forms together. */
export function meaningsOf(key: string, keyOf: (word: string) => string): readonly number[] {
  index ??= buildIndex(keyOf);
  return index.get(key) ?? [];
}

function buildIndex(keyOf: (word: string) => string): Map<string, number[]> {
  const built = new Map<string, number[]>();
  for (const [meaning, line] of GROUPS.trim().split('\n').entries()) {
    for (const key of new Set(line.split(' ').map(keyOf))) built.set(key, [...(built.get(key) ?? []), meaning]);
  }
  return built;
}
