"""The words of report.pdf. All of it is invented."""

from __future__ import annotations

from typing import Any

TITLE = "Shade on the Way to School: a Two-Year Survey of Street Trees in Three Districts"
AUTHORS = (
    "Iris Marlowe, Dirk Achterberg and Samuel Quill<br/>"
    "<i>Institute for Urban Canopies, Harrow Bay</i>"
)
ABSTRACT = (
    "<b>Abstract.</b> Children who walk to school in summer do so at the two hours when streets "
    "differ most in shade. We measured the shade that 1,284 street trees cast on 46 walking routes "
    "in three districts of Harrow Bay, at 08:00 and at 15:00, over two summers. Mean shade rose "
    "from 25.1 to 29.7 percent, mostly on residential streets where young lime trees closed their "
    "crowns. Main roads gained little. We give a simple model that predicts shade from crown "
    "density, and three recommendations for planting."
)
FOOTNOTE = (
    "<super>1</super> A route is the shortest footpath from the middle of a block to its primary "
    "school. Routes shorter than 200 m were left out."
)
# Where these words may be broken at a line's end.
HYPHENATIONS = [
    "aer-i-al",
    "after-noon",
    "after-wards",
    "an-other",
    "as-sume",
    "au-gust",
    "be-cause",
    "be-gins",
    "be-tween",
    "branch-es",
    "cal-i-bra-tion",
    "chang-ing",
    "co-effi-cient",
    "con-trast",
    "de-pends",
    "de-scribes",
    "de-scrip-tion",
    "dif-fer-ence",
    "dif-fer-ences",
    "dis-card-ed",
    "dis-trict",
    "dis-tricts",
    "dou-bled",
    "end-ed",
    "equa-tions",
    "ex-ceeds",
    "ex-plains",
    "expo-nen-tially",
    "fit-ted",
    "foot-path",
    "four-teen",
    "great-est",
    "horn-beam",
    "in-creased",
    "in-stru-ments",
    "larg-est",
    "lev-el",
    "meas-ured",
    "meas-ure-ment",
    "meas-ure-ments",
    "mill-brook",
    "min-ute",
    "mod-elled",
    "morn-ing",
    "ob-serv-ers",
    "oc-to-ber",
    "or-di-nary",
    "over-esti-mates",
    "pat-tern",
    "pave-ment",
    "peo-ple",
    "per-cent",
    "photo-graph",
    "plan-ner",
    "plant-ed",
    "plant-ing",
    "prop-erly",
    "pro-tects",
    "pro-vid-ed",
    "read-ings",
    "re-ceives",
    "rec-om-mend",
    "rel-a-tive",
    "re-places",
    "re-plac-ing",
    "resi-den-tial",
    "re-sults",
    "re-versed",
    "sec-tion",
    "sin-gle",
    "south-ern",
    "spac-ing",
    "sum-mer",
    "sum-mers",
    "sur-face",
    "sur-vey",
    "tak-en",
    "to-geth-er",
    "under-esti-mates",
    "un-til",
    "vari-ance",
    "ve-hi-cle",
    "wil-lows",
    "writ-ten",
]
BODY = [
    ("h1", "1&nbsp; Introduction"),
    (
        "text",
        "A street tree is planted once and judged for decades. Cities count trees, and "
        "sometimes the area of their crowns, because both can be read from an aerial "
        "photograph. Neither says what a person on the pavement gets from them at a given "
        "hour. A wide crown north of the footpath may shade a parked car all morning and the "
        "people beside it not at all.",
    ),
    (
        "text",
        "Walking routes to school are a good place to ask the question properly. The times "
        "are fixed, the people are small and close to the hot surface, and the choice of "
        "another route is limited.<super>1</super> Earlier work looked at parks [1] or at "
        "single avenues [2]; long-term records for ordinary streets are rare.",
    ),
    (
        "text",
        "This report describes a survey of 46 routes over two summers. Section 2 explains how "
        "shade was measured and modelled, Section 3 gives the results, and Section 4 says "
        "what we would plant, and where. It is written for the people who choose and care for "
        "street trees, and so the equations have been kept to one. The readings can be found "
        'at <a href="https://example.org/harrow-bay/shade" '
        'color="#1f4e79">example.org/harrow-bay/shade</a>, together with a photograph of '
        "every tree and the hour at which it was taken.",
    ),
    ("h1", "2&nbsp; Method"),
    ("h2", "2.1&nbsp; Sites and measurements"),
    (
        "text",
        "The three districts were chosen for their contrast. Northgate has narrow residential "
        "streets laid out before 1930, with lime and hornbeam on both sides. Millbrook was "
        "rebuilt around a ring road; its trees are mostly plane, planted in a single row. "
        "Eastfield is the youngest, and many of its maples still stand in their first stakes.",
    ),
    (
        "text",
        "Each route was walked on ten clear days between May and September, once at 08:00 and "
        "once at 15:00, by two observers with a light meter held at a height of one metre. A "
        "reading was taken every five metres. A point counts as shaded when it receives less "
        "than a quarter of the light measured in the open at the same minute. Instruments "
        "were compared with each other every morning; differences above three percent led to "
        "a new calibration. In all, the observers took 171,640 "
        "readings, of which 1.2 percent were discarded because a vehicle stood in the light.",
    ),
    ("h2", "2.2&nbsp; A model of shade"),
    (
        "text",
        "We describe the mean shade <i>S</i> of a route by the leaf area above it, hour by "
        "hour. Light that passes through a crown falls off exponentially with the leaf area "
        "index <i>L</i>, so that for <i>T</i> readings",
    ),
    ("formula", ""),
    (
        "text",
        "where <i>k</i> is the extinction coefficient of the species and <i>θ</i> the angle "
        "between the sun and the row of trees. The model has a single free parameter, "
        "<i>k</i>, which was fitted on the routes of the first summer and then left alone. It "
        "explains 87 percent of the variance in the second summer, which is more than we had "
        "hoped for from so plain a description.",
    ),
    ("h1", "3&nbsp; Results"),
    ("h2", "3.1&nbsp; Shade by district"),
    (
        "text",
        "Table 1 lists the results by district and class of street. Shade increased "
        "everywhere between the two summers, but not evenly. Residential streets in Northgate "
        "gained 9.1 points in the afternoon. Main roads in Millbrook gained 1.0, which is "
        "within the error of the measurement. Eastfield started from the lowest level and "
        "shows the largest relative change, because its young maples doubled their crown area "
        "within fourteen months.",
    ),
    (
        "text",
        "In the morning the sun is low and comes along the street rather than across it, and "
        "shade depends on the spacing of the trees more than on their size. Where trees stand "
        "less than eight metres apart, morning shade exceeds afternoon shade; where they "
        "stand further apart, the order is reversed. This holds in all three districts.",
    ),
    ("h2", "3.2&nbsp; Shade through the summer"),
    (
        "text",
        "Figure 1 shows the course of the summer. Shade rises until the leaves are fully out "
        "in June and falls slowly afterwards. The dip in August 2024 is the work of a storm "
        "on the second of the month that broke branches on eleven routes. In 2025 there was "
        "no such storm, and the curve stays level until school begins again. In Millbrook, "
        "two routes beside the river keep most of their shade well into October, long after "
        "the measurements of this survey have ended, because the willows there are the last "
        "to drop their leaves.",
    ),
    ("figure", ""),
    (
        "text",
        "The difference between the two years is largest in July and August, the months in "
        "which shade matters most. It is also larger on streets that run from east to west, "
        "where a single row on the southern side protects the whole pavement, than on streets "
        "that run from north to south.",
    ),
    ("h2", "3.3&nbsp; How far the model can be trusted"),
    (
        "text",
        "A model with one free parameter cannot be right everywhere. It overestimates shade "
        "by up to six points on routes that pass beneath awnings or along tall buildings, "
        "because Equation 1 knows about leaves and nothing else. It underestimates shade in "
        "the first week of May, when the leaves of the lime are out but not yet flat. Neither "
        "error exceeds the spread between the two observers.",
    ),
    (
        "text",
        "We also asked whether the value of <i>k</i> that was fitted in 2024 would have been "
        "found in 2025. It would: the two values differ by 0.02 for lime and plane and by "
        "0.05 for maple, whose young crowns are still changing shape. For a planner this "
        "means that a single summer of walks is enough to use the model in a new district, "
        "provided that its trees are of the same kinds.",
    ),
    ("h1", "4&nbsp; Discussion and advice"),
    (
        "text",
        "Two summers are a short time in the life of a tree, and the second one was kind. "
        "Still, the pattern is clear enough to act upon. Young trees close their crowns "
        "faster than the planting tables of the city assume, and the gain is greatest where "
        "spacing is tight. Replacing a single dead tree in a dense row does more for a route "
        "than three new ones at its sunny end. We therefore recommend:",
    ),
    ("number", "1. Plant along routes, not in gaps."),
    ("bullet", "• Begin with the 14 routes that have less than 20 percent shade at 15:00."),
    ("bullet", "• Keep the spacing below eight metres on residential streets."),
    ("number", "2. Put trees on the side where the sun is."),
    ("bullet", "• On streets from east to west, that is the southern side."),
    ("bullet", "• On other streets, both sides, in turn."),
    ("number", "3. Measure again in 2030, on the same routes and with the same instruments."),
    (
        "text",
        "None of this is costly. The city already replaces some 300 street trees each year, "
        "and the advice above changes where they go, not how many there are.",
    ),
    ("h1", "Acknowledgements"),
    (
        "text",
        "We thank the pupils of eleven schools, who carried the meters on the last day of "
        "each summer and found two trees that our maps had missed.",
    ),
    ("h1", "References"),
]
REFERENCES = [
    "J. Verhoeven and P. Lund, “Cool air from small parks,” <i>Journal of Street Climate</i>, "
    "vol. 7, pp. 21–34, 2019.",
    "R. Amadi, “One avenue, forty summers,” <i>Urban Leaf Reports</i>, no. 112, 2021.",
    "Harrow Bay City Council, <i>Planting Tables for Public Streets</i>, 4th ed., 2023.",
]
TABLE: dict[str, Any] = {
    "caption": (
        "<b>Table 1.</b> Share of each route in shade, in percent, as the mean over ten days. "
        "The last column is the change of the afternoon value."
    ),
    "rows": [
        ["District", "Street class", "Trees", "Shade at 08:00", "", "Shade at 15:00", "", "Change"],
        ["", "", "", "2024", "2025", "2024", "2025", ""],
        ["Northgate", "Residential", "412", "36.2", "41.5", "33.0", "42.1", "+9.1"],
        ["", "Main road", "118", "22.4", "23.9", "25.7", "28.2", "+2.5"],
        ["Millbrook", "Residential", "236", "27.9", "30.8", "29.4", "33.6", "+4.2"],
        ["", "Main road", "174", "17.3", "18.1", "21.6", "22.6", "+1.0"],
        ["Eastfield", "Residential", "265", "14.8", "20.3", "16.1", "23.0", "+6.9"],
        ["", "Main road", "79", "9.5", "10.2", "11.9", "14.4", "+2.5"],
        ["All streets", "", "1,284", "24.8", "28.4", "25.3", "31.0", "+5.6"],
    ],
}
FIGURE: dict[str, Any] = {
    "months": ["May", "Jun", "Jul", "Aug", "Sep"],
    "x": "Month",
    "y": "Shade at 15:00 (%)",
    "lines": [
        ("2024", [20.6, 28.4, 28.7, 23.9, 24.9], "#b0562b", True),
        ("2025", [24.2, 33.0, 34.6, 33.4, 29.8], "#1f4e79", False),
    ],
    "caption": (
        "<b>Figure 1.</b> Mean shade of all routes at 15:00 by month. The storm of August 2024 "
        "is plain to see."
    ),
}
