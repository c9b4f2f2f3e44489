-- Sets all citations of a book: JSON on standard input, JSON on standard output.
-- Input: {"works": [BIBTEX, …], "lang": CODE, "groups": [{"textual": BOOL, "keys": [KEY, …]}, …]}
-- Output: {"known": [KEY, …], "broken": [PLACE, …], "document": DOCUMENT}: a document of one paragraph
-- per group, then the division “refs” with the entries that are cited. “broken” are the places, from 0,
-- of the works that cannot be read; they are left out.

local job = pandoc.json.decode(io.read('a'), false)

local function read(bibtex)
  return pandoc.read(bibtex, 'bibtex').meta.references or {}
end

local broken = {}
local ok, references = pcall(read, table.concat(job.works))
if not ok then
  local good = {}
  for index, work in ipairs(job.works) do
    if pcall(read, work) then
      good[#good + 1] = work
    else
      broken[#broken + 1] = index - 1
    end
  end
  references = read(table.concat(good))
end
local known = {}
for index, reference in ipairs(references) do
  known[index] = pandoc.utils.stringify(reference.id)
end

local blocks = {}
for index, group in ipairs(job.groups) do
  local citations = {}
  for place, key in ipairs(group.keys) do
    local textual = group.textual and place == 1
    citations[place] = pandoc.Citation(key, textual and 'AuthorInText' or 'NormalCitation')
  end
  blocks[index] = pandoc.Para({ pandoc.Cite({}, citations) })
end
local meta = { references = references, lang = job.lang, ['link-citations'] = true }
local document = pandoc.utils.citeproc(pandoc.Pandoc(blocks, meta))
io.write(pandoc.json.encode({
  known = known,
  broken = broken,
  document = pandoc.write(pandoc.Pandoc(document.blocks), 'json'),
}))
