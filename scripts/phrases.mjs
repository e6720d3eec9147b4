// The phrases that scripts/check-phrases.mjs rejects. `instead` says what to write. A pattern sees one comment, string, test name
// or document at a time. Write \s+ between words, because a phrase may continue on the next line.
const start = String.raw`(?:^|[.!?:;]\s|\n\s*\n|[-|]\s)\s*`;
const auxiliary =
  "(?:has|have|had|is|are|was|were|does|do|did|can|could|may|must|will|would|waits|asks|holds|takes|knows|comes|ends)";
const be = "(?:is|are|was|were|be|been|being)";

export const phrases = [
  phrase("anew", String.raw`\banew\b`, `"again", or the verb with re-: "reopened"`),
  phrase("afresh", String.raw`\bafresh\b`, '"again"'),
  phrase(
    "is no more",
    String.raw`\b${be}\s+no\s+more\b(?!\s+(?:than|\w+ly|\w+\s+than)\b)`,
    '"has ended", "no longer exists"',
  ),
  phrase(
    "not … any more",
    String.raw`\b(?:not|never|nobody|nothing|none|cannot|without)\b[^.;:!?]{0,60}\bany\s?more\b(?!\s+\w+s\b)`,
    '"no longer"',
  ),
  phrase(
    "told of",
    String.raw`\btold\s+(?:of|in|by|with|once|alike|so|there)\b(?!\s+\w+\s+to\b)`,
    '"reported", "logged"',
  ),
  phrase(
    "is told",
    String.raw`\b${be}\s+told\b(?!\s+(?:to|that|what|when|where|how|which|whether|who|why|apart|not\s+to|about|by|in|of|with|once|alike|so|there)\b)`,
    '"is reported", "is logged", "is notified"',
  ),
  phrase("tells of", String.raw`\btells?\s+(?:of|so)\b`, '"reports", "says"'),
  phrase(
    "Who … (headless)",
    String.raw`${start}Who\s+(?:\w+\s+)?${auxiliary}\b(?![^.\n]{0,80}\?)`,
    '"a process that", "the user who"',
  ),
  phrase(
    "of who … (headless)",
    String.raw`\b(?:of|to|from|for|by|with|at|than|nor|only)\s+who\s+(?:\w+\s+)?${auxiliary}\b`,
    '"of the process that", "for those that"',
  ),
  phrase("whoever", String.raw`\bwho(?:so)?ever\b`, '"anyone who", "the process that"'),
  phrase("beside", String.raw`\bbeside\b`, '"next to", "while", "in addition to", "along with"'),
  phrase("besides (adverb)", String.raw`\bbesides(?=\s*[.,;:)])`, '"also", "as well"'),
  phrase(
    "a text",
    String.raw`\b(?:a|no|one|each|every)\s+text\b(?!\s+(?:file|editor|format|node|box|field|mode|area|source))`,
    '"a string"',
  ),
  phrase("texts", String.raw`\btexts\b`, '"strings", "messages"'),
  phrase(
    "is no <noun>",
    String.raw`(?<!\b(?:there|here|where)\s+(?:\w+\s+)?)\b(?:is|are|was|were|be)\s+no\s+(?!longer\b|more\b|less\b|fewer\b|better\b|worse\b|different\b|doubt\b|wonder\b|one\b)[a-z]+`,
    '"is not a …"',
  ),
  phrase(
    "for so long",
    String.raw`\b(?:for|after|in|within|by|with)\s+so\s+(?:long|many|much)\b(?!\s+(?:as|that)\b)`,
    '"for this long", or name the value',
  ),
  phrase(
    "lock/job is over",
    String.raw`\b(?:locks?|leases?|jobs?|it|time)\s+(?:${be}|has\s+been)\s+over\b(?!\s+\d)`,
    '"has expired", "has ended"',
  ),
  phrase(
    "that there is",
    String.raw`\b(?:that|than)\s+there\s+(?:is|are|was|were)(?=\s*[.,;:)]|\s*$)`,
    '"that exists", "existing"',
  ),
  phrase(
    "there is to be had",
    String.raw`\b(?:to\s+be|be|cannot\s+be|can\s+be)\s+had\b`,
    '"is available", "can be used"',
  ),
  phrase("neither (at the end)", String.raw`,?\s\w+\s+neither(?=\s*[.;:)])`, '"nor", "not … either"'),
  phrase("but for", String.raw`\bbut\s+for\b(?!\s+(?:that|this|each|every|all)\b)`, '"except for"'),
  phrase("from when on", String.raw`\bfrom\s+when\s+on\b`, '"since when"'),
  phrase("as ever", String.raw`\bas\s+ever\b`, '"as before", "as usual"'),
  phrase("in vain", String.raw`\bin\s+vain\b`, '"without success"'),
  phrase("lest", String.raw`\blest\b`, '"so that … not"'),
  phrase("be it", String.raw`,\s+be\s+(?:it|they)\b`, '"whether it is"'),
  phrase("born, birth", String.raw`\b(?:births?|born)\b`, '"start", "started"'),
  phrase("thinkable", String.raw`\bthinkable\b`, '"possible"'),
  phrase("dearer", String.raw`\bdearer\b`, '"more expensive"'),
  phrase(
    "whilst, amongst, albeit",
    String.raw`\b(?:whilst|amongst|albeit|save\s+for|hence|thence|whence|whither|hither|hereby|thereof|therein|thereto|thereupon|whereupon|wherein|henceforth|nigh|betimes)\b`,
    "the plain word",
  ),
  phrase("come to be", String.raw`\bcome(?:s|n)?\s+to\s+be\b`, '"appear", "are created"'),
  phrase("shall", String.raw`\bshall\b`, '"must", "should", "will"'),
  phrase("at the most, at the least", String.raw`\bat\s+the\s+(?:most|least)\b`, '"at most", "at least"'),
  phrase("of that which", String.raw`\b(?:of|from|to|for)\s+that\s+which\b`, '"of what"'),
  phrase("is none", String.raw`(?<!\bthere\s+)\b${be}\s+none\b(?!\s+of\b)`, '"is not one", "does not exist"'),
  phrase("again and again", String.raw`\bagain\s+and\s+again\b`, '"repeatedly"'),
  phrase("once more", String.raw`\bonce\s+more\b`, '"again"'),
  phrase("ours", String.raw`(?<=[a-z,]\s+)(?:ours?|us)\b|\bour\s+own\b`, '"forker\'s", "the test\'s", "this process"'),
  phrase(
    "lives on",
    String.raw`\blive[sd]?\s+on(?=\s*[.,;:)]|\s+(?:and|as|until|while|when|without)\b|\s*$)`,
    '"continues", "stays alive"',
  ),
  phrase("everybody", String.raw`\beverybody\b`, '"every process", "everyone"'),
  phrase(
    "those whom",
    String.raw`\b(?:those|them|one|process|worker|client|finds|knows)\s+whom\b`,
    '"the processes that", "the user that"',
  ),
  phrase("looks whether", String.raw`\blook(?:s|ed|ing)?\s+(?:whether|who|which|if)\b`, '"checks whether"'),
  phrase(
    "once in ten seconds",
    String.raw`\b(?:once|one|line)\s+in\s+(?:\d+|[a-z]+)\s+(?:seconds|minutes)\b`,
    '"at most once every ten seconds"',
  ),
  phrase("another than", String.raw`\banother\s+(?:\w+\s+)?than\b`, '"other than"'),
  phrase("also when", String.raw`\balso\s+(?:when|where)\b`, '"even when", "including when"'),
  phrase("in the place of", String.raw`\bin\s+the\s+place\s+of\b`, '"in place of"'),
  phrase("in this moment", String.raw`\bin\s+(?:this|that|one|the\s+same)\s+moment\b`, '"at this moment"'),
  phrase("no more (at the end)", String.raw`\bno\s+more(?=\s*[.;:)]|\s*$)`, '"no longer"'),
  phrase("also if", String.raw`(?<!\b(?:and|but)\s+)\balso\s+if\b`, '"even if", "including if"'),
  phrase("becomes of", String.raw`\bbec[oa]mes?\s+of\b`, '"happens to"'),
  phrase(
    "does without",
    String.raw`(?<!\bas\s+(?:it|they)\s+)\bdo(?:es)?\s+without\b`,
    '"does not need", "does not get"',
  ),
  phrase("in the way in which", String.raw`\bin\s+the\s+way\s+in\s+which\b`, '"as"'),
  phrase("belongs into", String.raw`\bbelongs?\s+into\b`, '"belongs in"'),
  phrase("Before, … (adverb)", String.raw`${start}Before,\s`, '"Until now,"'),
  phrase(
    "a fiftieth of a second",
    String.raw`\b(?:twent|fift|hundred)(?:ieth|th)\s+of\s+a\s+second\b`,
    '"50 ms", "20 ms", "10 ms"',
  ),
  phrase("nothing new is taken", String.raw`\bnothing\s+new\s+is\s+taken\b`, '"workers take no new jobs"'),
  phrase("until now", String.raw`\buntil\s+now\b`, "what is the case; history belongs to commits"),
  phrase("the other way round", String.raw`\bother\s+way\s+round\b`, '"vice versa"'),
];

function phrase(name, source, instead) {
  return { name, pattern: new RegExp(source, "gim"), instead };
}
