// Searches the index of one language, with Pagefind, off the page's thread. Which words a text is
// found by is decided here and in search.py: the two must agree.
"use strict";

const UNSPACED =
  "\u0e00-\u0e7f\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f";
const RUNNING = `[${UNSPACED}\uac00-\ud7af]`;
const WORD = `(?:(?!${RUNNING})[\\p{L}\\p{N}\\p{M}])+`;
const NAME = `${WORD}(?:[._-]+${WORD})*`;
const TOKEN = new RegExp(`(?<run>${RUNNING}+)|${NAME}`, "gu");
const RUNS = new RegExp(RUNNING, "u");
const GRAM = 2;
const TYPED = { ı: "i", đ: "d", ø: "o", ł: "l", ħ: "h", œ: "oe", æ: "ae", ß: "ss" };
const BLANK = "\ue000";
const END = "\ue001";

const folded = (word) =>
  word
    .replaceAll("İ", "i")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[ıđøłħœæß]/g, (letter) => TYPED[letter])
    .replace(/\s+/g, "");
const bare = (word) => word.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC");
const written = ({ exactDiacritics }) => (exactDiacritics ? (word) => word : bare);

// ---------------------------------------------------------------- what is looked for

// French and its like write a short word together with the next one: l’index.
const ELISION = /(?<!\p{L})(?:\p{L}|qu)['’](?=\p{L})/giu;

function parsed(query) {
  const names = [];
  const runs = [];
  for (const match of query.normalize("NFC").replace(ELISION, "").matchAll(TOKEN)) {
    if (match.groups.run) runs.push(folded(match.groups.run));
    else names.push(match[0].split(/[._-]+/).map(folded));
  }
  return { names, runs };
}

const grams = (run) =>
  run.length <= GRAM
    ? [run]
    : Array.from({ length: run.length - GRAM + 1 }, (_, start) => run.slice(start, start + GRAM));

// The words of a run, as the browser's dictionary has them, without particles.
function segments(run, language) {
  if (!Intl.Segmenter) return [run];
  const found = [...new Intl.Segmenter(language, { granularity: "word" }).segment(run)]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);
  const longer = found.filter((each) => !/^\p{Script=Hiragana}{1,2}$/u.test(each));
  return longer.length ? longer : found;
}

// What to ask for, until something is found: what is written, with its marks; then without; then
// the parts of names and of runs, which may stand apart.
function attempts({ names, runs }, language) {
  const whole = names.map((parts) => parts.join(""));
  const apart = runs.flatMap((run) => segments(run, language));
  const marked = [...whole, ...runs].some((word) => word !== bare(word));
  const split = names.some((parts) => parts.length > 1) || apart.length > runs.length;
  return [
    ...(marked ? [{ words: whole, runs, exactDiacritics: true }] : []),
    { words: whole.map(bare), runs, exactDiacritics: false },
    ...(split ? [{ words: names.flat().map(bare), runs: apart, exactDiacritics: false }] : []),
  ].map((attempt) => ({ ...attempt, terms: [...attempt.words, ...attempt.runs.flatMap(grams)] }));
}

// ---------------------------------------------------------------- what is found

function shared(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function places(text, part) {
  const found = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) {
    found.push([at, at + part.length]);
  }
  return found;
}

const inSmall = (text) => {
  const small = text.toLowerCase();
  return small.length === text.length ? small : text;
};

function placesInTitle(title, attempt) {
  const asLooked = written(attempt);
  const words = attempt.words.map(asLooked);
  const found = attempt.runs.flatMap((run) => places(inSmall(title), run));
  for (const match of title.matchAll(TOKEN)) {
    const parts = match.groups.run
      ? []
      : match[0]
          .split(/[._-]+/)
          .map(folded)
          .map(asLooked);
    const forms = [parts.join(""), ...parts];
    const long = (word) => Math.max(3, word.length * 0.6);
    const like = (word) =>
      forms.some((form) => form.startsWith(word) || shared(form, word) >= long(word));
    if (words.some(like)) found.push([match.index, match.index + match[0].length]);
  }
  return found;
}

// Where each word is, as numbers of pieces. Where no word begins with what is looked for, Pagefind
// takes the longest that it begins with, were it a single letter: that is left out. A word that
// shares no letter with any has the same stem as one of them (`menyimpan`, `simpan`). Of a short
// word, those that only begin with it are left out where it is there itself.
function hits({ locations, forms }, attempt) {
  const asLooked = written(attempt);
  const words = attempt.words.map(asLooked);
  const found = locations.map((location) => ({ location, form: asLooked(forms[location]) }));
  const strange = found.filter(
    ({ form }) => !RUNS.test(form) && words.every((word) => !shared(bare(form), bare(word))),
  );
  return words.map((word) => {
    const like = found.filter(({ form }) => shared(form, word) * 2 >= word.length);
    const same = word.length < 4 ? like.filter(({ form }) => form === word) : [];
    return new Set([...(same.length ? same : like), ...strange].map(({ location }) => location));
  });
}

// The places of what is looked for in a section's text, in characters; and where words are together
// in the order in which they are looked for.
function placesInText(section, attempt) {
  const small = inSmall(section.text);
  const found = hits(section, attempt);
  const placeOf = (location) => {
    let piece = location;
    while (piece > 0 && !section.pieces[piece]) piece -= 1;
    const name = new RegExp(NAME, "u").exec(section.pieces[piece]);
    const start = section.starts[piece] + (name?.index ?? 0);
    return [start, start + (name?.[0].length ?? 0)];
  };
  const all = new Set(found.flatMap((each) => [...each]));
  const [first = [], ...others] = found;
  const together = [...first].filter(
    (start) => others.length && others.every((each, number) => each.has(start + number + 1)),
  );
  return {
    places: [...attempt.runs.flatMap((run) => places(small, run)), ...[...all].map(placeOf)],
    together: together.map((location) => placeOf(location)[0]),
  };
}

async function sectionOf(result) {
  const fragment = await result.data();
  const { text, ...kept } = JSON.parse(fragment.anchors[0].id.replaceAll(BLANK, " "));
  const pieces = text.split(END);
  const starts = [];
  let length = 0;
  for (const piece of pieces) {
    starts.push(length);
    length += piece.length;
  }
  const tabs = kept.tabs.map(([from, to, tab, title]) => ({
    from: starts[from],
    to: starts[to] ?? length,
    tab,
    title,
  }));
  const { locations } = fragment;
  const forms = fragment.content.split(" ");
  return { ...kept, pieces, starts, text: pieces.join(""), tabs, forms, locations };
}

// ---------------------------------------------------------------- what is shown of it

// The stretches of a text that a reader sees who has chosen a tab.
function stretches({ text, tabs }, shown) {
  const result = [];
  let from = 0;
  for (const each of tabs) {
    if (each.tab === shown) continue;
    if (each.from > from) result.push([from, each.from]);
    from = Math.max(from, each.to);
  }
  if (text.length > from) result.push([from, text.length]);
  return result;
}

// A part of a stretch with a place in it, of whole words.
function windowAt(place, [from, to], { text, starts }) {
  const length = RUNS.test(text.slice(place, place + 20)) ? 90 : 170;
  const wanted = Math.max(from, Math.min(place - length / 4, to - length));
  const start =
    wanted > from
      ? Math.min(
          starts.find((each) => each >= wanted),
          place,
        )
      : from;
  const end = to - start > length ? starts.findLast((each) => each <= start + length) : to;
  return [start, end > place ? end : Math.min(start + length, to)];
}

// The part of the text that holds the most of what is looked for.
function excerpt(section, found, together, shown) {
  const seen = stretches(section, shown);
  let best = null;
  for (const stretch of seen) {
    for (const [place] of found.filter(([start]) => start >= stretch[0] && start < stretch[1])) {
      const [from, to] = windowAt(place, stretch, section);
      const inside = found.filter(([start, end]) => start >= from && end <= to);
      const words = new Set(inside.map(([start, end]) => folded(section.text.slice(start, end))));
      const close = together.some((start) => start >= from && start < to);
      const score = (close ? 10000 : 0) + words.size * 100 + inside.length;
      if (!best || score > best.score) best = { from, to, inside, score, stretch };
    }
  }
  if (!best && seen.length) {
    const [from, to] = windowAt(seen[0][0], seen[0], section);
    best = { from, to, inside: [], stretch: seen[0] };
  }
  if (!best) return [];
  const parts = marked(section.text.slice(best.from, best.to), best.inside, best.from);
  const before = best.from > best.stretch[0] ? [{ text: "… " }] : [];
  const after = best.to < best.stretch[1] ? [{ text: "…" }] : [];
  return [...before, ...parts, ...after];
}

function marked(text, found, offset = 0) {
  const parts = [];
  let at = 0;
  for (const [start, end] of [...found].sort((one, other) => one[0] - other[0])) {
    const [from, to] = [Math.max(at, start - offset), end - offset];
    if (to <= from) continue;
    if (from > at) parts.push({ text: text.slice(at, from) });
    parts.push({ text: text.slice(from, to), mark: true });
    at = to;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}

// What the page shows of a result; null where it is none: where what is looked for is in the page's
// title alone, or not there after all.
function shownOf(section, attempt, chosen) {
  const { places: found, together } = placesInText(section, attempt);
  const inTitle = placesInTitle(section.title, attempt);
  const whole = inSmall(`${section.title}\n${section.page}\n${section.text}`);
  if (!found.length && !inTitle.length) return null;
  if (!attempt.runs.every((run) => whole.includes(run))) return null;
  const tabAt = (place) => section.tabs.find(({ from, to }) => place >= from && place < to);
  const tabs = found.map(([start]) => tabAt(start));
  const hidden = tabs.length > 0 && tabs.every((each) => each && each.tab !== chosen);
  const tab = hidden ? tabs[0] : null;
  const { address, page, language } = section;
  return {
    address,
    page,
    language,
    title: marked(section.title, inTitle),
    tab: tab && { name: tab.tab, title: tab.title },
    excerpt: excerpt(section, found, together, tab ? tab.tab : chosen),
    close: together.length > 0,
  };
}

// ---------------------------------------------------------------- Pagefind

// How many sections are fetched at a time.
const BATCH = 10;

let pagefind = null;
let broken = false;

// Pagefind goes on without what it could not fetch, as after a new build of the site.
const fetched = self.fetch.bind(self);
self.fetch = async (...request) => {
  try {
    const response = await fetched(...request);
    broken ||= !response.ok;
    return response;
  } catch (error) {
    broken = true;
    throw error;
  }
};

async function answer({ index, query, language, wanted, tab }) {
  if (!pagefind) {
    const { createInstance } = await import(`${index}pagefind.js`);
    // Here Pagefind knows no language of the page, and takes what it is asked for as it is.
    pagefind = createInstance({ excerptLength: 1 });
    await pagefind.init();
  }
  const results = [];
  let rest = 0;
  for (const attempt of attempts(parsed(query), language)) {
    if (!attempt.terms.length || results.length) continue;
    await pagefind.options({ exactDiacritics: attempt.exactDiacritics });
    const found = (await pagefind.search(attempt.terms.join(" "))).results;
    let examined = 0;
    while (examined < found.length && results.length < wanted && examined < wanted + 4 * BATCH) {
      const sections = await Promise.all(found.slice(examined, examined + BATCH).map(sectionOf));
      const shown = sections.map((each) => shownOf(each, attempt, tab)).filter(Boolean);
      results.push(...shown.sort((one, other) => other.close - one.close));
      examined += sections.length;
    }
    rest = results.length < wanted ? 0 : found.length - examined;
  }
  if (broken) throw new Error("A part of the index is missing.");
  return { results, rest };
}

let latest = 0;
let queue = Promise.resolve();

self.addEventListener("message", ({ data }) => {
  latest = data.id;
  queue = queue.then(async () => {
    if (data.id !== latest) return;
    try {
      self.postMessage({ id: data.id, ...(await answer(data)) });
    } catch {
      self.postMessage({ id: data.id, failed: true });
    }
  });
});
